package report

import (
	"cmp"
	"slices"
	"strings"

	"renewplan/internal/plan"
)

// cny adds up the prices of rows, and counts those that are estimates and those
// that are not known.
type cny struct {
	fen       plan.Fen // of the known prices, estimates among them
	known     int
	estimates int // of known
	unknown   int
	unpriced  int // attached things that are renewed along, for certain
}

func (s *cny) add(r plan.Row) {
	s.unpriced += r.UnpricedAlong()
	fen, ok := plan.ParseFen(r.Price)
	if !ok {
		s.unknown++
		return
	}
	s.known++
	s.fen = s.fen.Plus(fen)
	if r.Estimate {
		s.estimates++
	}
}

// merge adds a sum to a sum.
func (s *cny) merge(o cny) {
	s.fen = s.fen.Plus(o.fen)
	s.known += o.known
	s.estimates += o.estimates
	s.unknown += o.unknown
	s.unpriced += o.unpriced
}

// amount is the known part as in a column: "1200.00".
func (s cny) amount() string {
	if s.known == 0 && s.unknown > 0 {
		return unknownPrice
	}
	return s.fen.String()
}

// words is the sum in a sentence.
func (s cny) words() string {
	if s.known == 0 && s.unknown > 0 {
		return "price unknown"
	}
	text := s.amount() + " CNY"
	if s.estimates > 0 {
		text += " with " + count(s.estimates, "estimate", "estimates")
	}
	var unknown []string
	if s.unknown > 0 {
		unknown = append(unknown, Number(s.unknown))
	}
	if s.unpriced > 0 {
		if s.unknown > 0 {
			unknown[0] = count(s.unknown, "row", "rows")
		}
		unknown = append(unknown, count(s.unpriced, "thing", "things")+" renewed along")
	}
	if unknown != nil {
		text += " and " + strings.Join(unknown, " and ") + " of unknown price"
	}
	return text
}

// note says what a reader of the amount has to know; "" if it is all there is.
func (s cny) note() string {
	var parts []string
	if s.estimates > 0 {
		parts = append(parts, count(s.estimates, "estimate", "estimates")+" counted")
	}
	if s.known > 0 && s.unknown > 0 {
		parts = append(parts, Number(s.unknown)+" of unknown price not counted")
	}
	if s.known > 0 && s.unpriced > 0 {
		parts = append(parts, Number(s.unpriced)+" renewed along not counted")
	}
	return strings.Join(parts, ", ")
}

// jsonAmount is the known part of a sum; null if no price at all is known.
func (s cny) jsonAmount() *string {
	if s.known == 0 && s.unknown > 0 {
		return nil
	}
	return orNull(s.amount())
}

const unknownPrice = "unknown"

// price is what a row costs as in a column. The word stands before the number,
// so that the decimals of a column stay below each other.
func price(r plan.Row) string {
	if r.Estimate && r.Price != "" {
		return "estimate " + r.Price
	}
	return cmp.Or(r.Price, unknownPrice)
}

// subtotal is the renewals of one kind or region added up.
type subtotal struct {
	name          string
	renew, months int
	money         cny
}

// subtotals adds the renewals of a plan up by a name, sorted by it.
func subtotals(rows []plan.Row, name func(plan.Row) string) []subtotal {
	sums := map[string]*subtotal{}
	for _, r := range rows {
		if r.Decision != plan.Renew {
			continue
		}
		s := sums[name(r)]
		if s == nil {
			s = &subtotal{name: name(r)}
			sums[s.name] = s
		}
		s.renew++
		s.months += r.Months
		s.money.add(r)
	}
	list := make([]subtotal, 0, len(sums))
	for _, s := range sums {
		list = append(list, *s)
	}
	slices.SortFunc(list, func(a, b subtotal) int { return cmp.Compare(a.name, b.name) })
	return list
}

func byKind(r plan.Row) string   { return string(r.Kind) }
func byRegion(r plan.Row) string { return r.Region }

// subtotalsTable has one line for each kind and one for each region that has
// renewals, where there are several of them. ok is false where that would say no
// more than the total does: with one of each, or without any price.
func subtotalsTable(rows []plan.Row) (t table, ok bool) {
	const by, name, renew, length, money, note = 0, 1, 2, 3, 4, 5
	t = table{
		fields: []field{
			by:     {head: "total by"},
			name:   {head: "name"},
			renew:  {head: "renewals", right: true},
			length: {head: "months", right: true},
			money:  {head: "price CNY", right: true},
			note:   {head: "note", give: wraps, least: 26},
		},
		folds: [][][]int{{{by, name}, {renew, length}, {money}, {note}}},
		title: name,
	}
	for _, part := range []struct {
		by   string
		list []subtotal
	}{{"kind", subtotals(rows, byKind)}, {"region", subtotals(rows, byRegion)}} {
		if len(part.list) < 2 {
			continue
		}
		for _, s := range part.list {
			t.rows = append(t.rows, []cell{
				by:     {text: part.by},
				name:   {text: s.name},
				renew:  {text: Number(s.renew)},
				length: {text: Number(s.months)},
				money:  {text: s.money.amount()},
				note:   {text: s.money.note()},
			})
		}
	}
	return t, len(t.rows) > 0 && totalsOf(rows).money.known > 0
}
