package main

import (
	"context"

	"renewplan/internal/exec"
	"renewplan/internal/plan"
)

// buildPlan builds a plan of what was seen. When it is known which rows are due,
// it reads what would be renewed along with them, adds that to what was seen, and
// builds the plan again.
func buildPlan(ctx context.Context, cfg exec.Config, s *plan.Spec, seen plan.Observed, opt plan.BuildOptions) (*plan.Plan, error) {
	pl, err := plan.Build(s, seen, opt)
	if err != nil {
		return nil, err
	}
	if requests, err := exec.ObserveAttached(ctx, cfg, pl, seen); requests == 0 || err != nil {
		return pl, err
	}
	return plan.Build(s, seen, opt)
}
