package main

import (
	"context"

	"renewplan/internal/exec"
	"renewplan/internal/plan"
)

// buildPlan builds a plan of what was seen. When it is known which rows are due,
// it reads what would be renewed along with them, adds that to what was seen, and
// builds the plan again. requests is how many that took.
func buildPlan(ctx context.Context, cfg exec.Config, s *plan.Spec, seen plan.Observed, opt plan.BuildOptions) (pl *plan.Plan, requests int, err error) {
	if pl, err = plan.Build(s, seen, opt); err != nil {
		return nil, 0, err
	}
	if requests, err = exec.ObserveAttached(ctx, cfg, pl, seen); requests == 0 || err != nil {
		return pl, requests, err
	}
	pl, err = plan.Build(s, seen, opt)
	return pl, requests, err
}
