package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"renewplan/internal/exec"
	"renewplan/internal/plan"
	"renewplan/internal/report"
)

// planOptions are the flags of plan.
type planOptions struct {
	spec         specFlags
	cloud        cloudFlags
	output       string
	out          string
	check        string
	asOf         time.Time
	asOfGiven    bool
	detailedExit bool
	offline      bool
	partial      bool
	all          bool
}

func newPlanCommand(p *process) *cobra.Command {
	var opt planOptions
	cmd := &cobra.Command{
		Use:   "plan [SPEC...]",
		Short: "Decide what to renew and show it",
		Long: `Read the live state of every resource of a spec, decide row by row what to renew,
and show it. Nothing is bought. --out writes the plan file, which is what people review
and what apply buys. The same spec, states and day give the same bytes.

A plan with rows whose state could not be read is shown, ends in exit status 1, and is
written only with --partial.`,
		Example: `  renewplan plan
  renewplan plan --out network.plan.json examples/plans/network
  renewplan plan --check network.plan.json
  renewplan plan --sandbox -o markdown examples/plans/network`,
		Annotations: exits(statusDone, statusError, statusDue, statusRefused, statusInterrupted),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := opt.checkFlags(cmd, args); err != nil {
				return err
			}
			if opt.check != "" {
				return runPlanCheck(cmd.Context(), p, &opt)
			}
			return runPlan(cmd.Context(), p, &opt, args)
		},
	}
	opt.spec.bind(cmd)
	opt.cloud.bind(cmd)
	flags := cmd.Flags()
	flags.VarP(choice(&opt.output, "table", "json", "markdown"), "output", "o", "how to show the plan")
	flags.Var(name(&opt.out, "FILE"), "out", "write the plan file; NAME.plan.json is the usual form")
	flags.Var(name(&opt.check, "PLANFILE"), "check", "plan again with the spec and the day of PLANFILE; exit 4 with the differences")
	flags.Var(day(&opt.asOf), "as-of", "the day the plan is made for, in UTC (default today)")
	flags.BoolVar(&opt.detailedExit, "detailed-exitcode", false, "exit 2 if there is something to renew")
	flags.BoolVar(&opt.offline, "offline", false, "read no states: show the rows of the spec alone; nothing is written")
	flags.BoolVar(&opt.partial, "partial", false, "write the plan file even if some states could not be read")
	flags.BoolVar(&opt.all, "all", false, "show every row of a long plan")
	return cmd
}

// checkFlags refuses what does not go together.
func (o *planOptions) checkFlags(cmd *cobra.Command, args []string) error {
	o.asOfGiven = cmd.Flags().Changed("as-of")
	for _, arg := range args {
		if isPlanFile(arg) {
			return usageError(cmd, fmt.Errorf("%q is a plan file, and plan takes a spec", arg)).
				hint("renewplan show %s prints it; renewplan plan --check %s compares it with today", arg, arg)
		}
	}
	if o.check != "" && len(args) > 0 {
		return usageError(cmd, errors.New("--check takes the spec that the plan file names, so no SPEC can be given"))
	}
	return errors.Join(
		o.cloud.check(cmd),
		conflict(cmd, "offline", "out", "check", "partial", "endpoint", "sandbox", "profile", "ledger", "detailed-exitcode"),
		conflict(cmd, "check", "out", "as-of", "partial", "inject", "detailed-exitcode"),
	)
}

func runPlan(ctx context.Context, p *process, opt *planOptions, args []string) error {
	s, err := p.loadSpec(ctx, args, opt.spec.tags)
	if err != nil {
		return err
	}
	build := plan.BuildOptions{AsOf: opt.asOf, DefaultRegion: opt.cloud.region}
	if !opt.asOfGiven {
		build.AsOf = p.today()
	}
	build.Spec.Tags = opt.spec.tags
	if build.Spec.Paths, err = specPaths(args, filepath.Dir(opt.out)); err != nil {
		return err
	}
	if opt.offline {
		build.Cloud = "baidubce.com"
		pl, err := plan.Offline(s, build)
		if err != nil {
			return p.specFailure(err)
		}
		return p.showPlan(pl, opt.output, opt.all)
	}
	if opt.out != "" {
		if err := mayWritePlan(opt.out); err != nil {
			return err
		}
	}
	c, err := p.connect(&opt.cloud, s)
	if err != nil {
		return err
	}
	pl, err := p.makePlan(ctx, &opt.cloud, c, s, build)
	if err = errors.Join(err, c.close()); err != nil {
		return err
	}
	if err := p.showPlan(pl, opt.output, opt.all); err != nil {
		return err
	}
	return p.finishPlan(pl, opt)
}

// finishPlan writes the plan file, if asked to, and says how the plan stands.
func (p *process) finishPlan(pl *plan.Plan, opt *planOptions) error {
	unread := pl.Totals.Unread
	if unread > 0 && opt.out != "" && !opt.partial {
		f := couldNotRead(pl, "; "+opt.out+" was not written")
		if unread < len(pl.Rows) {
			f = f.hint("--partial writes the plan without them")
		}
		return f
	}
	if opt.out != "" {
		if err := writePlan(opt.out, pl); err != nil {
			return err
		}
		p.say("wrote %s", opt.out)
	}
	for _, line := range pl.OverLimits() {
		p.warn("apply will refuse this plan: %s", line)
	}
	switch {
	case unread > 0:
		f := couldNotRead(pl, "")
		if opt.out == "" && unread < len(pl.Rows) {
			f = f.hint("plan again; --partial --out FILE%s plans the others", planSuffix)
		}
		return f
	case opt.detailedExit && pl.Totals.Renew > 0:
		return ended(statusDue)
	}
	return nil
}

// makePlan observes every resource of a spec and builds the plan.
func (p *process) makePlan(ctx context.Context, f *cloudFlags, c *connection, s *plan.Spec, build plan.BuildOptions) (*plan.Plan, error) {
	keys, err := plan.Keys(s, build.DefaultRegion)
	if err != nil {
		return nil, p.specFailure(err)
	}
	path, err := p.ledgerPath(&f.ledgerFlags)
	if err != nil {
		return nil, err
	}
	l, err := p.openExisting(path)
	if err != nil {
		return nil, err
	}
	cfg := p.execConfig(f, c)
	if l != nil {
		defer l.Close()
		cfg.Ledger = l
	}
	ctx, stop := p.interruptible(ctx)
	defer stop()
	reading := p.reading()
	defer reading.Done()
	cfg.Progress = reading.Update
	seen, requests, err := exec.Observe(ctx, cfg, keys)
	c.requests += requests
	switch {
	case ctx.Err() != nil:
		return nil, errInterrupted
	case err != nil:
		return nil, observeFailure(err, c)
	}
	build.Cloud = c.name
	pl, requests, err := buildPlan(ctx, cfg, s, seen, build)
	c.requests += requests
	switch {
	case ctx.Err() != nil:
		return nil, errInterrupted
	case err != nil:
		return nil, p.specFailure(err)
	}
	return pl, nil
}

// observeFailure says why no state could be read, and what helps.
func observeFailure(err error, c *connection) error {
	if refusal, ok := errors.AsType[*exec.AccountError](err); ok {
		return failed("%w; nothing was bought", refusal).hint("%s", c.accountHelp())
	}
	return failed("reading the resources: %w; nothing was bought", err)
}

// showPlan prints a plan to stdout.
func (p *process) showPlan(pl *plan.Plan, output string, all bool) error {
	over := pl.OverLimits()
	opt := p.reportOptions(pl.AsOf, all)
	var err error
	switch output {
	case "json":
		err = report.PlanJSON(p.stdout, pl, over)
	case "markdown":
		err = report.PlanMarkdown(p.stdout, pl, over, opt)
	default:
		err = report.Plan(p.stdout, pl, over, opt)
	}
	return wrapWrite(err)
}

// wrapWrite says that printing a plan failed, if it did.
func wrapWrite(err error) error {
	if err != nil {
		return failed("writing the plan: %w; nothing was sent", err)
	}
	return nil
}

func (p *process) reportOptions(asOf time.Time, all bool) report.Options {
	opt := report.Options{Color: p.color(), All: all, AsOf: asOf}
	if p.stdoutTerminal {
		opt.Width = p.stdoutWidth()
	}
	return opt
}

// runPlanCheck plans again what a plan file says, and lists what is different.
func runPlanCheck(ctx context.Context, p *process, opt *planOptions) error {
	was, err := readPlan(opt.check)
	if err != nil {
		return err
	}
	dir := filepath.Dir(opt.check)
	s, err := p.loadSpec(ctx, specArgs(was.Spec, dir), was.Spec.Tags)
	if err != nil {
		return err
	}
	if err := p.sameCloud(&opt.cloud, was); err != nil {
		return err
	}
	c, err := p.connect(&opt.cloud, s)
	if err != nil {
		return err
	}
	now, err := p.makePlan(ctx, &opt.cloud, c, s, plan.BuildOptions{
		AsOf: was.AsOf, DefaultRegion: opt.cloud.region, Spec: was.Spec,
	})
	if err = errors.Join(err, c.close()); err != nil {
		return err
	}
	differences := plan.Diff(was, now)
	for _, line := range differences {
		if _, err := fmt.Fprintln(p.stdout, line); err != nil {
			return failed("writing the differences: %w", err)
		}
	}
	switch {
	case len(differences) > 0:
		return refused("plan file %q is not what planning gives now: %s", opt.check, counted(len(differences), "difference")).
			hint("renewplan plan --out %s writes it anew", opt.check)
	case now.Totals.Unread > 0:
		return failed("%s could not be read, now as then", counted(now.Totals.Unread, "resource"))
	}
	p.say("plan file %q is what planning gives now", opt.check)
	return nil
}
