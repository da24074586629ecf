package plan

import (
	"fmt"
	"strings"
	"time"
)

// sum counts the rows. Money is not computed yet: the price of every renewal is
// unknown.
func (p *Plan) sum() Totals {
	var t Totals
	for i := range p.Rows {
		switch r := &p.Rows[i]; r.Decision {
		case Renew:
			t.Renew++
			t.Months += r.Months
			t.UnknownPrices++
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
	return t
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
		if n := len(long); n > maxNamed {
			long = append(long[:maxNamed], fmt.Sprintf("and %d more", n-maxNamed))
		}
		if len(long) > 0 {
			over = append(over, fmt.Sprintf("limits.maxMonths is %d: exceeded by %s", limit, strings.Join(long, ", ")))
		}
	}
	if limits.MaxTotal != "" && !limits.AllowUnknownPrice && totals.UnknownPrices > 0 {
		over = append(over, fmt.Sprintf("limits.maxTotal is %s CNY: the plan has %s of unknown price, so its total is not known; "+
			"limits.allowUnknownPrice leaves them out of account", limits.MaxTotal, count(totals.UnknownPrices, "renewal")))
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
