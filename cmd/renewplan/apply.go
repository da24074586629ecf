package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"renewplan/internal/exec"
	"renewplan/internal/ledger"
	"renewplan/internal/plan"
)

// applyOptions are the flags of apply.
type applyOptions struct {
	spec          specFlags
	cloud         cloudFlags
	output        string
	all           bool
	autoApprove   bool
	verifyTimeout time.Duration
	settleTimeout time.Duration
	noResend      bool
	failFast      bool
	ignoreBalance bool
	receipt       string
}

func newApplyCommand(p *process) *cobra.Command {
	var opt applyOptions
	cmd := &cobra.Command{
		Use:   "apply PLANFILE | SPEC...",
		Short: "Buy what a plan says, once, and read every new expiry back",
		Long: `Buy what a plan file says: one renewal per resource and period, each written to the
ledger before it is sent, and each read back. With a SPEC (default: the current folder)
it plans, shows, asks, keeps the plan file beside the ledger, and applies it.

Every run leaves a receipt: who, when, which plan, and what became of each row.

Applying the same plan again continues where it stopped; applying a finished plan does
nothing. The first interrupt stops sending and lets what is in flight finish; the second
leaves at once. No renewal is bought twice, provided that the cloud honours a clientToken
for 24 hours or shows a renewal within the settle time; with --no-resend, even if it does
neither.`,
		Example: `  renewplan apply network.plan.json
  renewplan apply --sandbox --auto-approve examples/plans/network
  renewplan apply --auto-approve --no-resend network.plan.json`,
		Annotations: exits(statusDone, statusError, statusPartial, statusRefused, statusOpen, statusInterrupted),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := opt.checkFlags(cmd, args); err != nil {
				return err
			}
			return runApply(cmd.Context(), p, &opt, args)
		},
	}
	opt.spec.bind(cmd)
	opt.cloud.bind(cmd)
	flags := cmd.Flags()
	flags.VarP(choice(&opt.output, "table", "json", "markdown"), "output", "o", "how to show plan and results; json: the results alone")
	flags.BoolVar(&opt.all, "all", false, "show every row of a long plan")
	flags.BoolVar(&opt.autoApprove, "auto-approve", false, "apply without asking")
	flags.Var(duration(&opt.verifyTimeout), "verify-timeout", fmt.Sprintf("how long to look for an accepted renewal's new expiry (default %s)", short(exec.DefaultVerifyTimeout)))
	flags.Var(duration(&opt.settleTimeout), "settle-timeout", "how long to look before a renewal of unknown outcome may be sent again (default: the\nlife of its signature and 1m, and 10m more for kinds that renew slowly)")
	flags.BoolVar(&opt.noResend, "no-resend", false, "never send a renewal of unknown outcome again; it is left to a person")
	flags.BoolVar(&opt.failFast, "fail-fast", false, "send nothing more after the first row that is not renewed")
	flags.Var(name(&opt.receipt, "FILE"), "receipt", "add the receipt of the run to this file, as lines of JSON (default: NAME"+receiptSuffix+"\nbeside the plan file NAME"+planSuffix+")")
	flags.BoolVar(&opt.ignoreBalance, "ignore-balance", false, "apply even if the account's balance does not cover the known price")
	return cmd
}

// checkFlags refuses what does not go together.
func (o *applyOptions) checkFlags(cmd *cobra.Command, args []string) error {
	if err := o.cloud.check(cmd); err != nil {
		return err
	}
	for _, arg := range args {
		if !isPlanFile(arg) {
			continue
		}
		if len(args) > 1 {
			return usageError(cmd, fmt.Errorf("%q is a plan file: it is applied alone", arg))
		}
		for _, flag := range []string{"inject", "region"} {
			if cmd.Flags().Changed(flag) {
				return usageError(cmd, fmt.Errorf("--%s is for planning; a plan file has it settled", flag))
			}
		}
	}
	return nil
}

// job is what apply is about to carry out.
type job struct {
	plan *plan.Plan
	conn *connection
	file string // the plan file; empty for a plan that was just made from a SPEC
	// planned is the status that the plan itself ends in, such as for refused rows.
	planned status
}

func runApply(ctx context.Context, p *process, opt *applyOptions, args []string) (err error) {
	p.ignoreSIGPIPE() // a reader of stdout that goes away must not end a run in the middle
	var j *job
	if len(args) == 1 && isPlanFile(args[0]) {
		j, err = p.reviewed(ctx, opt, args[0])
	} else {
		j, err = p.fresh(ctx, opt, args)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, j.conn.close()) }()
	if opt.output != "json" {
		if err := p.showPlan(j.plan, opt.output, opt.all); err != nil {
			return err
		}
	}
	if over := j.plan.OverLimits(); len(over) > 0 {
		return refused("the plan is over its limits, and nothing was sent: %s", strings.Join(over, "; ")).
			hint("raise the limits in the spec, or renew fewer resources, and plan again")
	}
	if j.plan.Totals.Unread > 0 && j.file == "" {
		f := couldNotRead(j.plan, "; nothing was sent")
		if j.plan.Totals.Renew > 0 {
			f = f.hint("renewplan plan --partial --out FILE%s writes a plan of the others, to be applied", planSuffix)
		}
		return f
	}
	return p.carryOut(ctx, opt, j)
}

// fresh makes a plan from a spec.
func (p *process) fresh(ctx context.Context, opt *applyOptions, args []string) (*job, error) {
	path, err := p.ledgerPath(&opt.cloud.ledgerFlags)
	if err != nil {
		return nil, err
	}
	s, err := p.loadSpec(ctx, args, opt.spec.tags)
	if err != nil {
		return nil, err
	}
	build := plan.BuildOptions{AsOf: p.today(), DefaultRegion: opt.cloud.region}
	build.Spec.Tags = opt.spec.tags
	if build.Spec.Paths, err = specPaths(args, keptPlans(path)); err != nil {
		return nil, err
	}
	c, err := p.connect(&opt.cloud, s)
	if err != nil {
		return nil, err
	}
	pl, err := p.makePlan(ctx, &opt.cloud, c, s, build)
	if err != nil {
		return nil, errors.Join(err, c.close())
	}
	j := &job{plan: pl, conn: c}
	if pl.Totals.Refused > 0 {
		j.planned = statusPartial
	}
	if pl.Totals.Open > 0 {
		j.planned = statusOpen
	}
	return j, nil
}

// keptPlans is where plans made by apply SPEC are kept: beside the ledger.
func keptPlans(ledgerPath string) string {
	return filepath.Join(filepath.Dir(ledgerPath), plansDir)
}

// carryOut asks, applies and reports.
func (p *process) carryOut(ctx context.Context, opt *applyOptions, j *job) error {
	if j.plan.Totals.Renew == 0 {
		p.say("%s; nothing was sent", whyNothing(j.plan.Totals))
		return p.finish(opt, j, exec.Report{}, j.planned, nil)
	}
	path, err := p.ledgerPath(&opt.cloud.ledgerFlags)
	if err != nil {
		return err
	}
	left, err := p.unsettled(ctx, path, j.plan)
	if err != nil {
		return err
	}
	var ready <-chan struct{}
	if len(left) > 0 {
		var stop func()
		if ready, stop, err = p.checkBalance(ctx, opt, j, left); err != nil {
			return err
		}
		defer stop()
		if err := p.approve(ctx, opt, j, len(left)); err != nil {
			return err
		}
	}
	if j.file == "" {
		if j.file, err = keepPlan(keptPlans(path), j.plan); err != nil {
			return err
		}
	}
	l, err := p.openLedger(path)
	if err != nil {
		return err
	}
	defer l.Close()

	cfg := p.execConfig(&opt.cloud, j.conn)
	cfg.Ledger = l
	cfg.VerifyTimeout, cfg.SettleTimeout = opt.verifyTimeout, opt.settleTimeout
	cfg.NoResend, cfg.FailFast = opt.noResend, opt.failFast
	p.warnSettleTimeout(cfg, j.plan)
	r, err := p.beginReceipt(opt, j, path)
	if err != nil {
		return err
	}
	var stopWatching func()
	cfg.Stop, stopWatching = p.drainable()
	progress := p.progress()
	cfg.Progress, cfg.Ready = progress.Update, ready
	rep, err := exec.Run(ctx, cfg, j.plan)
	progress.Done()
	s, err := concluded(j, rep, err)
	// While interrupts are still being watched, so that none cuts it off.
	if lost := p.endReceipt(r, rep, err, s); lost != nil {
		s = graver(s, statusError)
		err = joinLine(err, fmt.Errorf("writing the receipt %q: %w; the ledger has it all: renewplan status", r.path, lost))
	}
	stopWatching()
	return p.finish(opt, j, rep, s, err)
}

// unsettled returns the renewals of a plan that the ledger does not know as
// settled. Where there are none, applying the plan can send nothing.
func (p *process) unsettled(ctx context.Context, path string, pl *plan.Plan) ([]plan.Row, error) {
	l, err := p.openExisting(path)
	if err != nil {
		return nil, err
	}
	var records []ledger.Record
	if l != nil {
		defer l.Close()
		records, err = l.Records(ctx, pl.Cloud)
	}
	if err != nil {
		return nil, failed("reading the ledger: %w; nothing was sent", err)
	}
	settled := map[ledger.Key]bool{}
	for _, r := range records {
		if r.State == ledger.Verified || r.State == ledger.Already || r.State == ledger.Bought {
			settled[exactKey(r.Key)] = true
		}
	}
	var left []plan.Row
	for _, row := range pl.Rows {
		if row.Decision == plan.Renew && !settled[ledgerKey(pl.Cloud, row)] {
			left = append(left, row)
		}
	}
	return left, nil
}

// ledgerKey is the name of a row's renewal in the ledger, fit to be compared.
func ledgerKey(cloud string, row plan.Row) ledger.Key {
	return exactKey(ledger.Key{
		Cloud: cloud, Region: row.Region, Kind: string(row.Kind), ID: row.ID, Baseline: row.Baseline,
	})
}

// exactKey makes keys of the same renewal equal: times count by their instant.
func exactKey(k ledger.Key) ledger.Key {
	k.Baseline = k.Baseline.UTC()
	return k
}

// cost is what a plan costs, as far as it is known.
func cost(t plan.Totals) string {
	if t.UnknownPrices == t.Renew {
		return "price unknown"
	}
	known := "CNY " + t.Price
	if t.Estimates > 0 {
		known = "about CNY " + t.Price
	}
	var unknown []string
	if t.UnknownPrices > 0 {
		unknown = append(unknown, counted(t.UnknownPrices, "resource"))
	}
	if t.UnpricedAlong > 0 {
		unknown = append(unknown, counted(t.UnpricedAlong, "thing")+" renewed along")
	}
	if unknown == nil {
		return known
	}
	return known + " and " + strings.Join(unknown, " and ") + " of unknown price"
}

// approve says what is about to be bought with which key, and asks.
func (p *process) approve(ctx context.Context, opt *applyOptions, j *job, left int) error {
	if j.conn.key != "" {
		p.say("credentials: %s", j.conn.key)
	}
	if opt.autoApprove {
		return nil
	}
	if opt.output == "json" { // the plan was not shown on stdout
		for _, row := range j.plan.Rows {
			if row.Decision == plan.Renew {
				p.say("%s: %s", row.Key, counted(row.Months, "month"))
			}
		}
	}
	where := j.plan.Cloud
	if j.plan.Account != "" {
		where += ", account " + j.plan.Account
	}
	question := fmt.Sprintf("Renew %s (%s, %s) at %s?",
		counted(left, "resource"), counted(j.plan.Totals.Months, "month"), cost(j.plan.Totals), where)
	if done := j.plan.Totals.Renew - left; done > 0 {
		question = fmt.Sprintf("%d of %d renewals are settled already. Renew the other %s at %s?",
			done, j.plan.Totals.Renew, counted(left, "resource"), where)
	}
	return p.confirm(ctx, question)
}
