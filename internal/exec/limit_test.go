package exec

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

func TestLimiterKeepsTheRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimits(10, 8, 1).host("a")
		began := time.Now()
		for range 101 {
			if _, err := l.wait(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if got := time.Since(began); got < 10*time.Second-time.Millisecond || got > 10*time.Second+200*time.Millisecond {
			t.Errorf("101 requests at 10/s with a burst of 1 took %v; want 10s", got)
		}
	})
}

func TestLimiterHonoursRetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimits(100, 8, 1).host("a")
		p, err := l.wait(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		l.throttled(p, 7*time.Second)
		l.throttled(p, time.Second) // does not take it back
		began := time.Now()
		if _, err := l.wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := time.Since(began); got < 7*time.Second {
			t.Errorf("the next request left after %v; want 7s", got)
		}
	})
}

func TestLimiterGivesUpWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimits(1, 8, 1).host("a")
		l.throttled(pass{}, time.Hour)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := l.wait(ctx); err == nil {
			t.Error("got no error; want the context's")
		}
	})
}

func TestBackoffStaysInItsBounds(t *testing.T) {
	for n := 1; n < 12; n++ {
		for range 200 {
			if d := backoff(n, time.Second); d < time.Second || d >= 21*time.Second {
				t.Fatalf("got a backoff of %v for try %d; want 1s to 21s", d, n)
			}
		}
	}
}
