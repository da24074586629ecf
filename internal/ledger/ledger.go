// Package ledger is the durable record of every renewal ever attempted: who
// claimed it, what was sent and when, and what came of it. It is the program's
// memory across crashes and between processes.
//
// It never talks to the cloud and decides nothing: which state may follow which
// is internal/exec's business. What it guarantees is that a call that returned
// nil is on disk, that a renewal (a Key) has at most one record and at most one
// owner, and that only the owner changes it. Uniqueness is the database's, by a
// unique index.
//
// The one thing a newcomer would get wrong: ownership never ends by time. A
// record passes to another run only when the operating-system lock of the run
// that owns it is free, which is when its process is gone.
package ledger

import (
	"context"
	"errors"
	"time"
)

// Errors that callers may test for with errors.Is.
var (
	// ErrNotOwner: the record belongs to another run; nothing was written.
	ErrNotOwner = errors.New("the ledger's record belongs to another run")
	// ErrNotFound: there is no such record.
	ErrNotFound = errors.New("no such record in the ledger")
	// ErrAttempt: the claim's attempt is not the ledger's; nothing was written.
	// The plan is older than a person's decision, or of another ledger.
	ErrAttempt = errors.New("the plan's attempt is not the ledger's")
	// ErrNewer: the ledger was written by a newer renewplan; nothing was changed.
	ErrNewer = errors.New("the ledger was written by a newer renewplan")
	// ErrDamaged: the file is not a ledger, or is broken; nothing was changed.
	ErrDamaged = errors.New("the ledger is damaged")
)

// Key names one renewal, for all time.
type Key struct {
	Cloud    string // "baidubce.com", an endpoint's URL, or "sandbox"
	Region   string
	Kind     string
	ID       string
	Baseline time.Time // UTC, whole seconds
}

// State is how a renewal stands.
type State string

// The states, as stored.
const (
	Claimed    State = "claimed"    // reserved by a run; no request that could buy is unaccounted for
	Sending    State = "sending"    // intent on disk: a request may have left
	Unknown    State = "unknown"    // a request ended without a proven outcome; being settled by reading
	Accepted   State = "accepted"   // the cloud said yes; the expiry is yet to be read
	Verified   State = "verified"   // the new expiry was read back, as expected
	Deviates   State = "deviates"   // the expiry moved elsewhere
	Unverified State = "unverified" // accepted, and the expiry did not move in time
	Unresolved State = "unresolved" // unknown, and reading did not settle it
	Already    State = "already"    // the expiry was the expected one before anything was sent
	Refused    State = "refused"    // the cloud refused; nothing was bought: proven
	Conflict   State = "conflict"   // another request holds the token
	Stale      State = "stale"      // not as planned; nothing was sent
	Bought     State = "bought"     // a person said that it was bought
	NotBought  State = "not bought" // a person said that it was not; Attempt was raised
)

// Free reports whether a record in state s may be claimed anew: only after a
// proof, or a person's word, that nothing was bought.
func (s State) Free() bool { return s == Refused || s == Stale || s == NotBought }

// Record is all that is known of one renewal.
type Record struct {
	Key
	State            State
	Attempt          int // 0, raised by Resolve with NotBought
	Token            string
	Months           int
	Expected         time.Time // zero if the base was not known
	RelatedRenewFlag string
	PlanDigest       string    // of the plan that claimed it last
	Run              string    // the run that owns it, or did last
	Live             bool      // that run's process still lives
	Tries            []Try     // oldest first, over all attempts
	After            time.Time // the expiry read back; zero if it was not
	OrderID          string
	RequestID        string
	Code             string
	HTTPStatus       int
	Note             string // one line for people
	Updated          time.Time
	Resolution       *Resolution // nil unless a person decided
}

// Try is one request that was about to be sent.
type Try struct {
	Number     int // 1 is the first, over all attempts
	Attempt    int
	Token      string
	BodyDigest string    // hex SHA-256 of the body
	Sent       time.Time // UTC, milliseconds: when the intent was written, just before sending
	Ended      time.Time // zero: the outcome was never written (a crash), so it is unknown
	Outcome    string    // "not sent", "throttled", "refused", "conflict", "accepted", "unknown"; empty while Ended is zero
	RequestID  string
	OrderID    string
	Code       string
	HTTPStatus int
}

// Resolution is a person's decision on a renewal.
type Resolution struct {
	Bought bool
	Reason string
	Who    string
	When   time.Time
}

// Claim asks for a renewal.
type Claim struct {
	Key
	Attempt          int
	Token            string
	Months           int
	Expected         time.Time
	RelatedRenewFlag string
	PlanDigest       string
}

// Update changes a record that the run owns. The zero value of a field leaves
// the record's field as it is.
type Update struct {
	Key
	State State // the new state; required
	// Try, if its Number is not 0, ends (or, by Intend, begins) that try.
	Try        Try
	After      time.Time
	OrderID    string
	RequestID  string
	Code       string
	HTTPStatus int
	Note       string
}

// RunInfo describes a run for the record.
type RunInfo struct {
	Cloud      string
	PlanDigest string
	Who        string // user@host
}

// Ledger is a durable record. Safe for concurrent use.
type Ledger interface {
	// Begin registers a run and takes its lock, which dies with the process.
	Begin(context.Context, RunInfo) (Run, error)
	// Records returns the records of a cloud, sorted by region, kind, id and
	// baseline; of all clouds if cloud is empty.
	Records(ctx context.Context, cloud string) ([]Record, error)
	// Get returns one record, or ErrNotFound.
	Get(context.Context, Key) (Record, error)
	// Resolve writes a person's decision: the state becomes Bought, or NotBought
	// with Attempt raised by one. A record of a live run is refused with
	// ErrNotOwner, an unknown one with ErrNotFound.
	Resolve(context.Context, Key, Resolution) error
	Close() error
}

// Run is a run's hold on the ledger. Safe for concurrent use. All writes are on
// disk when they return nil.
type Run interface {
	// ID is unique over all runs of all machines.
	ID() string
	// Claim takes a renewal for this run: a new record is made (state Claimed), a
	// free one (State.Free), or one in state Claimed of a dead run, is claimed
	// anew with the claim's values, any other open one of a dead run is taken over
	// as it stands (its State, Token, Months and Tries kept). A claim whose Attempt
	// is not the record's (0 without a record) is refused with ErrAttempt.
	// owned is false when a live other run has it, or when the record is
	// not free and not open (it is finished: Verified, Already, Bought, Conflict);
	// the record returned then tells which.
	//
	// Deviates, Unverified and Unresolved records are taken over as they stand.
	Claim(context.Context, Claim) (rec Record, owned bool, err error)
	// Intend writes, before a request is sent, that it is about to be: state
	// Sending and a new try. ErrNotOwner if the run does not own the record.
	Intend(ctx context.Context, key Key, t Try) error
	// Record writes what became of a renewal. ErrNotOwner if the run does not own it.
	Record(context.Context, Update) error
	// End releases the run's lock and its ownership of every record.
	End(context.Context) error
}
