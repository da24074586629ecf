package exec

import (
	"container/heap"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"renewplan/internal/bce"
	"renewplan/internal/ledger"
	"renewplan/internal/plan"
)

// ErrUnknownKind says that the plan names a kind that this program does not know, or a
// setting that the kind does not have.
var ErrUnknownKind = errors.New("the plan asks for what this renewplan does not know")

// Run renews the rows of p whose decision is Renew, and returns when each has
// an outcome or the run was stopped. Calling it again with the same plan goes
// on where it stopped, and sends nothing for what is settled.
//
// The report is complete even where the error is not nil. The error is the
// ledger's (nothing is sent that cannot be recorded), or ErrUnknownKind, then
// nothing at all was sent. A cancelled ctx ends the run like Config.Stop; what
// is being sent is still awaited and recorded.
func Run(ctx context.Context, cfg Config, p *plan.Plan) (rep Report, err error) {
	cfg = cfg.withDefaults()
	r := &runner{cfg: cfg, plan: p, began: time.Now()}
	if err := r.prepare(); err != nil {
		return Report{}, err
	}
	r.eye = &eye{cloud: cfg.Cloud, limits: newLimits(cfg.Rate), budget: newBudget(len(r.jobs))}
	r.led, err = cfg.Ledger.Begin(ctx, ledger.RunInfo{Cloud: cfg.CloudName, PlanDigest: p.Digest, Who: cfg.Who})
	if err != nil {
		return Report{}, fmt.Errorf("opening a run in the ledger: %w", err)
	}
	defer func() {
		if e := r.led.End(context.WithoutCancel(ctx)); err == nil && e != nil {
			err = fmt.Errorf("closing the run in the ledger: %w", e)
		}
	}()
	r.loop(ctx)
	rep = Report{Run: r.led.ID(), Requests: int(r.eye.requests.Load())}
	rep.Stopped, rep.Interrupted, err = r.brake.state()
	for _, j := range r.jobs {
		rep.Results = append(rep.Results, j.result())
	}
	if err != nil {
		err = fmt.Errorf("writing the ledger: %w", err)
	}
	return rep, err
}

// runner is one run of one plan. The coordinator, loop, is the only one that
// touches jobs' places; what runs beside it is handed one job each.
type runner struct {
	cfg   Config
	plan  *plan.Plan
	led   ledger.Run
	eye   *eye
	brake brake
	began time.Time

	jobs    []*job
	ready   []*job    // to be worked on, in order
	waiting alarms    // to be looked at or resumed later
	back    chan *job // jobs come back from their goroutines
	working int       // jobs in work, at most Parallelism
	looking int       // jobs being looked at, at most Parallelism
	open    int       // jobs that are not finished
	tally   plan.Progress
}

func (r *runner) prepare() error {
	for _, row := range r.plan.Rows {
		if row.Decision != plan.Renew {
			continue
		}
		k, ok := bce.KindByName(string(row.Kind))
		if !ok {
			return fmt.Errorf("%w: %s: kind %q", ErrUnknownKind, row.Key, row.Kind)
		}
		if row.RelatedRenewFlag != "" && !k.RelatedRenewFlag {
			return fmt.Errorf("%w: %s: relatedRenewFlag %q", ErrUnknownKind, row.Key, row.RelatedRenewFlag)
		}
		r.jobs = append(r.jobs, &job{row: row, kind: k, step: Check, key: ledger.Key{
			Cloud: r.cfg.CloudName, Region: row.Region, Kind: string(row.Kind), ID: row.ID, Baseline: row.Baseline,
		}})
	}
	return nil
}

// loop hands jobs out until none is open.
func (r *runner) loop(ctx context.Context) {
	r.ready = append(r.ready, r.jobs...)
	r.open = len(r.jobs)
	r.tally.Total = len(r.jobs)
	r.back = make(chan *job, 2*r.cfg.Parallelism)
	workers, lookers := new(errgroup.Group), new(errgroup.Group)
	workers.SetLimit(r.cfg.Parallelism)
	lookers.SetLimit(r.cfg.Parallelism)
	stop, done := r.cfg.Stop, ctx.Done()
	for r.open > 0 {
		r.dispatch(ctx, workers, lookers)
		r.report()
		if r.open == 0 {
			break
		}
		wake, cancel := r.waiting.next(r.looking < r.cfg.Parallelism)
		select {
		case j := <-r.back:
			r.receive(j)
		case <-wake:
		case <-stop:
			stop = nil
			r.interrupt()
		case <-done:
			done = nil
			r.interrupt()
		}
		cancel()
	}
	// The groups' goroutines have all handed their jobs back by now.
	_ = workers.Wait()
	_ = lookers.Wait()
	r.report()
}

// dispatch starts what can start now.
func (r *runner) dispatch(ctx context.Context, workers, lookers *errgroup.Group) {
	for len(r.ready) > 0 {
		j := r.ready[0]
		if r.brake.stopping() && (!j.owned || j.step == Check || j.step == Send || j.step == Pause) {
			r.ready = r.ready[1:]
			r.leave(j)
			continue
		}
		if r.working >= r.cfg.Parallelism {
			break
		}
		r.ready = r.ready[1:]
		r.working++
		workers.Go(func() error {
			r.work(ctx, j)
			r.back <- j
			return nil
		})
	}
	if r.brake.stopping() {
		r.waiting = slices.DeleteFunc(r.waiting, func(a alarm) bool {
			if a.job.step == Pause || a.job.held {
				r.leave(a.job)
				return true
			}
			return false
		})
		heap.Init(&r.waiting)
	}
	for r.looking < r.cfg.Parallelism {
		j := r.waiting.due()
		if j == nil {
			break
		}
		switch {
		case j.held, j.step == Pause:
			j.woke = true
			r.ready = append(r.ready, j)
		default:
			r.looking++
			j.looking = true
			lookers.Go(func() error {
				s, at, err := r.eye.look(ctx, j.row.Region, j.kind, j.row.ID, 1)
				r.seen(ctx, j, s, at, err)
				j.looked = time.Time{} // a send looks anew, with a place in the limit
				r.back <- j
				return nil
			})
		}
	}
	if len(r.ready) > 0 && r.working < r.cfg.Parallelism {
		r.dispatch(ctx, workers, lookers)
	}
}

// receive takes a job back and decides where it waits.
func (r *runner) receive(j *job) {
	if j.looking {
		j.looking = false
		r.looking--
	} else {
		r.working--
	}
	_, interrupted, _ := r.brake.state()
	switch {
	case interrupted, j.finished, j.step == Leave && !j.held:
		r.leave(j)
	case j.held:
		r.wait(j, backoff(min(j.polls, 3), 200*time.Millisecond))
	case j.step == Check || j.step == Send:
		r.ready = append(r.ready, j)
	case j.step == Pause:
		r.wait(j, backoff(j.life.Holdups, j.last.RetryAfter))
	case j.step == Settle || j.step == Verify:
		r.wait(j, pollAfter(j.kind, j.polls))
	}
}

func (r *runner) wait(j *job, d time.Duration) {
	j.polls++
	heap.Push(&r.waiting, alarm{at: time.Now().Add(d), job: j})
}

// pollAfter is how long to wait before look n for a new expiry.
func pollAfter(k bce.Kind, n int) time.Duration {
	d := 100 * time.Millisecond
	if k.Async {
		d = time.Second
	}
	for range min(n, 20) {
		d = d * 8 / 5
	}
	return min(d, 15*time.Second)
}

// leave ends a job in this run. What is not settled stays in the ledger as it
// stands, and the result says why.
func (r *runner) leave(j *job) {
	j.finished = true
	if j.gave == "" && unsettled(j.life.State) {
		reason, interrupted, _ := r.brake.state()
		switch {
		case interrupted:
			j.gave = "the run was interrupted"
		case reason != "":
			j.gave = "the run stopped: " + reason
		}
	}
	r.open--
	r.tally.Done++
	res := j.result()
	if res.Outcome != plan.Verified && res.Outcome != plan.Already {
		r.tally.Failed++
		if r.cfg.FailFast {
			r.brake.pull("--fail-fast: " + j.row.Key.String() + " is " + string(res.Outcome))
		}
	}
	r.tally.Last = j.row.Key.String() + " " + string(res.Outcome)
	if !res.After.IsZero() {
		r.tally.Last += " " + stamp(res.After)
	}
	r.cfg.Logger.Info("row settled", "row", j.row.Key.String(), "outcome", string(res.Outcome),
		"request", res.RequestID, "order", res.OrderID, "note", res.Note)
}

// unsettled reports whether a row in state s is left because the run ended, not
// because it is settled.
func unsettled(s ledger.State) bool {
	switch s {
	case ledger.Claimed, ledger.Unsent, ledger.Sending, ledger.Unknown, ledger.Accepted, "":
		return true
	case ledger.Verified, ledger.Already, ledger.Deviates, ledger.Unverified, ledger.Unresolved,
		ledger.Refused, ledger.Stale, ledger.Conflict, ledger.Bought, ledger.NotBought:
		return false
	default:
		return true
	}
}

// interrupt stops new sends and gives up everything that only waits.
func (r *runner) interrupt() {
	r.brake.interrupt()
	for _, a := range r.waiting {
		r.leave(a.job)
	}
	r.waiting = nil
}

func (r *runner) report() {
	if r.cfg.Progress == nil {
		return
	}
	r.tally.InFlight = r.working
	r.tally.Waiting = len(r.waiting) + r.looking
	r.tally.Elapsed = time.Since(r.began)
	r.cfg.Progress(r.tally)
	r.tally.Last = ""
}
