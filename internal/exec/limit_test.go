package exec

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

func TestLimiterKeepsTheRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimits(10, 8).host("a")
		began := time.Now()
		for range 101 {
			if err := l.wait(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if got := time.Since(began); got < 10*time.Second-time.Millisecond || got > 10*time.Second+200*time.Millisecond {
			t.Errorf("101 requests at 10/s with a burst of 1 took %v; want 10s", got)
		}
	})
}

func TestLimiterHalvesOnThrottlingAndRecoversSlowly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimits(100, 8).host("a")
		for range 20 { // one burst of throttled answers halves once
			l.throttled(0)
		}
		if got := float64(l.bucket.Limit()); got != 50 {
			t.Errorf("got a limit of %v after one burst; want 50", got)
		}
		if err := pause(t.Context(), 2*time.Second); err != nil {
			t.Fatal(err)
		}
		if err := l.wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := float64(l.bucket.Limit()); got < 59.9 || got > 60.1 {
			t.Errorf("got a limit of %v after 2 quiet seconds; want 60", got)
		}
		if err := pause(t.Context(), time.Hour); err != nil {
			t.Fatal(err)
		}
		if err := l.wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := float64(l.bucket.Limit()); got != 100 {
			t.Errorf("got a limit of %v after an hour; want the ceiling of 100", got)
		}
	})
}

func TestLimiterHonoursRetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimits(100, 8).host("a")
		l.throttled(7 * time.Second)
		began := time.Now()
		if err := l.wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := time.Since(began); got < 7*time.Second {
			t.Errorf("the next request left after %v; want 7s", got)
		}
	})
}

func TestLimiterGivesUpWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimits(1, 8).host("a")
		l.throttled(time.Hour)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := l.wait(ctx); err == nil {
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

func TestBudgetIsSharedAndEarnedBack(t *testing.T) {
	b := newBudget(0)
	n := 0
	for b.spend() {
		n++
	}
	b.earn()
	if n != 50 || !b.spend() || b.spend() {
		t.Errorf("got %d retries and not exactly one more after one success; want 50", n)
	}
}
