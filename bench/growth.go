package main

import (
	"context"
	"fmt"
	"math"
	"time"
)

// measureGrowth plans and applies ever more rows at no latency, and compares the most
// with the fewest.
func measureGrowth(ctx context.Context, l *lab) ([]row, error) {
	const parallelism = 32
	var rows []row
	var sizes []int
	var all []applied
	for _, n := range l.sizes {
		if n < exponentFrom {
			continue
		}
		runs, err := l.applyTrials(ctx, min(l.runs, 2), trial{fleet: estate(n), parallelism: parallelism})
		if err != nil {
			return nil, err
		}
		a := fastest(runs)
		sizes, all = append(sizes, n), append(all, a)
		rows = append(rows,
			row{what: fmt.Sprintf("plan, %d", n), ours: a.plan.String(), figure: perRow(a.plan.wall, n)},
			row{what: fmt.Sprintf("apply, %d", n), ours: a.cost.String(), figure: perRow(a.wall, n)},
		)
	}
	if len(sizes) < 2 {
		return rows, nil
	}
	a, b := all[0], all[len(all)-1]
	from, to := sizes[0], sizes[len(sizes)-1]
	what := fmt.Sprintf("%d to %d: exponent of ", from, to)
	rows = append(rows,
		row{what: "plan, " + what + "CPU", figure: exponent(from, to, a.plan.cpu, b.plan.cpu), target: 1.1, most: 1.5},
		row{what: "apply, " + what + "CPU", figure: exponent(from, to, a.cpu, b.cpu), target: 1.1, most: 1.5},
	)
	if a.peak > 0 {
		rows = append(rows,
			row{what: "plan, " + what + "memory", figure: exponent(from, to, a.plan.peak, b.plan.peak), target: 1.0, most: 1.3},
			row{what: "apply, " + what + "memory", figure: exponent(from, to, a.peak, b.peak), target: 1.0, most: 1.3},
		)
	}
	return rows, nil
}

// exponent is how something grows between two numbers of rows: 1 if in proportion.
func exponent[N ~int64](from, to int, less, more N) float64 {
	return math.Log(float64(more)/float64(less)) / math.Log(float64(to)/float64(from))
}

// perRow is the time for each row, in milliseconds.
func perRow(d time.Duration, n int) float64 {
	return d.Seconds() * 1000 / float64(n)
}
