package plan

import "time"

// Outcome is how the renewal of a row stands at the end of a run.
type Outcome string

// The outcomes, as spelled in results and receipts.
const (
	// Verified: the new expiry was read back and is the expected one, see Row.Reached.
	Verified Outcome = "verified"
	// Already: before anything was sent, the expiry was exactly the expected one.
	Already Outcome = "already"
	// Deviates: the expiry moved, to something else than expected.
	Deviates Outcome = "deviates"
	// Unverified: the cloud accepted the renewal; the expiry has not moved yet.
	Unverified Outcome = "unverified"
	// Unresolved: a request may or may not have bought; a person must look.
	Unresolved Outcome = "unresolved"
	// RefusedByCloud: the cloud refused; nothing was bought.
	RefusedByCloud Outcome = "refused"
	// Conflict: another request holds the clientToken; nothing was bought by this one.
	Conflict Outcome = "conflict"
	// Stale: the resource is not as it was planned; nothing was sent.
	Stale Outcome = "stale"
	// NotSent: nothing left this machine; Note says why.
	NotSent Outcome = "not sent"
	// Pending: the run ended (interrupted) before the outcome was known; the
	// ledger goes on from here at the next apply.
	Pending Outcome = "pending"
)

// Result is a row of a plan with what became of it.
type Result struct {
	Row
	Outcome Outcome
	// Earlier says that the outcome was settled by an earlier run, or by another
	// live run, and that this run sent nothing for the row.
	Earlier    bool
	After      time.Time // the expiry read back; zero if it was not
	OrderID    string    // the cloud's order, where it told one
	RequestID  string    // of the deciding answer
	Code       string    // the cloud's error code, if any
	HTTPStatus int       // of the deciding answer; 0 if there was none
	Sends      int       // requests sent for this row, over all runs
	Note       string    // one line: what happened, and what helps
	// Followed is what became of the things that are renewed along, or may be; nil
	// where the row was not bought, and in a run that found all rows that have such
	// things settled by earlier ones.
	Followed []Followed
}

// Followed is what became of a thing that is renewed along with a row, or may be.
type Followed struct {
	Attached            // as planned; without an Expiry if that could not be read then
	Perhaps   bool      // see Row.Perhaps
	Unplanned bool      // the plan did not have it
	After     time.Time // its expiry after the run; zero if that was not read
	Unread    string    // why not
}

// FollowOutcome says whether something was renewed along.
type FollowOutcome string

// What can become of a thing that is renewed along, as spelled in results.
const (
	RenewedAlong FollowOutcome = "renewed"     // its expiry moved on
	NotFollowed  FollowOutcome = "not renewed" // its expiry is the one that was planned with, or earlier
	NotKnown     FollowOutcome = "unknown"     // it was not read, now or when planned
)

// Outcome says whether it was renewed along, as far as two looks can tell.
func (f Followed) Outcome() FollowOutcome {
	switch {
	case f.After.IsZero() || f.Expiry.IsZero():
		return NotKnown
	case f.After.After(f.Expiry):
		return RenewedAlong
	default:
		return NotFollowed
	}
}

// Progress counts the rows of a run while it goes on.
type Progress struct {
	Total    int // rows to renew
	Done     int // rows settled, well or not
	Failed   int // of Done: rows that are not verified or already
	InFlight int // requests under way now
	Waiting  int // accepted or unknown rows being read until they are settled
	// Sent counts the rows whose purchase the cloud has answered and that need no
	// further request that buys, those of Done that were bought among them. What is
	// left for them is reading. 0 where the engine does not count it.
	Sent    int
	Spent   string // CNY with two decimals: the known prices of the rows that this run renewed and read back; "" if none is known
	Elapsed time.Duration
	Last    string // the newest thing worth a line, such as "bj/vpn/vpn-1 verified 2027-01-31"; may be empty
}
