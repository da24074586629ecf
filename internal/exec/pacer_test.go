package exec

import (
	"testing"
	"time"
)

// pacing plays a pacer against a limit, at no latency, for a while.
type pacing struct {
	pacer
	now    time.Time
	limit  limit
	after  time.Duration
	served int
	cuts   int
}

func (p *pacing) run(d time.Duration) {
	for until := p.now.Add(d); p.now.Before(until); {
		by, wait := p.take(p.now)
		if wait > 0 {
			p.now = p.now.Add(wait)
			continue
		}
		if epoch := p.epoch; !p.limit.allow(p.now) {
			p.throttled(by, p.now, p.after)
			p.cuts += p.epoch - epoch
		} else {
			p.pacer.served(by, p.now)
			p.served++
		}
	}
}

func newPacing(ceiling float64, l limit, after time.Duration) *pacing {
	return &pacing{pacer: newPacer(ceiling), now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC), limit: l, after: after}
}

func TestThePaceNeverExceedsItsCeiling(t *testing.T) {
	p := newPacing(10, &bucket{perSecond: 1000, burst: 1000}, 0)
	if p.run(10 * time.Minute); p.served < 5990 || p.served > 6001 {
		t.Errorf("got %d requests in ten minutes at 10/s; want 6,000", p.served)
	}
}

func TestThePaceSearchesUpwardsWhileNothingIsThrottled(t *testing.T) {
	p := newPacing(1e5, &bucket{perSecond: 1e6, burst: 1e6}, 0)
	if p.run(time.Second); p.rate != 1e5 {
		t.Errorf("got %v/s after a second without a throttled answer; want the ceiling of 100,000", p.rate)
	}
}

// TestThePaceStaysWhereNobodyWaits: a rate that is not used is not proven.
func TestThePaceStaysWhereNobodyWaits(t *testing.T) {
	p := newPacer(1e5)
	now := time.Now()
	for range 1000 {
		by, wait := p.take(now)
		if wait > 0 {
			t.Fatalf("got %v to wait at 10 requests a second; want none", wait)
		}
		p.served(by, now)
		now = now.Add(100 * time.Millisecond)
	}
	if p.rate != startRate {
		t.Errorf("got %v/s; want %v/s, as at the start", p.rate, startRate)
	}
}

func TestThePaceFindsALimitAndKeepsIt(t *testing.T) {
	for perSecond, least := range map[float64]float64{3: 0.85, 20: 0.95, 100: 0.95, 500: 0.95, 5000: 0.95} {
		for _, after := range []time.Duration{0, time.Second} {
			p := newPacing(1e5, &bucket{perSecond: perSecond, burst: perSecond}, after)
			p.run(10 * time.Second)
			p.served, p.cuts = 0, 0
			p.run(5 * time.Minute)
			share := float64(p.served) / (perSecond * 300)
			if share < least || share > 1.01 || p.cuts > 12 {
				t.Errorf("limit %v/s, Retry-After %v: got %.3f of it with %d cuts in 5 minutes; want %v and at most 12", perSecond, after, share, p.cuts, least)
			}
		}
	}
}

// TestOneBurstOfThrottledAnswersIsOneCut: what left before the cut says nothing
// about what came after it.
func TestOneBurstOfThrottledAnswersIsOneCut(t *testing.T) {
	p := newPacer(100)
	now := time.Now()
	var left []pass
	for len(left) < 20 {
		by, wait := p.take(now)
		if wait == 0 {
			left = append(left, by)
		}
		now = now.Add(wait)
	}
	for _, by := range left {
		p.throttled(by, now, time.Second)
		now = now.Add(time.Millisecond)
	}
	if p.epoch != 1 || p.rate < 10 {
		t.Errorf("got %d cuts to %.1f/s; want one", p.epoch, p.rate)
	}
	if _, wait := p.take(now); wait < 900*time.Millisecond {
		t.Errorf("got %v until the next request; want a second after the last answer", wait)
	}
}

func TestAThrottledAnswerWithoutAdviceIsAPauseToo(t *testing.T) {
	p := newPacer(100)
	now := time.Now()
	by, _ := p.take(now)
	p.throttled(by, now, 0)
	if _, wait := p.take(now); wait != noAdvice {
		t.Errorf("got %v until the next request; want %v", wait, noAdvice)
	}
}

func TestThePaceSlowsDownToOneRequestInTwoSeconds(t *testing.T) {
	p := newPacing(100, closed{}, 0)
	p.run(10 * time.Minute)
	if p.rate != leastRate {
		t.Errorf("got %v/s after ten minutes of nothing but throttled answers; want %v", p.rate, leastRate)
	}
}

func TestAPaceThatIsNextToNothingWaits(t *testing.T) {
	p := newPacer(1e-12)
	now := time.Now()
	p.take(now)
	if _, wait := p.take(now); wait != time.Hour {
		t.Errorf("got a wait of %v; want an hour at a time", wait)
	}
}
