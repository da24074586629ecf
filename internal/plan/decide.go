package plan

import (
	"fmt"
	"time"
)

// decider decides row by row. The order of its questions is the order of
// design: what is not known comes first, then what can never be renewed, then
// what need not be, then what cannot be now.
type decider struct {
	spec *Spec
	asOf time.Time // midnight UTC
}

// row decides on one resource, as it was seen.
func (d *decider) row(it item, seen Observation) Row {
	row := Row{Key: it.key, Name: clean(it.res.Name)}
	if row.Name == "" {
		row.Name = cleanShort(seen.Name)
	}
	if !seen.Expiry.IsZero() {
		row.Baseline = seen.Expiry.UTC().Truncate(time.Second)
	}
	row.Decision, row.Reason = d.decide(it, seen, row.Baseline)
	if row.Decision == Unread {
		row.Baseline = time.Time{}
	}
	if row.Decision != Renew {
		return row
	}
	row.Months = it.reservation.Length
	row.Expected = expectedExpiry(row.Baseline, d.asOf, row.Months)
	row.RelatedRenewFlag = it.res.RelatedRenewFlag
	row.Attempt = seen.Attempt
	row.ClientToken = Token(row.Key, row.Baseline, row.Attempt)
	return row
}

// decide says what to do about a resource, and why in one line.
func (d *decider) decide(it item, seen Observation, baseline time.Time) (Decision, string) {
	lapse, res := it.res.Lapse != "", it.reservation
	switch {
	case !seen.Read && seen.Problem == "":
		return Unread, "its state was not read"
	case !seen.Read:
		return Unread, "its state could not be read: " + cleanShort(seen.Problem)
	case seen.NotFound && lapse:
		return Lapse, clean(it.res.Lapse) + "; already gone: the cloud has no such resource"
	case seen.NotFound:
		return Refused, "not found: the cloud has no such resource in region " + it.key.Region +
			"; correct its id or region, or take it out of the spec"
	case !baseline.IsZero() && (baseline.Year() < minYear || baseline.Year() > maxYear):
		return Unread, "the expiry that the cloud showed cannot be right: " + baseline.Format(instantLayout)
	case lapse:
		return Lapse, d.lapseReason(it.res.Lapse, seen, baseline)
	case !seen.Prepaid:
		return Refused, "not prepaid: only prepaid resources can be renewed" + shown("payment", seen.Payment)
	case seen.Dedicated:
		return Refused, "dedicated instance: the cloud does not renew these"
	case baseline.IsZero():
		return Unread, "the cloud showed no expiry"
	case seen.Open != "":
		return Open, "an earlier renewal of this expiry is not settled: " + cleanShort(seen.Open) +
			"; renewplan status shows it"
	case res.Until != "":
		return Refused, fmt.Sprintf("until is not supported yet: give reservation %q a length", it.res.Reservation)
	case !d.due(baseline, res.DueWithin):
		return NotDue, d.notDueReason(baseline, res.DueWithin)
	case d.spec.UnifiedExpiryDay != 0:
		return Refused, "unifiedExpiryDay is not supported yet: where a renewal leads cannot be computed"
	case seen.Busy:
		return Refused, "busy" + shown("status", seen.Status) + "; plan again when that is done"
	case seen.AutoRenew == AutoRenewOn && d.spec.Limits.RefuseAutoRenew:
		return Refused, "auto-renew is on, and limits.refuseAutoRenew is set; switch auto-renew off, or leave the resource to it"
	}
	return Renew, d.renewReason(it, seen, baseline)
}

// due reports whether an expiry is near enough, counted from the start of the
// plan's day. What has expired is due.
func (d *decider) due(expiry time.Time, within time.Duration) bool {
	return expiry.Sub(d.asOf) <= within
}

func (d *decider) renewReason(it item, seen Observation, baseline time.Time) string {
	var reason string
	if baseline.Before(d.asOf) {
		reason = fmt.Sprintf("expired %s: the new expiry counts %s from the renewal or from the old expiry",
			ago(d.asOf.Sub(baseline)), count(it.reservation.Length, "month"))
	} else {
		reason = fmt.Sprintf("expires %s, due within %s", ahead(baseline.Sub(d.asOf)), FormatDuration(it.reservation.DueWithin))
	}
	if seen.AutoRenew == AutoRenewOn {
		reason += "; warning: auto-renew is on, so the cloud may renew it too"
	}
	return reason
}

func (d *decider) notDueReason(baseline time.Time, within time.Duration) string {
	from := baseline.Add(-within) // due on the first day that starts at or after this
	if start := from.Truncate(day); start.Before(from) {
		from = start.Add(day)
	}
	return fmt.Sprintf("expires %s, due from %s", ahead(baseline.Sub(d.asOf)), from.Format(dayLayout))
}

func (d *decider) lapseReason(why string, seen Observation, baseline time.Time) string {
	reason := clean(why)
	switch {
	case baseline.IsZero():
		reason += "; the cloud shows no end" + shown("payment", seen.Payment)
	case baseline.Before(d.asOf):
		reason += "; ended " + baseline.Format(dayLayout)
	default:
		reason += "; ends " + baseline.Format(dayLayout)
	}
	if seen.Open != "" {
		reason += "; warning: an earlier renewal of this expiry is not settled: " + cleanShort(seen.Open)
	}
	return reason
}

// offlineRow shows what the spec alone says about a resource.
func offlineRow(it item) Row {
	row := Row{Key: it.key, Name: clean(it.res.Name), RelatedRenewFlag: it.res.RelatedRenewFlag}
	switch res := it.reservation; {
	case it.res.Lapse != "":
		row.Decision = Lapse
		row.Reason = clean(it.res.Lapse)
		row.RelatedRenewFlag = ""
	case res.Until != "":
		row.Reason = fmt.Sprintf("until %s, due within %s", clean(res.Until), FormatDuration(res.DueWithin))
	default:
		row.Months = res.Length
		row.Reason = fmt.Sprintf("%s, due within %s", count(res.Length, "month"), FormatDuration(res.DueWithin))
	}
	row.Reason += "; offline: state not read"
	return row
}

// shown is " (status: Scaling)", or nothing where the cloud told nothing.
func shown(what, text string) string {
	if text == "" {
		return ""
	}
	return " (" + what + ": " + cleanShort(text) + ")"
}

// ahead is "today", "in 1 day", "in 12 days", in whole days that have to pass.
func ahead(d time.Duration) string {
	if d < day {
		return "today"
	}
	return "in " + count(int(d/day), "day")
}

// ago is "less than a day ago", "1 day ago", "12 days ago".
func ago(d time.Duration) string {
	if d < day {
		return "less than a day ago"
	}
	return count(int(d/day), "day") + " ago"
}
