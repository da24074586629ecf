package main

import (
	"context"
	"fmt"
	"time"
)

// requestsCase is a fleet whose requests are counted.
type requestsCase struct {
	what   string
	kinds  []string
	delay  time.Duration // of instances
	target float64
}

// measureRequests counts what an apply sends for each renewal.
func measureRequests(ctx context.Context, l *lab) ([]row, error) {
	const n, slowly = 1000, 5 * time.Second
	rate := 100.0
	cases := []requestsCase{
		{"instances", []string{"instance"}, 0, 1.1},
		{"EIP groups", []string{"eipgroup"}, 0, 1.1},
		{fmt.Sprintf("VPN and NAT gateways in %d VPCs", vpcs*len(regions)), []string{"vpn", "nat"}, 0, 1.2},
	}
	if l.check {
		rate = 500
	} else {
		cases = append(cases, requestsCase{fmt.Sprintf("instances that show after %v", slowly), []string{"instance"}, slowly, 1.1})
	}
	var rows []row
	for _, c := range cases {
		a, err := l.applyTrial(ctx, 1, trial{
			fleet: estate(n, c.kinds...), cloud: cloudOrders{InstanceDelay: c.delay}, parallelism: 32, rate: rate,
		})
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.what, err)
		}
		rows = append(rows, row{
			what:   fmt.Sprintf("%d %s at %v/s", n, c.what, rate),
			ours:   fmt.Sprintf("%d that buy, %d reads (and %d of plan), %v", a.tally.Purchases, a.tally.Reads, a.planning.Reads, a),
			theirs: fmt.Sprint(n),
			figure: float64(a.tally.requests()) / n, target: c.target, most: 1.5,
		})
	}
	return rows, nil
}
