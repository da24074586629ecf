package bce

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestAFailureOfTheNetworkIsToldInPlainWords: each as a read and as a renewal.
func TestAFailureOfTheNetworkIsToldInPlainWords(t *testing.T) {
	dial := func(inner error) error {
		at := &net.TCPAddr{IP: net.IPv4(192, 0, 2, 7), Port: 443}
		return &net.OpError{Op: "dial", Net: "tcp", Addr: at, Err: inner}
	}
	lookup := func(name string) error {
		return &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: name, Server: "192.0.2.53:53", IsNotFound: true}}
	}
	for _, c := range []struct {
		name, endpoint, region string
		err                    error
		want                   string
		problem                Problem
		class                  Class
	}{
		{
			"a region that does not exist", "", "bjj", lookup("bcc.bjj.baidubce.com"),
			`there is no host bcc.bjj.baidubce.com: is the region "bjj" right?`, Other, NotSent,
		},
		{
			"a known region, and no network", "", "gz", lookup("bcc.gz.baidubce.com"),
			`there is no host bcc.gz.baidubce.com: is this machine online?`, Other, NotSent,
		},
		{
			"an endpoint that does not exist", "https://gate.example", "bj", lookup("gate.example"),
			`there is no host gate.example: is the endpoint right?`, Other, NotSent,
		},
		{
			"a proxy that does not exist", "", "bj", &net.OpError{Op: "proxyconnect", Net: "tcp", Err: lookup("proxy.example")},
			`there is no host proxy.example`, Other, NotSent,
		},
		{
			"names that cannot be looked up", "", "bj", &net.OpError{Op: "dial", Err: &net.DNSError{Err: "server misbehaving", Name: "bcc.bj.baidubce.com", IsTemporary: true}},
			"the address of bcc.bj.baidubce.com could not be found out: server misbehaving", Transient, NotSent,
		},
		{
			"nothing listens", "", "bj", dial(os.NewSyscallError("connect", syscall.ECONNREFUSED)),
			"no connection to 192.0.2.7:443: connection refused", Transient, NotSent,
		},
		{
			"no route", "", "bj", dial(os.NewSyscallError("connect", syscall.ENETUNREACH)),
			"no connection to 192.0.2.7:443: network is unreachable", Transient, NotSent,
		},
		{
			"nobody there", "", "bj", dial(os.ErrDeadlineExceeded),
			"no connection to 192.0.2.7:443: it took too long", Transient, NotSent,
		},
		{
			"a proxy that does not listen", "", "bj", &net.OpError{Op: "proxyconnect", Net: "tcp", Err: dial(os.NewSyscallError("connect", syscall.ECONNREFUSED))},
			"no connection to the proxy 192.0.2.7:443: connection refused", Transient, NotSent,
		},
		{
			"closed without an answer", "", "bj", io.EOF,
			"the connection was closed before the answer was complete", Transient, Unknown,
		},
		{
			"reset", "", "bj", &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.ECONNRESET)},
			"the connection was reset before the answer was complete", Transient, Unknown,
		},
		{
			"closed while sending", "", "bj", &net.OpError{Op: "write", Net: "tcp", Err: os.NewSyscallError("write", syscall.EPIPE)},
			"the connection was closed before the request was sent", Transient, Unknown,
		},
		{"anything else", "", "bj", errors.New("odd: " + testSecret), "odd: [redacted]", Transient, Unknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			client := newClient(t, c.endpoint, func(cfg *Config) {
				cfg.Transport = roundTripper(func(*http.Request) (*http.Response, error) { return nil, c.err })
			})
			r := renewal(t, "vpn")
			r.Region = c.region
			_, err := client.Read(t.Context(), r.Region, r.Kind, r.ID)
			e, ok := errors.AsType[*Error](err)
			if want := "reading " + c.region + "/vpn/" + r.ID + ": " + c.want; !ok || e.Error() != want || e.Problem != c.problem {
				t.Errorf("got %v; want %q, %v", err, want, c.problem)
			}
			if a := client.Renew(t.Context(), r); a.String() != c.want || a.Class != c.class {
				t.Errorf("got %q, %v; want %q, %v", a, a.Class, c.want, c.class)
			}
		})
	}
}

// TestAFailureOfARealConnectionIsToldInPlainWords: what net/http makes of them.
func TestAFailureOfARealConnectionIsToldInPlainWords(t *testing.T) {
	at := func(url string) string { _, host, _ := strings.Cut(url, "://"); return host }
	l := listen(t)
	closed := "http://" + l.Addr().String()
	l.Close()
	mute := listen(t)
	defer mute.Close()
	plain, _ := serve(t, func(http.ResponseWriter, *http.Request) {})
	untrusted, _ := serveTLS(t)
	silent, _ := serveRaw(t, func(c *net.TCPConn) { _, _ = io.Copy(io.Discard, c) })
	hangsUp, _ := serveRaw(t, func(*net.TCPConn) {})
	resets, _ := serveRaw(t, func(c *net.TCPConn) { _ = c.SetLinger(0) })
	cuts, _ := serveRaw(t, func(c *net.TCPConn) { write(c, "HTTP/1.1 200 OK\nContent-Length: 9\n\n{}") })
	for _, c := range []struct{ name, endpoint, want string }{
		{"nothing listens", closed, "no connection to " + at(closed) + ": connection refused"},
		{"https to a server of http", "https://" + at(plain), at(plain) + " speaks http and not https"},
		{"a certificate of nobody", untrusted, "the certificate of " + at(untrusted) + " cannot be trusted: x509: "},
		{"no answer", silent, "no answer within 600ms"},
		{"no handshake", "https://" + mute.Addr().String(), "no connection to " + mute.Addr().String() + " within 600ms"},
		{"closed in the handshake", "https://" + at(hangsUp), "no connection to " + at(hangsUp) + ": it was closed in the handshake"},
		{"closed without an answer", hangsUp, "the connection was closed before the answer was complete"},
		{"reset", resets, "the connection was reset before the answer was complete"},
		{"cut", cuts, "reading the answer: the connection was closed before the answer was complete: HTTP 200"},
	} {
		t.Run(c.name, func(t *testing.T) {
			patience := func(*Config) {}
			if strings.HasSuffix(c.want, "600ms") {
				patience = short
			}
			a := newClient(t, c.endpoint, patience).Renew(t.Context(), renewal(t, "vpn"))
			if !strings.HasPrefix(a.String(), c.want) {
				t.Errorf("got %q; want %q", a, c.want)
			}
		})
	}
	t.Run("a proxy that does not connect", func(t *testing.T) {
		proxy, requests := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) })
		client := newClient(t, "https://gate.example")
		own, ok := client.transport.(*http.Transport)
		if !ok {
			t.Fatal("got another transport than the client's own")
		}
		through, err := url.Parse(proxy)
		if err != nil {
			t.Fatal(err)
		}
		own.Proxy = http.ProxyURL(through)
		a := client.Renew(t.Context(), renewal(t, "vpn"))
		if want := "the proxy of the environment makes no connection: HTTP 403"; a.String() != want || a.Class != NotSent || requests.Load() != 1 {
			t.Errorf("got %q, %v; want %q, not sent", a, a.Class, want)
		}
	})
}

func TestTheCallersDeadlineIsNamed(t *testing.T) {
	silent, _ := serveRaw(t, func(c *net.TCPConn) { _, _ = io.Copy(io.Discard, c) })
	ctx, cancel := context.WithTimeout(t.Context(), 600*time.Millisecond)
	defer cancel()
	r := renewal(t, "vpn")
	_, err := newClient(t, silent).Read(ctx, r.Region, r.Kind, r.ID)
	if want := "reading bj/vpn/vpn-bir8biqwr45e: no answer within 600ms"; err == nil || err.Error() != want || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v; want %q, and the deadline in it", err, want)
	}
}
