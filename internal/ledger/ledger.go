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
	// ErrChanged: the record is not as the person saw it who decided; nothing was written.
	ErrChanged = errors.New("the ledger's record has changed since")
	// ErrAttempt: the claim's attempt is not the ledger's; nothing was written.
	// The plan is older than a person's decision, or of another ledger.
	ErrAttempt = errors.New("the plan's attempt is not the ledger's")
	// ErrTry: the try is not the record's next one, has another token than the
	// record, or has ended otherwise already; nothing was written.
	ErrTry = errors.New("the try does not fit the ledger's record")
	// ErrClosed: the ledger was closed, or the run has ended; nothing was written.
	ErrClosed = errors.New("the ledger is closed, or the run has ended")
	// ErrNewer: the ledger was written by a newer renewplan; nothing was changed.
	ErrNewer = errors.New("the ledger was written by a newer renewplan")
	// ErrDamaged: the file is not a ledger, is broken, or is an older copy of one;
	// nothing was changed.
	ErrDamaged = errors.New("the ledger is damaged")
)

// Key names one renewal, for all time. No part of it may be empty.
type Key struct {
	Cloud    string // "baidubce.com", an endpoint's URL, or "sandbox"
	Region   string
	Kind     string
	ID       string
	Baseline time.Time // whole seconds; any zone, told apart by the instant only
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
	Unsent     State = "not sent"   // given up by its run; no request that could buy is unaccounted for
)

// Free reports whether a record in state s may be claimed anew: only after a
// proof, or a person's word, that nothing was bought.
func (s State) Free() bool { return s == Refused || s == Stale || s == NotBought || s == Unsent }

// Open reports whether a record in state s still has something to find out or
// to do, so that another run takes it over if the run that owns it is dead.
func (s State) Open() bool {
	switch s {
	case Claimed, Sending, Unknown, Accepted, Deviates, Unverified, Unresolved:
		return true
	case Verified, Already, Refused, Conflict, Stale, Bought, NotBought, Unsent:
		return false
	}
	return false
}

// known reports whether s is one of the states above.
func (s State) known() bool {
	switch s {
	case Claimed, Sending, Unknown, Accepted, Verified, Deviates, Unverified, Unresolved,
		Already, Refused, Conflict, Stale, Bought, NotBought, Unsent:
		return true
	}
	return false
}

// Ledger is a durable record. Safe for concurrent use by goroutines, and the
// record behind it by several processes of one machine.
//
// A write that returns nil is on disk. A write that returns one of the errors
// above wrote nothing. Any other error, one of the context included, leaves open
// whether it was written; what the caller must do then is said at each method.
type Ledger interface {
	// Begin registers a run and takes its lock, which dies with the process.
	// After an error no run was begun that could own anything.
	Begin(context.Context, RunInfo) (Run, error)
	// Records returns the records of a cloud, sorted by region, kind, id and
	// baseline; of all clouds if cloud is empty.
	Records(ctx context.Context, cloud string) ([]Record, error)
	// Get returns one record, or ErrNotFound.
	Get(context.Context, Key) (Record, error)
	// Resolve writes a person's decision: the state becomes Bought, or NotBought
	// with Attempt raised by one. Earlier decisions are kept. A record of a live
	// run is refused with ErrNotOwner, an unknown one with ErrNotFound, one in
	// another state than Resolution.Seen with ErrChanged. Which states may be
	// decided upon is the caller's to judge. After any other error, look
	// at the record before deciding again.
	Resolve(context.Context, Key, Resolution) error
	// Close waits for writes under way and releases the locks of runs that have
	// not ended. Everything after it fails with ErrClosed, a second Close returns
	// nil.
	Close() error
}

// Run is a run's hold on the ledger. Safe for concurrent use. All writes are on
// disk when they return nil.
type Run interface {
	// ID is unique over all runs of all machines.
	ID() string
	// Claim takes a renewal for this run, or says who has it:
	//
	//	there is no record          made, in state Claimed                    owned
	//	Refused, Stale, NotBought,  claimed anew with the claim's values      owned
	//	Unsent
	//	Claimed, by a dead run      claimed anew with the claim's values      owned
	//	otherwise open, by a        taken over as it stands: State, Attempt,  owned
	//	dead run (State.Open)       Token, Months and all else kept
	//	open, by this run           as if this run had died: see above        owned
	//	open, by a live other run   nothing; Record.Live is true              not owned
	//	Verified, Already, Bought,  nothing                                   not owned
	//	Conflict
	//
	// Claimed anew, the record forgets what became of it before; its Tries and its
	// Resolution stay. A claim whose Attempt is not the record's (0 without a record)
	// is refused with ErrAttempt before anything else is looked at, and the record
	// is returned with the error.
	//
	// After any other error the run may own the renewal nonetheless; claiming it
	// again is safe.
	Claim(context.Context, Claim) (rec Record, owned bool, err error)
	// Intend writes, before a request is sent, that it is about to be: state
	// Sending and a new try, whose Number must be one more than the record has
	// tries (ErrTry otherwise). Token and Attempt may be left empty and are the
	// record's; another Token is refused with ErrTry. Sent may be left zero and is
	// now. ErrNotOwner if the run does not own the record.
	//
	// After any error, that of a cancelled context included, the caller must not
	// send. The intent may be on disk all the same, which is safe: it reads as a
	// request of unknown outcome and is settled by reading.
	Intend(ctx context.Context, key Key, t Try) error
	// Record writes what became of a renewal, and of a try if Update.Try has a
	// Number. ErrNotOwner if the run does not own the record, ErrTry if there is
	// no such try, or if it ended with another Outcome already. May be repeated.
	Record(context.Context, Update) error
	// End releases the run's lock and its ownership of every record; the run can
	// write nothing more (ErrClosed). After an error the lock is released too: only
	// the note that the run ended in good order may be missing. A second End
	// returns nil.
	End(context.Context) error
}
