package report

import (
	"io"
	"slices"
	"strings"
	"time"

	"renewplan/internal/plan"
)

// Plan writes a plan as a table for a terminal or a pipe. over is what
// [plan.Plan.OverLimits] says. The error is the writer's.
func Plan(w io.Writer, p *plan.Plan, over []string, opt Options) error {
	return planPage(p, over, formOf(opt, false), opt, textBounds).writeText(w, opt)
}

// PlanMarkdown writes a plan for a comment on a pull request. A plan that would
// not fit into a comment is summarised, unless Options.All asks for every row.
func PlanMarkdown(w io.Writer, p *plan.Plan, over []string, opt Options) error {
	return comment(opt.All, func(b bounds) *page {
		return planPage(p, over, formOf(opt, true), opt, b)
	}).writeMarkdown(w)
}

// planPage says what a plan would do.
func planPage(p *plan.Plan, over []string, f form, opt Options, most bounds) *page {
	asOf := opt.AsOf
	if asOf.IsZero() {
		asOf = p.AsOf
	}
	rows, urgent := urgentFirst(p.Rows, asOf)
	pg := new(page)
	pg.lead(planSummary(p, urgent))
	if len(over) > 0 {
		pg.para("Over its limits: this plan can be shown, not applied.")
		items := make([]item, len(over))
		for i, s := range over {
			items[i].text = s
		}
		pg.list(items...)
	}
	switch {
	case len(rows) == 0:
	case len(rows) <= most.rows || opt.All:
		pg.table(planTable(rows, f))
	default:
		pg.para(summarised(len(rows), "decision"))
		pg.table(groupRows(rows).table("decision", f))
		priceCounts := p.Limits.MaxTotal != "" && !p.Limits.AllowUnknownPrice
		attention := slices.DeleteFunc(slices.Clone(rows), func(r plan.Row) bool { return !needsAttention(r, asOf) && !(priceCounts && priceOpen(r)) })
		n := most.shown(len(attention))
		pg.para(attentionLine(n, len(attention)))
		if n > 0 {
			pg.table(planTable(attention[:n], f).ofSome())
		}
	}
	if s := alongLine(rows); s != "" {
		pg.para(s)
	}
	if s := autoRenewLine(rows); s != "" {
		pg.para(s)
	}
	if t, ok := subtotalsTable(rows); ok {
		pg.table(t)
	}
	if p.Digest != "" {
		pg.para("Plan digest: " + p.Digest)
	}
	pg.close()
	return pg
}

// urgentFirst puts what lapses within 14 days first; the other rows keep their
// order. It returns how many those are.
func urgentFirst(rows []plan.Row, asOf time.Time) (sorted []plan.Row, urgent int) {
	var first, rest []plan.Row
	for _, r := range rows {
		if lapsesSoon(r, asOf) {
			first = append(first, r)
		} else {
			rest = append(rest, r)
		}
	}
	return append(first, rest...), len(first)
}

// lapsesSoon reports whether a row ends on the day of the plan, or on one of the
// days after it that are near.
func lapsesSoon(r plan.Row, asOf time.Time) bool {
	today := asOf.UTC().Truncate(24 * time.Hour)
	return r.Decision == plan.Lapse && !r.Baseline.Before(today) && r.Baseline.Before(today.Add(soon+24*time.Hour))
}

// needsAttention reports whether a person should see a row in every case.
func needsAttention(r plan.Row, asOf time.Time) bool {
	if strings.Contains(r.Reason, "warning:") || unknownAlong(r) {
		return true
	}
	switch r.Decision {
	case plan.Refused, plan.Open, plan.Unread:
		return true
	case plan.Lapse:
		return lapsesSoon(r, asOf)
	case plan.Renew, plan.NotDue, undecided:
		return false
	}
	return true // a decision that this program does not know
}

// priceOpen reports whether a row costs something that is not known.
func priceOpen(r plan.Row) bool {
	_, known := plan.ParseFen(r.Price)
	return r.Decision == plan.Renew && (!known || r.UnpricedAlong() > 0)
}

// autoRenewLine names the kinds of what is to be renewed that do not tell whether
// the cloud renews it by itself; "" if all do.
func autoRenewLine(rows []plan.Row) string {
	var kinds []string
	n := 0
	for _, r := range rows {
		if r.AutoRenew != plan.AutoRenewNotVisible.String() {
			continue
		}
		n++
		if !slices.Contains(kinds, string(r.Kind)) {
			kinds = append(kinds, string(r.Kind))
		}
	}
	if n == 0 {
		return ""
	}
	slices.Sort(kinds)
	return "Auto-renew is not visible for " + count(n, "row", "rows") + " to renew (" + strings.Join(kinds, ", ") +
		"): only the console shows whether the cloud renews them by itself."
}

// undecided is what stands for a decision in the rows of an offline plan.
const undecided plan.Decision = ""

// planSummary is the sentence that stands first and last.
func planSummary(p *plan.Plan, urgent int) string {
	t := totalsOf(p.Rows)
	head := "Plan for cloud " + p.Cloud
	if p.Offline {
		head = "Offline plan for cloud " + p.Cloud
	}
	if p.Account != "" {
		head += ", account " + p.Account
	}
	head += ", as of " + p.AsOf.UTC().Format(time.DateOnly) + " (UTC): "
	if len(p.Rows) == 0 && !p.Offline {
		return "Nothing is due. " + head + "it has no resources."
	}
	var parts []string
	add := func(n int, words string) {
		if n > 0 {
			parts = append(parts, Number(n)+" "+words)
		}
	}
	if t.renew > 0 {
		add(t.renew, "to renew ("+months(t.months)+", "+t.money.words()+")")
	}
	if p.Offline {
		add(t.undecided, "by the spec alone ("+months(t.months)+" if all were due)")
	}
	add(t.notDue, "not due")
	lapse := "to lapse"
	if urgent > 0 {
		lapse += " (" + Number(urgent) + " within 14 days)"
	}
	add(t.lapse, lapse)
	add(t.refused, "refused")
	add(t.open, "open")
	add(t.unread, "unread")
	add(t.other, "of an unknown decision")
	switch {
	case p.Offline:
		return head + strings.Join(parts, ", ") + ". No state was read, so nothing is decided."
	case t.renew > 0:
	case t.refused+t.open+t.unread+t.other == 0:
		head = "Nothing is due. " + head
	default:
		parts = append([]string{"nothing to renew"}, parts...)
	}
	return head + strings.Join(parts, ", ") + "."
}

// totals are what the rows of a plan add up to.
type totals struct {
	renew, notDue, lapse, refused, open, unread int

	undecided int // of an offline plan
	other     int // of a decision that this program does not know
	months    int
	money     cny
}

// totalsOf counts rows, so that a summary is about the rows that are shown.
func totalsOf(rows []plan.Row) totals {
	var t totals
	for _, r := range rows {
		switch r.Decision {
		case plan.Renew:
			t.renew++
			t.months += r.Months
			t.money.add(r)
		case plan.NotDue:
			t.notDue++
		case plan.Lapse:
			t.lapse++
		case plan.Refused:
			t.refused++
		case plan.Open:
			t.open++
		case plan.Unread:
			t.unread++
		case undecided:
			t.undecided++
			t.months += r.Months
		default:
			t.other++
		}
	}
	return t
}

// groupRows counts the rows of a plan by region, kind and decision.
func groupRows(rows []plan.Row) groups {
	gs := groups{}
	for _, r := range rows {
		g := gs.add(groupKey{r.Region, string(r.Kind), string(r.Decision)}, r.Baseline)
		if r.Decision == plan.Renew {
			g.buy(r)
		}
	}
	return gs
}
