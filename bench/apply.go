package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"renewplan/internal/bce/sandbox"
)

// trial is one apply to measure: of a reviewed plan file of a whole fleet, by the
// real program, at a cloud of its own and with a new ledger in a file.
type trial struct {
	fleet       []sandbox.Resource
	cloud       cloudOrders // without the fleet
	parallelism int
	rate        float64 // renewplan's own, in requests a second and host; 0 is too high to bound
}

// unbounded is a rate that no trial reaches.
const unbounded = 100_000

// applied is what an apply took, and what arrived at the cloud.
type applied struct {
	cost
	plan     cost // of the plan before it
	planning tally
	tally    tally
	start    time.Duration // until the first request arrived
	end      time.Duration // since the last answer left
}

// String is what people see of it.
func (a applied) String() string {
	return fmt.Sprintf("%.3f s (%d ms to the first request, %d ms from the last), %.2f s CPU",
		a.wall.Seconds(), a.start.Milliseconds(), a.end.Milliseconds(), a.cpu.Seconds())
}

// applyTrials plans and applies some times, each from nothing.
func (l *lab) applyTrials(ctx context.Context, runs int, t trial) ([]applied, error) {
	all := make([]applied, max(runs, 1))
	for i := range all {
		var err error
		if all[i], err = l.applyOnce(ctx, t); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (l *lab) applyOnce(ctx context.Context, t trial) (a applied, err error) {
	dir, err := os.MkdirTemp(l.dir, "apply-")
	if err != nil {
		return a, err
	}
	defer os.RemoveAll(dir)
	if err := writeSpec(dir, t.fleet); err != nil {
		return a, err
	}
	t.cloud.Fleet = t.fleet
	c, err := l.startCloud(ctx, t.cloud)
	if err != nil {
		return a, err
	}
	defer func() { err = errors.Join(err, c.close()) }()

	if t.rate == 0 {
		t.rate = unbounded
	}
	flags := []string{
		"--endpoint", c.url, "--ledger", "ledger.db", "--parallelism", strconv.Itoa(t.parallelism),
		"--rate", strconv.FormatFloat(t.rate, 'f', -1, 64),
	}
	const planFile = "estate.plan.json"
	if a.plan, err = l.command(ctx, dir, l.renewplan, append(append([]string{"plan"}, flags...), "--out", planFile, specFile)...); err != nil {
		return a, err
	}
	if a.planning, err = c.tally(ctx); err != nil {
		return a, err
	}
	if t.cloud.Rate > 0 { // what the plan took of a second's worth comes back
		if err := wait(ctx, time.Second); err != nil {
			return a, err
		}
	}
	began := time.Now()
	if a.cost, err = l.command(ctx, dir, l.renewplan, append(append([]string{"apply"}, flags...), "--auto-approve", planFile)...); err != nil {
		return a, err
	}
	ended := time.Now()
	if a.tally, err = c.tally(ctx); err != nil {
		return a, err
	}
	a.start, a.end = a.tally.First.Sub(began), ended.Sub(a.tally.Last)
	return a, c.charged(ctx, t.fleet)
}
