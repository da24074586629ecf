package sandbox

import (
	"testing"
	"time"
)

func TestMonthsAreCalendarMonthsInTheCloudsZone(t *testing.T) {
	for _, test := range []struct {
		name, from string
		n, day     int
		want       string
	}{
		{"a plain month", "2026-12-05T08:30:00Z", 1, 0, "2027-01-05T08:30:00Z"},
		{"three years", "2026-12-05T08:30:00Z", 36, 0, "2029-12-05T08:30:00Z"},
		{"the day is clipped", "2027-01-31T04:00:00Z", 1, 0, "2027-02-28T04:00:00Z"},
		{"a leap year", "2028-01-30T04:00:00Z", 1, 0, "2028-02-29T04:00:00Z"},
		{"the last of February stays the 28th", "2027-02-28T04:00:00Z", 1, 0, "2027-03-28T04:00:00Z"},
		{"already the next day in UTC+8", "2027-02-27T16:30:00Z", 1, 0, "2027-03-27T16:30:00Z"},
		{"already the next month in UTC+8", "2027-01-31T16:30:00Z", 1, 0, "2027-02-28T16:30:00Z"},
		{"a clipped day that is the day before in UTC", "2027-01-30T16:30:00Z", 1, 0, "2027-02-27T16:30:00Z"},
		{"on to the unified day", "2026-12-05T08:30:00Z", 1, 20, "2027-01-20T08:30:00Z"},
		{"the unified day of the next month", "2026-12-25T08:30:00Z", 12, 20, "2028-01-20T08:30:00Z"},
		{"the unified day already", "2026-11-20T08:30:00Z", 1, 20, "2026-12-20T08:30:00Z"},
	} {
		from, err := time.Parse(time.RFC3339, test.from)
		if err != nil {
			t.Fatal(err)
		}
		if got := addMonths(from, test.n, test.day).Format(time.RFC3339); got != test.want {
			t.Errorf("%s: got %s; want %s", test.name, got, test.want)
		}
	}
}
