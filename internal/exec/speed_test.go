package exec

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"renewplan/internal/bce/sandbox"
	"renewplan/internal/plan"
)

// Targets of design §10: an apply takes at most slack times what the cloud's
// latency or its limit allow, at requestsPerRow requests for each renewal, and
// at most mostThrottled of its requests come too fast.
const (
	slack          = 1.05
	requestsPerRow = 1.1
	mostThrottled  = 0.02
)

func TestApplyIsAsFastAsTheLatencyAllows(t *testing.T) {
	const rows = 1000
	for _, tt := range []struct {
		latency     time.Duration
		parallelism int
	}{
		{20 * time.Millisecond, 8},
		{50 * time.Millisecond, 8},
		{50 * time.Millisecond, 32},
		{200 * time.Millisecond, 8},
		{200 * time.Millisecond, 32},
		{200 * time.Millisecond, 128},
	} {
		t.Run(fmt.Sprint(tt.latency, ", parallelism ", tt.parallelism), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, sandbox.Config{Fleet: estate(rows, threeRegions())})
				w.cfg.Parallelism = tt.parallelism
				tr := w.trial(&wire{latency: tt.latency})
				w.wantAll(tr.report, plan.Verified)
				limit := time.Duration((requestsPerRow*rows/float64(tt.parallelism) + 3) * float64(tt.latency))
				tr.log(t, limit)
				if tr.took.Seconds() > slack*limit.Seconds() {
					t.Errorf("got %v; want at most %.2f of %v", tr.took, slack, limit)
				}
			})
		})
	}
}

// limitTrial runs an apply whose own rate is far above what the cloud allows.
func limitTrial(t *testing.T, rows, parallelism int, wire *wire) trial {
	t.Helper()
	w := newWorld(t, sandbox.Config{Fleet: estate(rows, oneRegion())})
	w.cfg.Parallelism = parallelism
	w.cfg.Rate = 5000
	tr := w.trial(wire)
	w.wantAll(tr.report, plan.Verified)
	w.wantCharges(1)
	return tr
}

func TestApplyFindsTheLimitOfTheCloud(t *testing.T) {
	for _, tt := range []struct {
		rate        float64
		rows        int
		parallelism int
		latency     time.Duration
		after       time.Duration
	}{
		{20, 500, 32, time.Millisecond, time.Second},
		{20, 1000, 8, 50 * time.Millisecond, time.Second},
		{20, 1000, 16, 50 * time.Millisecond, 0},
		{100, 1000, 32, time.Millisecond, time.Second},
		{100, 1000, 32, time.Millisecond, 0},
		{100, 1000, 8, 20 * time.Millisecond, 0},
		{500, 2000, 32, time.Millisecond, time.Second},
		{500, 2000, 32, 20 * time.Millisecond, time.Second},
		{500, 2000, 32, 20 * time.Millisecond, 0},
	} {
		t.Run(fmt.Sprint(tt.rows, " rows at ", tt.rate, "/s, latency ", tt.latency, ", parallelism ", tt.parallelism, ", Retry-After ", tt.after), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tr := limitTrial(t, tt.rows, tt.parallelism, &wire{
					latency: tt.latency, limit: &bucket{perSecond: tt.rate, burst: tt.rate}, after: tt.after,
				})
				limit := time.Duration(requestsPerRow * float64(tt.rows) / tt.rate * float64(time.Second))
				tr.log(t, limit)
				if tr.took.Seconds() > slack*limit.Seconds() {
					t.Errorf("got %v; want at most %.2f of %v", tr.took, slack, limit)
				}
				if got := float64(tr.throttled) / float64(tr.requests()); got > mostThrottled {
					t.Errorf("got %.3f of the requests throttled; want at most %.2f", got, mostThrottled)
				}
			})
		})
	}
}

// TestApplyLivesWithEveryStyleOfThrottling: clouds limit in other ways than by
// tokens that are saved up, and the ways are not documented. most is of what the
// limit allows.
func TestApplyLivesWithEveryStyleOfThrottling(t *testing.T) {
	for _, tt := range []struct {
		name      string
		limit     func() limit
		perSecond float64 // on average
		most      float64
		status    int
		after     time.Duration
	}{
		{"so many in each second, Retry-After", func() limit { return &window{perSecond: 100} }, 100, 1.5, 429, time.Second},
		{"so many in each second", func() limit { return &window{perSecond: 100} }, 100, 1.5, 503, 0},
		{"an even pace, Retry-After", func() limit { return &bucket{perSecond: 100, burst: 1} }, 100, 1.8, 429, time.Second},
		{"an even pace", func() limit { return &bucket{perSecond: 100, burst: 1} }, 100, 1.8, 503, 0},
		{"few saved up", func() limit { return &bucket{perSecond: 100, burst: 20} }, 100, 2.5, 429, time.Second},
		{"much saved up", func() limit { return &bucket{perSecond: 100, burst: 300} }, 100, 1, 429, time.Second},
		{"falls to a fifth", func() limit {
			return &changing{&bucket{perSecond: 100, burst: 100}, 500, &bucket{perSecond: 20, burst: 20}}
		}, 33, 1.5, 429, time.Second},
		{"rises fivefold", func() limit {
			return &changing{&bucket{perSecond: 20, burst: 20}, 500, &bucket{perSecond: 100, burst: 100}}
		}, 33, 1.5, 429, time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const rows = 1000
				tr := limitTrial(t, rows, 16, &wire{latency: 20 * time.Millisecond, limit: tt.limit(), status: tt.status, after: tt.after})
				limit := time.Duration(requestsPerRow * rows / tt.perSecond * float64(time.Second))
				tr.log(t, limit)
				if tr.took.Seconds() > tt.most*limit.Seconds() {
					t.Errorf("got %v; want at most %.2f of %v", tr.took, tt.most, limit)
				}
				if got := float64(tr.throttled) / float64(tr.requests()); got > 3*mostThrottled {
					t.Errorf("got %.3f of the requests throttled; want at most %.2f", got, 3*mostThrottled)
				}
			})
		})
	}
}

func TestACloudThatThrottlesEverythingEndsTheRunAndIsNotHammered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sandbox.Config{Fleet: estate(100, oneRegion())})
		w.cfg.Rate = 5000
		p := w.plan()
		wire := w.through(&wire{limit: closed{}, after: time.Second})
		began := time.Now()
		rep := w.run(p)
		w.wantAll(rep, plan.NotSent)
		if !strings.Contains(rep.Stopped, "too many requests in a row failed") {
			t.Errorf("got stopped %q; want that too many requests failed", rep.Stopped)
		}
		for i, at := range wire.came {
			if i > DefaultParallelism && at.Sub(wire.came[i-DefaultParallelism-1]) < time.Second {
				t.Fatalf("more than %d requests left within a second, %v after the start; want none after the first answers", DefaultParallelism, at.Sub(began))
			}
		}
	})
}

func TestAnApplyMakesFewRequestsBeyondOneForEachRow(t *testing.T) {
	const rows = 1000
	for _, tt := range []struct {
		name  string
		kinds []string
		rate  float64
		delay time.Duration // until the renewal of an instance shows
		most  float64
	}{
		{"instances", []string{"instance"}, 100, 0, 1.03},
		{"instances that show after a minute and a half", []string{"instance"}, 100, 90 * time.Second, 1.1},
		{"EIP groups", []string{"eipgroup"}, 100, 0, 1.03},
		{"gateways in four VPCs", []string{"vpn", "nat"}, 100, 0, 1.1},
		{"all kinds, as fast as by default", nil, DefaultRate, 0, 1.08},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, sandbox.Config{Fleet: estate(rows, oneRegion(), tt.kinds...), InstanceDelay: tt.delay})
				w.cfg.Rate = tt.rate
				tr := w.trial(&wire{latency: 50 * time.Millisecond})
				w.wantAll(tr.report, plan.Verified)
				if got := float64(tr.requests()) / rows; got > tt.most {
					t.Errorf("got %.3f requests for each row, %d of them reads, in %v; want at most %.2f", got, tr.reads, tr.took, tt.most)
				}
			})
		})
	}
}
