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

// expectedExpiry is the expiry that a renewal by n months leads to; zero if the
// resource had expired before asOf, because then the cloud may count from the
// renewal or from the old expiry.
func expectedExpiry(baseline, asOf time.Time, n int) time.Time {
	if baseline.Before(asOf) {
		return time.Time{}
	}
	return AddMonths(baseline, n)
}
