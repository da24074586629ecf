package exec

import (
	"context"
	"time"
)

// lead is how much sending the looks may be ahead of: most of the time that a look
// stays fresh.
const lead = Freshness * 2 / 3

// together is how many rows are claimed and looked at at a time where the pace
// allows: as many as the cloud's lists by ids may name.
const together = 100

// lane is the rows behind one host. The looks before the sends run ahead of the
// sends, but no further than they stay fresh:
//
//	fresh ─► atClaim ─► atLook ─► toSend ─► atIntent ─► armed ─► atCloud ─► atRecord
//	         ledger     cloud               pace,                cloud      ledger
//	                                        ledger
//
// Only those at the cloud take one of the places that Parallelism bounds: writing
// the ledger does not keep the cloud waiting.
type lane struct {
	host   *limiter
	fresh  []*job          // not claimed yet, in the plan's order
	toSend []*job          // looked at, as planned
	armed  []*job          // their intents are on disk
	in     [atPoll + 1]int // jobs by where they are

	tidy bool // nothing waits to be sent, if the host is lost

	speed  float64 // sends in a second, lately; 0 while it is not known
	steady bool    // it was measured for a second
	sent   int     // sends since
	since  time.Time
	look   time.Duration // how long the newest look took
}

// where is what is being done with a job.
type where int

const (
	resting  where = iota // waiting, or in one of the lists of a lane or a watch
	atClaim               // in the hands of a task that asks the ledger, or ends a pause
	atLook                // to be looked at before a send
	atIntent              // in the hands of a task that writes the intent
	atCloud               // in the hands of a sender
	atRecord              // in the hands of a task that writes what was answered
	atPoll                // to be looked at after a send
)

// put notes where a job is.
func (j *job) put(at where) {
	j.lane.in[j.where]--
	j.lane.in[at]++
	if j.where == atClaim {
		j.watch.claiming--
	}
	if at == atClaim {
		j.watch.claiming++
	}
	j.where = at
}

// ahead is how many jobs are on the way to be sent.
func (l *lane) ahead() int {
	return l.in[atClaim] + l.in[atLook] + len(l.toSend) + l.in[atIntent] + len(l.armed)
}

// most is how many jobs may be on the way to be sent: for the time that a look
// stays fresh where that is few, for a shorter time where it is many, and for
// half a second while nothing is known of the speed but its beginning.
func (l *lane) most(parallelism int) int {
	most := max(2*parallelism, together) + int(l.speed/2)
	if l.steady {
		most = max(2*parallelism, min(int(l.speed*lead.Seconds()), 2*together+int(2*l.speed)))
	}
	return min(most, max(2, int(l.host.current()*lead.Seconds())))
}

// next takes the rows that are to be claimed now: many at a time, so that they
// are looked at together, and rather up to the end of a group than into the next.
func (l *lane) next(parallelism int) []*job {
	most := l.most(parallelism)
	n := min(most-l.ahead(), max(2*together, int(l.speed/2)))
	if len(l.fresh) == 0 || l.in[atClaim] > 0 || n < min(most*3/4, together) || n < 1 {
		return nil
	}
	end := min(n, len(l.fresh))
	for w := l.fresh[end-1].watch; end < len(l.fresh) && l.fresh[end].watch == w; end++ {
		if end >= n+n/2 { // its end is far
			end = n
			break
		}
	}
	jobs := l.fresh[:end:end]
	if l.fresh = l.fresh[end:]; len(l.fresh) == 0 {
		l.fresh = nil
	}
	return jobs
}

// short reports whether the senders would run out of rows in about the time
// that two looks take.
func (l *lane) short() bool {
	return len(l.toSend) <= int(2*l.look.Seconds()*l.speed)
}

// timed counts a send.
func (l *lane) timed(now time.Time) {
	l.sent++
	spent := now.Sub(l.since)
	if spent >= time.Second || !l.steady {
		l.speed = float64(l.sent) / max(spent.Seconds(), 0.1)
	}
	if spent >= time.Second {
		l.sent, l.since, l.steady = 0, now, true
	}
}

// dispatch starts what can start now.
func (r *runner) dispatch(ctx context.Context) {
	r.dropLost()
	if r.brake.stopping() {
		r.clearUnsent()
		for _, j := range r.waiting.take(func(j *job) bool { return j.step == Pause || j.held }) {
			r.leave(j)
		}
	}
	for j := r.waiting.due(); j != nil; j = r.waiting.due() {
		switch {
		case j.held, j.step == Pause:
			r.task(j, atClaim, func() { r.claimOrWake(ctx, j) })
		default:
			j.poll()
		}
	}
	for _, l := range r.lanes {
		for _, j := range l.next(r.cfg.Parallelism) {
			r.task(j, atClaim, func() { r.claimOrWake(ctx, j) })
		}
	}
	// Before the looks: nothing else may bring about another round.
	for _, l := range r.lanes {
		for len(l.toSend) > 0 && !fresh(l.toSend[0].looked) {
			l.toSend[0].stale++
			l.toSend[0].want()
			l.toSend = l.toSend[1:]
		}
	}
	for _, w := range r.groups {
		r.look(ctx, w)
	}
	r.sendNext(ctx)
	for _, l := range r.lanes {
		r.armNext(ctx, l)
	}
}

// task hands a job to a goroutine that hands it back.
func (r *runner) task(j *job, at where, do func()) {
	j.put(at)
	r.tasks.Go(func() error {
		do()
		r.back <- j
		return nil
	})
}

// armNext has the intents written of what is sent next: as many as there are
// free places, and a few more, so that no place waits for the disk. Where
// nothing is sent twice, an intent that did not leave is work for a person, so
// there are no more.
func (r *runner) armNext(ctx context.Context, l *lane) {
	most := r.cfg.Parallelism - r.sending
	if !r.cfg.NoResend {
		most += max(1, r.cfg.Parallelism/2)
	}
	most = min(most, max(1, int(l.host.current()/2))) // of half a second
	for len(l.toSend) > 0 && l.in[atIntent]+len(l.armed) < most {
		j := l.toSend[0]
		l.toSend = l.toSend[1:]
		r.task(j, atIntent, func() { r.arm(ctx, j) })
	}
}

// sendNext gives free places to the lanes in turn. A lane leaves a place for each
// other lane that wants one, so that a slow host does not hold the others up.
func (r *runner) sendNext(ctx context.Context) {
	wanting := 0
	for _, l := range r.lanes {
		if len(l.toSend)+l.in[atIntent]+len(l.armed) > 0 {
			wanting++
		}
	}
	for progress := true; progress; {
		progress = false
		for i, start := 0, r.turn; i < len(r.lanes); i++ {
			l := r.lanes[(start+i)%len(r.lanes)]
			most := max(1, r.cfg.Parallelism-wanting+1)
			if len(l.armed) == 0 || r.sending >= r.cfg.Parallelism || l.in[atCloud] >= most {
				continue
			}
			j := l.armed[0]
			l.armed = l.armed[1:]
			if l.since.IsZero() {
				l.since = time.Now()
			}
			r.turn = (start + i + 1) % len(r.lanes)
			r.sending++
			j.put(atCloud)
			progress = true
			r.senders.Go(func() error {
				r.send(ctx, j)
				r.back <- j
				return nil
			})
		}
	}
}
