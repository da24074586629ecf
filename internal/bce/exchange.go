package bce

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
	"time"
)

// Bounds on the bodies of answers, in bytes.
const (
	maxReadBody  = 4 << 20
	maxListBody  = 16 << 20 // a page of 1,000 items; a longer one is given up
	maxRenewBody = 64 << 10
)

var errTooLong = errors.New("the answer is too long")

// call is one request to make.
type call struct {
	method  string
	host    string // host[:port]
	path    string // as it is, without the endpoint's own
	id      string // follows the path as one segment; may be empty
	query   []Param
	body    []byte // nil for none
	maxBody int64  // bound on the answer's body
}

// reply is what came of one request.
type reply struct {
	status  int // 0 if no answer came
	header  http.Header
	body    []byte        // whole unless bodyErr is set, and then of no use
	bodyErr error         // the body was cut, or is too long
	err     error         // no answer came
	notSent bool          // with err: no byte of the request left, proven
	offset  time.Duration // of the clock that it was signed by
	back    time.Duration // how far the answer's Date has moved that clock back
	began   time.Time
}

// checkTarget refuses a region and a kind that must not get into a URL.
func checkTarget(region string, k Kind) error {
	switch {
	case k.Path == "" || k.Service == "":
		return fmt.Errorf("kind %q is not in the table of kinds", k.Name)
	case !validRegion(region):
		return fmt.Errorf("region %q: want lower-case letters, digits and hyphens, such as \"bj\"", shorten(region, 40))
	}
	return nil
}

// checkID refuses an id that must not get into a URL.
func checkID(id string) error {
	switch {
	case id == "" || id == "." || id == "..":
		return fmt.Errorf("id %q names no resource", id)
	case len(id) > 256 || stripControls(id) != id:
		return fmt.Errorf("id %q is too long or holds blanks at its ends or control characters", shorten(id, 40))
	}
	return nil
}

// exchange makes one request and reads its answer, bounded in time and size.
// It never repeats a request and never follows a redirect.
func (c *Client) exchange(ctx context.Context, k call) reply {
	limited, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()

	var connected atomic.Bool
	traced := httptrace.WithClientTrace(limited, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true) },
	})
	start := c.now()
	rep := reply{offset: c.clock.offset(k.host), began: start}
	req := c.request(traced, k, start.Add(rep.offset))
	failed := attempt{ctx: ctx, limited: limited, began: start, host: k.host, connected: true}
	resp, err := c.transport.RoundTrip(req)
	if err != nil {
		// Without a connection nothing can have left. Only our own transport is
		// known to say when it has got one; others must say that dialling failed.
		rep.notSent = !connected.Load() && (c.own || isDialError(err))
		failed.connected = !rep.notSent
		rep.err = c.failure(failed, err)
	} else {
		defer resp.Body.Close()
		rep.status, rep.header = resp.StatusCode, resp.Header
		if rep.back = c.clock.learn(k.host, rep.header, start); rep.back != 0 {
			c.log.DebugContext(ctx, "this machine's clock is ahead of the cloud's, and requests are signed by the cloud's",
				"host", k.host, "by", rep.back.Round(time.Millisecond))
		}
		rep.body, err = readBody(resp.Body, k.maxBody)
		if err != nil {
			rep.bodyErr = c.failure(failed, err)
		}
	}
	c.logExchange(ctx, req, rep, c.now().Sub(start))
	return rep
}

// request builds and signs a request.
func (c *Client) request(ctx context.Context, k call, at time.Time) *http.Request {
	u := &url.URL{Scheme: "https", Host: k.host}
	if c.base != nil {
		u.Scheme, u.Path = c.base.Scheme, c.base.Path
	}
	escaped := appendEscaped(nil, u.Path+k.path, true)
	u.RawPath = string(appendEscaped(escaped, k.id, false))
	u.Path += k.path + k.id
	u.RawQuery = wireQuery(k.query)

	date := at.UTC().Format(timeLayout)
	header := http.Header{
		"Content-Type": {"application/json"},
		"User-Agent":   {c.agent},
		"X-Bce-Date":   {date},
	}
	// The room for the signed headers is on the stack: host, x-bce-date and,
	// with temporary credentials, their token.
	var room [3]Header
	list := append(room[:0], Header{"host", u.Host}, Header{"x-bce-date", date})
	creds := c.creds()
	if creds.SessionToken != "" {
		header["X-Bce-Security-Token"] = []string{creds.SessionToken}
		list = append(list, Header{"x-bce-security-token", creds.SessionToken})
	}
	header["Authorization"] = []string{Sign(creds, SigningInput{
		Method:     k.method,
		Path:       u.Path,
		Query:      k.query,
		Headers:    list,
		Timestamp:  at,
		Expiration: c.SignatureLife(),
	})}

	req := &http.Request{
		Method:     k.method,
		URL:        u,
		Host:       u.Host,
		Header:     header,
		Proto:      "HTTP/1.1",
		ProtoMajor: 1,
		ProtoMinor: 1,
	}
	if k.body != nil {
		body := k.body
		req.ContentLength = int64(len(body))
		req.Body = io.NopCloser(bytes.NewReader(body))
		// net/http uses this only to take another connection when the kept one
		// turns out closed before the first byte was written.
		req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	}
	return req.WithContext(ctx)
}

// wireQuery writes a query in its order, a parameter without "=" as such.
func wireQuery(query []Param) string {
	var b []byte
	for i, q := range query {
		if i > 0 {
			b = append(b, '&')
		}
		b = appendEscaped(b, q.Key, false)
		if q.HasEquals {
			b = append(b, '=')
			b = appendEscaped(b, q.Value, false)
		}
	}
	return string(b)
}

// readBody reads a whole body of at most limit bytes. A longer one is not
// drained: its connection is given up.
func readBody(body io.Reader, limit int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(body, limit+1))
	if err == nil && int64(len(b)) > limit {
		err = errTooLong
	}
	return b, err
}

// logExchange writes one debug line, without query, headers and bodies.
func (c *Client) logExchange(ctx context.Context, req *http.Request, rep reply, took time.Duration) {
	if !c.log.Enabled(ctx, slog.LevelDebug) {
		return
	}
	attrs := []slog.Attr{
		slog.String("method", req.Method),
		slog.String("host", req.Host),
		slog.String("path", c.clean(req.URL.Path)),
		slog.Int("status", rep.status),
		slog.String("requestId", c.clean(rep.header.Get("X-Bce-Request-Id"))),
		slog.Duration("took", took),
	}
	for _, err := range []error{rep.err, rep.bodyErr} {
		if err != nil {
			attrs = append(attrs, slog.String("error", err.Error()))
		}
	}
	c.log.LogAttrs(ctx, slog.LevelDebug, "request", attrs...)
}
