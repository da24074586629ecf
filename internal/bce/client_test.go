package bce

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestEndpointsAreBroughtIntoNormalForm(t *testing.T) {
	for endpoint, want := range map[string]struct{ cloud, host string }{
		"":                            {"baidubce.com", "eip.bj.baidubce.com"},
		"https://gate.example":        {"https://gate.example", "gate.example"},
		"HTTPS://Gate.Example:443/":   {"https://gate.example", "gate.example"},
		"https://gate.example:8443/A": {"https://gate.example:8443/A", "gate.example:8443"},
		"https://gate.example/a/b//":  {"https://gate.example/a/b", "gate.example"},
		"http://localhost:8080":       {"http://localhost:8080", "localhost:8080"},
		"http://LOCALHOST":            {"http://localhost", "localhost"},
		"http://127.0.0.1:80":         {"http://127.0.0.1", "127.0.0.1"},
		"http://127.8.9.10:99/":       {"http://127.8.9.10:99", "127.8.9.10:99"},
		"http://[::1]:8443/x":         {"http://[::1]:8443/x", "[::1]:8443"},
		"http://[::ffff:127.0.0.1]":   {"http://[::ffff:127.0.0.1]", "[::ffff:127.0.0.1]"},
		"https://10.0.0.1":            {"https://10.0.0.1", "10.0.0.1"},
	} {
		client, err := New(Config{Endpoint: endpoint, Credentials: testCredentials()})
		if err != nil {
			t.Errorf("%q: got %v; want it taken", endpoint, err)
			continue
		}
		if got := client.Cloud(); got != want.cloud {
			t.Errorf("%q: got cloud %q; want %q", endpoint, got, want.cloud)
		}
		if got := client.Host("bj", kindNamed(t, "eipgroup")); got != want.host {
			t.Errorf("%q: got host %q; want %q", endpoint, got, want.host)
		}
	}
}

func TestEndpointsThatCouldLeakAreRefused(t *testing.T) {
	for endpoint, want := range map[string]error{
		"http://example.com":              ErrInsecureEndpoint,
		"http://10.0.0.1":                 ErrInsecureEndpoint,
		"http://0.0.0.0:80":               ErrInsecureEndpoint,
		"http://localhost.example.com":    ErrInsecureEndpoint,
		"http://127.0.0.1.example.com":    ErrInsecureEndpoint,
		"http://2130706433":               ErrInsecureEndpoint,
		"http://[::2]":                    ErrInsecureEndpoint,
		"HTTP://example.com":              ErrInsecureEndpoint,
		"ftp://localhost":                 ErrBadEndpoint,
		"localhost:8080":                  ErrBadEndpoint,
		"gate.example":                    ErrBadEndpoint,
		"//gate.example":                  ErrBadEndpoint,
		"https://":                        ErrBadEndpoint,
		"https:///path":                   ErrBadEndpoint,
		"https:gate.example":              ErrBadEndpoint,
		"https://u:canary@gate.example":   ErrBadEndpoint,
		"https://canary@gate.example":     ErrBadEndpoint,
		"http://u:canary@localhost":       ErrBadEndpoint,
		"u:canary@gate.example":           ErrBadEndpoint,
		"canary@gate.example":             ErrBadEndpoint,
		"https://gate.example?x=canary":   ErrBadEndpoint,
		"https://gate.example?":           ErrBadEndpoint,
		"https://gate.example#canary":     ErrBadEndpoint,
		"https://gate.example/a%2Fb":      ErrBadEndpoint,
		"https://gate.example/a b":        ErrBadEndpoint,
		"https://u:canary@gate.example:x": ErrBadEndpoint,
		"https://gate.example\n":          ErrBadEndpoint,
	} {
		_, err := New(Config{Endpoint: endpoint, Credentials: testCredentials()})
		if !errors.Is(err, want) {
			t.Errorf("%q: got %v; want %v", endpoint, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "canary") {
			t.Errorf("%q: got %q, which repeats what may be a password", endpoint, err)
		}
	}
}

func TestNewRefusesCredentialsThatCannotBeUsed(t *testing.T) {
	for _, c := range []struct {
		name string
		edit func(*Credentials)
		none bool
	}{
		{"no key", func(c *Credentials) { c.AccessKeyID = "" }, true},
		{"no secret", func(c *Credentials) { c.SecretAccessKey = "" }, true},
		{"a key with a slash", func(c *Credentials) { c.AccessKeyID = "canary/x" }, false},
		{"a key with a blank", func(c *Credentials) { c.AccessKeyID = "canary x" }, false},
		{"a secret of two lines", func(c *Credentials) { c.SecretAccessKey = "canary\nx" }, false},
		{"a token with a line end", func(c *Credentials) { c.SessionToken = "canary\r\nX-Evil: 1" }, false},
	} {
		creds := testCredentials()
		c.edit(&creds)
		_, err := New(Config{Credentials: creds})
		if err == nil || errors.Is(err, ErrNoCredentials) != c.none {
			t.Errorf("%s: got %v; want an error, no credentials: %v", c.name, err, c.none)
			continue
		}
		if strings.Contains(err.Error(), "canary") || !strings.Contains(err.Error(), "a test") {
			t.Errorf("%s: got %q; want it to name the source and no value", c.name, err)
		}
	}
	if _, err := New(Config{Credentials: testCredentials(), Timeout: -1}); err == nil {
		t.Errorf("got a client with a negative time-out; want an error")
	}
}

func TestSignaturesLiveAsLongAsARequestAndAHalfMinute(t *testing.T) {
	for timeout, want := range map[time.Duration]time.Duration{
		0:                       60 * time.Second,
		time.Second:             31 * time.Second,
		1500 * time.Millisecond: 32 * time.Second,
		90 * time.Second:        120 * time.Second,
		10 * time.Minute:        120 * time.Second,
	} {
		client := newClient(t, "", func(cfg *Config) { cfg.Timeout = timeout })
		if got := client.SignatureLife(); got != want {
			t.Errorf("time-out %v: got %v; want %v", timeout, got, want)
		}
	}
}

// TestTheOwnTransport holds the settings that safety and speed rest on.
func TestTheOwnTransport(t *testing.T) {
	tr := newTransport()
	defer tr.CloseIdleConnections()
	if tr.Protocols.HTTP2() || tr.Protocols.UnencryptedHTTP2() || !tr.Protocols.HTTP1() {
		t.Errorf("got protocols %v; want HTTP/1 only", tr.Protocols)
	}
	if tr.MaxIdleConnsPerHost < 128 || tr.MaxIdleConns != 0 && tr.MaxIdleConns < 128 {
		t.Errorf("got %d idle connections a host, %d in all; want room for 128", tr.MaxIdleConnsPerHost, tr.MaxIdleConns)
	}
	if tr.TLSHandshakeTimeout == 0 || tr.IdleConnTimeout == 0 || tr.MaxResponseHeaderBytes == 0 {
		t.Errorf("got %v, %v, %d; want bounds on handshakes, idle connections and headers", tr.TLSHandshakeTimeout, tr.IdleConnTimeout, tr.MaxResponseHeaderBytes)
	}
	if tr.TLSClientConfig.InsecureSkipVerify {
		t.Errorf("got certificates unchecked")
	}
}

func TestConnectionsAreKept(t *testing.T) {
	from := make(chan string, 5)
	url, requests := serve(t, func(w http.ResponseWriter, r *http.Request) { from <- r.RemoteAddr })
	client := newClient(t, url)
	for range 5 {
		if a := client.Renew(t.Context(), renewal(t, "vpn")); a.Class != Accepted {
			t.Fatalf("got %v (%v); want accepted", a.Class, a.Err)
		}
	}
	connections := map[string]bool{}
	for range 5 {
		connections[<-from] = true
	}
	if len(connections) != 1 || requests.Load() != 5 {
		t.Errorf("got %d connections for %d requests; want 1 for 5", len(connections), requests.Load())
	}
}

// TestRedirectsAreNotFollowed: a redirect would carry a signed purchase to
// another place.
func TestRedirectsAreNotFollowed(t *testing.T) {
	target, reached := serve(t, func(http.ResponseWriter, *http.Request) {})
	for _, status := range []int{301, 302, 303, 307, 308} {
		url, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, target+"/elsewhere", status)
		})
		client := newClient(t, url)
		if a := client.Renew(t.Context(), renewal(t, "vpn")); a.Class != Unknown {
			t.Errorf("%d: got %v; want unknown", status, a.Class)
		}
		r := renewal(t, "vpn")
		_, err := client.Read(t.Context(), r.Region, r.Kind, r.ID)
		if err == nil || !strings.Contains(err.Error(), "redirect") {
			t.Errorf("%d: got %v; want to hear of the redirect", status, err)
		}
	}
	if n := reached.Load(); n != 0 {
		t.Errorf("got %d requests at the target; want none", n)
	}
}
