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
}

// Progress counts the rows of a run while it goes on.
type Progress struct {
	Total    int // rows to renew
	Done     int // rows settled, well or not
	Failed   int // of Done: rows that are not verified or already
	InFlight int // requests under way now
	Waiting  int // accepted or unknown rows being read until they are settled
	Elapsed  time.Duration
	Last     string // the newest thing worth a line, such as "bj/vpn/vpn-1 verified 2027-01-31"; may be empty
}
