package plan

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// until builds the one row of a resource whose reservation has a date.
func until(t *testing.T, date string, dueWithin time.Duration, seen Observation) Row {
	t.Helper()
	key := Key{"bj", "vpn", "vpn-1"}
	s := &Spec{
		Reservations: map[string]Reservation{"aligned": {Until: date, DueWithin: dueWithin}},
		Resources:    []Resource{{Key: key, Reservation: "aligned"}},
	}
	p, err := Build(s, Observed{key: seen}, exampleOptions(t))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Decode(p.Encode()); err != nil {
		t.Errorf("Decode of its text: %v", err)
	}
	return p.Rows[0]
}

// The plan's day is 2026-11-20.
func TestUntilDecides(t *testing.T) {
	const soon = "2026-12-02T08:00:00Z" // 16:00 on 2 December at the cloud
	for _, tt := range []struct {
		name, until, expiry string
		want                Decision
		months              int
		expected, reason    string
	}{
		{
			"the shortest length that reaches the date", "2027-06-30", soon, Renew, 7, "2027-07-02T08:00:00Z",
			"expires in 12 days, due within 30d; 7 months reach until 2027-06-30, 2 days more than needed",
		},
		{
			"a day more than needed is one day", "2027-07-01", soon, Renew, 7, "2027-07-02T08:00:00Z",
			"expires in 12 days, due within 30d; 7 months reach until 2027-07-01, 1 day more than needed",
		},
		{
			"one month", "2026-12-20", soon, Renew, 1, "2027-01-02T08:00:00Z",
			"expires in 12 days, due within 30d; 1 month reaches until 2026-12-20, 13 days more than needed",
		},
		{
			"to the day", "2027-06-02", soon, Renew, 6, "2027-06-02T08:00:00Z",
			"expires in 12 days, due within 30d; 6 months reach until 2027-06-02, to the day",
		},
		{
			"four days less are near enough", "2027-06-06", soon, Renew, 6, "2027-06-02T08:00:00Z",
			"expires in 12 days, due within 30d; 6 months reach until 2027-06-06, less 4 days, which is near enough",
		},
		{
			"five days less are not", "2027-06-07", soon, Renew, 7, "2027-07-02T08:00:00Z",
			"expires in 12 days, due within 30d; 7 months reach until 2027-06-07, 25 days more than needed",
		},
		{
			"exactly four days less are", "2027-06-06", "2026-12-01T16:00:00Z", Renew, 6, "2027-06-01T16:00:00Z",
			"expires in 11 days, due within 30d; 6 months reach until 2027-06-06, less 4 days, which is near enough",
		},
		{
			"a second more than four days less is not", "2027-06-06", "2026-12-01T15:59:59Z", Renew, 7, "2027-07-01T15:59:59Z",
			"expires in 11 days, due within 30d; 7 months reach until 2027-06-06, 25 days more than needed",
		},
		{
			"there are no ten months", "2027-10-01", soon, Renew, 12, "2027-12-02T08:00:00Z",
			"expires in 12 days, due within 30d; 12 months reach until 2027-10-01, 62 days more than needed",
		},
		{
			"nor twenty-five", "2029-01-01", soon, Renew, 36, "2029-12-02T08:00:00Z",
			"expires in 12 days, due within 30d; 36 months reach until 2029-01-01, 335 days more than needed",
		},
		{
			"a clipped day is counted in the cloud's calendar", "2027-02-28", "2026-11-30T16:30:00Z", Renew, 3, "2027-02-28T16:30:00Z",
			"expires in 10 days, due within 30d; 3 months reach until 2027-02-28, 1 day more than needed",
		},
		{
			"a leap day", "2028-02-29", "2026-11-29T16:00:00Z", Renew, 24, "2028-11-29T16:00:00Z",
			"expires in 9 days, due within 30d; 24 months reach until 2028-02-29, 275 days more than needed",
		},
		{
			"no single length reaches it", "2030-01-01", soon, Refused, 0, "",
			`no single renewal reaches until 2030-01-01: the longest, 36 months, leads to 2029-12-02 (UTC+8); give reservation "aligned" a date up to that`,
		},
		{
			"what reaches it already is not due", "2027-06-30", "2027-07-01T00:00:00Z", NotDue, 0, "",
			"expires in 223 days, which reaches until 2027-06-30",
		},
		{
			"what reaches it nearly is not due", "2027-06-30", "2027-06-25T16:00:00Z", NotDue, 0, "",
			"expires in 217 days, which reaches until 2027-06-30, less 4 days, which is near enough",
		},
		{
			"a second earlier it does not", "2027-06-30", "2027-06-25T15:59:59Z", NotDue, 0, "",
			"expires in 217 days, due from 2027-05-27",
		},
		{
			"what reaches it and expires soon is not due, and warns", "2026-12-03", soon, NotDue, 0, "",
			"expires in 12 days, which reaches until 2026-12-03, less 1 day, which is near enough; warning: nothing is bought beyond that day until the date is moved on",
		},
		{
			"what expires later than dueWithin is not due", "2027-06-30", "2027-02-01T00:00:00Z", NotDue, 0, "",
			"expires in 73 days, due from 2027-01-02",
		},
		{
			"a date that has passed is refused", "2026-11-19", soon, Refused, 0, "",
			`until 2026-11-19 has passed: move the date of reservation "aligned" on, or let the resource lapse`,
		},
		{
			"the plan's own day has begun at the cloud", "2026-11-20", soon, Refused, 0, "",
			`until 2026-11-20 has passed: move the date of reservation "aligned" on, or let the resource lapse`,
		},
		{
			"the next day has not", "2026-11-21", soon, NotDue, 0, "",
			"expires in 12 days, which reaches until 2026-11-21; warning: nothing is bought beyond that day until the date is moved on",
		},
		{
			"a date that has passed leaves alone what is not due, and warns", "2026-11-19", "2027-02-01T00:00:00Z", NotDue, 0, "",
			"expires in 73 days, due from 2027-01-02; warning: until 2026-11-19 has passed, so it will be refused then; move the date on",
		},
		{
			"what has expired is counted from its expiry, the earlier of the two", "2027-06-30", "2026-11-10T08:00:00Z", Renew, 8, "",
			"expired 9 days ago: the new expiry counts 8 months from the renewal or from the old expiry; " +
				"8 months reach until 2027-06-30, 10 days more than needed, counted from the old expiry",
		},
		{
			"what has expired has reached nothing", "2026-11-22", "2026-11-19T16:00:00Z", Renew, 1, "",
			"expired less than a day ago: the new expiry counts 1 month from the renewal or from the old expiry; " +
				"1 month reaches until 2026-11-22, 28 days more than needed, counted from the old expiry",
		},
		{
			"what has expired and has a date that has passed is refused", "2026-11-19", "2026-11-10T08:00:00Z", Refused, 0, "",
			`until 2026-11-19 has passed: move the date of reservation "aligned" on, or let the resource lapse`,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			row := until(t, tt.until, DefaultDueWithin, prepaid(tt.expiry))
			if row.Decision != tt.want || row.Reason != tt.reason || row.Months != tt.months {
				t.Errorf("got %q, %d months, %q\nwant %q, %d months, %q", row.Decision, row.Months, row.Reason, tt.want, tt.months, tt.reason)
			}
			if want := at(t, tt.expected); !row.Expected.Equal(want) {
				t.Errorf("expected expiry: got %s; want %s", row.Expected, want)
			}
		})
	}
}

func TestUntilDoesNotOutrankWhatRefuses(t *testing.T) {
	for name, change := range map[string]func(*Observation){
		"busy (status: Scaling); plan again when that is done":                                                               func(o *Observation) { o.Busy, o.Status = true, "Scaling" },
		"dedicated instance: the cloud does not renew these; take it out of the spec":                                        func(o *Observation) { o.Dedicated = true },
		"not prepaid: only prepaid resources can be renewed (payment: Prepaid); make it prepaid, or take it out of the spec": func(o *Observation) { o.Prepaid = false },
		"not found: the cloud has no such resource in region bj; correct its id or region, or take it out of the spec":       func(o *Observation) { o.NotFound = true },
	} {
		row := until(t, "2027-06-30", DefaultDueWithin, prepaid("2026-12-02T08:00:00Z").with(change))
		if row.Decision != Refused || row.Reason != name {
			t.Errorf("got %q, %q; want it refused: %q", row.Decision, row.Reason, name)
		}
	}
	row := until(t, "2027-06-30", DefaultDueWithin, prepaid("2026-12-02T08:00:00Z").with(func(o *Observation) { o.AutoRenew = AutoRenewOn }))
	if !strings.HasSuffix(row.Reason, "2 days more than needed; warning: auto-renew is on, so the cloud may renew it too") {
		t.Errorf("auto-renew: got %q; want its warning last", row.Reason)
	}
}

// Whatever the dates, the length bought reaches the date, and no shorter one does.
func TestUntilIsReachedByTheShortestLength(t *testing.T) {
	target := at(t, "2027-06-29T16:00:00Z") // 30 June at the cloud
	for d := range 40 * 31 {
		expiry := at(t, "2024-06-01T03:30:00Z").AddDate(0, 0, d)
		opt := exampleOptions(t)
		opt.AsOf = expiry.AddDate(0, 0, -3)
		key := Key{"bj", "vpn", "vpn-1"}
		s := &Spec{
			Reservations: map[string]Reservation{"r": {Until: "2027-06-30", DueWithin: DefaultDueWithin}},
			Resources:    []Resource{{Key: key, Reservation: "r"}},
		}
		seen := prepaid(expiry.Format(time.RFC3339))
		p, err := Build(s, Observed{key: seen}, opt)
		if err != nil {
			t.Fatal(err)
		}
		row, enough := p.Rows[0], target.Add(-4*day)
		switch {
		case row.Decision == Renew:
			if row.Expected.Before(enough) {
				t.Fatalf("%s: %d months lead to %s, which does not reach the date", expiry, row.Months, row.Expected)
			}
			for n := 1; n < row.Months; n++ {
				if PurchasableMonths(n) && !AddMonths(expiry, n).Before(enough) {
					t.Fatalf("%s: got %d months; want %d, which reach the date", expiry, row.Months, n)
				}
			}
		case expiry.Before(enough) && !AddMonths(expiry, 36).Before(enough) && target.After(p.AsOf):
			t.Fatalf("%s: got %q, %q; want a renewal", expiry, row.Decision, row.Reason)
		}
	}
}

func TestUntilKnowsTheUnifiedExpiryDay(t *testing.T) {
	key := Key{"bj", "vpn", "vpn-1"}
	s := &Spec{
		UnifiedExpiryDay: 28,
		Reservations:     map[string]Reservation{"aligned": {Until: "2027-06-30", DueWithin: DefaultDueWithin}},
		Resources:        []Resource{{Key: key, Reservation: "aligned", MonthlyPrice: "60.00"}},
	}
	p, err := Build(s, Observed{key: prepaid("2026-12-02T08:00:00Z")}, exampleOptions(t))
	if err != nil {
		t.Fatal(err)
	}
	row := p.Rows[0]
	want := Row{
		Key: key, Decision: Renew, Baseline: at(t, "2026-12-02T08:00:00Z"),
		Reason: "expires in 12 days, due within 30d; 6 months reach until 2027-06-30, less 2 days, which is near enough; " +
			"the unified expiry day adds 26 days",
		Months: 6, Expected: at(t, "2027-06-28T08:00:00Z"), UnifiedExpiryDay: 28,
		AutoRenew: "not visible", ClientToken: row.ClientToken, Price: "412.00", Estimate: true,
	}
	if diff := cmp.Diff(want, row); diff != "" {
		t.Errorf("row (-want +got):\n%s", diff)
	}
	if got, err := Decode(p.Encode()); err != nil || !cmp.Equal(got.Rows[0], row) {
		t.Errorf("Decode of its text: got %+v, %v; want the same row", got, err)
	}
}

func TestLengthsAreThePurchasableOnes(t *testing.T) {
	var want []int
	for n := range 100 {
		if PurchasableMonths(n) {
			want = append(want, n)
		}
	}
	if got := fmt.Sprint(lengths); got != fmt.Sprint(want) {
		t.Errorf("got %s; want %v", got, want)
	}
}
