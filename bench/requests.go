package main

import (
	"context"
	"fmt"
	"time"
)

// requestsCase is a fleet whose requests are counted.
type requestsCase struct {
	what   string
	kinds  []string      // of the fleet; none means all
	delay  time.Duration // of instances
	rate   float64       // renewplan's own
	target float64
}

// measureRequests counts what an apply sends for each renewal. How many reads
// that takes depends on how fast it may send: what was read early is read again.
func measureRequests(ctx context.Context, l *lab) ([]row, error) {
	const n, parallelism, byDefault = 1000, 32, 10
	cases := []requestsCase{
		{"instances", []string{"instance"}, 0, 100, 1.1},
		{"EIP groups", []string{"eipgroup"}, 0, 100, 1.1},
		{fmt.Sprintf("VPN and NAT gateways in %d VPCs", vpcs), []string{"vpn", "nat"}, 0, 100, 1.2},
		{"instances that show after 5 s", []string{"instance"}, 5 * time.Second, 100, 1.1},
		{"instances that show after 5 s", []string{"instance"}, 5 * time.Second, byDefault, 1.1},
		{"of all kinds", nil, 0, byDefault, 0},
	}
	if l.check {
		cases = cases[:3]
		for i := range cases {
			cases[i].rate = 500
		}
	}
	var rows []row
	for _, c := range cases {
		a, err := l.applyOnce(ctx, trial{
			fleet: estate(n, c.kinds...), cloud: cloudOrders{InstanceDelay: c.delay}, parallelism: parallelism, rate: c.rate,
		})
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.what, err)
		}
		rows = append(rows, row{
			what:   fmt.Sprintf("%d %s, %v/s", n, c.what, c.rate),
			ours:   fmt.Sprintf("%d that buy, %d reads (and %d of plan), %v", a.tally.Purchases, a.tally.Reads, a.planning.Reads, a),
			theirs: fmt.Sprint(n),
			figure: float64(a.tally.requests()) / n, target: c.target, most: 2,
		})
	}
	return rows, nil
}
