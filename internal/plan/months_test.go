package plan

import (
	"testing"
	"time"
)

func at(t *testing.T, s string) time.Time {
	t.Helper()
	if s == "" {
		return time.Time{}
	}
	v, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return v.UTC()
}

func TestAddMonths(t *testing.T) {
	for _, tt := range []struct {
		name string
		from string
		n    int
		want string
	}{
		{"an ordinary day keeps its number", "2026-03-10T08:00:00Z", 1, "2026-04-10T08:00:00Z"},
		{"31 January plus one month is the end of February", "2026-01-31T08:00:00Z", 1, "2026-02-28T08:00:00Z"},
		{"31 January plus one month in a leap year is 29 February", "2028-01-31T08:00:00Z", 1, "2028-02-29T08:00:00Z"},
		{"31 January plus two months is not clipped twice", "2026-01-31T08:00:00Z", 2, "2026-03-31T08:00:00Z"},
		{"31 March plus one month is 30 April", "2026-03-31T08:00:00Z", 1, "2026-04-30T08:00:00Z"},
		{"29 February plus twelve months is 28 February", "2028-02-29T08:00:00Z", 12, "2029-02-28T08:00:00Z"},
		{"29 February plus 48 months is 29 February again", "2028-02-29T08:00:00Z", 48, "2032-02-29T08:00:00Z"},
		{"a century that is no leap year", "2099-12-31T08:00:00Z", 2, "2100-02-28T08:00:00Z"},
		{"December plus one month is January of the next year", "2026-12-31T08:00:00Z", 1, "2027-01-31T08:00:00Z"},
		{"36 months are three years", "2026-11-20T00:00:00Z", 36, "2029-11-20T00:00:00Z"},
		{"16:30 UTC on a month's last day is the first of the next month at the cloud", "2026-01-31T16:30:00Z", 1, "2026-02-28T16:30:00Z"},
		{"16:30 UTC on 28 February is 1 March at the cloud", "2027-02-28T16:30:00Z", 1, "2027-03-31T16:30:00Z"},
		{"16:30 UTC on 30 January is 31 January at the cloud and clipped", "2026-01-30T16:30:00Z", 1, "2026-02-27T16:30:00Z"},
		{"15:59:59 UTC is still the same day at the cloud", "2026-01-31T15:59:59Z", 1, "2026-02-28T15:59:59Z"},
		{"16:00 UTC is midnight at the cloud", "2026-01-31T16:00:00Z", 1, "2026-02-28T16:00:00Z"},
		{"an expiry on new year's eve in UTC is new year at the cloud", "2026-12-31T16:00:00Z", 1, "2027-01-31T16:00:00Z"},
		{"an expiry in the past counts like any other", "2018-08-13T08:10:59Z", 12, "2019-08-13T08:10:59Z"},
		{"no month is no change", "2026-01-31T16:30:00Z", 0, "2026-01-31T16:30:00Z"},
		{"months can be taken away", "2026-03-31T08:00:00Z", -1, "2026-02-28T08:00:00Z"},
		{"over the start of a year too", "2026-01-15T08:00:00Z", -13, "2024-12-15T08:00:00Z"},
		{"another zone is the same moment", "2026-02-01T00:30:00+08:00", 1, "2026-02-28T16:30:00Z"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			from, err := time.Parse(time.RFC3339, tt.from)
			if err != nil {
				t.Fatal(err)
			}
			got := AddMonths(from, tt.n)
			if got.Format(time.RFC3339) != tt.want {
				t.Errorf("AddMonths(%s, %d): got %s; want %s", tt.from, tt.n, got.Format(time.RFC3339), tt.want)
			}
		})
	}
}

func TestAddMonthsGoesForwardAndStaysInTheMonthMeant(t *testing.T) {
	start := at(t, "2027-01-01T03:00:00Z")
	for d := range 5 * 366 {
		from := start.AddDate(0, 0, d)
		for _, n := range []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 24, 36} {
			got := AddMonths(from, n)
			local, fromLocal := got.Add(cloudOffset), from.Add(cloudOffset)
			months := 12*(local.Year()-fromLocal.Year()) + int(local.Month()) - int(fromLocal.Month())
			if months != n || local.Day() > fromLocal.Day() || !got.After(from) {
				t.Fatalf("AddMonths(%s, %d): got %s, which is %d months on", from, n, got, months)
			}
		}
	}
}

// The expiry is one of a plan whose day is 2026-11-20.
func TestExpectedExpiry(t *testing.T) {
	for _, tt := range []struct {
		name       string
		from       string
		n, unified int
		want       string
	}{
		{"no unified expiry day", "2026-12-02T08:00:00Z", 1, 0, "2027-01-02T08:00:00Z"},
		{"on to the day in the same month", "2026-12-02T08:00:00Z", 1, 15, "2027-01-15T08:00:00Z"},
		{"on to the day in the next month, never back", "2026-12-02T08:00:00Z", 1, 1, "2027-02-01T08:00:00Z"},
		{"there already", "2026-12-15T08:00:00Z", 1, 15, "2027-01-15T08:00:00Z"},
		{"a day later is nearly a month more", "2026-12-16T08:00:00Z", 1, 15, "2027-02-15T08:00:00Z"},
		{"over the end of a year", "2026-11-30T08:00:00Z", 1, 28, "2027-01-28T08:00:00Z"},
		{"the cloud's own example, 6 September and the 21st", "2027-09-06T00:00:00Z", 1, 21, "2027-10-21T00:00:00Z"},
		{"16:30 UTC is the next day at the cloud", "2026-12-14T16:30:00Z", 1, 15, "2027-01-14T16:30:00Z"},
		{"and the 15th in UTC may be the 16th there", "2026-12-15T16:30:00Z", 1, 15, "2027-02-14T16:30:00Z"},
		{"clipped first, then moved on", "2027-01-31T08:00:00Z", 1, 28, "2027-02-28T08:00:00Z"},
		{"clipped first, in a leap year", "2028-01-31T08:00:00Z", 1, 28, "2028-03-28T08:00:00Z"},
		{"a year", "2027-02-28T16:30:00Z", 12, 1, "2028-02-29T16:30:00Z"},
		{"three years", "2026-12-31T16:00:00Z", 36, 28, "2030-01-27T16:00:00Z"},
		{"on the plan's own day", "2026-11-20T00:00:00Z", 1, 0, "2026-12-20T00:00:00Z"},
		{"expired: not known", "2026-11-19T23:59:59Z", 1, 0, ""},
		{"expired: not aligned", "2026-11-19T23:59:59Z", 1, 15, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := expectedExpiry(at(t, tt.from), at(t, "2026-11-20T00:00:00Z"), tt.n, tt.unified)
			if want := at(t, tt.want); !got.Equal(want) {
				t.Errorf("got %s; want %s", got, want)
			}
		})
	}
}

func TestTheUnifiedDayIsTheNextOneAndNeverShortens(t *testing.T) {
	start := at(t, "2027-01-01T03:00:00Z")
	for d := range 3 * 366 {
		from := start.AddDate(0, 0, d)
		for unified := 1; unified <= maxUnifiedDay; unified++ {
			got := toUnifiedDay(from, unified)
			if got.Add(cloudOffset).Day() != unified || got.Before(from) || !AddMonths(got, -1).Before(from) {
				t.Fatalf("toUnifiedDay(%s, %d): got %s; want the next such day", from, unified, got)
			}
			if days := int(got.Sub(from) / day); got.Sub(from)%day != 0 || days != addedDays(AddMonths(from, -12), 12, unified) && from.Day() < 28 {
				t.Fatalf("toUnifiedDay(%s, %d): got %s, which is not %d whole days on", from, unified, got, days)
			}
		}
	}
}

func TestReached(t *testing.T) {
	row := func(baseline string, months int, expected string) *Row {
		return &Row{Baseline: at(t, baseline), Months: months, Expected: at(t, expected)}
	}
	plain := row("2026-12-16T08:00:00Z", 1, "2027-01-16T08:00:00Z")
	moved := row("2026-12-16T08:00:00Z", 1, "2027-02-15T08:00:00Z") // unified expiry day 15
	for _, tt := range []struct {
		name  string
		row   *Row
		after string
		want  bool
	}{
		{"as computed", plain, "2027-01-16T08:00:00Z", true},
		{"four days more", plain, "2027-01-20T08:00:00Z", true},
		{"four days less", plain, "2027-01-12T08:00:00Z", true},
		{"a second beyond", plain, "2027-01-20T08:00:01Z", false},
		{"a second short", plain, "2027-01-12T07:59:59Z", false},
		{"not moved", plain, "2026-12-16T08:00:00Z", false},
		{"a month more", plain, "2027-02-16T08:00:00Z", false},
		{"on the unified expiry day", moved, "2027-02-15T08:00:00Z", true},
		{"as that day begins at the cloud", moved, "2027-02-14T16:00:00Z", true},
		{"as it ends", moved, "2027-02-15T15:59:59Z", true},
		{"the day before", moved, "2027-02-14T15:59:59Z", false},
		{"paid twice where there is no unified expiry day", moved, "2027-02-16T08:00:00Z", false},
		{"paid once where there is none", moved, "2027-01-16T08:00:00Z", false},
		{"paid twice where there is one", moved, "2027-03-15T08:00:00Z", false},
		{"nothing was expected", row("2026-12-16T08:00:00Z", 1, ""), "2027-01-16T08:00:00Z", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.row.Reached(at(t, tt.after)); got != tt.want {
				t.Errorf("Reached(%s): got %v; want %v", tt.after, got, tt.want)
			}
		})
	}
}

func TestPurchasableMonths(t *testing.T) {
	want := map[int]bool{1: true, 2: true, 3: true, 4: true, 5: true, 6: true, 7: true, 8: true, 9: true, 12: true, 24: true, 36: true}
	for n := -3; n < 100; n++ {
		if got := PurchasableMonths(n); got != want[n] {
			t.Errorf("PurchasableMonths(%d): got %v; want %v", n, got, want[n])
		}
	}
}
