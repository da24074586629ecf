package plan

import "time"

// cloudOffset is how far the cloud's calendar is ahead of UTC: a month of a
// renewal begins and ends at midnight in UTC+8.
const cloudOffset = 8 * time.Hour

// PurchasableMonths reports whether n calendar months can be bought in one
// renewal: 1 to 9, 12, 24 or 36, for every kind so far.
//
// Source: the renewal pages of VPN, NAT, EIP group and instance; see
// https://cloud.baidu.com/doc/BCC/s/yjwvyoakh and the lists in the vendor's SDKs.
func PurchasableMonths(n int) bool {
	return 1 <= n && n <= 9 || n == 12 || n == 24 || n == 36
}

// AddMonths returns the moment n calendar months after t, counted in UTC+8, in
// UTC. A day that the month does not have becomes the month's last: 31 January
// and one month is 28 or 29 February. The time of day stays. n may be negative.
func AddMonths(t time.Time, n int) time.Time {
	local := t.UTC().Add(cloudOffset) // read as UTC, this shows the calendar of UTC+8
	year, month, day := local.Date()
	hour, minute, second := local.Clock()
	// Day 0 of the month after the wanted one is the last of the wanted one.
	last := time.Date(year, month+time.Month(n)+1, 0, 0, 0, 0, 0, time.UTC)
	return time.Date(last.Year(), last.Month(), min(day, last.Day()),
		hour, minute, second, local.Nanosecond(), time.UTC).Add(-cloudOffset)
}

// expectedExpiry is the expiry that a renewal by n months leads to, moved on to
// the unified expiry day where that is not 0. It is zero if the resource had
// expired before asOf, because then the cloud may count from the renewal or
// from the old expiry.
func expectedExpiry(baseline, asOf time.Time, n, unified int) time.Time {
	if baseline.Before(asOf) {
		return time.Time{}
	}
	return toUnifiedDay(AddMonths(baseline, n), unified)
}

// toUnifiedDay moves an expiry on to the next day of a month that has this
// number in UTC+8, 1 to 28, at the same time of day; 0 leaves it where it is. It
// never moves one back: what was paid for is not taken away. See
// docs/decisions/0005-unified-expiry-day.md for what is known of the cloud's
// own rule.
func toUnifiedDay(t time.Time, unified int) time.Time {
	local := t.UTC().Add(cloudOffset)
	year, month, d := local.Date()
	if unified == 0 {
		return t.UTC()
	}
	if d > unified {
		month++
	}
	hour, minute, second := local.Clock()
	return time.Date(year, month, unified, hour, minute, second, local.Nanosecond(), time.UTC).Add(-cloudOffset)
}

// midnight is the moment at which the cloud's day of t began.
func midnight(t time.Time) time.Time {
	return t.UTC().Add(cloudOffset).Truncate(day).Add(-cloudOffset)
}

// addedDays is how many days a renewal by n months gets on top of them from the
// unified expiry day.
func addedDays(baseline time.Time, n, unified int) int {
	paid := AddMonths(baseline, n)
	return int(toUnifiedDay(paid, unified).Sub(paid) / day)
}

// Tolerance is how far an expiry may be from the one that was wanted and still
// count as it: the cloud may treat the end of a month otherwise than AddMonths
// does, by up to three days.
const Tolerance = 4 * day

// Reached reports whether an expiry that was read back is the one that the
// renewal was to lead to. It is false where no expiry was expected.
//
// An expiry that was moved on to the unified expiry day has to fall on just
// that day in UTC+8. Every month has it, so there is nothing to tolerate; and a
// few days beyond it may be a second renewal, in an account that has no such
// day after all.
func (r *Row) Reached(after time.Time) bool {
	switch {
	case r.Expected.IsZero():
		return false
	case r.Expected.Equal(AddMonths(r.Baseline, r.Months)): // a row of the ledger has no UnifiedExpiryDay
		return after.Sub(r.Expected).Abs() <= Tolerance
	}
	return midnight(after).Equal(midnight(r.Expected))
}
