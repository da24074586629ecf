package plan

import (
	"maps"
	"slices"
	"strconv"
)

// account adds renewals up.
type account struct {
	renew, months             int
	fen                       Fen // of the known prices
	known, estimates, unknown int
	unpriced                  int // attached things that are renewed along, for certain
}

func (a *account) add(r *Row) {
	a.renew++
	a.months += r.Months
	a.unpriced += r.UnpricedAlong()
	price, ok := ParseFen(r.Price)
	switch {
	case !ok: // what cannot be read is not known; Decode refuses it apart from that
		a.unknown++
		return
	case r.Estimate:
		a.estimates++
	}
	a.known++
	a.fen = a.fen.Plus(price)
}

// price is the sum of the known prices; "" if none is known.
func (a *account) price() string {
	if a.known == 0 {
		return ""
	}
	return a.fen.String()
}

// money adds all renewals up.
func (p *Plan) money() account {
	var all account
	for i := range p.Rows {
		if r := &p.Rows[i]; r.Decision == Renew {
			all.add(r)
		}
	}
	return all
}

// sum counts the rows, and adds the renewals up as a whole, by kind and by
// region.
func (p *Plan) sum() Totals {
	var t Totals
	var all account
	kinds, regions := map[string]*account{}, map[string]*account{}
	for i := range p.Rows {
		switch r := &p.Rows[i]; r.Decision {
		case Renew:
			all.add(r)
			of(kinds, string(r.Kind)).add(r)
			of(regions, r.Region).add(r)
		case NotDue:
			t.NotDue++
		case Lapse:
			t.Lapse++
		case Refused:
			t.Refused++
		case Open:
			t.Open++
		case Unread:
			t.Unread++
		}
	}
	t.Renew, t.Months, t.Price, t.Estimates, t.UnknownPrices = all.renew, all.months, all.price(), all.estimates, all.unknown
	t.UnpricedAlong = all.unpriced
	t.Kinds, t.Regions = subtotals(kinds), subtotals(regions)
	return t
}

func of(accounts map[string]*account, name string) *account {
	a := accounts[name]
	if a == nil {
		a = &account{}
		accounts[name] = a
	}
	return a
}

func subtotals(accounts map[string]*account) []Subtotal {
	var list []Subtotal
	for _, name := range slices.Sorted(maps.Keys(accounts)) {
		a := accounts[name]
		list = append(list, Subtotal{name, a.renew, a.months, a.price(), a.estimates, a.unknown})
	}
	return list
}

// checkTotals notes where the totals that stand in a file are not the sums of
// its rows.
func (p *Plan) checkTotals(add func(field, found, want string)) {
	stands, want := p.Totals, p.sum()
	// A file may be of a time when images of the marketplace were not counted.
	if stands.UnpricedAlong == want.UnpricedAlong-p.unseen() {
		want.UnpricedAlong = stands.UnpricedAlong
	}
	numbers := func(prefix string, list []total) {
		for _, t := range list {
			if t.stands != t.want {
				add("totals."+prefix+t.field, strconv.Itoa(t.stands), strconv.Itoa(t.want)+", as computed")
			}
		}
	}
	price := func(prefix, stands, want string) {
		if stands != want {
			add("totals."+prefix+"price", quote(stands), quote(want)+", as computed")
		}
	}
	numbers("", []total{
		{"renew", stands.Renew, want.Renew},
		{"notDue", stands.NotDue, want.NotDue},
		{"lapse", stands.Lapse, want.Lapse},
		{"refused", stands.Refused, want.Refused},
		{"open", stands.Open, want.Open},
		{"unread", stands.Unread, want.Unread},
		{"months", stands.Months, want.Months},
		{"estimates", stands.Estimates, want.Estimates},
		{"unknownPrices", stands.UnknownPrices, want.UnknownPrices},
		{"unpricedAlong", stands.UnpricedAlong, want.UnpricedAlong},
	})
	price("", stands.Price, want.Price)
	for _, part := range []struct {
		field        string
		stands, want []Subtotal
	}{{"kinds", stands.Kinds, want.Kinds}, {"regions", stands.Regions, want.Regions}} {
		sameName := func(a, b Subtotal) bool { return a.Name == b.Name }
		if !slices.EqualFunc(part.stands, part.want, sameName) {
			add("totals."+part.field, "of "+names(part.stands), "of "+names(part.want)+", as computed")
			continue
		}
		for i, w := range part.want {
			s, prefix := part.stands[i], part.field+"["+cut(w.Name)+"]."
			numbers(prefix, []total{
				{"renew", s.Renew, w.Renew},
				{"months", s.Months, w.Months},
				{"estimates", s.Estimates, w.Estimates},
				{"unknownPrices", s.UnknownPrices, w.UnknownPrices},
			})
			price(prefix, s.Price, w.Price)
		}
	}
}

// unseen counts what is renewed along, and in no list.
func (p *Plan) unseen() int {
	n := 0
	for i := range p.Rows {
		n += len(p.Rows[i].AllAlong()) - len(p.Rows[i].Along)
	}
	return n
}

// total is one number that stands in a file and is computed again.
type total struct {
	field        string
	stands, want int
}

// names lists what subtotals are of.
func names(list []Subtotal) string {
	const most = 10
	quoted := make([]string, 0, len(list))
	for _, s := range list[:min(most, len(list))] {
		quoted = append(quoted, s.Name)
	}
	text := cut(quoteAll(quoted))
	if n := len(list) - most; n > 0 {
		text += " and " + strconv.Itoa(n) + " more"
	}
	return text
}
