package exec

import (
	"renewplan/internal/bce"
	"renewplan/internal/ledger"
)

// mutant breaks a rule. The zero value breaks none.
type mutant struct {
	next          func(Life, Event, Rules) (Life, Step) // in place of Next
	noClaim       bool                                  // a live run's row is taken
	noIntent      bool                                  // nothing is written before a send
	staleLook     bool                                  // the age of a look does not matter
	lookOnArrival bool                                  // a look says what was so when it came in
}

func (m mutant) decide(l Life, e Event, r Rules) (Life, Step) {
	if m.next == nil {
		return Next(l, e, r)
	}
	return m.next(l, e, r)
}

// withoutPrecondition takes everything for as planned that is read before a send.
func withoutPrecondition(l Life, e Event, r Rules) (Life, Step) {
	if e.Kind == Looked && (l.State == ledger.Claimed || l.State == ledger.Unknown) {
		e.View = AsPlanned
	}
	return Next(l, e, r)
}

// trustingRefusedResends takes a refusal for a proof whatever came before it.
func trustingRefusedResends(l Life, e Event, r Rules) (Life, Step) {
	if e.Kind == Answered && e.Class == bce.Refused && !e.ClockCorrected {
		l.State = ledger.Refused
		return l, Leave
	}
	return Next(l, e, r)
}

// withoutSettling sends again at once.
func withoutSettling(l Life, e Event, r Rules) (Life, Step) {
	r.SettleTimeout = 0
	return Next(l, e, r)
}

// withoutWindow sends again however old the first send is.
func withoutWindow(l Life, e Event, r Rules) (Life, Step) {
	since := l.DoubtSince
	if l.Doubt && e.Kind == Looked {
		l.DoubtSince = e.Now
	}
	l, step := Next(l, e, r)
	if l.Doubt && e.Kind == Looked {
		l.DoubtSince = since
	}
	return l, step
}

// resendingAnyway does not heed --no-resend.
func resendingAnyway(l Life, e Event, r Rules) (Life, Step) {
	r.NoResend = false
	return Next(l, e, r)
}

// forgettingDoubt takes a crash while sending for one before sending.
func forgettingDoubt(l Life, e Event, r Rules) (Life, Step) {
	if e.Kind == Began && l.State == ledger.Sending {
		return Life{State: ledger.Claimed}, Check
	}
	return Next(l, e, r)
}
