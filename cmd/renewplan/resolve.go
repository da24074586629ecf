package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"renewplan/internal/ledger"
)

// resolveOptions are the flags of resolve.
type resolveOptions struct {
	ledger    ledgerFlags
	bought    bool
	notBought bool
	reason    string
	baseline  string
	cloud     string
}

func newResolveCommand(p *process) *cobra.Command {
	var opt resolveOptions
	cmd := &cobra.Command{
		Use:   "resolve REGION KIND ID (--bought | --not-bought) --reason TEXT",
		Short: "Record what a person found out about an open renewal",
		Long: `Record what a person found out in the cloud's console about a renewal that is open.
--bought settles it. --not-bought makes it possible to renew the resource again: the next
plan gives it another clientToken. Say so only when you are sure, for then the cloud no
longer sees that it is the same purchase. Nothing is sent.`,
		Example: `  renewplan resolve bj vpn vpn-bir8biqwr45e --bought --reason "order 8f3c… in the console"
  renewplan resolve bj nat nat-bir8biqwr45e --not-bought --reason "no order in the console"`,
		Args:        arguments(3, 3, "REGION KIND ID"),
		Annotations: exits(statusDone, statusError, statusInterrupted),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := opt.checkFlags(cmd); err != nil {
				return err
			}
			return runResolve(cmd.Context(), p, &opt, args)
		},
	}
	opt.ledger.bind(cmd)
	flags := cmd.Flags()
	flags.BoolVar(&opt.bought, "bought", false, "it was bought")
	flags.BoolVar(&opt.notBought, "not-bought", false, "it was not bought, for certain")
	flags.Var(name(&opt.reason, "TEXT"), "reason", "how you know; kept in the ledger")
	flags.Var(name(&opt.baseline, "TIME"), "baseline", "the expiry that the renewal belongs to, if several are open")
	flags.Var(name(&opt.cloud, "CLOUD"), "cloud", "the cloud it belongs to, if several have one: baidubce.com, an endpoint, sandbox")
	return cmd
}

func (o *resolveOptions) checkFlags(cmd *cobra.Command) error {
	switch {
	case o.bought == o.notBought:
		return usageError(cmd, errors.New("say either --bought or --not-bought"))
	case o.reason == "":
		return usageError(cmd, errors.New("--reason is needed: how you know"))
	}
	return conflict(cmd, "sandbox", "ledger")
}

func runResolve(ctx context.Context, p *process, opt *resolveOptions, args []string) error {
	path, err := p.ledgerPath(&opt.ledger)
	if err != nil {
		return err
	}
	l, err := p.openExisting(path)
	if err != nil {
		return err
	}
	if l == nil {
		return failed("there is no ledger at %s, so nothing is open", path)
	}
	defer l.Close()
	found, err := opt.find(ctx, l, args)
	if err != nil {
		return err
	}
	r, err := p.pick(ctx, found, args)
	if err != nil {
		return err
	}
	return p.resolve(ctx, l, r, opt)
}

// find returns the records that the arguments may mean.
func (o *resolveOptions) find(ctx context.Context, l ledger.Ledger, args []string) ([]ledger.Record, error) {
	var baseline time.Time
	if o.baseline != "" {
		var err error
		if baseline, err = time.Parse(time.RFC3339, o.baseline); err != nil {
			return nil, failed("--baseline %q: it must be a time such as 2026-12-31T08:00:00Z", o.baseline)
		}
	}
	records, err := l.Records(ctx, o.cloud)
	if err != nil {
		return nil, failed("reading the ledger: %w", err)
	}
	var all, resolvable, corrigible []ledger.Record
	for _, r := range records {
		if r.Region != args[0] || r.Kind != args[1] || r.ID != args[2] || o.baseline != "" && !r.Baseline.Equal(baseline) {
			continue
		}
		all = append(all, r)
		switch {
		case isOpen(r) || r.Live || r.State == ledger.Conflict:
			resolvable = append(resolvable, r)
		case o.bought && r.State == ledger.NotBought, o.notBought && r.State == ledger.Bought:
			corrigible = append(corrigible, r)
		}
	}
	if len(resolvable) == 0 || o.baseline != "" { // a person's own decision can be corrected
		resolvable = append(resolvable, corrigible...)
	}
	switch {
	case len(all) == 0:
		return nil, failed("the ledger has no renewal of %s that fits", strings.Join(args, "/")).
			hint("renewplan status lists what it has")
	case len(resolvable) == 0:
		newest := all[len(all)-1]
		return nil, failed("no renewal of %s is open: the one of baseline %s is %q; nothing was changed",
			strings.Join(args, "/"), newest.Baseline.Format(time.RFC3339), newest.State)
	}
	return resolvable, nil
}

// pick asks which record is meant where there are several.
func (p *process) pick(ctx context.Context, records []ledger.Record, args []string) (ledger.Record, error) {
	if len(records) == 1 {
		return records[0], nil
	}
	p.say("%d renewals of %s are open:", len(records), strings.Join(args, "/"))
	for i, r := range records {
		fmt.Fprintf(p.stderr, "  %d  %s, baseline %s, %s, %s\n",
			i+1, r.Cloud, r.Baseline.Format(time.RFC3339), counted(r.Months, "month"), r.State)
	}
	answer, ok, err := p.ask(ctx, fmt.Sprintf("Which one? [1-%d] ", len(records)))
	if err != nil {
		return ledger.Record{}, err
	}
	if !ok {
		return ledger.Record{}, failed("several renewals are open, and nobody can be asked; nothing was changed").
			hint("--baseline TIME, and if need be --cloud CLOUD, say which one")
	}
	n, err := strconv.Atoi(answer)
	if err != nil || n < 1 || n > len(records) {
		return ledger.Record{}, failed("%q is none of them; nothing was changed", answer)
	}
	return records[n-1], nil
}

// resolve writes the decision.
func (p *process) resolve(ctx context.Context, l ledger.Ledger, r ledger.Record, opt *resolveOptions) error {
	err := l.Resolve(ctx, r.Key, ledger.Resolution{
		Bought: opt.bought, Reason: opt.reason, Who: p.who(), When: p.now().UTC(), Seen: r.State,
	})
	where := fmt.Sprintf("%s/%s/%s of baseline %s at %s", r.Region, r.Kind, r.ID, r.Baseline.Format(time.RFC3339), r.Cloud)
	switch {
	case errors.Is(err, ledger.ErrNotOwner):
		return failed("a run that is still alive (%s) works on %s; nothing was changed", r.Run, where).
			hint("wait until it has ended, then look again with renewplan status")
	case errors.Is(err, ledger.ErrChanged):
		return failed("%s has changed since it was shown: %w; nothing was changed by this", where, err).
			hint("look again with renewplan status")
	case err != nil:
		return failed("writing to the ledger: %w; nothing was changed", err)
	case opt.bought:
		p.say("%s is recorded as bought", where)
	default:
		p.say("%s is recorded as not bought; the next plan may renew it, as attempt %d", where, r.Attempt+1)
	}
	return nil
}
