package plan

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// lengths are the purchasable numbers of months, shortest first.
var lengths = [...]int{1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 24, 36}

// check reads what a reservation asks for: target is the moment that Until
// names, 00:00 UTC+8 of that day, and zero where there is a length. The error
// says what the reservation has and what is wanted.
func (r Reservation) check() (target time.Time, err error) {
	switch {
	case r.Until == "" && !PurchasableMonths(r.Length):
		return target, fmt.Errorf("a length of %s; want 1 to 9, 12, 24 or 36", count(r.Length, "month"))
	case r.Until == "":
		return target, nil
	case r.Length != 0:
		return target, errors.New("both length and until; want one of them")
	}
	t, err := time.Parse(dayLayout, r.Until)
	if err != nil || t.Year() < minYear || t.Year() > maxYear {
		return target, fmt.Errorf("until %q; want a day from %d to %d, such as 2027-06-30", r.Until, minYear, maxYear)
	}
	return t.Add(-cloudOffset), nil
}

// reach decides on a resource whose reservation has a date to be reached.
func (d *decider) reach(it item, baseline time.Time, unified int, due bool) verdict {
	res, expired := it.reservation, baseline.Before(d.asOf)
	switch passed := !it.target.After(d.asOf); {
	case !passed && !expired && reaches(baseline, it.target):
		reason := fmt.Sprintf("expires %s, which reaches until %s%s", ahead(baseline.Sub(d.asOf)), res.Until, shortfall(baseline, it.target))
		if due {
			reason += "; warning: nothing is bought beyond that day until the date is moved on"
		}
		return verdict{decision: NotDue, reason: reason}
	case !due:
		reason := d.notDueReason(baseline, res.DueWithin)
		if passed {
			reason += fmt.Sprintf("; warning: until %s has passed, so it will be refused then; move the date on", res.Until)
		}
		return verdict{decision: NotDue, reason: reason}
	case passed:
		// What still runs has reached such a date, and would quietly lapse.
		return refuse("until %s has passed: move the date of reservation %q on, or let the resource lapse", res.Until, it.res.Reservation)
	}
	var end time.Time
	for _, months := range lengths {
		// From the renewal, an expired resource gets further, never less far.
		if end = toUnifiedDay(AddMonths(baseline, months), unified); !reaches(end, it.target) {
			continue
		}
		how := fmt.Sprintf("%s %s until %s, %s", count(months, "month"), plural(months, "reaches", "reach"), res.Until, overshoot(end, it.target))
		if expired {
			how += ", counted from the old expiry"
		}
		return verdict{decision: Renew, reason: d.dueReason(baseline, res.DueWithin, months) + "; " + how, months: months}
	}
	counted, help := "", fmt.Sprintf("give reservation %q a date up to that", it.res.Reservation)
	if expired {
		counted = ", counted from the old expiry"
		if !end.After(d.asOf) {
			help = "let the resource lapse, or buy it anew"
		}
	}
	return refuse("no single renewal reaches until %s: the longest, %s, leads to %s (UTC+8)%s; %s",
		res.Until, count(lengths[len(lengths)-1], "month"), cloudDay(end), counted, help)
}

// reaches reports whether an expiry reaches a moment, less the Tolerance.
func reaches(expiry, target time.Time) bool { return !expiry.Before(target.Add(-Tolerance)) }

// overshoot says by how many days of the cloud's calendar an expiry goes beyond
// the day that was to be reached.
func overshoot(expiry, target time.Time) string {
	switch days := int(midnight(expiry).Sub(target) / day); {
	case days > 0:
		return count(days, "day") + " more than needed"
	case days < 0:
		return strings.TrimPrefix(shortfall(expiry, target), ", ")
	}
	return "to the day"
}

// shortfall says by how many days of the cloud's calendar an expiry stops short
// of the day that was to be reached; "" if it does not.
func shortfall(expiry, target time.Time) string {
	if days := int(target.Sub(midnight(expiry)) / day); days > 0 {
		return ", less " + count(days, "day") + ", which is near enough"
	}
	return ""
}

// cloudDay is the day of t in the cloud's calendar.
func cloudDay(t time.Time) string { return t.UTC().Add(cloudOffset).Format(dayLayout) }
