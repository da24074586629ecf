package exec

import (
	"bytes"
	"slices"
	"time"
	"unsafe"

	"renewplan/internal/ledger"
)

// The explorer is the first proof of docs/safety.md: a model of two runners,
// their ledgers, the network and the cloud. Whatever the program decides is
// decided by its own code (Next, Recall, view), and every state that can be
// reached is visited. This file is the model's state; see also
//
//	explore_record_test.go   the record of the row in a ledger
//	explore_runner_test.go   what a run may do next, in the order of row.go
//	explore_cloud_test.go    what the network, the cloud, a person and time may do
//	explore_search_test.go   the search
//	explore_mutant_test.go   ways to break the rules
//	explore_test.go          what is shown

// Time in the model goes in two steps. A small one stands for 30 s or more, see
// explore_test.go: a look stays fresh for 15 s, so the model's runs are slower
// than real ones. A large one is 10 h: two are the 20 hours, and after the third
// the cloud has forgotten a token, as it may after 24. Nothing else is asked of a
// time that long, so what happens between two large steps is the same as at the
// first of them.
const (
	smallStep = 30 * time.Second
	largeStep = 10 * time.Hour

	mostSmall = 5 // more small steps are not counted

	windowSteps = int(ResendWindow / largeStep) // 2
	tokenSteps  = windowSteps + 1               // the first after the 24 hours; more are not counted
)

// pace is how many small steps things take: for how long a look stays fresh and
// a signature holds, and the times to settle and to verify.
type pace struct{ fresh, signed, settle, verify int }

// age is how long ago something happened; 0 if it did not, else one more than
// the number of its large and small steps.
type age uint8

const justNow = age(1)

func ageOf(large, small int) age {
	return age(1 + min(large, tokenSteps)*(mostSmall+1) + min(small, mostSmall))
}

func (a age) large() int { return int(a-1) / (mostSmall + 1) }
func (a age) small() int { return int(a-1) % (mostSmall + 1) }

// atLeast reports whether it happened, n small steps ago or more.
func (a age) atLeast(n int) bool { return a != 0 && (a.large() > 0 || a.small() >= n) }

func (a age) plus(large, small int) age {
	if a == 0 {
		return 0
	}
	return ageOf(a.large()+large, a.small()+small)
}

// upTo makes one of all ages from n small steps on.
func (a age) upTo(n int) age {
	if a.atLeast(n) {
		return ageOf(0, n)
	}
	return a
}

// inWindow keeps what matters for the 20 hours, and the first n small steps.
func (a age) inWindow(n int) age {
	switch {
	case a == 0:
		return 0
	case a.large() > windowSteps:
		return ageOf(windowSteps, 1)
	case a.large() > 0:
		return ageOf(a.large(), min(a.small(), 1))
	}
	return ageOf(0, min(a.small(), n))
}

// newest is the later one of two things that happened, or did not.
func newest(a, b age) age {
	if a == 0 || b == 0 {
		return max(a, b)
	}
	return min(a, b)
}

// now is the instant at which the model hands every state to the production code.
var modelNow = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func (a age) time() time.Time {
	if a == 0 {
		return time.Time{}
	}
	return modelNow.Add(-time.Duration(a.large())*largeStep - time.Duration(a.small())*smallStep)
}

func ageAt(t time.Time) age {
	if t.IsZero() {
		return 0
	}
	d := modelNow.Sub(t)
	return ageOf(int(d/largeStep), int(d%largeStep/smallStep))
}

// status is a ledger.State in a byte; 0 is no record.
type status uint8

const (
	absent status = iota
	claimed
	sending
	unknown
	accepted
	verified
	deviates
	unverified
	unresolved
	already
	refused
	conflict
	stale
	unsent
)

var ledgerStates = [...]ledger.State{
	"", ledger.Claimed, ledger.Sending, ledger.Unknown, ledger.Accepted, ledger.Verified, ledger.Deviates,
	ledger.Unverified, ledger.Unresolved, ledger.Already, ledger.Refused, ledger.Conflict, ledger.Stale,
	ledger.Unsent,
}

func (s status) ledger() ledger.State { return ledgerStates[s] }

func statusOf(s ledger.State) status { return status(slices.Index(ledgerStates[:], s)) }

// memory is a Life in a few bytes, without Holdups: see follow.
type memory struct {
	state                    status
	doubt, barred, corrected bool
	resends                  uint8
	doubtSince               age
	lastSent, lastEnded      age
	priorSent, since         age
}

func remember(l Life) memory {
	return memory{
		state: statusOf(l.State), doubt: l.Doubt, barred: l.Barred, corrected: l.Corrected, resends: uint8(l.Resends),
		doubtSince: ageAt(l.DoubtSince), lastSent: ageAt(l.LastSent), lastEnded: ageAt(l.LastEnded),
		priorSent: ageAt(l.PriorSent), since: ageAt(l.Since),
	}
}

func (m memory) life() Life {
	return Life{
		State: m.state.ledger(), Doubt: m.doubt, Barred: m.barred, Corrected: m.corrected, Resends: int(m.resends),
		DoubtSince: m.doubtSince.time(), LastSent: m.lastSent.time(), LastEnded: m.lastEnded.time(),
		PriorSent: m.priorSent.time(), Since: m.since.time(),
	}
}

func (m *memory) pass(large, small int) {
	for _, a := range []*age{&m.doubtSince, &m.lastSent, &m.lastEnded, &m.priorSent, &m.since} {
		*a = a.plus(large, small)
	}
}

// tidy drops what no rule looks at in the memory's state, and makes one of what
// no rule tells apart.
func (m memory) tidy(p pace) memory {
	t := memory{state: m.state, doubt: m.doubt, barred: m.barred, corrected: m.corrected, resends: m.resends}
	switch m.state {
	case sending:
		if m.doubt {
			t.priorSent = newest(m.priorSent, m.lastEnded).upTo(p.settle)
			t.lastSent = m.lastSent.upTo(p.settle)
		} else {
			t.lastSent = m.lastSent.inWindow(p.settle) // doubt may begin with it
		}
	case unknown, unresolved:
		t.lastSent = newest(m.lastSent, m.lastEnded).upTo(p.settle)
	case accepted:
		return memory{state: accepted, since: m.since.upTo(p.verify)}
	}
	if m.doubt {
		t.doubtSince = m.doubtSince.inWindow(1)
	}
	return t
}

// phase is where a run stands between two steps that others can notice, or
// that a crash can fall between.
type phase uint8

const (
	off         phase = iota // there is no run, or none that has or wants the row
	taken                    // the row is owned; what follows from that is not written
	waiting                  // for its step: Check, Settle, Verify or Pause
	looking                  // the cloud has been read as planned; that is under way
	intending                // the intent is to be written
	intended                 // the intent is on disk, and nothing has left
	awaiting                 // the request has left
	answeredYet              // the send has ended; what follows is not written
)

// actor is one of two places in which runs follow each other.
type actor struct {
	phase   phase
	step    uint8 // a Step
	foreign bool  // the record is another plan's
	mem     memory
	looked  age   // when the look began that said: as planned
	sawHand bool  // a renewal by hand showed then
	class   uint8 // a bce.Class
	clock   bool  // the answer corrected the clock
}

// tidy drops what means nothing in the runner's phase.
func (r actor) tidy(p pace) actor {
	t := actor{phase: r.phase}
	switch r.phase {
	case off:
		return t
	case waiting:
		t.step = r.step
	case looking:
		t.step, t.looked, t.sawHand = r.step, r.looked, r.sawHand
		if r.looked.atLeast(p.fresh + 1) { // reading takes at most readTimeout
			t.phase, t.looked, t.sawHand = waiting, 0, false
		}
	case intending, intended:
		t.looked, t.sawHand = r.looked.upTo(p.fresh+1), r.sawHand
	case answeredYet:
		t.class, t.clock = r.class, r.clock
	case taken, awaiting:
	}
	t.foreign, t.mem = r.foreign, r.mem.tidy(p)
	if r.phase == awaiting || r.phase == answeredYet { // the settle time counts from the end
		t.mem.lastSent = t.mem.lastSent.inWindow(1)
	}
	return t
}

// request is one that has left and may still arrive.
type request struct {
	months   uint8 // 0: there is none
	runner   uint8
	attended bool // the run that sent it waits for its answer
	sawHand  bool // a renewal by hand showed when it was looked for it
	signed   age
	intent   age
}

const mostRequests = 3

// scene is a state of the model. It holds ages and no dates, so that what
// happens on another day is the same. All of it is single bytes.
type scene struct {
	run [2]actor
	rec [2]record
	net [mostRequests]request

	token        age   // since the cloud last received the token; 0: it knows none
	tokenMonths  uint8 // what the token was received with
	tokenRefused bool  // what was answered, and will be again
	hidden       uint8 // months bought by a run and not shown yet
	hiddenSince  age   // since the intent behind them
	shown        uint8 // months that reads show on top of the baseline
	hand         bool  // a person has renewed by hand
	charges      [2]uint8

	broken   bool // the cloud has ignored a token, or forgotten one within 24 hours
	late     bool // a purchase did not show when the settle time was over
	veryLate bool // a purchase did not show 20 hours later
	overHand bool // a run has bought although its look showed a renewal by hand
	unseen   bool // a request has left without a fresh look
}

func (w *scene) bytes() []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(w)), unsafe.Sizeof(*w))
}

// tidy makes one of scenes in which the same may follow.
func (w *scene) tidy(c *setting) {
	for i := range w.rec {
		w.rec[i] = w.rec[i].tidy(c.pace)
	}
	for i := range w.run {
		w.run[i] = w.run[i].tidy(c.pace)
	}
	w.sortNet()
	if w.token != 0 {
		w.token = ageOf(w.token.large(), 0)
	} else {
		w.tokenMonths, w.tokenRefused = 0, false
	}
	switch {
	case w.hidden == 0, c.ledgers == 1 && w.late, c.ledgers == 2 && w.veryLate:
		w.hiddenSince = 0
	case c.ledgers == 2:
		w.hiddenSince = ageOf(w.hiddenSince.large(), 0)
	}
	// With one ledger it does not matter whether a purchase shows 20 hours late,
	// with two whether it shows after the settle time: see outside.
	w.late, w.veryLate = w.late && c.ledgers == 1, w.veryLate && c.ledgers == 2
	if w.shown > max(c.months[0], c.months[1]) {
		w.shown = maxMonths // no plan expects it, now or later
	}
	if w.over(c.ledgers) {
		w.token, w.tokenMonths, w.tokenRefused = 0, 0, false
		w.shown, w.hidden, w.hiddenSince = 0, 0, 0
	}
}

// over reports whether nobody will send anything any more: the row is settled
// in every ledger, and nothing is under way.
func (w *scene) over(ledgers int) bool {
	for _, r := range w.run {
		if r.phase != off {
			return false
		}
	}
	for _, q := range w.net {
		if q.months != 0 {
			return false
		}
	}
	for _, r := range w.rec[:ledgers] {
		if s := r.state.ledger(); r.state == absent || s.Free() || s.Open() {
			return false
		}
	}
	return true
}

func (w *scene) sortNet() {
	slices.SortFunc(w.net[:], func(a, b request) int { return bytes.Compare(a.bytes(), b.bytes()) })
}

func (q *request) bytes() []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(q)), unsafe.Sizeof(*q))
}

// mirrored is w with the two runners, and the ledgers if there are two, in each
// other's place.
func (w *scene) mirrored(ledgers int) scene {
	m := *w
	m.run[0], m.run[1] = w.run[1], w.run[0]
	if ledgers == 2 {
		m.rec[0], m.rec[1] = w.rec[1], w.rec[0]
		m.charges[0], m.charges[1] = w.charges[1], w.charges[0]
	}
	for i := range m.rec {
		if o := m.rec[i].owner; o != 0 {
			m.rec[i].owner = 3 - o
		}
	}
	for i := range m.net {
		if m.net[i].months != 0 {
			m.net[i].runner = 1 - m.net[i].runner
		}
	}
	m.sortNet()
	return m
}
