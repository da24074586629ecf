package report

import (
	"renewplan/internal/plan"
)

// planTable has one line for each row.
func planTable(rows []plan.Row, f form) table {
	const kind, id, name, region, expiry, next, length, money, decision, reason = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9
	t := table{
		fields: []field{
			kind:     {head: "kind"},
			id:       {head: "ID"},
			name:     {head: "name", give: cuts, least: 10},
			region:   {head: "region"},
			expiry:   {head: f.head("expiry")},
			next:     {head: f.head("new expiry"), give: wraps, least: len("2026-12-31 08:00")},
			length:   {head: "months", right: true},
			money:    {head: "price CNY", right: true, give: wraps},
			decision: {head: "decision"},
			reason:   {head: "reason", give: wraps, least: 26},
		},
		folds: [][][]int{
			{{kind, region}, {id, name}, {expiry, next}, {length, money}, {decision}, {reason}},
			{{kind, region}, {id, name}, {expiry, next}, {length, money}, {decision, reason}},
			{{kind, region}, {id, name, reason}, {expiry, next}, {decision}, {length, money}},
		},
		title: id,
	}
	for _, r := range rows {
		t.rows = append(t.rows, []cell{
			kind:     {text: string(r.Kind)},
			id:       {text: r.ID},
			name:     {text: r.Name},
			region:   {text: r.Region},
			expiry:   {text: f.time(r.Baseline)},
			next:     {text: newExpiry(r, f)},
			length:   {text: lengthOf(r)},
			money:    {text: priceOf(r)},
			decision: {text: string(r.Decision), tint: tintOf(r.Decision)},
			reason:   {text: reasonOf(r)},
		})
		for _, a := range r.AllAlong() {
			t.rows = append(t.rows, []cell{
				kind:     {text: kindAlong(a)},
				id:       {text: idAlong(a)},
				name:     {text: a.Name},
				region:   {text: r.Region},
				expiry:   {text: f.time(a.Expiry)},
				next:     {},
				length:   {},
				money:    {text: unknownPrice},
				decision: {text: decisionAlong(r, a)},
				reason:   {text: reasonAlong(r, a)},
			})
		}
	}
	sums := totalsOf(rows)
	t.foot = make([]string, len(t.fields))
	t.foot[kind] = "total"
	t.foot[id] = count(len(rows), "row", "rows")
	t.foot[length] = Number(sums.months)
	if sums.undecided == 0 { // the rows of an offline plan have no price, not even an unknown one
		if sums.renew > 0 {
			t.foot[money] = sums.money.amount()
		}
		t.foot[decision] = Number(sums.renew) + " renew"
	}
	t.foot[reason] = sums.money.note()
	return t
}

// newExpiry is the expiry that a row's renewal should give. From which day the
// cloud counts what had expired is not known, so no date is made up for it.
func newExpiry(r plan.Row, f form) string {
	switch {
	case r.Decision != plan.Renew:
		return ""
	case !r.Expected.IsZero():
		return f.time(r.Expected)
	case r.Baseline.IsZero():
		return months(r.Months) + " from its expiry"
	}
	return months(r.Months) + " from renewal or from expiry"
}

// reasonOf is a row's reason, and the flag that the reason leaves out.
func reasonOf(r plan.Row) string {
	if r.RelatedRenewFlag != "" && len(r.AllAlong()) == 0 {
		return r.Reason + "; relatedRenewFlag " + r.RelatedRenewFlag
	}
	return r.Reason
}

func lengthOf(r plan.Row) string {
	if r.Months == 0 {
		return ""
	}
	return Number(r.Months)
}

func priceOf(r plan.Row) string {
	if r.Decision != plan.Renew && r.Price == "" {
		return ""
	}
	return price(r)
}

func tintOf(d plan.Decision) tint {
	switch d {
	case plan.Renew:
		return green
	case plan.NotDue, undecided:
		return plain
	case plan.Lapse, plan.Open, plan.Unread:
		return yellow
	case plan.Refused:
	}
	return red
}
