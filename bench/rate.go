package main

import (
	"context"
	"fmt"
	"math"
	"time"
)

// rateCase is a limit that the cloud keeps and does not tell.
type rateCase struct {
	rate         float64 // requests a second
	rows         int
	noRetryAfter bool
}

// measureRate applies a plan at a cloud that throttles, by a renewplan whose own
// rate is far above that: it has to find the limit.
func measureRate(ctx context.Context, l *lab) ([]row, error) {
	cases := []rateCase{
		{rate: 20, rows: 500}, // not 1,000: it would take a minute
		{rate: 100, rows: 1000},
		{rate: 100, rows: 1000, noRetryAfter: true},
		{rate: 500, rows: 2000},
	}
	if l.check {
		cases = []rateCase{{rate: 500, rows: 2000}}
	}
	var rows []row
	for _, c := range cases {
		what := fmt.Sprintf("%d rows, %v/s", c.rows, c.rate)
		if c.noRetryAfter {
			what += " without Retry-After"
		}
		runs, err := l.applyTrials(ctx, l.runs, trial{
			fleet: estate(c.rows), cloud: cloudOrders{Rate: c.rate, NoRetryAfter: c.noRetryAfter}, parallelism: 32, rate: 5000,
		})
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case err != nil: // a run that gives up at a limit is worse than a slow one
			rows = append(rows, row{what: what, ours: "gave up", figure: math.Inf(1), target: 1.05, most: 2.5})
			fmt.Fprintf(l.out, "\n%s: %v\n", what, err)
			continue
		}
		a := median(runs) // a limit may be found by luck
		served := a.tally.requests() - a.tally.Throttled
		limit := seconds(requestsPerRow * float64(c.rows) / c.rate)
		least := seconds((float64(served) - c.rate) / c.rate)
		rows = append(rows,
			row{
				what: what, ours: fmt.Sprintf("%v; %d requests served", a, served), theirs: fmt.Sprintf("%.3f s", limit.Seconds()),
				figure: ratio(a.wall, limit), target: 1.05, most: 2.5,
			},
			row{
				what: what + ": beside what was served, less a second's worth at once", theirs: fmt.Sprintf("%.3f s", least.Seconds()),
				figure: ratio(a.wall, least),
			},
			row{
				what: what + ": share of throttled answers", ours: fmt.Sprint(a.tally.Throttled), theirs: fmt.Sprint(a.tally.requests()),
				figure: a.tally.throttledShare(), target: 0.02, most: 0.2,
			},
		)
	}
	return rows, nil
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
