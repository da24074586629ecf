package sandbox

import (
	"bytes"
	"context"
	"io"
	"maps"
	"net"
	"net/http"
	"strconv"
	"syscall"
	"time"
)

// ServeHTTP serves the cloud's API and the control endpoints.
func (s *Sandbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := readBody(r.Body)
	var out reply
	if err != nil {
		out = plain(http.StatusBadRequest, map[string]string{"error": err.Error()})
	} else {
		out = s.handle(r, body)
	}
	if out.waited(r.Context()) != nil || out.end == lost {
		panic(http.ErrAbortHandler) // closes the connection without an answer
	}
	if out.end == reset {
		resetConnection(w)
		panic(http.ErrAbortHandler)
	}
	maps.Copy(w.Header(), out.header)
	w.Header().Set("Content-Length", strconv.Itoa(len(out.body)))
	w.WriteHeader(out.status)
	body = out.body
	if out.end == cut {
		body = body[:len(body)/2]
	}
	_, err = w.Write(body)
	if err != nil || out.end == cut {
		_ = http.NewResponseController(w).Flush() // so that the half of the body arrives
		panic(http.ErrAbortHandler)
	}
}

// resetConnection closes a TCP connection so that its client sees a reset.
func resetConnection(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // without it, the client sees a closed connection: as good as a reset
	}
	_ = conn.Close()
}

// waited waits as long as the reply takes, and returns the context's error if
// it ends before.
func (out reply) waited(ctx context.Context) error {
	var done <-chan time.Time
	switch {
	case out.end == hang:
	case out.wait > 0:
		timer := time.NewTimer(out.wait)
		defer timer.Stop()
		done = timer.C
	default:
		return ctx.Err()
	}
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Transport serves the same in process, without sockets. A request to a host
// SERVICE.REGION.baidubce.com is served as that service in that region. It
// heeds the request's context, and waits with timers only, so that it works in
// a testing/synctest bubble. Connections that are cut become the errors that
// net/http gives for them.
func (s *Sandbox) Transport() http.RoundTripper { return transport{s} }

type transport struct{ s *Sandbox }

// RoundTrip answers one request.
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		defer r.Body.Close()
	}
	ctx := r.Context()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	body, err := readBody(r.Body)
	if err != nil {
		return nil, err
	}
	in := r.Clone(ctx) // the caller's request stays as it is
	if in.Host == "" {
		in.Host = r.URL.Host
	}
	in.Body = http.NoBody
	out := t.s.handle(in, body)
	if err := out.waited(ctx); err != nil {
		return nil, err
	}
	content := io.Reader(bytes.NewReader(out.body))
	switch out.end {
	case whole, hang: // a hanging one has ended above
	case lost:
		return nil, io.ErrUnexpectedEOF
	case reset:
		return nil, &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
	case cut:
		content = io.MultiReader(bytes.NewReader(out.body[:len(out.body)/2]), brokenPipe{})
	}
	return &http.Response{
		Status:        strconv.Itoa(out.status) + " " + http.StatusText(out.status),
		StatusCode:    out.status,
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        out.header,
		Body:          io.NopCloser(content),
		ContentLength: int64(len(out.body)),
		Request:       r,
	}, nil
}

// brokenPipe is the rest of a body that never comes.
type brokenPipe struct{}

func (brokenPipe) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
