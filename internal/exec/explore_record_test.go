package exec

import (
	"renewplan/internal/bce"
	"renewplan/internal/ledger"
)

// entry is a try in a record.
type entry struct {
	outcome uint8 // a bce.Class, or open
	sent    age
	ended   age
}

const (
	open      = uint8(255)
	mostTries = 5
)

// record is the one renewal in a ledger. owner is 0 if the run that owned it is
// gone, else the runner's number plus one.
type record struct {
	state         status
	owner, months uint8
	n             uint8
	tries         [mostTries]entry
}

// ledger is the record as Recall reads it.
func (r *record) ledger(into []ledger.Try) ledger.Record {
	for i, t := range r.tries[:r.n] {
		try := ledger.Try{Number: i + 1, Sent: t.sent.time(), Ended: t.ended.time()}
		if t.outcome != open {
			try.Outcome = bce.Class(t.outcome).String()
		}
		into = append(into, try)
	}
	return ledger.Record{State: r.state.ledger(), Tries: into}
}

func (r *record) add(e entry) {
	if r.n == mostTries { // only rules that are broken on purpose go so far
		copy(r.tries[1:], r.tries[2:])
		r.n--
	}
	r.tries[r.n] = e
	r.n++
}

// tidy drops tries that mean nothing to Recall: those that bought nothing for
// sure, those that ended before there was a doubt, and all where the state
// settles what is left to do.
func (r record) tidy(p pace) record {
	t := record{state: r.state, owner: r.owner, months: r.months}
	if !r.state.ledger().Open() {
		t.owner = 0
	}
	switch r.state {
	case claimed, sending, unknown, unresolved, refused, stale, unsent:
	default:
		return t
	}
	doubt := false
	for _, e := range r.tries[:r.n] {
		switch {
		case e.outcome == uint8(bce.NotSent), e.outcome == uint8(bce.Throttled):
			continue
		case doubt:
			e.sent, e.ended = newest(e.sent, e.ended).upTo(p.settle), 0
		case e.outcome == open, e.outcome == uint8(bce.Unknown):
			doubt = true
			e.sent, e.ended = e.sent.inWindow(p.settle), e.ended.upTo(p.settle)
			if e.ended != 0 {
				e.sent = e.sent.inWindow(1)
			}
		default:
			continue
		}
		if e.outcome != uint8(bce.Conflict) && (e.outcome != open || r.state != sending) {
			e.outcome = uint8(bce.Unknown)
		}
		t.add(e)
	}
	// The settle time counts from the newest try, or from the one before it: an
	// open one may turn out to have bought nothing.
	older := int(t.n) - 1
	if older > 0 && t.tries[older].outcome == open {
		older--
	}
	for i := range max(older, 0) {
		t.tries[i].ended = 0
		if i > 0 {
			t.tries[i].sent = justNow
		} else {
			t.tries[i].sent = t.tries[i].sent.inWindow(1)
		}
	}
	return t
}
