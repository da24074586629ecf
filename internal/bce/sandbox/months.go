package sandbox

import "time"

// cloudZone is the zone in which the cloud counts calendar months: UTC+8.
var cloudZone = time.FixedZone("UTC+8", 8*60*60)

// addMonths adds n calendar months in UTC+8, the day clipped to the month's
// last. If day is not 0, the result is moved on to the next such day of a
// month: the account's unified expiry day. How exactly the cloud applies that
// day is not documented; this is the reading that never shortens what was paid.
func addMonths(t time.Time, n, day int) time.Time {
	t = t.In(cloudZone)
	y, m, d := t.Date()
	last := time.Date(y, m+time.Month(n)+1, 0, 0, 0, 0, 0, cloudZone)
	y, m, d = last.Year(), last.Month(), min(d, last.Day())
	if day != 0 {
		if d > day {
			m++
		}
		d = day
	}
	hour, minute, second := t.Clock()
	return time.Date(y, m, d, hour, minute, second, 0, cloudZone).UTC()
}
