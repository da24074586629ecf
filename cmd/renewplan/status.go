package main

import (
	"context"
	"slices"

	"github.com/spf13/cobra"

	"renewplan/internal/ledger"
	"renewplan/internal/plan"
	"renewplan/internal/report"
)

// statusOptions are the flags of status.
type statusOptions struct {
	ledger ledgerFlags
	output string
	all    bool
}

func newStatusCommand(p *process) *cobra.Command {
	var opt statusOptions
	cmd := &cobra.Command{
		Use:   "status [PLANFILE]",
		Short: "Show what the ledger knows, and what is open",
		Long: `Show what the ledger knows of every renewal that was attempted, or of those of a plan
file: how many there are, and those that are open, in conflict or under way, with what
helps. --all lists those that are done as well, and so does -o json. The cloud is not
asked.

Exit status 5 says that money is open: a renewal is unresolved, unverified, deviates, or
was in flight when its run ended.`,
		Example: `  renewplan status
  renewplan status --all network.plan.json
  renewplan status --sandbox`,
		Args:        arguments(0, 1, "at most one PLANFILE"),
		Annotations: exits(statusDone, statusError, statusRefused, statusOpen),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := conflict(cmd, "sandbox", "ledger"); err != nil {
				return err
			}
			return runStatusCommand(cmd.Context(), p, &opt, args)
		},
	}
	opt.ledger.bind(cmd)
	cmd.Flags().VarP(choice(&opt.output, "table", "json", "markdown"), "output", "o", "how to show the records")
	cmd.Flags().BoolVar(&opt.all, "all", false, "list every renewal, those that are done as well")
	return cmd
}

func runStatusCommand(ctx context.Context, p *process, opt *statusOptions, args []string) error {
	var only *plan.Plan
	if len(args) == 1 {
		var err error
		if only, err = readPlan(args[0]); err != nil {
			return err
		}
	}
	records, err := p.records(ctx, &opt.ledger)
	if err != nil {
		return err
	}
	if only != nil {
		records = recordsOf(records, only)
	}
	o := p.reportOptions(p.today(), opt.all)
	o.Ledger = opt.ledger.ledger
	if len(args) == 1 {
		o.PlanFile = args[0]
	}
	switch opt.output {
	case "json":
		err = report.StatusJSON(p.stdout, records)
	case "markdown":
		err = report.StatusMarkdown(p.stdout, records, o)
	default:
		err = report.Status(p.stdout, records, o)
	}
	if err != nil {
		return failed("writing the records: %w", err)
	}
	if slices.ContainsFunc(records, isOpen) {
		return ended(statusOpen)
	}
	return nil
}

// records reads the whole ledger; there is nothing in one that does not exist.
func (p *process) records(ctx context.Context, f *ledgerFlags) ([]ledger.Record, error) {
	path, err := p.ledgerPath(f)
	if err != nil {
		return nil, err
	}
	l, err := p.openExisting(path)
	if err != nil {
		return nil, err
	}
	if l == nil {
		p.say("there is no ledger yet at %s", path)
		return nil, nil
	}
	defer l.Close()
	records, err := l.Records(ctx, "")
	if err != nil {
		return nil, failed("reading the ledger %q: %w", path, err)
	}
	return records, nil
}

// recordsOf are the records that belong to the rows of a plan.
func recordsOf(records []ledger.Record, pl *plan.Plan) []ledger.Record {
	wanted := map[ledger.Key]bool{}
	for _, row := range pl.Rows {
		if !row.Baseline.IsZero() {
			wanted[ledgerKey(pl.Cloud, row)] = true
		}
	}
	var found []ledger.Record
	for _, r := range records {
		if wanted[exactKey(r.Key)] {
			found = append(found, r)
		}
	}
	return found
}

// isOpen reports whether money hangs on a record: something was or may have
// been sent, and how it ended is not known. What a living run still works on is
// not open yet.
func isOpen(r ledger.Record) bool {
	if r.State == ledger.Deviates || r.State == ledger.Unverified || r.State == ledger.Unresolved {
		return true
	}
	return r.State.Open() && r.State != ledger.Claimed && !r.Live
}
