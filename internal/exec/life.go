package exec

import (
	"time"

	"renewplan/internal/bce"
	"renewplan/internal/ledger"
)

// Bounds on resending, design §6.6. A token is forgotten by the cloud 24 hours
// after it was last received (bce-api §2). Whether a request that ended unknown
// was received is not known, so the window counts from the oldest one.
const (
	ResendWindow = 20 * time.Hour // how old the oldest unproven send may be
	MaxResends   = 3
)

// Bounds on trying again what certainly bought nothing.
const (
	maxUnsent     = 5  // in a row: requests that never left, or state that could not be read
	maxThrottled  = 30 // in a row: answers that asked to slow down
	maxUnsettling = 6  // in a row: looks that say nothing, once the settle time is over
	lookTries     = 2  // requests for one look during a run; the row itself is patient
)

// Life is how far one renewal has come. It is a value: Next makes the next one.
type Life struct {
	State ledger.State
	// Doubt: some send of this attempt ended without a proven outcome. From then
	// on a refusal proves nothing.
	Doubt      bool
	DoubtSince time.Time // when the oldest unproven request was sent
	// Barred: no request may be sent any more, only looks.
	Barred    bool
	Resends   int       // sends made in doubt
	LastSent  time.Time // the intent of the newest send that may have reached the cloud
	LastEnded time.Time // when the newest send without a proven outcome ended; zero if that is not known
	PriorSent time.Time // LastSent before the send that is under way
	Since     time.Time // when looking for an accepted renewal began
	Corrected bool      // a request was repeated because the clock was corrected
	Holdups   int       // looks and sends in a row that led nowhere
	Turned    time.Time // when a look found that the clock had been set back; zero if none did
}

// View is what one look at a resource says about a renewal.
type View int

// The views. All but Unreadable rest on an answer of the cloud.
const (
	Unreadable View = iota // no usable answer
	AsPlanned              // the baseline, and fit to be renewed
	Unfit                  // the baseline or none, and not fit: busy, postpaid, gone
	Exact                  // the expiry is the expected one to the second
	Near                   // the expiry moved, to within 4 days of the expected one
	Elsewhere              // the expiry moved, to something else
)

// Event is something that happened to a renewal.
type Event struct {
	Kind EventKind
	Now  time.Time // UTC, wall clock
	View View      // of Looked
	// Of Answered:
	Class          bce.Class
	ClockCorrected bool
}

// EventKind says what happened.
type EventKind int

// The events.
const (
	Began    EventKind = iota + 1 // this run took the renewal over, as Life says
	Looked                        // the resource was read, or could not be
	Intended                      // the intent to send is on disk
	Answered                      // the send ended
	Woke                          // a pause is over
)

// Step is the one thing that may be done next.
type Step int

// The steps.
const (
	Leave  Step = iota // nothing more in this run
	Check              // look, for a send
	Send               // write the intent, then send; needs a fresh look
	Settle             // look again after a while: was it bought?
	Verify             // look again after a while: has the expiry moved?
	Pause              // wait a while, then Woke
)

// Rules are what a run's flags and state allow.
type Rules struct {
	SettleTimeout time.Duration // since a send ended, until not moved means not bought
	VerifyTimeout time.Duration // since acceptance, until a row is left unverified
	NoResend      bool
	Stopping      bool // no new sends
}

// Next says what follows from an event: the renewal's next life and the one
// step that is allowed. It is pure, and the only place where this is decided.
func Next(l Life, e Event, r Rules) (Life, Step) {
	switch e.Kind {
	case Began:
		return began(l, e)
	case Looked:
		switch l.State {
		case ledger.Claimed:
			return lookedBefore(l, e, r)
		case ledger.Unknown:
			return lookedInDoubt(l, e, r)
		case ledger.Accepted:
			return lookedAfter(l, e, r)
		case ledger.Sending, ledger.Verified, ledger.Deviates, ledger.Unverified, ledger.Unresolved, ledger.Already,
			ledger.Refused, ledger.Conflict, ledger.Stale, ledger.Bought, ledger.NotBought, ledger.Unsent:
			return l, Leave
		default:
			return l, Leave
		}
	case Intended:
		if l.State != ledger.Claimed && l.State != ledger.Unknown {
			return l, Leave
		}
		l.State = ledger.Sending
		l.PriorSent, l.LastSent = l.LastSent, e.Now
		if l.Doubt {
			l.Resends++
		}
		return l, Send
	case Answered:
		if l.State != ledger.Sending {
			return l, Leave
		}
		return answered(l, e, r)
	case Woke:
		switch {
		case l.State != ledger.Claimed && l.State != ledger.Unknown:
			return l, Leave
		case r.Stopping:
			return giveUp(l)
		}
		return l, Check
	default:
		return l, Leave
	}
}

// began: what the ledger holds decides where a row goes on. A crash leaves
// Sending; whether the request left is not known.
func began(l Life, e Event) (Life, Step) {
	switch l.State {
	case ledger.Claimed:
		return l, Check
	case ledger.Sending, ledger.Unknown, ledger.Unresolved:
		l.State = ledger.Unknown
		return inDoubt(l), Settle
	case ledger.Accepted, ledger.Unverified:
		l.State, l.Since = ledger.Accepted, e.Now
		return l, Verify
	case ledger.Verified, ledger.Deviates, ledger.Already, ledger.Refused, ledger.Conflict,
		ledger.Stale, ledger.Bought, ledger.NotBought, ledger.Unsent:
		return l, Leave
	default:
		return l, Leave
	}
}

// settlesFrom is when the last send had left for sure, if it has: the settle time
// counts from there. A request is signed, and leaves, after its intent and before
// its end. Of one that a crash has cut off only the intent is known; it was
// signed at most Freshness later.
//
// Where the clock was set back since, the time before counts no more.
func (l Life) settlesFrom() time.Time {
	if !l.Turned.IsZero() {
		return l.Turned
	}
	if l.LastEnded.After(l.LastSent) {
		return l.LastEnded
	}
	return l.LastSent
}

// inDoubt notes that the last send has no proven outcome.
func inDoubt(l Life) Life {
	if !l.Doubt || l.DoubtSince.IsZero() {
		l.DoubtSince = l.LastSent
	}
	l.Doubt = true
	return l
}

// lookedBefore is the precondition of a row of which nothing is in doubt.
func lookedBefore(l Life, e Event, r Rules) (Life, Step) {
	switch e.View {
	case AsPlanned:
		l.Holdups = 0
		if r.Stopping || l.Barred {
			return giveUp(l)
		}
		return l, Send
	case Exact:
		l.State = ledger.Already
		return l, Leave
	case Near, Elsewhere, Unfit:
		l.State = ledger.Stale
		return l, Leave
	case Unreadable:
		return holdup(l, maxUnsent, r)
	default:
		return l, Leave
	}
}

// setBack is how far a clock has to stand before what it has measured to be taken
// for one that was set back. Less than that is waited for.
const setBack = time.Minute

// lookedInDoubt settles a send whose outcome is unknown. By a clock that was set
// back nobody can tell how old the send's token is, so that it is not sent again.
func lookedInDoubt(l Life, e Event, r Rules) (Life, Step) {
	if e.Now.Before(l.settlesFrom().Add(-setBack)) {
		l.Turned, l.Barred = e.Now, true
	}
	over := !e.Now.Before(l.settlesFrom().Add(r.SettleTimeout))
	switch e.View {
	case Exact, Near:
		l.State = ledger.Verified
		return l, Leave
	case Elsewhere:
		l.State = ledger.Deviates
		return l, Leave
	case AsPlanned:
		l.Holdups = 0
		switch {
		case !over:
			return l, Settle
		case mayResend(l, e.Now, r):
			return l, Send
		default:
			l.State = ledger.Unresolved
			return l, Leave
		}
	case Unfit, Unreadable:
		if !over {
			return l, Settle
		}
		if l.Holdups++; l.Holdups > maxUnsettling {
			l.State = ledger.Unresolved
			return l, Leave
		}
		return l, Settle
	default:
		return l, Leave
	}
}

// mayResend holds the rule of design §6.6. A clock that stands before the
// oldest unproven send is not believed.
func mayResend(l Life, now time.Time, r Rules) bool {
	age := now.Sub(l.DoubtSince)
	return !r.NoResend && !r.Stopping && !l.Barred &&
		l.Resends < MaxResends && age >= 0 && age <= ResendWindow
}

// lookedAfter looks for the new expiry of an accepted renewal.
func lookedAfter(l Life, e Event, r Rules) (Life, Step) {
	if e.Now.Before(l.Since.Add(-setBack)) {
		l.Since = e.Now
	}
	switch e.View {
	case Exact, Near:
		l.State = ledger.Verified
		return l, Leave
	case Elsewhere:
		l.State = ledger.Deviates
		return l, Leave
	case AsPlanned, Unfit, Unreadable:
		if !e.Now.Before(l.Since.Add(r.VerifyTimeout)) {
			l.State = ledger.Unverified
			return l, Leave
		}
		return l, Verify
	default:
		return l, Leave
	}
}

// answered takes a send's answer in.
func answered(l Life, e Event, r Rules) (Life, Step) {
	switch e.Class {
	case bce.NotSent:
		return holdup(back(l), maxUnsent, r)
	case bce.Throttled:
		return holdup(back(l), maxThrottled, r)
	case bce.Accepted:
		l.State, l.Since, l.Holdups = ledger.Accepted, e.Now, 0
		return l, Verify
	case bce.Refused:
		if e.ClockCorrected && !l.Corrected && !r.Stopping {
			l = back(l)
			l.Corrected = true
			return l, Check
		}
		if l.Doubt {
			return unproven(l, e), Settle
		}
		l.State = ledger.Refused
		return l, Leave
	case bce.Conflict:
		l.Barred = true
		if l.Doubt {
			return unproven(l, e), Settle
		}
		l.State = ledger.Conflict
		return l, Leave
	case bce.Unknown:
	}
	return unproven(l, e), Settle
}

// unproven ends a send whose outcome has to be settled.
func unproven(l Life, e Event) Life {
	l.State, l.LastEnded = ledger.Unknown, e.Now
	return inDoubt(l)
}

// back undoes a send that certainly bought nothing.
func back(l Life) Life {
	l.State = ledger.Claimed
	l.LastSent = l.PriorSent
	if l.Doubt {
		l.State = ledger.Unknown
		l.Resends--
	}
	return l
}

// holdup counts what led nowhere, and gives up after limit in a row.
func holdup(l Life, limit int, r Rules) (Life, Step) {
	l.Holdups++
	switch {
	case l.Holdups > limit && l.Doubt:
		l.State = ledger.Unresolved
		return l, Leave
	case l.Holdups > limit, r.Stopping:
		return giveUp(l)
	default:
		return l, Pause
	}
}

// giveUp ends a run's work on a row. One of which nothing is in doubt is free
// again at once, so that no other run waits for it.
func giveUp(l Life) (Life, Step) {
	if l.State == ledger.Claimed {
		l.State = ledger.Unsent
	}
	return l, Leave
}

// Recall rebuilds a life from what the ledger holds of a renewal's current
// attempt.
func Recall(rec ledger.Record) Life {
	l := Life{State: rec.State}
	for _, t := range rec.Tries {
		if t.Attempt != rec.Attempt {
			continue
		}
		switch t.Outcome {
		case bce.NotSent.String(), bce.Throttled.String():
			continue
		case bce.Conflict.String():
			l.Barred = true
		}
		l.LastSent = t.Sent
		if l.Doubt {
			l.Resends++
		}
		if t.Outcome == "" || t.Outcome == bce.Unknown.String() {
			l = inDoubt(l)
		}
		if l.Doubt && t.Ended.After(l.LastEnded) {
			l.LastEnded = t.Ended
		}
	}
	return l
}
