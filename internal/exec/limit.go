package exec

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// limits holds one rate limiter per host. Safe for concurrent use.
type limits struct {
	rate  float64
	looks int // looks at one host under way at once
	mu    sync.Mutex
	hosts map[string]*limiter
}

func newLimits(perSecond float64, looks int) *limits {
	return &limits{rate: perSecond, looks: looks, hosts: map[string]*limiter{}}
}

func (l *limits) host(name string) *limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	h, ok := l.hosts[name]
	if !ok {
		h = &limiter{
			ceiling: l.rate, bucket: rate.NewLimiter(rate.Limit(l.rate), burst(l.rate)),
			places: make(chan struct{}, l.looks),
		}
		l.hosts[name] = h
	}
	return h
}

// burst lets a twentieth of a second pass at once.
func burst(perSecond float64) int { return max(1, int(perSecond/20)) }

// limiter bounds the requests to one host. It halves when the cloud says that
// it is too much, at most once a second, and recovers by a twentieth of the
// ceiling for each quiet second.
type limiter struct {
	ceiling float64       // requests per second
	places  chan struct{} // of looks under way

	mu      sync.Mutex
	bucket  *rate.Limiter
	halved  time.Time // when the limit was last changed
	blocked time.Time // nothing may leave before
}

// enter takes a place for a look and one request's worth; leave gives the place
// back. It returns early only with ctx's error, then there is nothing to give back.
func (l *limiter) enter(ctx context.Context) error {
	select {
	case l.places <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := l.wait(ctx); err != nil {
		l.leave()
		return err
	}
	return nil
}

func (l *limiter) leave() { <-l.places }

// current is how many requests a second may leave now.
func (l *limiter) current() float64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return float64(l.bucket.Limit())
}

// wait takes one request's worth; it returns early only with ctx's error.
func (l *limiter) wait(ctx context.Context) error {
	for {
		l.mu.Lock()
		l.recover(time.Now())
		d := time.Until(l.blocked)
		l.mu.Unlock()
		if d <= 0 {
			return l.bucket.Wait(ctx)
		}
		if err := pause(ctx, d); err != nil {
			return err
		}
	}
}

// throttled takes an answer in that asked to slow down, for at least after.
func (l *limiter) throttled(after time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if until := now.Add(after); until.After(l.blocked) {
		l.blocked = until
	}
	if now.Sub(l.halved) < time.Second && !l.halved.IsZero() {
		return
	}
	l.halved = now
	l.bucket.SetLimitAt(now, max(l.bucket.Limit()/2, rate.Limit(min(0.5, l.ceiling))))
}

// recover raises the limit again. The caller holds mu.
func (l *limiter) recover(now time.Time) {
	quiet := now.Sub(l.halved)
	if l.halved.IsZero() || quiet < time.Second || float64(l.bucket.Limit()) >= l.ceiling {
		return
	}
	up := float64(l.bucket.Limit()) + quiet.Seconds()*l.ceiling/20
	l.bucket.SetLimitAt(now, rate.Limit(min(up, l.ceiling)))
	l.halved = now
}

// budget bounds the retries of a run, so that a cloud in trouble is not asked
// ever more often. Safe for concurrent use.
type budget struct {
	mu   sync.Mutex
	left int
}

func newBudget(rows int) *budget { return &budget{left: 50 + rows} }

// spend takes one retry; it reports false when there is none left.
func (b *budget) spend() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.left <= 0 {
		return false
	}
	b.left--
	return true
}

// earn gives one back, for something that went well.
func (b *budget) earn() {
	b.mu.Lock()
	b.left++
	b.mu.Unlock()
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
