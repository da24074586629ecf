package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
)

// terraformItems are resources that do nothing: what is measured is Terraform's
// own work for a row.
const terraformItems = `variable "items" { type = number }

resource "terraform_data" "row" {
  for_each = { for i in range(var.items) : tostring(i) => i }
  input    = each.value
}
`

// terraformParallelism is Terraform's own default, which renewplan gets too.
const terraformParallelism = 10

// measureTerraform plans and applies beside Terraform, where it is installed.
func measureTerraform(ctx context.Context, l *lab) ([]row, error) {
	terraform := l.terraform
	if terraform == "" {
		terraform, _ = exec.LookPath("terraform") // "" if there is none
	}
	if terraform == "" {
		fmt.Fprintln(l.out, "\nTerraform is not installed (-terraform FILE names one): nothing is compared with it")
		return nil, nil
	}
	n, target, most := 1000, 0.05, 0.5
	if l.check {
		n, target, most = 200, 0, 2 // Terraform's time grows with the square
	}
	fleet := estate(n)
	var ours []applied
	var ourPlans, plans, applies []cost
	for range max(l.runs, 1) { // by turns
		a, err := l.applyOnce(ctx, trial{fleet: fleet, parallelism: terraformParallelism})
		if err != nil {
			return nil, err
		}
		plan, apply, err := l.terraformOnce(ctx, terraform, n)
		if err != nil {
			return nil, err
		}
		ours, ourPlans = append(ours, a), append(ourPlans, a.plan)
		plans, applies = append(plans, plan), append(applies, apply)
	}
	a, ourPlan, plan, apply := fastest(ours), fastest(ourPlans), fastest(plans), fastest(applies)
	return []row{
		{fmt.Sprintf("plan of %d rows", n), ourPlan.String(), plan.String(), ratio(ourPlan.wall, plan.wall), target, most},
		{fmt.Sprintf("apply of %d rows", n), a.String(), apply.String(), ratio(a.wall, apply.wall), target, most},
	}, nil
}

// terraformOnce plans and applies n items from nothing.
func (l *lab) terraformOnce(ctx context.Context, terraform string, n int) (plan, apply cost, err error) {
	dir, err := os.MkdirTemp(l.dir, "terraform-")
	if err != nil {
		return plan, apply, err
	}
	defer os.RemoveAll(dir)
	if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(terraformItems), 0o600); err != nil {
		return plan, apply, err
	}
	if _, err := l.command(ctx, dir, terraform, "init", "-input=false"); err != nil {
		return plan, apply, err
	}
	const file = "items.tfplan"
	if plan, err = l.command(ctx, dir, terraform, "plan", "-input=false", "-out="+file, "-var=items="+strconv.Itoa(n)); err != nil {
		return plan, apply, err
	}
	apply, err = l.command(ctx, dir, terraform, "apply", "-input=false", "-auto-approve", file)
	return plan, apply, err
}
