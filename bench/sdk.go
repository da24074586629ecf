package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"renewplan/internal/bce/sandbox"
)

// measureSDK applies a plan beside the same renewals by bce-sdk-go, which records
// nothing: only sent, and with each expiry read before and after, as apply does.
func measureSDK(ctx context.Context, l *lab) ([]row, error) {
	sizes := []int{1000, 5000}
	if l.check {
		sizes = sizes[:1]
	}
	const parallelism = 32
	var rows []row
	for _, n := range sizes {
		fleet := estate(n)
		var ours []applied
		var sent, read []cost
		for range max(l.runs, 1) { // by turns
			a, err := l.applyOnce(ctx, trial{fleet: fleet, parallelism: parallelism})
			if err != nil {
				return nil, err
			}
			b, err := l.sdkOnce(ctx, sdkOrders{Fleet: fleet, Parallelism: parallelism})
			if err != nil {
				return nil, err
			}
			c, err := l.sdkOnce(ctx, sdkOrders{Fleet: fleet, Parallelism: parallelism, Reading: true})
			if err != nil {
				return nil, err
			}
			ours, sent, read = append(ours, a), append(sent, b), append(read, c)
		}
		a, b, c := fastest(ours), fastest(sent), fastest(read)
		what := fmt.Sprintf("%d rows, parallelism %d", n, parallelism)
		rows = append(rows,
			row{what: what + ": time", ours: a.String(), theirs: b.String(), figure: ratio(a.wall, b.wall), target: 1.0},
			row{what: what + ": CPU", figure: ratio(a.cpu, b.cpu), target: 1.0, most: 10},
			row{what: what + ", SDK reading: time", theirs: c.String(), figure: ratio(a.wall, c.wall)},
			row{what: what + ", SDK reading: CPU", figure: ratio(a.cpu, c.cpu)},
		)
	}
	return rows, nil
}

// sdkOnce renews a fleet at a cloud of its own with the SDK, in a process of its own.
func (l *lab) sdkOnce(ctx context.Context, o sdkOrders) (took cost, err error) {
	c, err := l.startCloud(ctx, cloudOrders{Fleet: o.Fleet})
	if err != nil {
		return took, err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	o.Endpoint = c.url
	text, err := json.Marshal(o)
	if err != nil {
		return took, err
	}
	cmd, err := l.self(ctx, "as-sdk")
	if err != nil {
		return took, err
	}
	var errs strings.Builder
	cmd.Stdin, cmd.Stderr = bytes.NewReader(text), &errs
	began := time.Now()
	if err := cmd.Run(); err != nil {
		return took, fmt.Errorf("renewing with the SDK: %w\n%.2000s", err, &errs)
	}
	return costOf(cmd, began), c.charged(ctx, o.Fleet)
}

// sdkOrders are what the SDK is to renew, and where.
type sdkOrders struct {
	Endpoint    string
	Fleet       []sandbox.Resource
	Parallelism int
	Reading     bool // each expiry before and after, too
}
