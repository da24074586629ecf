package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"renewplan/internal/plan"
	"renewplan/internal/report"
)

func newShowCommand(p *process) *cobra.Command {
	var output string
	var all bool
	cmd := &cobra.Command{
		Use:   "show PLANFILE",
		Short: "Show a plan file",
		Long: `Show a plan file as plan showed it when it was written. Neither the spec nor the cloud
is asked. A file that was altered is shown as far as it can be read, marked, and ends in
exit status 4.`,
		Example: `  renewplan show network.plan.json
  renewplan show -o markdown network.plan.json`,
		Args:        arguments(1, 1, "one PLANFILE"),
		Annotations: exits(statusDone, statusError, statusRefused),
		RunE: func(_ *cobra.Command, args []string) error {
			return runShow(p, args[0], output, all)
		},
	}
	cmd.Flags().VarP(choice(&output, "table", "json", "markdown"), "output", "o", "how to show the plan")
	cmd.Flags().BoolVar(&all, "all", false, "show every row of a long plan")
	return cmd
}

func runShow(p *process, file, output string, all bool) error {
	pl, err := readPlan(file)
	altered, isAltered := errors.AsType[*plan.AlteredError](err)
	if !isAltered {
		if err != nil {
			return err
		}
		return p.showPlan(pl, output, all)
	}
	for _, d := range altered.Differences {
		p.warn("%s", d)
	}
	if altered.More > 0 {
		p.warn("and %s more", counted(altered.More, "difference"))
	}
	if err := p.showAltered(pl, len(altered.Differences)+altered.More, output, all); err != nil {
		return err
	}
	return refused("%q was altered and cannot be applied", file).
		hint("to get a sound one, plan again: renewplan plan --out %s", planAgain(pl, file))
}

// showAltered prints a plan that was altered, with the mark on stdout too: it
// must not pass for a sound one where stderr is not seen.
func (p *process) showAltered(pl *plan.Plan, differences int, output string, all bool) error {
	mark := fmt.Sprintf("the plan file was altered (%s) and cannot be applied", counted(differences, "difference"))
	var err error
	switch output {
	case "json":
		// There it stands with what else keeps apply from taking the plan.
		return wrapWrite(report.PlanJSON(p.stdout, pl, append(pl.OverLimits(), mark)))
	case "markdown":
		_, err = fmt.Fprintf(p.stdout, "**ALTERED:** %s.\n\n", mark)
	default:
		_, err = fmt.Fprintf(p.stdout, "ALTERED: %s.\n\n", mark)
	}
	if err != nil {
		return wrapWrite(err)
	}
	return p.showPlan(pl, output, all)
}
