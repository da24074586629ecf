package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"renewplan/internal/bce/sandbox"
)

// cloudOrders say what a cloud holds and how it answers.
type cloudOrders struct {
	Fleet []sandbox.Resource
	// Latency is how long each request waits before the sandbox sees it.
	Latency time.Duration
	// Rate is the sandbox's limit in requests a second, of which a second's worth
	// may come at once; 0 means none.
	Rate float64
	// NoRetryAfter leaves Retry-After out of throttled answers; else it is 1 s.
	NoRetryAfter bool
	// InstanceDelay is how long the renewal of an instance takes to show.
	InstanceDelay time.Duration
}

// tally is what arrived at a cloud since it was last asked.
type tally struct {
	Purchases, Reads int // throttled ones included
	Throttled        int
	First, Last      time.Time     // when the first request arrived, and the last answer left
	Took             time.Duration // the sum of what answers took
}

func (t tally) requests() int { return t.Purchases + t.Reads }

// latency is how long an answer took on average.
func (t tally) latency() time.Duration { return t.Took / time.Duration(max(t.requests(), 1)) }

// throttledShare is the share of requests that came too fast.
func (t tally) throttledShare() float64 {
	return float64(t.Throttled) / float64(max(t.requests(), 1))
}

const (
	tallyPath   = "/bench/tally" // GET: the tally, which begins anew
	chargesPath = "/sandbox/charges"
)

// serveCloud serves a sandbox until in ends. It prints its base URL as one line.
func serveCloud(ctx context.Context, in io.Reader, out io.Writer) error {
	o, err := orders[cloudOrders](in)
	if err != nil {
		return err
	}
	faults := sandbox.Faults{}
	if o.NoRetryAfter {
		faults.RetryAfter = -1
	}
	box, err := sandbox.New(sandbox.Config{Fleet: o.Fleet, Rate: o.Rate, Faults: faults, InstanceDelay: o.InstanceDelay})
	if err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: &toll{cloud: box, latency: o.Latency}, ReadHeaderTimeout: 10 * time.Second}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	if _, err := fmt.Fprintf(out, "http://%s\n", listener.Addr()); err != nil {
		return errors.Join(err, server.Close())
	}
	_, _ = io.Copy(io.Discard, in) // ends when the parent does, however it ends
	return errors.Join(server.Close(), notClosed(<-served), box.Close())
}

func notClosed(err error) error {
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// toll makes every request to the cloud wait, and counts it.
type toll struct {
	cloud   http.Handler
	latency time.Duration

	mu    sync.Mutex
	tally tally
	late  time.Duration // that timers are, on average
}

// ServeHTTP is http.Handler's.
func (t *toll) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case tallyPath:
		t.tell(w)
		return
	case chargesPath:
		t.cloud.ServeHTTP(w, r)
		return
	}
	came := time.Now()
	body, err := io.ReadAll(r.Body) // or the server would not see its client go
	if err == nil {
		err = t.wait(r.Context())
	}
	if err != nil {
		panic(http.ErrAbortHandler) // the client has gone
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	seen := &statusWriter{ResponseWriter: w}
	t.cloud.ServeHTTP(seen, r)
	t.count(r.Method == http.MethodPut, seen.status == http.StatusTooManyRequests, came)
}

// wait waits for the latency. Timers are late, by a millisecond or so, which adds
// up to percents; so a wait is set as much shorter as timers were late lately.
func (t *toll) wait(ctx context.Context) error {
	if t.latency == 0 {
		return nil
	}
	t.mu.Lock()
	asked := t.latency - t.late
	t.mu.Unlock()
	began := time.Now()
	if err := wait(ctx, asked); err != nil {
		return err
	}
	late := time.Since(began) - asked
	t.mu.Lock()
	defer t.mu.Unlock()
	const memory = 32 // waits
	t.late += (late - t.late) / memory
	return nil
}

func (t *toll) count(purchase, throttled bool, came time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if purchase {
		t.tally.Purchases++
	} else {
		t.tally.Reads++
	}
	if throttled {
		t.tally.Throttled++
	}
	if t.tally.First.IsZero() || came.Before(t.tally.First) {
		t.tally.First = came
	}
	t.tally.Last = time.Now()
	t.tally.Took += t.tally.Last.Sub(came)
}

func (t *toll) tell(w http.ResponseWriter) {
	t.mu.Lock()
	defer t.mu.Unlock()
	_ = json.NewEncoder(w).Encode(t.tally) // whoever asked and went is not waited for
	t.tally = tally{}
}

// statusWriter remembers the status of an answer.
type statusWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader is http.ResponseWriter's.
func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController through.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// wait waits for d, or until ctx is done.
func wait(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
