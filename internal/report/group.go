package report

import (
	"cmp"
	"slices"
	"time"

	"renewplan/internal/plan"
)

// groupKey is what the rows of a group have in common.
type groupKey struct {
	region, kind string
	what         string // decision, outcome or state
}

// group counts rows where there are too many to show.
type group struct {
	groupKey
	rows     int
	months   int
	money    cny
	earliest time.Time // the first expiry; zero if none is known
}

// groups collects rows into groups.
type groups map[groupKey]*group

// add counts a row, and returns its group for more to be added.
func (gs groups) add(k groupKey, expiry time.Time) *group {
	g := gs[k]
	if g == nil {
		g = &group{groupKey: k}
		gs[k] = g
	}
	g.rows++
	if !expiry.IsZero() && (g.earliest.IsZero() || expiry.Before(g.earliest)) {
		g.earliest = expiry
	}
	return g
}

// buy counts what a row buys.
func (g *group) buy(r plan.Row) {
	g.months += r.Months
	g.money.add(r)
}

func (gs groups) sorted() []*group {
	list := make([]*group, 0, len(gs))
	for _, g := range gs {
		list = append(list, g)
	}
	slices.SortFunc(list, func(a, b *group) int {
		return cmp.Or(cmp.Compare(a.region, b.region), cmp.Compare(a.kind, b.kind), cmp.Compare(a.what, b.what))
	})
	return list
}

// table has one line for each group; what names its third column.
func (gs groups) table(what string, f form) table {
	const region, kind, state, rows, first, length, money, note = 0, 1, 2, 3, 4, 5, 6, 7
	t := table{
		fields: []field{
			region: {head: "region"},
			kind:   {head: "kind"},
			state:  {head: what},
			rows:   {head: "rows", right: true},
			first:  {head: f.head("first expiry")},
			length: {head: "months", right: true},
			money:  {head: "price CNY", right: true},
			note:   {head: "note", give: wraps, least: 26},
		},
		folds: [][][]int{{{region, kind}, {state, first}, {rows, length}, {money}, {note}}},
		title: state,
		foot:  make([]string, note+1),
	}
	var all group
	for _, g := range gs.sorted() {
		c := []cell{
			region: {text: g.region},
			kind:   {text: g.kind},
			state:  {text: g.what},
			rows:   {text: Number(g.rows)},
			first:  {text: f.time(g.earliest)},
			length: {text: ""},
			money:  {text: ""},
			note:   {text: g.money.note()},
		}
		if g.months > 0 {
			c[length].text, c[money].text = Number(g.months), g.money.amount()
		}
		t.rows = append(t.rows, c)
		all.rows += g.rows
		all.months += g.months
		all.money.merge(g.money)
	}
	t.foot[region], t.foot[rows] = "total", Number(all.rows)
	t.foot[length], t.foot[money], t.foot[note] = Number(all.months), all.money.amount(), all.money.note()
	return t
}

// shown is how many of n rows that need attention a page may show.
func (b bounds) shown(n int) int {
	if b.attention > 0 {
		return min(n, b.attention)
	}
	return n
}

// summarised says why a page counts instead of showing all rows.
func summarised(n int, what string) string {
	return Number(n) + " rows are too many to read: here they are counted by region, kind and " + what +
		", and what needs attention stands below. Every row: --all, or -o json."
}

func attentionLine(shown, n int) string {
	switch {
	case n == 0:
		return "No row needs attention."
	case shown < n:
		return "Needs attention: " + count(n, "row", "rows") + "; the first " + Number(shown) + " are shown."
	}
	return "Needs attention: " + count(n, "row", "rows") + "."
}
