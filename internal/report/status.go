package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"renewplan/internal/ledger"
)

// Status writes what a ledger knows: what is done is counted, what is open,
// held by a live run or in conflict is shown with what helps. Options.All shows
// every record; without it, a line says how many are not listed.
func Status(w io.Writer, recs []ledger.Record, opt Options) error {
	return statusPage(recs, formOf(opt, false), opt, textBounds).writeText(w, opt)
}

// StatusMarkdown writes the same for a comment on a pull request.
func StatusMarkdown(w io.Writer, recs []ledger.Record, opt Options) error {
	return comment(opt.All, func(b bounds) *page {
		return statusPage(recs, formOf(opt, true), opt, b)
	}).writeMarkdown(w)
}

func statusPage(recs []ledger.Record, f form, opt Options, most bounds) *page {
	pg := new(page)
	pg.lead(statusSummary(recs))
	shown := slices.DeleteFunc(slices.Clone(recs), func(r ledger.Record) bool {
		switch standingOf(r) {
		case open, unknown, held, conflict:
			return false
		case done, claimed, notBought:
		}
		return !opt.All
	})
	n := most.shown(len(shown))
	if n < len(shown) {
		pg.para(attentionLine(n, len(shown)))
	}
	if n > 0 {
		pg.table(statusTable(shown[:n], f))
	}
	if items := statusHelp(recs, f); len(items) > 0 {
		pg.para("What helps:")
		pg.list(items...)
	}
	long := len(pg.blocks) > 1
	switch left := len(recs) - len(shown); {
	case left == 1:
		pg.para("1 renewal that is not open is not listed: --all lists it.")
	case left > 1:
		pg.para(Number(left) + " renewals that are not open are not listed: --all lists them.")
	}
	if long {
		pg.close()
	}
	return pg
}

// statusSummary is the sentence that stands first and last.
func statusSummary(recs []ledger.Record) string {
	if len(recs) == 0 {
		return "The ledger holds no renewals."
	}
	counts := countStandings(recs)
	var parts []string
	for _, s := range standings {
		if n := counts[s.standing]; n > 0 {
			parts = append(parts, Number(n)+" "+s.counted)
		}
	}
	head := "Ledger"
	if cs := clouds(recs); len(cs) == 1 {
		head += " of cloud " + cs[0]
	}
	return head + ", " + count(len(recs), "renewal", "renewals") + ": " + strings.Join(parts, ", ") + "."
}

func countStandings(recs []ledger.Record) map[standing]int {
	counts := map[standing]int{}
	for _, r := range recs {
		counts[standingOf(r)]++
	}
	return counts
}

func clouds(recs []ledger.Record) []string {
	var cs []string
	for _, r := range recs {
		if !slices.Contains(cs, r.Cloud) {
			cs = append(cs, r.Cloud)
		}
	}
	return cs
}

// statusHelp says once for each cloud and state what helps with the records of
// it that no live run works on.
func statusHelp(recs []ledger.Record, f form) []item {
	type group struct {
		cloud string
		state ledger.State
	}
	rows := map[group][]ledger.Record{}
	var order []group // as in the records
	resolvable := map[ledger.Key]int{}
	for _, r := range recs {
		if s := standingOf(r); s == open || s == conflict {
			resolvable[resource(r)]++
		}
		if standingOf(r) == held || stateHelp(r.State) == "" {
			continue
		}
		g := group{r.Cloud, r.State}
		if rows[g] == nil {
			order = append(order, g)
		}
		rows[g] = append(rows[g], r)
	}
	ambiguous := func(r ledger.Record) bool { return resolvable[resource(r)] > 1 }
	items := make([]item, len(order))
	for i, g := range order {
		items[i] = item{
			text:     fmt.Sprintf("%s (%s): %s", g.state, count(len(rows[g]), "row", "rows"), stateHelp(g.state)),
			commands: stateCommands(g.state, rows[g], f.of(g.cloud), ambiguous),
		}
	}
	return items
}

// resource is what a person names in order to resolve a record.
func resource(r ledger.Record) ledger.Key {
	return ledger.Key{Region: r.Region, Kind: r.Kind, ID: r.ID}
}

// statusTable has one line for each record.
func statusTable(recs []ledger.Record, f form) table {
	const kind, id, region, state, before, expected, after, length, tries, sent, order, note, cloud = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12
	t := table{
		fields: []field{
			kind:     {head: "kind"},
			id:       {head: "ID"},
			region:   {head: "region"},
			state:    {head: "state"},
			before:   {head: f.head("expiry before")},
			expected: {head: f.head("planned"), give: wraps, least: len("2026-12-31 08:00")},
			after:    {head: f.head("read back")},
			length:   {head: "months", right: true},
			tries:    {head: "tries", right: true},
			sent:     {head: f.head("last try")},
			order:    {head: "order ID"},
			note:     {head: "note", give: wraps, least: 26},
		},
		folds: [][][]int{
			{{kind, region}, {id, order}, {state}, {before, expected, after}, {length, tries}, {sent}, {note}},
			{{kind, region, state}, {id, order, note}, {before, expected, after}, {length, tries}, {sent}},
			{{state, kind, region, length, tries}, {id, order, note}, {before, expected, after, sent}},
		},
		title: id,
	}
	several := len(clouds(recs)) > 1
	if several { // one ledger may hold several clouds' renewals
		t.fields = append(t.fields, field{head: "cloud"})
		for _, fold := range t.folds {
			fold[1] = append(fold[1], cloud)
		}
	}
	for _, r := range recs {
		c := []cell{
			kind:     {text: r.Kind},
			id:       {text: r.ID},
			region:   {text: r.Region},
			state:    {text: string(r.State), tint: standingTint(standingOf(r))},
			before:   {text: f.time(r.Baseline)},
			expected: {text: f.time(r.Expected)},
			after:    {text: f.time(r.After)},
			length:   {text: Number(r.Months)},
			tries:    {text: Number(len(r.Tries))},
			sent:     {text: f.time(lastTry(r).Truncate(time.Second))},
			order:    {text: r.OrderID},
			note:     {text: statusNote(r)},
		}
		if r.Expected.IsZero() {
			c[expected].text = months(r.Months) + " from renewal or from expiry"
		}
		if several {
			c = append(c, cell{text: r.Cloud})
		}
		t.rows = append(t.rows, c)
	}
	return t
}

// lastTry is when the newest request was about to be sent; zero if none was.
func lastTry(r ledger.Record) time.Time {
	if len(r.Tries) == 0 {
		return time.Time{}
	}
	return r.Tries[len(r.Tries)-1].Sent
}

func standingTint(s standing) tint {
	switch s {
	case done:
		return green
	case open, conflict, unknown:
		return red
	case held, claimed:
		return yellow
	case notBought:
	}
	return plain
}

// statusNote puts together what a person needs to know of one record.
func statusNote(r ledger.Record) string {
	var parts []string
	switch standingOf(r) {
	case held:
		parts = append(parts, "held by run "+r.Run+", which is alive")
	case open:
		if r.Live {
			parts = append(parts, "its run "+r.Run+" is alive: wait until it has ended")
		}
	case done, conflict, claimed, notBought, unknown:
	}
	if d := r.Resolution; d != nil {
		said := "not bought"
		if d.Bought {
			said = "bought"
		}
		parts = append(parts, fmt.Sprintf("%s said on %s that it was %s: %s", d.Who, moment(d.When.Truncate(time.Second)), said, d.Reason))
	}
	if r.Note != "" {
		parts = append(parts, r.Note)
	}
	if standingOf(r) != done {
		if r.PlanDigest != "" {
			parts = append(parts, "of plan "+short(r.PlanDigest))
		}
		if r.Code != "" && !strings.Contains(r.Note, r.Code) {
			parts = append(parts, fmt.Sprintf("%s (HTTP %d)", r.Code, r.HTTPStatus))
		}
		if r.RequestID != "" && !strings.Contains(r.Note, r.RequestID) {
			parts = append(parts, "request id "+r.RequestID)
		}
	}
	return strings.Join(parts, "; ")
}
