package exec

import (
	"fmt"
	"time"

	"renewplan/internal/bce"
	"renewplan/internal/plan"
)

// paidTwice is how far beyond the expected expiry a result suggests that two
// renewals were paid: the shortest month.
const paidTwice = 28 * 24 * time.Hour

// view compares what was read with what was planned. sent is when the row was
// last sent, zero if it was not. why is a line for people where it is not
// AsPlanned or Exact.
func view(row plan.Row, s bce.State, err error, sent time.Time) (v View, why string) {
	if err != nil {
		if isNotFound(err) {
			return Unfit, "the cloud says that there is no such resource"
		}
		return Unreadable, "its state could not be read: " + err.Error()
	}
	switch {
	case !s.Prepaid:
		return Unfit, fmt.Sprintf("its payment is now %q", s.Payment)
	case s.Expiry.IsZero():
		return Unfit, fmt.Sprintf("it has no expiry now (payment %q, status %q)", s.Payment, s.Status)
	case s.Expiry.Equal(row.Baseline):
		switch {
		case s.Dedicated:
			return Unfit, "it is a dedicated instance, which cannot be renewed"
		case s.Gone:
			return Unfit, fmt.Sprintf("it is deleted or about to be (status %q)", s.Status)
		case s.Busy:
			return Unfit, fmt.Sprintf("it is busy (status %q)", s.Status)
		}
		return AsPlanned, ""
	case !row.Expected.IsZero() && s.Expiry.Equal(row.Expected):
		return Exact, ""
	case near(row, s.Expiry, sent):
		return Near, "its expiry moved from " + stamp(row.Baseline) + " to " + stamp(s.Expiry)
	default:
		return Elsewhere, "its expiry moved from " + stamp(row.Baseline) + " to " + stamp(s.Expiry) +
			", expected was " + expected(row)
	}
}

// near reports whether an expiry is what the renewal should give. What had
// expired when it was renewed may count from either day (bce-api §13.7).
func near(row plan.Row, after, sent time.Time) bool {
	if row.Reached(after) {
		return true
	}
	if !row.Expected.IsZero() && (sent.IsZero() || row.Baseline.After(sent)) {
		return false
	}
	if within(after, plan.AddMonths(row.Baseline, row.Months)) {
		return true
	}
	return !sent.IsZero() && within(after, plan.AddMonths(sent, row.Months))
}

func within(a, b time.Time) bool {
	return a.Sub(b).Abs() <= plan.Tolerance
}

// suspectTwice reports whether an expiry went at least a month too far.
func suspectTwice(row plan.Row, after, sent time.Time) bool {
	want := row.Expected
	if want.IsZero() {
		want = plan.AddMonths(row.Baseline, row.Months)
		if row.Baseline.Before(sent) {
			want = plan.AddMonths(sent, row.Months)
		}
	}
	return after.Sub(want) >= paidTwice-plan.Tolerance
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func expected(row plan.Row) string {
	if row.Expected.IsZero() {
		return fmt.Sprintf("%d months from the renewal or from the old expiry", row.Months)
	}
	return stamp(row.Expected)
}
