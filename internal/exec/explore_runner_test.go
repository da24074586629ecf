package exec

import (
	"slices"
	"time"

	"renewplan/internal/bce"
	"renewplan/internal/ledger"
	"renewplan/internal/plan"
)

// setting is what is explored.
type setting struct {
	name     string
	ledgers  int      // 1, or 2: one for each runner
	months   [2]uint8 // what each runner's plan buys
	noResend bool
	pace     pace
	person   bool     // somebody may renew by hand
	resends  [2]uint8 // most resends of each runner that are looked at, at most MaxResends
	// urgent: what a runner does with its own memory and ledger only takes no
	// time, and comes before anything else happens. Whatever follows a delay
	// there also follows one before or after.
	urgent bool
	// tame leaves out what breaks the proviso, and with it all beyond it.
	tame bool
	// honest: the cloud honours every token for 24 hours.
	honest bool

	mutant mutant
	// What is taken for granted, each of which can be dropped.
	signatureOutlives bool // the settle time, as where the clock is ahead
	suspends          bool // a process may be stopped between its last look at the clock and the signature
	repeats           bool // the network may deliver a request twice

	views [2][maxMonths + 1]View // by plan and months shown
}

const maxMonths = 9

func (c *setting) prepare() {
	baseline := time.Date(2026, 12, 31, 8, 0, 0, 0, time.UTC)
	for i, months := range c.months {
		row := plan.Row{Baseline: baseline, Months: int(months), Expected: plan.AddMonths(baseline, int(months))}
		for shown := range c.views[i] {
			s := bce.State{Prepaid: true, Expiry: plan.AddMonths(baseline, shown)}
			c.views[i][shown], _ = view(row, s, nil, time.Time{})
		}
	}
}

// symmetric reports whether the runners may change places.
func (c *setting) symmetric() bool { return c.months[0] == c.months[1] && c.resends[0] == c.resends[1] }

func (c *setting) ledgerOf(runner int) int { return min(runner, c.ledgers-1) }

func (c *setting) rules() Rules {
	return Rules{
		SettleTimeout: time.Duration(c.pace.settle) * smallStep,
		VerifyTimeout: time.Duration(c.pace.verify) * smallStep,
		NoResend:      c.noResend,
	}
}

// move takes a scene that may come next; who is a runner, or nobody.
type move func(next scene, who int, what string)

const nobody = -1

// runnerMoves are the moves of runner i: those of row.go and loop.go in their
// order, each write a move of its own, and an end between any two.
//
// "Ends" is many things that are one to everybody else: a kill, a crash, an
// interrupt, a write to the ledger that fails (and may be on disk or not), and a
// run that has left the row and ends later: until then others wait for it, and
// whatever they do after it, they could have done had it ended at once.
func (c *setting) runnerMoves(w *scene, i int, emit move) {
	r := &w.run[i]
	if r.phase == off {
		c.claim(w, i, emit)
		return
	}
	stale := r.looked.atLeast(c.pace.fresh+1) && !c.mutant.staleLook
	next := *w
	next.end(i)
	emit(next, i, "ends")
	next = *w
	switch r.phase {
	case off:
	case taken:
		c.follow(w, i, Event{Kind: Began, Now: modelNow}, "takes the row over", emit)
	case waiting:
		if Step(r.step) == Pause {
			c.follow(w, i, Event{Kind: Woke, Now: modelNow}, "the pause is over", emit)
			return
		}
		c.look(w, i, emit)
	case looking:
		began := r.looked.time() // what it says was so then
		if c.mutant.lookOnArrival {
			began = modelNow
		}
		c.follow(w, i, Event{Kind: Looked, Now: began, View: AsPlanned}, "reads: as planned", emit)
	case intending:
		if stale {
			next.run[i].phase, next.run[i].step = waiting, uint8(Check)
			emit(next, i, "the look is too old, so looks again")
			return
		}
		c.intend(w, i, emit)
	case intended:
		next.run[i].phase, next.run[i].class, next.run[i].clock = answeredYet, uint8(bce.NotSent), false
		emit(next, i, "does not send (no connection, too late, or stopping)")
		if stale && !c.suspends {
			return
		}
		next.run[i].phase = awaiting
		next.unseen = r.looked.atLeast(c.pace.fresh+1) && !c.suspends
		next.send(request{
			months: c.months[i], runner: uint8(i), attended: true,
			sawHand: r.sawHand, signed: justNow, intent: r.mem.lastSent,
		})
		emit(next, i, "sends")
	case awaiting:
		next.unattend(i)
		next.run[i].phase, next.run[i].class, next.run[i].clock = answeredYet, uint8(bce.Unknown), false
		emit(next, i, "gives up waiting for the answer")
	case answeredYet:
		e := Event{Kind: Answered, Now: modelNow, Class: bce.Class(r.class), ClockCorrected: r.clock}
		c.follow(w, i, e, "writes that the send was "+e.Class.String(), emit)
	}
}

// end is the end of runner i's process: its lock is free, and what it sent is
// on its own.
func (w *scene) end(i int) {
	for k := range w.rec {
		if w.rec[k].owner == uint8(i+1) {
			w.rec[k].owner = 0
		}
	}
	w.unattend(i)
	w.run[i] = actor{}
}

func (w *scene) unattend(i int) {
	for k := range w.net {
		if w.net[k].runner == uint8(i) {
			w.net[k].attended = false
		}
	}
}

func (w *scene) send(q request) {
	slot := slices.IndexFunc(w.net[:], func(q request) bool { return q.months == 0 })
	if slot < 0 {
		panic("more requests under way than the model has room for")
	}
	w.net[slot] = q
}

// claim is Run.Claim of internal/ledger, and what (*runner).claim makes of it.
// TestTheModelClaimsAsTheLedgerDoes holds the two together.
func (c *setting) claim(w *scene, i int, emit move) {
	next := *w
	rec, r := &next.rec[c.ledgerOf(i)], &next.run[i]
	if !rec.claim(i, c.months[i], c.mutant.noClaim) {
		return // another run's, or settled: it waits, or leaves
	}
	var tries [mostTries]ledger.Try
	*r = actor{phase: taken, mem: remember(Recall(rec.ledger(tries[:0])))}
	if rec.state != claimed && rec.months != c.months[i] {
		r.foreign, r.mem.barred = true, true
	}
	emit(next, i, "begins and claims")
}

// claim gives the record to runner i and reports whether it could.
func (r *record) claim(i int, months uint8, always bool) bool {
	live := r.owner != 0 && r.owner != uint8(i+1) && !always
	state := r.state.ledger()
	switch {
	case r.state == absent:
		*r = record{state: claimed, months: months}
	case state.Free(), r.state == claimed && !live:
		r.state, r.months = claimed, months
	case live, !state.Open():
		return false
	}
	r.owner = uint8(i + 1)
	return true
}

// look reads the resource. Time may pass between the reading and its coming in
// where that can matter: not if it could not be read, is busy, or has moved.
func (c *setting) look(w *scene, i int, emit move) {
	rows := i
	if w.run[i].foreign {
		rows = 1 - i // it looks for what the other plan expects
	}
	seen := *w
	seen.run[i].looked, seen.run[i].sawHand = justNow, w.hand
	saw := func(v View, what string) {
		c.follow(&seen, i, Event{Kind: Looked, Now: modelNow, View: v}, what, emit)
	}
	saw(Unreadable, "cannot read it")
	switch v := c.views[rows][w.shown]; v {
	case AsPlanned:
		next := seen
		next.run[i].phase = looking
		emit(next, i, "looks")
		saw(Unfit, "reads: busy")
	case Exact:
		saw(Exact, "reads: renewed as planned")
		saw(Near, "reads: renewed nearly as planned")
	case Near, Elsewhere, Unfit, Unreadable:
		saw(v, "reads: renewed otherwise")
	}
}

// follow asks Next, and writes what follows as (*runner).apply does. Two things
// are not in the model's memory: how often in a row something led nowhere, and
// whether the run is stopping. Each may be so or otherwise at any time, which
// makes for more schedules than there are.
func (c *setting) follow(w *scene, i int, e Event, what string, emit move) {
	for way := range 4 {
		r := w.run[i]
		life, rules := r.mem.life(), c.rules()
		life.Holdups = way % 2 * maxThrottled
		rules.Stopping = way/2 == 1
		life, step := c.mutant.decide(life, e, rules)
		r.mem = remember(life)
		next := *w
		if r.mem.state != w.run[i].mem.state || e.Kind == Answered {
			rec := &next.rec[c.ledgerOf(i)]
			if e.Kind == Answered {
				rec.endTry(e.Class, w.run[i].mem.lastSent)
			}
			rec.state = r.mem.state
		}
		switch step {
		case Leave:
			next.end(i)
			emit(next, i, what+", leaves the row "+string(life.State))
			continue
		case Send:
			r.phase = intending
		case Check, Settle, Verify, Pause:
			r.phase, r.step = waiting, uint8(step)
		}
		next.run[i] = r
		emit(next, i, what)
	}
}

func (r *record) endTry(class bce.Class, sent age) {
	if r.n > 0 && r.tries[r.n-1].outcome == open {
		r.tries[r.n-1].outcome, r.tries[r.n-1].ended = uint8(class), justNow
		return
	}
	r.add(entry{uint8(class), sent, justNow}) // the rule of the intent is broken on purpose
}

// intend writes the intent.
func (c *setting) intend(w *scene, i int, emit move) {
	if m := w.run[i].mem; m.doubt && m.resends >= c.resends[i] {
		return
	}
	next := *w
	r, rec := &next.run[i], &next.rec[c.ledgerOf(i)]
	if rec.owner != uint8(i+1) && !c.mutant.noClaim {
		next.end(i)
		emit(next, i, "does not own the row any more, and leaves")
		return
	}
	if !c.mutant.noIntent {
		rec.state = sending
		rec.add(entry{outcome: open, sent: justNow})
	}
	life, _ := c.mutant.decide(r.mem.life(), Event{Kind: Intended, Now: modelNow}, c.rules())
	r.mem, r.phase = remember(life), intended
	emit(next, i, "writes the intent")
}
