package exec

import (
	"context"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"renewplan/internal/bce"
)

// aheadFor is how much sending the looks may be ahead of: half the time that a
// look stays fresh is enough for lists to save requests.
const aheadFor = Freshness / 3

// lane is the rows behind one host. The looks before the sends run ahead of the
// sends, but no further than they stay fresh.
type lane struct {
	fresh   []*job // not claimed yet, in the plan's order
	toSend  []*job // looked at, as planned
	ahead   int    // jobs between fresh and toSend
	sending int    // jobs with a sender
	sent    int    // jobs that came back from a sender
	since   time.Time
}

// room is how many more jobs may be claimed and looked at now.
func (l *lane) room(parallelism int, perSecond float64) int {
	most := 2 * parallelism
	if spent := time.Since(l.since).Seconds(); l.sent > 0 && spent > 0 {
		most = max(most, int(float64(l.sent)/spent*aheadFor.Seconds()))
	}
	most = min(most, max(2, int(perSecond*aheadFor.Seconds())))
	return most - l.ahead - len(l.toSend)
}

// watch is the rows of one kind and region that wait to be looked at. One look
// at a time serves them, so that one request serves many.
type watch struct {
	group  group
	kind   bce.Kind
	wanted []*job
	over   chan struct{} // closed when the look is over; nil while there is none
}

// dispatch starts what can start now.
func (r *runner) dispatch(ctx context.Context) {
	if r.brake.stopping() {
		r.clearUnsent()
		r.waiting = slices.DeleteFunc(r.waiting, func(a alarm) bool {
			gone := a.job.step == Pause || a.job.held
			if gone {
				r.leave(a.job)
			}
			return gone
		})
		r.waiting.sort()
	}
	for j := r.waiting.due(); j != nil; j = r.waiting.due() {
		switch {
		case j.held, j.step == Pause:
			r.task(j, func() { r.claimOrWake(ctx, j) })
		default:
			w := r.groups[group{j.row.Region, j.row.Kind}]
			w.wanted = append(w.wanted, j)
		}
	}
	for host, l := range r.lanes {
		for n := l.room(r.cfg.Parallelism, r.limits.host(host).current()); n > 0 && len(l.fresh) > 0; n-- {
			j := l.fresh[0]
			l.fresh = l.fresh[1:]
			j.ahead = true
			l.ahead++
			r.task(j, func() { r.claimOrWake(ctx, j) })
		}
	}
	for _, w := range r.groups {
		r.look(ctx, w)
	}
	r.sendNext(ctx)
}

// task hands a job to a goroutine that hands it back.
func (r *runner) task(j *job, do func()) {
	r.tasks.Go(func() error {
		do()
		r.back <- j
		return nil
	})
}

// look looks at all that wait in a group, unless a look is under way. Jobs come
// back one by one, as their outcomes are known and written.
func (r *runner) look(ctx context.Context, w *watch) {
	if w.over != nil {
		select {
		case <-w.over:
			w.over = nil
		default:
			return
		}
	}
	if len(w.wanted) == 0 {
		return
	}
	jobs := make(map[string]*job, len(w.wanted))
	ids := make([]string, 0, len(w.wanted))
	for _, j := range w.wanted {
		jobs[j.row.ID] = j
		ids = append(ids, j.row.ID)
	}
	w.wanted = nil
	over := make(chan struct{})
	w.over = over
	r.tasks.Go(func() error {
		var writes errgroup.Group // so that what many looks found shares a sync
		r.eye.look(ctx, w.group.region, w.kind, ids, lookTries, func(f bce.Found) {
			j := jobs[f.ID]
			delete(jobs, f.ID)
			if len(jobs) == 0 {
				close(over)
			}
			writes.Go(func() error {
				r.seen(ctx, j, f)
				r.back <- j
				return nil
			})
		})
		return writes.Wait()
	})
}

// sendNext gives free places to the lanes in turn. A lane leaves a place for each
// other lane that wants one, so that a slow host does not hold the others up.
func (r *runner) sendNext(ctx context.Context) {
	wanting := 0
	for _, l := range r.lanes {
		if len(l.toSend) > 0 {
			wanting++
		}
	}
	for progress := true; progress; {
		progress = false
		for _, l := range r.lanes {
			others := wanting
			if len(l.toSend) > 0 {
				others--
			}
			if len(l.toSend) == 0 || r.sending >= r.cfg.Parallelism || l.sending >= max(1, r.cfg.Parallelism-others) {
				continue
			}
			j := l.toSend[0]
			l.toSend = l.toSend[1:]
			if l.since.IsZero() {
				l.since = time.Now()
			}
			l.sending++
			r.sending++
			j.sending = true
			progress = true
			r.senders.Go(func() error {
				r.send(ctx, j)
				r.back <- j
				return nil
			})
		}
	}
}
