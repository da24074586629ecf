package bce

import (
	"bufio"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

const (
	testKey    = "AKIDtestkeywxyz"
	testSecret = "canary-secret-7Jq2+/x"
	testToken  = "canary-token-ZmFrZS1zdHM/+=="
)

func testCredentials() Credentials {
	return Credentials{AccessKeyID: testKey, SecretAccessKey: testSecret, Source: "a test"}
}

// newClient makes a client of an endpoint, whose own idle connections are
// closed when the test ends.
func newClient(t *testing.T, endpoint string, edit ...func(*Config)) *Client {
	t.Helper()
	cfg := Config{Endpoint: endpoint, Credentials: testCredentials()}
	for _, e := range edit {
		e(&cfg)
	}
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if own, ok := c.transport.(*http.Transport); ok {
		t.Cleanup(own.CloseIdleConnections)
	}
	return c
}

// kindNamed returns an entry of the table.
func kindNamed(t *testing.T, name string) Kind {
	t.Helper()
	k, ok := KindByName(name)
	if !ok {
		t.Fatalf("there is no kind %q", name)
	}
	return k
}

// renewal is a valid renewal of a kind.
func renewal(t *testing.T, kind string) Renewal {
	t.Helper()
	return Renewal{
		Region:      "bj",
		Kind:        kindNamed(t, kind),
		ID:          map[string]string{"vpn": "vpn-bir8biqwr45e", "nat": "nat-bir8biqwr45e", "eipgroup": "eg-b2511000", "instance": "i-YufwpQAe"}[kind],
		Months:      1,
		ClientToken: "b8592139-2425-8bf7-9b84-4885efcf2678",
	}
}

// serve starts a server on loopback that counts its requests.
func serve(t *testing.T, handler http.HandlerFunc) (url string, requests *atomic.Int64) {
	t.Helper()
	requests = new(atomic.Int64)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		handler(w, r)
	}))
	t.Cleanup(s.Close)
	return s.URL, requests
}

// serveRaw starts a server on loopback that reads each request whole and
// leaves the connection to the test, which need not close it. Connections are
// counted.
func serveRaw(t *testing.T, answer func(c *net.TCPConn)) (url string, requests *atomic.Int64) {
	t.Helper()
	requests = new(atomic.Int64)
	l := listen(t)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				r, err := http.ReadRequest(bufio.NewReader(conn))
				if err != nil {
					return
				}
				if _, err := io.Copy(io.Discard, r.Body); err != nil {
					return
				}
				requests.Add(1)
				answer(conn.(*net.TCPConn))
			}()
		}
	}()
	t.Cleanup(func() {
		l.Close()
		<-done
	})
	return "http://" + l.Addr().String(), requests
}

// listen opens a port on loopback.
func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// write sends text with the line ends of HTTP.
func write(c net.Conn, text string) {
	_, _ = io.WriteString(c, strings.ReplaceAll(text, "\n", "\r\n"))
}

// short is a time-out for requests that hang on purpose.
func short(cfg *Config) { cfg.Timeout = 600 * time.Millisecond }

// serveTLS starts a server whose certificate no client trusts.
func serveTLS(t *testing.T) (url string, requests *atomic.Int64) {
	t.Helper()
	requests = new(atomic.Int64)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { requests.Add(1) }))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	return s.URL, requests
}
