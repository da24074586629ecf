package main

import (
	"context"
	"fmt"
	"time"
)

// requestsPerRow is how many requests a renewal may cost: one that buys, and a
// tenth of the lists that serve many.
const requestsPerRow = 1.1

// mostPerSecond is the rate up to which latency is what bounds, on a machine that
// plays the cloud as well.
const mostPerSecond = 1000.0

// latencyCase is how long answers take and how many requests are under way.
type latencyCase struct {
	latency     time.Duration
	parallelism int
}

// measureLatency applies a plan where nothing but the answers' latency bounds.
func measureLatency(ctx context.Context, l *lab) ([]row, error) {
	const n = 1000
	var cases []latencyCase
	for _, latency := range []time.Duration{20 * time.Millisecond, 50 * time.Millisecond, 200 * time.Millisecond} {
		for _, parallelism := range []int{8, 32, 128} {
			if float64(parallelism)/latency.Seconds() <= mostPerSecond {
				cases = append(cases, latencyCase{latency, parallelism})
			}
		}
	}
	if l.check {
		cases = []latencyCase{{50 * time.Millisecond, 32}}
	}
	fleet := estate(n)
	var rows []row
	for _, c := range cases {
		runs, err := l.applyTrials(ctx, l.runs, trial{
			fleet: fleet, cloud: cloudOrders{Latency: c.latency}, parallelism: c.parallelism,
		})
		if err != nil {
			return nil, fmt.Errorf("%v, parallelism %d: %w", c.latency, c.parallelism, err)
		}
		a, limit := fastest(runs), latencyLimit(n, c)
		rows = append(rows, row{
			what:   fmt.Sprintf("%d rows, %v, parallelism %d", n, c.latency, c.parallelism),
			ours:   fmt.Sprintf("%v; %d requests, answered in %.1f ms", a, a.tally.requests(), a.tally.latency().Seconds()*1e3),
			theirs: fmt.Sprintf("%.3f s", limit.Seconds()),
			figure: ratio(a.wall, limit), target: 1.05, most: 2.5,
		})
	}
	return rows, nil
}

// latencyLimit is the least time that latency allows: all requests, as many at
// once as may be, and once the round of a look, a send and a look, for the first
// row waits for its look and the last one for its own.
func latencyLimit(rows int, c latencyCase) time.Duration {
	requests := requestsPerRow * float64(rows)
	return time.Duration((requests/float64(c.parallelism) + 3) * float64(c.latency))
}
