package exec

import "renewplan/internal/bce"

// cloudMoves are what the network and the cloud may do to requests that have
// left, what else the cloud and a person may do, and the two steps of time.
// A request that is lost is one that never arrives, and dies with its signature.
func (c *setting) cloudMoves(w *scene, emit move) {
	for k := range w.net {
		if w.net[k].months != 0 {
			c.deliver(w, k, emit)
		}
	}
	if w.hidden != 0 {
		next := *w
		next.shown, next.hidden = min(w.shown+w.hidden, maxMonths), 0
		emit(next, nobody, "the purchase shows")
	}
	if w.token != 0 && c.mayBreak(w) {
		next := *w
		next.token, next.broken = 0, true
		emit(next, nobody, "the cloud forgets the token")
	}
	if c.person && !w.hand {
		for m := uint8(1); m <= 3; m++ {
			if m != 2 && m != c.months[0] && m != c.months[1] {
				continue // two months are otherwise than anybody plans
			}
			next := *w
			next.hand, next.shown = true, min(w.shown+m, maxMonths)
			emit(next, nobody, "a person renews by hand")
		}
	}
	c.pass(w, 0, 1, "some seconds pass", emit)
	c.pass(w, 1, 0, "10 h pass", emit)
}

// mayBreak reports whether the cloud may ignore or forget a token now.
func (c *setting) mayBreak(w *scene) bool {
	return !c.honest && !(c.tame && c.outside(true, w.late, w.veryLate))
}

// deliver is the arrival of a request at the cloud, or at something before it
// that answers.
func (c *setting) deliver(w *scene, k int, emit move) {
	q := w.net[k]
	arrived := *w
	if !c.repeats {
		arrived.net[k] = request{}
	}
	answer := func(next scene, class bce.Class, clock bool, what string) {
		if !q.attended {
			emit(next, nobody, what+"; nobody waits for the answer")
			return
		}
		if c.repeats {
			next.unattend(int(q.runner))
		}
		r := &next.run[q.runner]
		r.phase, r.class, r.clock = answeredYet, uint8(class), clock
		emit(next, nobody, what)
		if class != bce.Unknown && !clock {
			r.class = uint8(bce.Unknown)
			emit(next, nobody, what+"; the answer is lost, or a 5xx")
		}
	}
	if q.attended {
		answer(arrived, bce.Unknown, false, "a 5xx before anything is bought")
		answer(arrived, bce.Throttled, false, "the request is throttled")
		answer(arrived, bce.Refused, false, "the request is refused")
		answer(arrived, bce.Refused, true, "the request is refused as expired, and the clock corrected")
	}
	buy := func(next scene, what string) {
		next.charges[c.ledgerOf(int(q.runner))]++
		next.hidden, next.hiddenSince = w.hidden+q.months, q.intent
		next.overHand = q.sawHand
		answer(next, bce.Accepted, false, what)
	}
	known := arrived
	known.token = justNow
	switch {
	case w.token == 0:
		known.tokenMonths, known.tokenRefused = q.months, true
		answer(known, bce.Refused, false, "the request is refused, and the refusal kept with the token")
		known.tokenRefused = false
		buy(known, "the request arrives and buys")
		return
	case w.tokenMonths != q.months:
		answer(known, bce.Conflict, false, "the token is another request's")
	case w.tokenRefused:
		answer(known, bce.Refused, false, "the token's refusal is repeated")
	default:
		answer(known, bce.Accepted, false, "the token's answer is repeated")
	}
	if c.mayBreak(w) {
		arrived.broken = true
		buy(arrived, "the token is ignored: the request buys")
	}
}

// pass lets time pass for everything.
func (c *setting) pass(w *scene, large, small int, what string, emit move) {
	next := *w
	for i := range next.run {
		next.run[i].mem.pass(large, small)
		next.run[i].looked = next.run[i].looked.plus(large, small)
	}
	for i := range next.rec {
		for n := range next.rec[i].n {
			t := &next.rec[i].tries[n]
			t.sent, t.ended = t.sent.plus(large, small), t.ended.plus(large, small)
		}
	}
	for k := range next.net {
		q := &next.net[k]
		q.signed, q.intent = q.signed.plus(large, small), q.intent.plus(large, small)
		if q.signed.atLeast(c.signatureSteps() + 1) {
			*q = request{}
		}
	}
	next.token = next.token.plus(large, small)
	if next.token != 0 && next.token.large() >= tokenSteps {
		next.token = 0 // as promised, 24 hours after it was last received
	}
	next.hiddenSince = next.hiddenSince.plus(large, small)
	if next.hidden != 0 {
		next.late = next.late || next.hiddenSince.atLeast(c.pace.settle)
		next.veryLate = next.veryLate || next.hiddenSince.large() >= windowSteps
	}
	if c.tame && c.outside(next.broken, next.late, next.veryLate) {
		return
	}
	emit(next, nobody, what)
}

func (c *setting) signatureSteps() int {
	if c.signatureOutlives {
		return c.pace.settle
	}
	return c.pace.signed
}

// outside reports whether what the cloud did breaks the proviso. With one
// ledger it has to honour tokens for 24 hours, or to show a purchase within the
// settle time. With two the token alone stands between the runners, and it has
// to hold until the purchase shows.
func (c *setting) outside(broken, late, veryLate bool) bool {
	if c.ledgers == 1 {
		return broken && late
	}
	return broken || veryLate
}
