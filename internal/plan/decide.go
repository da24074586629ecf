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
	v := d.decide(it, seen, row.Baseline)
	row.Decision, row.Reason = v.decision, v.reason
	if row.Decision == Unread {
		row.Baseline = time.Time{}
	}
	if row.Decision != Renew {
		return row
	}
	row.Months = v.months
	row.UnifiedExpiryDay = v.unified
	row.Expected = expectedExpiry(row.Baseline, d.asOf, row.Months, row.UnifiedExpiryDay)
	row.RelatedRenewFlag = it.res.RelatedRenewFlag
	row.AutoRenew = seen.AutoRenew.String()
	row.Along = along(row.RelatedRenewFlag, seen.Attached)
	row.Attempt = seen.Attempt
	row.ClientToken = Token(row.Key, row.Baseline, row.Attempt)
	days := addedDays(row.Baseline, row.Months, row.UnifiedExpiryDay)
	row.Price, row.Estimate = it.res.price(row.Months, days)
	if row.Price == "" {
		row.Reason += it.res.noPrice(row.Months, days)
	}
	return row
}

// verdict is a decision, why in one line, and what to buy if it is Renew.
type verdict struct {
	decision Decision
	reason   string
	months   int
	unified  int // the unified expiry day that the result is moved on to; 0 if it need not be
}

func refuse(format string, args ...any) verdict {
	return verdict{decision: Refused, reason: fmt.Sprintf(format, args...)}
}

// decide says what to do about a resource.
func (d *decider) decide(it item, seen Observation, baseline time.Time) verdict {
	lapse := it.res.Lapse != ""
	switch {
	case !seen.Read && seen.Problem == "":
		return verdict{decision: Unread, reason: "its state was not read"}
	case !seen.Read:
		return verdict{decision: Unread, reason: "its state could not be read: " + cleanShort(seen.Problem)}
	case seen.NotFound && lapse:
		return verdict{decision: Lapse, reason: clean(it.res.Lapse) + "; already gone: the cloud has no such resource"}
	case seen.NotFound:
		return refuse("not found: the cloud has no such resource in region %s; correct its id or region, or take it out of the spec",
			it.key.Region)
	case !baseline.IsZero() && (baseline.Year() < minYear || baseline.Year() > maxYear):
		return verdict{decision: Unread, reason: "the expiry that the cloud showed cannot be right: " + baseline.Format(instantLayout)}
	case lapse:
		return verdict{decision: Lapse, reason: d.lapseReason(it.res.Lapse, seen, baseline)}
	case !seen.Prepaid:
		return refuse("not prepaid: only prepaid resources can be renewed%s; make it prepaid, or take it out of the spec", shown("payment", seen.Payment))
	case seen.Dedicated:
		return refuse("dedicated instance: the cloud does not renew these; take it out of the spec")
	case baseline.IsZero():
		return verdict{decision: Unread, reason: "the cloud showed no expiry"}
	case seen.Open != "":
		return verdict{decision: Open, reason: "an earlier renewal of this expiry is not settled: " + cleanShort(seen.Open) +
			"; renewplan status shows it"}
	}
	unified := d.spec.UnifiedExpiryDay
	if seen.Unaligned || baseline.Before(d.asOf) { // the cloud does not align what has expired
		unified = 0
	}
	v := d.length(it, baseline, unified)
	if v.decision != Renew {
		return v
	}
	if days := addedDays(baseline, v.months, unified); days > 0 {
		v.unified = unified
		v.reason += fmt.Sprintf("; the unified expiry day adds %s", count(days, "day"))
	}
	if seen.Resolved != "" {
		v.reason += "; " + cleanShort(seen.Resolved)
	}
	switch {
	case seen.Stopped && baseline.Before(d.asOf):
		v.reason += "; warning: it was stopped when it expired, and renewing will start it"
	case seen.Stopped && baseline.Before(d.asOf.Add(day)):
		v.reason += "; warning: it is stopped, and renewing will start it if that is because it has expired"
	}
	if end := AddMonths(baseline, v.months); end.Before(d.asOf) {
		v.reason += fmt.Sprintf("; warning: counted from the old expiry, %s %s %s, which has passed, so it may stay expired",
			count(v.months, "month"), plural(v.months, "ends", "end"), end.Format(dayLayout))
	}
	if seen.Broken {
		v.reason += "; warning: it may be of no use" + shown("status", seen.Status)
	}
	switch {
	case seen.Gone:
		return refuse("it is deleted, or about to be%s; take it out of the spec", shown("status", seen.Status))
	case seen.Busy:
		return refuse("busy%s; plan again when that is done", shown("status", seen.Status))
	case seen.AutoRenew == AutoRenewOn && d.spec.Limits.RefuseAutoRenew:
		return refuse("auto-renew is on, and limits.refuseAutoRenew is set; switch auto-renew off, or leave the resource to it")
	case seen.AutoRenew == AutoRenewOn:
		v.reason += "; warning: auto-renew is on, so the cloud may renew it too"
	}
	return v
}

// length decides whether a resource that can be renewed is due, and by how many
// months. unified is the unified expiry day, or 0.
func (d *decider) length(it item, baseline time.Time, unified int) verdict {
	res := it.reservation
	due := d.due(baseline, res.DueWithin)
	switch {
	case !it.target.IsZero():
		return d.reach(it, baseline, unified, due)
	case !due:
		return verdict{decision: NotDue, reason: d.notDueReason(baseline, res.DueWithin)}
	}
	return verdict{decision: Renew, reason: d.dueReason(baseline, res.DueWithin, res.Length), months: res.Length}
}

// due reports whether an expiry is near enough, counted from the start of the
// plan's day. What expires on that day is, however short the time: no later day
// would come before it. What has expired is due.
func (d *decider) due(expiry time.Time, within time.Duration) bool {
	return expiry.Sub(d.asOf) <= within || expiry.Before(d.asOf.Add(day))
}

// dueReason says why a resource is renewed by a number of months now.
func (d *decider) dueReason(baseline time.Time, within time.Duration, months int) string {
	if baseline.Before(d.asOf) {
		return fmt.Sprintf("expired %s: the new expiry counts %s from the renewal or from the old expiry",
			ago(d.asOf.Sub(baseline)), count(months, "month"))
	}
	return fmt.Sprintf("expires %s, due within %s", ahead(baseline.Sub(d.asOf)), FormatDuration(within))
}

func (d *decider) notDueReason(baseline time.Time, within time.Duration) string {
	from := baseline.Add(-within) // due on the first day that starts at or after this
	if start := from.Truncate(day); start.Before(from) {
		from = start.Add(day)
	}
	if last := baseline.Truncate(day); last.Before(from) {
		from = last
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
	if seen.AutoRenew == AutoRenewOn {
		reason += "; warning: auto-renew is on, so the cloud may renew it all the same"
	}
	if seen.Open != "" {
		reason += "; warning: an earlier renewal of this expiry is not settled: " + cleanShort(seen.Open)
	}
	return reason
}

// offlineRow shows what the spec alone says about a resource. It has a price where
// the length is fixed, and no days to a unified expiry day can come on top.
func offlineRow(it item, unified int) Row {
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
		if unified == 0 {
			row.Price, row.Estimate = it.res.price(res.Length, 0)
		}
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
