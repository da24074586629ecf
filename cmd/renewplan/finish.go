package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"renewplan/internal/bce"
	"renewplan/internal/exec"
	"renewplan/internal/plan"
	"renewplan/internal/report"
)

// concluded is the status that a run ends in, and its error as a person should
// read it. runErr is what ended the run, if something did.
func concluded(j *job, rep exec.Report, runErr error) (status, error) {
	s := graver(j.planned, runStatus(rep))
	switch {
	case errors.Is(runErr, exec.ErrUnknownKind):
		return statusRefused, fmt.Errorf("%w; nothing was sent", runErr)
	case runErr != nil:
		return graver(s, statusError), runErr
	}
	return s, nil
}

// finish reports what became of a plan and ends in the status that says it.
func (p *process) finish(opt *applyOptions, j *job, rep exec.Report, s status, runErr error) error {
	if runErr == nil || len(rep.Results) > 0 {
		if err := p.showResults(opt, j, rep, s); err != nil {
			s = graver(s, statusError)
			runErr = joinLine(runErr, err)
		}
	}
	if runErr == nil && rep.Stopped != "" {
		runErr = fmt.Errorf("stopped early: %s", rep.Stopped)
	}
	if runErr == nil {
		return ended(s)
	}
	f := &failure{status: s, err: runErr}
	if rep.Account {
		return f.hint("%s", j.conn.accountHelp())
	}
	return f
}

// joinLine makes one error of two, in one line.
func joinLine(a, b error) error {
	if a == nil {
		return b
	}
	return fmt.Errorf("%w; and %w", a, b)
}

// showResults prints the results to stdout. Where nothing was due, the table of
// the plan has said it; a program that reads JSON still gets its document.
func (p *process) showResults(opt *applyOptions, j *job, rep exec.Report, s status) error {
	if j.plan.Totals.Renew == 0 && opt.output != "json" {
		return nil
	}
	sum := report.Summary{
		Run: rep.Run, Cloud: j.plan.Cloud, PlanDigest: j.plan.Digest, Stopped: rep.Stopped,
		Interrupted: rep.Interrupted, Requests: rep.Requests + j.conn.requests, Exit: int(s),
	}
	o := p.reportOptions(j.plan.AsOf, opt.all)
	o.PlanFile, o.Ledger = j.file, opt.cloud.ledger
	o.Spec = specWords(j.plan, j.file)
	var err error
	switch opt.output {
	case "json":
		err = report.ResultsJSON(p.stdout, rep.Results, sum)
	case "markdown":
		_, err = fmt.Fprintln(p.stdout)
		if err == nil {
			err = report.ResultsMarkdown(p.stdout, rep.Results, sum, o)
		}
	default:
		_, err = fmt.Fprintln(p.stdout)
		if err == nil {
			err = report.Results(p.stdout, rep.Results, sum, o)
		}
	}
	if err != nil {
		return fmt.Errorf("writing the results: %w; the ledger has them: renewplan status", err)
	}
	return nil
}

// whyNothing says why a plan renews nothing.
func whyNothing(t plan.Totals) string {
	var why []string
	for _, c := range []struct {
		n    int
		what string
	}{{t.Refused, "refused"}, {t.Open, "open"}, {t.Unread, "unread"}} {
		if c.n > 0 {
			why = append(why, report.Number(c.n)+" "+c.what)
		}
	}
	if len(why) == 0 {
		return "nothing is due"
	}
	return "nothing can be renewed now: " + strings.Join(why, ", ")
}

// warnSettleTimeout warns of a settle timeout that is shorter than a delayed
// request may take: it is obeyed, but then a resend may meet its own first try.
func (p *process) warnSettleTimeout(cfg exec.Config, pl *plan.Plan) {
	if cfg.SettleTimeout == 0 || cfg.NoResend {
		return
	}
	var longest time.Duration
	for _, row := range pl.Rows {
		if k, ok := bce.KindByName(string(row.Kind)); ok && row.Decision == plan.Renew {
			longest = max(longest, exec.DefaultSettleTimeout(cfg.Cloud.SignatureLife(), k))
		}
	}
	if cfg.SettleTimeout < longest {
		p.warn("--settle-timeout %s is shorter than the default of %s: a renewal may be sent again before the first one shows; only its clientToken keeps it from being bought twice",
			short(cfg.SettleTimeout), short(longest))
	}
}

// short writes a time span without the units that are zero: "10m", not "10m0s".
func short(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
