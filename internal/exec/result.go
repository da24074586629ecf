package exec

import (
	"context"
	"fmt"
	"slices"

	"renewplan/internal/bce"
	"renewplan/internal/ledger"
	"renewplan/internal/plan"
)

// result is what a job came to, for people and receipts.
func (j *job) result() plan.Result {
	res := plan.Result{
		Row: j.row, Outcome: j.outcome(), Earlier: !j.owned, After: j.after,
		OrderID: j.rec.OrderID, RequestID: j.rec.RequestID, Code: j.rec.Code, HTTPStatus: j.rec.HTTPStatus,
		Sends: j.sends, Note: j.note(),
	}
	if !j.owned {
		if !j.witness {
			res.After = j.rec.After
		}
		res.Sends = sends(j.rec)
	}
	if j.sentNow {
		res.OrderID, res.RequestID = j.last.OrderID, j.last.RequestID
		res.Code, res.HTTPStatus = j.last.Code, j.last.HTTPStatus
	}
	switch res.Outcome {
	case plan.Stale, plan.NotSent:
		res.Earlier = false // it is this run's finding, although nothing was sent
	case plan.Already, plan.Verified:
		res.Code = "" // of a try that did not decide
	case plan.Deviates, plan.Unverified, plan.Unresolved, plan.RefusedByCloud, plan.Conflict, plan.Pending:
	}
	return res
}

// recallUnreached takes from the ledger what became of the rows that the run did not
// get to: an earlier one may have sent them. Where the ledger cannot be read, their
// notes say what can.
func (r *runner) recallUnreached(ctx context.Context) {
	unreached := func(j *job) bool { return !j.owned && j.rec.State == "" }
	if !slices.ContainsFunc(r.jobs, unreached) {
		return
	}
	known, err := recall(ctx, r.cfg)
	if err != nil {
		r.cfg.Logger.Warn("what is known of the rows that were not reached cannot be told", "err", err)
		return
	}
	for _, j := range r.jobs {
		rec, ok := known[ledger.Key{Region: j.key.Region, Kind: j.key.Kind, ID: j.key.ID, Baseline: j.key.Baseline.UTC()}]
		if ok && unreached(j) && rec.Attempt == j.row.Attempt && (rec.State.Open() || rec.State == ledger.Verified || rec.State == ledger.Already) {
			j.rec, j.life = &rec, Recall(rec)
		}
	}
}

// sends counts the requests of a record that may have left. A try whose end is not
// known counts.
func sends(rec *ledger.Record) int {
	n := 0
	if rec == nil {
		return n
	}
	for _, t := range rec.Tries {
		if t.Outcome != bce.NotSent.String() {
			n++
		}
	}
	return n
}

// outcome is the life's state in the words of a result.
func (j *job) outcome() plan.Outcome {
	if j.held { // what the other run makes of it is not known yet
		return plan.Pending
	}
	other := j.otherPlan()
	switch j.life.State {
	case ledger.Verified:
		if other {
			return plan.Stale
		}
		return plan.Verified
	case ledger.Bought:
		switch {
		case other:
			return plan.Stale
		case j.seenAs == Exact || j.seenAs == Near:
			return plan.Already
		case j.seenAs == Elsewhere:
			return plan.Deviates
		}
		return plan.Unverified
	case ledger.Already:
		if other {
			return plan.Stale
		}
		return plan.Already
	case ledger.Deviates:
		return plan.Deviates
	case ledger.Unverified:
		return plan.Unverified
	case ledger.Unresolved:
		return plan.Unresolved
	case ledger.Refused:
		return plan.RefusedByCloud
	case ledger.Conflict:
		return plan.Conflict
	case ledger.Stale, ledger.NotBought:
		return plan.Stale
	case ledger.Claimed, ledger.Unsent, "":
		return plan.NotSent
	case ledger.Sending, ledger.Unknown, ledger.Accepted:
		return plan.Pending
	default:
		return plan.Pending
	}
}

// otherPlan reports whether the ledger's renewal is not what the row asks for.
func (j *job) otherPlan() bool {
	return j.foreign || (!j.owned && j.rec.Token != "" && !samePurchase(j.rec, j.row))
}

// note says in one line what happened to the row, and what helps.
func (j *job) note() string {
	switch {
	case j.held:
		return fmt.Sprintf("%s; run %s of %s is at work on it; apply the plan again to hear what became of it", j.reasonLeft(), j.rec.Run, j.rec.Who)
	case j.otherPlan() && j.life.State != ledger.Conflict:
		stands := j.life.State
		if !j.owned {
			stands = j.rec.State
		}
		return fmt.Sprintf("another plan (%.12s) renews this period for %d months, and stands at %q; nothing was sent for this row; plan again",
			j.rec.PlanDigest, j.rec.Months, string(stands))
	}
	return j.noteOfRenewal()
}

// noteOfRenewal says what happened to the renewal that the ledger has for the row,
// whichever plan it is of.
func (j *job) noteOfRenewal() string {
	if !j.owned && !j.witness && j.rec.Note != "" && j.life.State == j.rec.State {
		return j.rec.Note
	}
	resolve := fmt.Sprintf("`renewplan resolve %s %s %s (--bought | --not-bought) --reason TEXT`", j.row.Region, j.row.Kind, j.row.ID)
	switch j.life.State {
	case ledger.Verified:
		if !j.after.IsZero() && j.after.Before(now()) {
			return "its new expiry has passed, too, so it is still expired: plan again"
		}
		return ""
	case ledger.Already:
		if j.sends > 0 {
			return "the expiry is the planned one, although the cloud has refused or throttled all that was sent; by whom it was renewed is not known"
		}
		return "the expiry was already the planned one before anything was sent; by whom it was renewed is not known"
	case ledger.Bought:
		return "a person recorded it as bought; " + j.witnessed()
	case ledger.Deviates:
		s := "the new expiry is " + stamp(j.after) + ", expected was " + expected(j.planned())
		if suspectTwice(j.planned(), j.after, j.life.LastSent) {
			s += ": possibly paid twice, look at the orders in the console"
		} else if j.row.UnifiedExpiryDay != 0 && within(j.after, plan.AddMonths(j.row.Baseline, j.row.Months)) {
			s += ": the months alone lead there, so the cloud does not move it on to a unified expiry day; take unifiedExpiryDay out of the spec"
		}
		return s + "; when it is clear: " + resolve
	case ledger.Unverified:
		return "accepted, but the expiry has not moved yet; apply the plan again to look again (nothing is sent for it any more)"
	case ledger.Unresolved:
		return "sent at " + stamp(j.life.LastSent) + ", outcome unknown (" + j.found() + "); apply the plan again, or look in the console and " + resolve
	case ledger.Refused:
		return "refused, nothing was bought: " + j.said
	case ledger.Conflict:
		return "another request with another content holds this clientToken, so nothing was bought by this one; plan again to see the new expiry (" + j.said + ")"
	case ledger.Stale, ledger.NotBought:
		if j.sends > 0 {
			return "not as planned: " + j.why + "; the cloud has refused or throttled all that was sent; plan again"
		}
		return "not as planned, nothing was sent: " + j.why + "; plan again"
	case ledger.Claimed, ledger.Unsent, "":
		if j.sends > 0 { // throttled, or refused before: proven
			return "nothing was bought: " + j.reasonLeft()
		}
		if j.life.State == "" { // not even claimed
			return "nothing was sent: " + j.reasonLeft() + " before it got to this row; `renewplan status` tells whether an earlier run had"
		}
		return "nothing was sent: " + j.reasonLeft()
	case ledger.Sending, ledger.Unknown:
		return "sent at " + stamp(j.life.LastSent) + ", outcome unknown: " + j.reasonLeft() + "; apply the plan again to settle it"
	case ledger.Accepted:
		return "accepted, new expiry not read back: " + j.reasonLeft() + "; apply the plan again to look"
	default:
		return j.why
	}
}

// witnessed says what a look at a renewal found that a person called bought.
func (j *job) witnessed() string {
	switch j.seenAs {
	case Exact, Near:
		return "the new expiry was read back"
	case AsPlanned, Unfit:
		return fmt.Sprintf("the cloud shows the old expiry, so it is not read back; if it was not bought after all: `renewplan resolve %s %s %s --not-bought --reason TEXT`",
			j.row.Region, j.row.Kind, j.row.ID)
	case Unreadable, Elsewhere:
	}
	return j.why
}

// found says what the newest answer and the newest look were.
func (j *job) found() string {
	switch {
	case j.said != "" && j.why != "":
		return j.said + "; " + j.why
	case j.said+j.why != "":
		return j.said + j.why
	default:
		return "its expiry has not moved"
	}
}

// reasonLeft says why the run gave the row up.
func (j *job) reasonLeft() string {
	if j.gave != "" {
		return j.gave
	}
	return j.found()
}
