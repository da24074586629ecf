package plan

import (
	"fmt"
	"strings"
	"time"
)

// check says which limit cannot be one; nil if all can.
func (l *Limits) check() error {
	switch {
	case l.MaxItems < 0:
		return fmt.Errorf("limits.maxItems is %d; want 1 or more, or none", l.MaxItems)
	case l.MaxMonths < 0:
		return fmt.Errorf("limits.maxMonths is %d; want 1 or more, or none", l.MaxMonths)
	case l.MaxPlanAge < 0:
		return fmt.Errorf("limits.maxPlanAge is %s; want more than 0, or none", FormatDuration(l.MaxPlanAge))
	case !isMoney(l.MaxTotal):
		return fmt.Errorf("limits.maxTotal is %q; want CNY with two decimals, such as 50000.00, or none", l.MaxTotal)
	}
	return nil
}

// maxNamed is how many rows one line of OverLimits names.
const maxNamed = 10

// OverLimits returns one line for each limit that the plan exceeds, saying by
// how much; none if it may be applied. A plan over a limit can be shown; its
// rows keep their decisions.
func (p *Plan) OverLimits() []string {
	var over []string
	limits, totals := p.Limits, p.sum()
	if limit := limits.MaxItems; limit > 0 && totals.Renew > limit {
		over = append(over, fmt.Sprintf("limits.maxItems is %d: the plan has %s, %d too many",
			limit, count(totals.Renew, "renewal"), totals.Renew-limit))
	}
	if limit := limits.MaxMonths; limit > 0 {
		var long []string
		for i := range p.Rows {
			if r := &p.Rows[i]; r.Decision == Renew && r.Months > limit {
				long = append(long, fmt.Sprintf("%s by %d (%s)", r.Key, r.Months-limit, count(r.Months, "month")))
			}
		}
		if len(long) > 0 {
			over = append(over, fmt.Sprintf("limits.maxMonths is %d: exceeded by %s", limit, named(long)))
		}
	}
	return append(over, p.overTotal()...)
}

// named lists rows, as many as one line of OverLimits may name.
func named(rows []string) string {
	if n := len(rows); n > maxNamed {
		rows = append(rows[:maxNamed:maxNamed], fmt.Sprintf("and %d more", n-maxNamed))
	}
	return strings.Join(rows, ", ")
}

// overTotal says how far the plan is over limits.maxTotal, and that it cannot
// be told where there are prices that are not known.
func (p *Plan) overTotal() []string {
	limit, limited := ParseFen(p.Limits.MaxTotal)
	if !limited {
		return nil
	}
	var over []string
	all := p.money()
	if all.fen > limit {
		costs := "the plan costs " + all.fen.String() + " CNY"
		if all.unknown+all.unpriced > 0 {
			costs = "the known prices alone are " + all.fen.String() + " CNY"
		}
		if all.estimates > 0 {
			costs += " with " + count(all.estimates, "estimate")
		}
		over = append(over, fmt.Sprintf("limits.maxTotal is %s CNY: %s, %s CNY too much", limit, costs, all.fen-limit))
	}
	if p.Limits.AllowUnknownPrice {
		return over
	}
	var unknown, rows, holders []string
	for i := range p.Rows {
		r := &p.Rows[i]
		if r.Decision != Renew {
			continue
		}
		if _, known := ParseFen(r.Price); !known {
			rows = append(rows, r.Key.String()+" by "+count(r.Months, "month"))
		}
		if r.UnpricedAlong() > 0 {
			holders = append(holders, "with "+r.Key.String())
		}
	}
	if len(rows) > 0 {
		unknown = append(unknown, fmt.Sprintf("%s of unknown price (%s)", count(all.unknown, "renewal"), named(rows)))
	}
	if len(holders) > 0 {
		unknown = append(unknown, fmt.Sprintf("%s renewed along at a price that is not known (%s)", count(all.unpriced, "attached thing"), named(holders)))
	}
	if len(unknown) > 0 {
		over = append(over, fmt.Sprintf("limits.maxTotal is %s CNY: the plan has %s, so its total is not known; "+
			"set limits.allowUnknownPrice: true to leave them out of account", limit, strings.Join(unknown, " and ")))
	}
	return over
}

// TooOld says how old a plan is, in whole days from its own to now's, both in
// UTC, and whether that is more than limits.maxPlanAge. A plan file knows its
// day and not its hour, so on its own day a plan is never too old; nor is one
// made for a day to come, whose age is negative.
func (p *Plan) TooOld(now time.Time) (age time.Duration, old bool) {
	age = now.UTC().Truncate(day).Sub(p.AsOf)
	return age, age > p.Limits.MaxPlanAge
}
