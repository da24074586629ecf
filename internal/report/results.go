package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"renewplan/internal/plan"
)

// Summary is what is known of a run beside its rows.
type Summary struct {
	Run         string // the run's id in the ledger
	Cloud       string // of the plan: "baidubce.com", an endpoint, or "sandbox"; enters commands
	PlanDigest  string // hex SHA-256 of the plan that was applied
	Stopped     string // why the run stopped early; "" if it did not
	Interrupted bool   // by a signal
	Requests    int    // sent to the cloud, reads included
	Exit        int    // the exit status that the process is about to give
}

// Results writes what became of a plan's renewals, for a terminal or a pipe.
// Where an earlier run had done everything, that is one line, unless
// Options.All asks for the rows.
func Results(w io.Writer, rs []plan.Result, sum Summary, opt Options) error {
	return resultsPage(rs, sum, formOf(opt, false).of(sum.Cloud), opt, textBounds).writeText(w, opt)
}

// ResultsMarkdown writes what became of a plan's renewals for a comment on a
// pull request; what would not fit into a comment is summarised, unless
// Options.All asks for every row.
func ResultsMarkdown(w io.Writer, rs []plan.Result, sum Summary, opt Options) error {
	return comment(opt.All, func(b bounds) *page {
		return resultsPage(rs, sum, formOf(opt, true).of(sum.Cloud), opt, b)
	}).writeMarkdown(w)
}

func resultsPage(rs []plan.Result, sum Summary, f form, opt Options, most bounds) *page {
	pg := new(page)
	pg.lead(resultsSummary(rs, sum))
	if nothingDone(rs, sum) && !opt.All {
		return pg
	}
	if sum.Stopped != "" {
		pg.para("Stopped early: " + sum.Stopped)
	}
	if sum.Interrupted {
		pg.para("Interrupted: no new request was sent; what was in flight is recorded.")
	}
	if n := countOpen(rs); n > 0 {
		pg.para("Money is open: " + count(n, "row", "rows") + " without proof of what was bought. What helps stands below.")
	}
	switch {
	case len(rs) == 0:
	case len(rs) <= most.rows || opt.All:
		pg.table(resultsTable(rs, f))
	default:
		pg.para(summarised(len(rs), "outcome"))
		pg.table(groupResults(rs).table("outcome", f))
		attention := slices.DeleteFunc(slices.Clone(rs), func(r plan.Result) bool { return settled(r.Outcome) && !leftBehind(r) })
		n := most.shown(len(attention))
		pg.para(attentionLine(n, len(attention)))
		if n > 0 {
			pg.table(resultsTable(attention[:n], f).ofSome())
		}
	}
	if s := followedLine(rs); s != "" {
		pg.para(s)
	}
	if items := resultsHelp(rs, sum, f); len(items) > 0 {
		pg.para("What helps:")
		pg.list(items...)
	}
	pg.close()
	return pg
}

// nothingDone reports whether the plan had been applied before, or is empty.
func nothingDone(rs []plan.Result, sum Summary) bool {
	return sum.Stopped == "" && !sum.Interrupted &&
		!slices.ContainsFunc(rs, func(r plan.Result) bool { return !r.Earlier || !settled(r.Outcome) })
}

// countOpen counts the rows of which it is not proven what they bought.
func countOpen(rs []plan.Result) int {
	n := 0
	for _, r := range rs {
		if _, _, _, open := aboutOutcome(r.Outcome); open {
			n++
		}
	}
	return n
}

// resultsSummary is the sentence that stands first and last.
func resultsSummary(rs []plan.Result, sum Summary) string {
	if len(rs) == 0 {
		return "Nothing is due: the plan has nothing to renew, and nothing was sent."
	}
	counted := strings.Join(countOutcomes(rs), ", ")
	if nothingDone(rs, sum) {
		return "This plan is already applied: " + counted + ". Nothing was sent."
	}
	of := "Result"
	if sum.PlanDigest != "" {
		of = "Result of plan " + short(sum.PlanDigest)
	}
	if sum.Run != "" {
		of += ", run " + sum.Run
	}
	return of + ": " + counted + "."
}

// countOutcomes counts rows as pieces of a sentence.
func countOutcomes(rs []plan.Result) []string {
	rows, earlier := map[plan.Outcome]int{}, map[plan.Outcome]int{}
	var bought cny
	length := 0
	var order []plan.Outcome
	for _, w := range outcomeWords {
		order = append(order, w.outcome)
	}
	for _, r := range rs {
		if !slices.Contains(order, r.Outcome) {
			order = append(order, r.Outcome)
		}
		rows[r.Outcome]++
		if r.Earlier {
			earlier[r.Outcome]++
		}
		if r.Outcome == plan.Verified {
			length += r.Months
			bought.add(r.Row)
		}
	}
	var parts []string
	for _, o := range order {
		n := rows[o]
		if n == 0 {
			continue
		}
		counted, _, _, _ := aboutOutcome(o)
		var more []string
		if o == plan.Verified {
			more = append(more, months(length), bought.words())
		}
		switch e := earlier[o]; {
		case o == plan.Already: // whoever it was, it was before this run
		case e == n:
			more = append(more, "by an earlier run")
		case e > 0:
			more = append(more, Number(e)+" by an earlier run")
		}
		s := Number(n) + " " + counted
		if len(more) > 0 {
			s += " (" + strings.Join(more, ", ") + ")"
		}
		parts = append(parts, s)
	}
	return parts
}

// short is the beginning of a digest, enough to recognise it.
func short(digest string) string {
	digest = clean(digest)
	return digest[:min(len(digest), 12)]
}

// resultsHelp says once for each outcome what helps.
func resultsHelp(rs []plan.Result, sum Summary, f form) []item {
	var items []item
	for _, w := range outcomeWords {
		rows := slices.DeleteFunc(slices.Clone(rs), func(r plan.Result) bool { return r.Outcome != w.outcome })
		help := w.help
		if w.outcome == plan.NotSent && sum.Stopped != "" {
			help = "Nothing was sent: the run stopped before. Mend why it stopped, as said above, then apply the plan again."
		}
		if len(rows) > 0 && help != "" {
			items = append(items, item{
				text:     fmt.Sprintf("%s (%s): %s", w.outcome, count(len(rows), "row", "rows"), help),
				commands: outcomeCommands(w.outcome, rows, f),
			})
		}
	}
	return items
}

// resultsTable has one line for each row.
func resultsTable(rs []plan.Result, f form) table {
	const kind, id, name, region, outcome, before, after, length, money, order, note = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
	t := table{
		fields: []field{
			kind:    {head: "kind"},
			id:      {head: "ID"},
			name:    {head: "name", give: cuts, least: 10},
			region:  {head: "region"},
			outcome: {head: "outcome"},
			before:  {head: f.head("expiry before")},
			after:   {head: f.head("read back")},
			length:  {head: "months", right: true},
			money:   {head: "price CNY", right: true, give: wraps},
			order:   {head: "order ID"},
			note:    {head: "note", give: wraps, least: 26},
		},
		folds: [][][]int{
			{{kind, region}, {id, name, order}, {outcome}, {before, after}, {length, money}, {note}},
			{{kind, region}, {id, name, order, note}, {outcome}, {before, after}, {length, money}},
			{{outcome, kind, region}, {id, name, order, note}, {before, after, length, money}},
		},
		title: id,
		foot:  make([]string, note+1),
	}
	var bought cny
	done, paid := 0, 0
	for _, r := range rs {
		_, _, c, _ := aboutOutcome(r.Outcome)
		t.rows = append(t.rows, []cell{
			kind:    {text: string(r.Kind)},
			id:      {text: r.ID},
			name:    {text: r.Name},
			region:  {text: r.Region},
			outcome: {text: string(r.Outcome), tint: c},
			before:  {text: f.time(r.Baseline)},
			after:   {text: f.time(r.After)},
			length:  {text: Number(r.Months)},
			money:   {text: price(r.Row)},
			order:   {text: r.OrderID},
			note:    {text: resultNote(r)},
		})
		for _, a := range r.Followed {
			t.rows = append(t.rows, []cell{
				kind:    {text: kindAlong(a.Attached)},
				id:      {text: idAlong(a.Attached)},
				name:    {text: a.Name},
				region:  {text: r.Region},
				outcome: {text: string(a.Outcome()), tint: tintFollowed(r, a)},
				before:  {text: f.time(a.Expiry)},
				after:   {text: f.time(a.After)},
				length:  {},
				money:   {},
				order:   {},
				note:    {text: followedNote(r, a)},
			})
		}
		if r.Outcome == plan.Verified {
			done++
			paid += r.Months
			bought.add(r.Row)
		}
	}
	t.foot[id] = Number(done) + " of " + count(len(rs), "row", "rows") + " verified"
	t.foot[length], t.foot[money], t.foot[note] = Number(paid), bought.amount(), bought.note()
	return t
}

// resultNote puts together what a person needs to know of one row.
func resultNote(r plan.Result) string {
	var parts []string
	// What the note already says is not said again.
	add := func(s, core string) {
		if !strings.Contains(r.Note, core) {
			parts = append(parts, s)
		}
	}
	switch {
	case r.Outcome == plan.Already:
		add("had been renewed as planned, by whom is unknown", "by whom")
	case r.Earlier && r.Outcome == plan.Verified:
		add("done by an earlier run", "earlier run")
	case r.Earlier:
		add("as an earlier run left it", "earlier run")
	}
	if !r.After.IsZero() && !r.Expected.IsZero() && !r.After.Equal(r.Expected) {
		add("planned was "+moment(r.Expected), "expected was")
	}
	if r.Note != "" {
		parts = append(parts, r.Note)
	}
	if !settled(r.Outcome) {
		if r.Code != "" {
			add(fmt.Sprintf("%s (HTTP %d)", r.Code, r.HTTPStatus), r.Code)
		}
		if r.RequestID != "" {
			add("request id "+r.RequestID, r.RequestID)
		}
	}
	return strings.Join(parts, "; ")
}

// groupResults counts results by region, kind and outcome. Months and money are
// of what was read back.
func groupResults(rs []plan.Result) groups {
	gs := groups{}
	for _, r := range rs {
		g := gs.add(groupKey{r.Region, string(r.Kind), string(r.Outcome)}, r.Baseline)
		if r.Outcome == plan.Verified {
			g.buy(r.Row)
		}
	}
	return gs
}
