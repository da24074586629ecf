package exec

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"

	"renewplan/internal/bce"
)

// watch is the rows of one kind and region. They are looked at together, so that
// one request serves many: before they are sent, chunk by chunk, and after, once
// the last of them is sent, or enough of them, or long ago.
type watch struct {
	group    group
	kind     bce.Kind
	lane     *lane
	wanted   []*job // to be looked at before they are sent
	polls    []*job // to be looked at after they were sent, now
	claiming int    // of its jobs
	unsent   int    // of its jobs: neither finished nor sent and waiting to be looked at
	unseen   int    // of its jobs: sent, and not looked at since
}

// patience is how long an accepted row waits to be looked at while others of its
// group are still being sent.
const patience = 10 * time.Second

// few is how many rows wait for others to be looked at together with, while
// there is enough to send.
const few = 10

// want has a job looked at before it is sent.
func (j *job) want() {
	j.put(atLook)
	j.watch.wanted = append(j.watch.wanted, j)
}

// poll has a job looked at that was sent.
func (j *job) poll() {
	if j.polls == 1 {
		j.watch.unseen--
	}
	j.put(atPoll)
	j.watch.polls = append(j.watch.polls, j)
}

// park has a job wait for its next look after a send.
func (r *runner) park(j *job) {
	w := j.watch
	if j.step == Verify {
		r.countSent(j)
	}
	if !j.parked {
		j.parked = true
		w.unsent--
	}
	if j.polls == 0 {
		w.unseen++
	}
	r.wait(j, r.pollAfter(j))
	// Nothing more of this group is sent, or a list of ids is full: what was not
	// looked at since it was sent is looked at now.
	if w.unseen > 0 && (w.unsent == 0 || w.kind.List.Scope == bce.ByIDs && !w.kind.Async && w.unseen >= w.kind.List.Most) {
		r.pollUnseen(w)
	}
}

// pollUnseen has all of a group looked at now that was sent and not looked at.
func (r *runner) pollUnseen(w *watch) {
	for _, j := range r.waiting.take(func(j *job) bool { return j.watch == w && j.parked && j.polls == 1 }) {
		j.poll()
	}
}

// unpark notes that a job no longer waits for a look after a send.
func (r *runner) unpark(j *job) {
	if j.parked {
		j.parked = false
		j.watch.unsent++
	}
}

// settled notes that a job of the group has ended.
func (r *runner) settled(j *job) {
	w := j.watch
	if !j.parked {
		if w.unsent--; w.unsent == 0 && w.unseen > 0 {
			r.pollUnseen(w)
		}
	}
}

// pollAfter is how long to wait before the next look for a new expiry.
func (r *runner) pollAfter(j *job) time.Duration {
	busy := j.watch.unsent > 0
	if j.polls == 0 {
		switch {
		case !j.sentNow:
			return 0
		case busy:
			return patience
		}
		return 0
	}
	d := 100 * time.Millisecond
	if j.kind.Async {
		d = 2 * time.Second
	}
	if d <<= min(j.polls-1, 20); busy {
		d = max(d, patience/2)
	}
	d = min(d, 20*time.Second)
	return r.onBeat(d, max(d/2, 100*time.Millisecond))
}

// onBeat makes a wait longer, so that jobs go on together and one look serves many.
func (r *runner) onBeat(d, beat time.Duration) time.Duration {
	since := time.Since(r.began) + d
	return d + (beat-since%beat)%beat
}

// look looks at what waits in a group, if it is time to. Jobs come back one by
// one, as their outcomes are known and written.
func (r *runner) look(ctx context.Context, w *watch) {
	due := len(w.polls) > 0 ||
		len(w.wanted) > few || len(w.wanted) > 0 && w.wanted[0].lane.short()
	if !due || w.claiming > 0 {
		return
	}
	// Whatever has waited for half its time comes along.
	now := time.Now()
	for _, j := range r.waiting.take(func(j *job) bool {
		return j.watch == w && j.parked && 2*now.Sub(j.alarm.set) >= j.alarm.at.Sub(j.alarm.set)
	}) {
		j.poll()
	}
	jobs := make(map[string]*job, len(w.wanted)+len(w.polls))
	ids := make([]string, 0, len(w.wanted)+len(w.polls))
	for _, list := range [][]*job{w.wanted, w.polls} {
		for _, j := range list {
			jobs[j.row.ID] = j
			ids = append(ids, j.row.ID)
			j.alarm.set = now
		}
	}
	w.wanted, w.polls = nil, nil
	r.tasks.Go(func() error {
		var writes errgroup.Group // so that what many looks found shares a sync
		r.eye.look(ctx, w.group.region, w.kind, ids, lookTries, func(f bce.Found) {
			j := jobs[f.ID]
			writes.Go(func() error {
				r.seen(ctx, j, f)
				r.back <- j
				return nil
			})
		})
		return writes.Wait()
	})
}
