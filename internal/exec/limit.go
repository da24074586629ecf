package exec

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"
)

// limits holds one limiter per host. Safe for concurrent use.
type limits struct {
	rate  float64
	looks int // looks at one host under way at once
	rows  int // that the hosts are trusted for
	mu    sync.Mutex
	hosts map[string]*limiter
}

func newLimits(perSecond float64, looks, rows int) *limits {
	return &limits{rate: perSecond, looks: looks, rows: rows, hosts: map[string]*limiter{}}
}

func (l *limits) host(name string) *limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	h, ok := l.hosts[name]
	if !ok {
		h = &limiter{pace: newPacer(l.rate), trust: newTrust(l.rows), turn: make(chan struct{}, 1), places: make(chan struct{}, l.looks)}
		l.hosts[name] = h
	}
	return h
}

// limiter bounds the requests to one host, and knows how it has done. Safe for
// concurrent use.
type limiter struct {
	places chan struct{} // of looks under way
	turn   chan struct{} // held by whoever waits for the pace, so that it hears of every change

	mu    sync.Mutex
	pace  pacer
	trust trust
}

// enter takes a place for a look and one request's worth; leave gives the place
// back. It returns early only with ctx's error, then there is nothing to give back.
func (l *limiter) enter(ctx context.Context) (pass, error) {
	select {
	case l.places <- struct{}{}:
	case <-ctx.Done():
		return pass{}, ctx.Err()
	}
	p, err := l.wait(ctx)
	if err != nil {
		l.leave()
	}
	return p, err
}

func (l *limiter) leave() { <-l.places }

// current is how many requests a second may leave now.
func (l *limiter) current() float64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.pace.rate
}

// blocked is how long nothing may leave from now on, because the cloud said so.
func (l *limiter) blocked() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return time.Until(l.pace.blocked)
}

// wait takes one request's worth, in order of asking; it returns early only with
// ctx's error.
func (l *limiter) wait(ctx context.Context) (pass, error) {
	select {
	case l.turn <- struct{}{}:
	case <-ctx.Done():
		return pass{}, ctx.Err()
	}
	defer func() { <-l.turn }()
	for {
		l.mu.Lock()
		p, d := l.pace.take(time.Now())
		l.mu.Unlock()
		if d <= 0 {
			return p, ctx.Err()
		}
		if err := pause(ctx, d); err != nil {
			return pass{}, err
		}
	}
}

// served takes in that a request was answered, whatever the answer, but not
// throttled.
func (l *limiter) served(by pass) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pace.served(by, time.Now())
}

// throttled takes in an answer that asked to slow down, for at least after; 0 if
// it did not say for how long.
func (l *limiter) throttled(by pass, after time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pace.throttled(by, time.Now(), after)
}

// well takes in that a request went well.
func (l *limiter) well() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.trust.well()
}

// failed takes in that a request failed: how, and whether there was an answer.
func (l *limiter) failed(answered bool, how string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.trust.failed(answered, how, time.Now())
}

// lost is why nothing new is sent to the host; "" if it is.
func (l *limiter) lost() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.trust.lost
}

// backoff is how long to wait before try n (1 is the first retry): full jitter
// under a doubling bound of at most 20 s, and never less than atLeast.
func backoff(n int, atLeast time.Duration) time.Duration {
	bound := 250 * time.Millisecond << min(n, 7)
	return atLeast + rand.N(min(bound, 20*time.Second))
}

// pause waits for d, or until ctx is done.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
