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

// ErrUnknownKind says that the plan names a kind that this program does not know,
// or a setting that the kind does not have.
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
	r := &runner{cfg: cfg, plan: p, began: time.Now(), lanes: map[string]*lane{}, groups: map[group]*watch{}}
	if err := r.prepare(); err != nil {
		return Report{}, err
	}
	r.limits = newLimits(cfg.Rate, cfg.Parallelism)
	r.eye = &eye{cloud: cfg.Cloud, limits: r.limits, budget: newBudget(len(r.jobs))}
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
	rep = Report{Run: r.led.ID()}
	for _, j := range r.jobs {
		rep.Results = append(rep.Results, j.result())
	}
	r.follow(ctx, rep.Results)
	rep.Requests = int(r.eye.requests.Load())
	rep.Stopped, rep.Interrupted, err = r.brake.state()
	rep.Account = r.brake.refusesAccount()
	if err != nil {
		err = fmt.Errorf("writing the ledger: %w", err)
	}
	return rep, err
}

// runner is one run of one plan. The coordinator, loop, is the only one that
// touches where jobs are; what runs beside it is handed jobs, and hands them back.
type runner struct {
	cfg    Config
	plan   *plan.Plan
	led    ledger.Run
	limits *limits
	eye    *eye
	brake  brake
	began  time.Time

	jobs    []*job
	lanes   map[string]*lane // by host
	groups  map[group]*watch
	waiting alarms // jobs to go on with later

	tasks   errgroup.Group // claims and looks; ended by handing jobs back
	senders errgroup.Group // bounded by Parallelism
	back    chan *job
	sending int // jobs with a sender, at most Parallelism
	open    int // jobs that are not finished
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
		j := &job{row: row, kind: k, step: Check, host: r.cfg.Cloud.Host(row.Region, k), key: ledger.Key{
			Cloud: r.cfg.CloudName, Region: row.Region, Kind: string(row.Kind), ID: row.ID, Baseline: row.Baseline,
		}}
		r.jobs = append(r.jobs, j)
		if r.lanes[j.host] == nil {
			r.lanes[j.host] = &lane{}
		}
		r.lanes[j.host].fresh = append(r.lanes[j.host].fresh, j)
		if of := (group{row.Region, row.Kind}); r.groups[of] == nil {
			r.groups[of] = &watch{group: of, kind: k}
		}
	}
	return nil
}

// loop hands jobs out until none is open.
func (r *runner) loop(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r.open = len(r.jobs)
	r.tally.Total = len(r.jobs)
	r.back = make(chan *job)
	r.senders.SetLimit(r.cfg.Parallelism)
	stop, done := r.cfg.Stop, ctx.Done()
	for r.open > 0 {
		r.dispatch(ctx)
		r.report()
		if r.open == 0 {
			break
		}
		wake, release := r.waiting.next()
		select {
		case j := <-r.back:
			r.receive(j)
		case <-wake:
		case <-stop:
			stop = nil
			r.interrupt(cancel)
		case <-done:
			done = nil
			r.interrupt(cancel)
		}
		release()
	}
	// All of their goroutines have handed their jobs back by now.
	_ = r.senders.Wait()
	_ = r.tasks.Wait()
	r.report()
}

// receive takes a job back and decides where it goes on.
func (r *runner) receive(j *job) {
	l := r.lanes[j.host]
	if j.sending {
		r.sending--
		l.sending--
		l.sent++
	}
	if j.ahead {
		l.ahead--
	}
	j.sending, j.ahead = false, false
	_, interrupted, _ := r.brake.state()
	switch {
	case interrupted, j.finished, j.owned && j.step == Leave:
		r.leave(j)
	case j.held:
		r.wait(j, backoff(min(j.polls, 3), 200*time.Millisecond))
	case j.step == Check:
		w := r.groups[group{j.row.Region, j.row.Kind}]
		w.wanted = append(w.wanted, j)
		j.ahead = true
		l.ahead++
	case j.step == Send:
		l.toSend = append(l.toSend, j)
	case j.step == Pause:
		r.wait(j, backoff(j.life.Holdups, j.last.RetryAfter))
	default: // Settle or Verify
		r.wait(j, r.pollAfter(j))
	}
}

func (r *runner) wait(j *job, d time.Duration) {
	j.polls++
	heap.Push(&r.waiting, alarm{at: time.Now().Add(d), job: j})
}

// pollAfter is how long to wait before the next look for a new expiry. Looks
// fall together, so that a list serves many; while there is much to send, they
// are in no hurry.
func (r *runner) pollAfter(j *job) time.Duration {
	d := 100 * time.Millisecond
	if j.kind.Async {
		d = time.Second
	}
	for range min(j.polls, 20) {
		d = d * 8 / 5
	}
	d = min(d, 15*time.Second)
	beat := max(d/2, 100*time.Millisecond)
	if l := r.lanes[j.host]; len(l.fresh)+len(l.toSend) > 2*r.cfg.Parallelism {
		beat = max(beat, 2*time.Second)
	}
	since := time.Since(r.began) + d
	return d + (beat-since%beat)%beat
}

// leave ends a job in this run. What is not settled stays in the ledger as it
// stands, and the result says why.
func (r *runner) leave(j *job) {
	j.finished = true
	reason, interrupted, _ := r.brake.state()
	if j.gave == "" && unsettled(j.life.State) {
		switch {
		case interrupted:
			j.gave = "the run was interrupted"
		case reason != "":
			j.gave = "the run stopped early"
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

// interrupt stops new sends and gives up everything that is not in flight.
func (r *runner) interrupt(cancel context.CancelFunc) {
	r.brake.interrupt()
	cancel() // looks and waits for the rate limit; never what is being sent
	for _, a := range r.waiting {
		r.leave(a.job)
	}
	r.waiting = nil
	r.clearUnsent()
	for _, w := range r.groups {
		for _, j := range w.wanted {
			r.leave(j)
		}
		w.wanted = nil
	}
}

// clearUnsent takes every job out that still waits to be sent.
func (r *runner) clearUnsent() {
	for _, l := range r.lanes {
		for _, j := range slices.Concat(l.fresh, l.toSend) {
			r.leave(j)
		}
		l.fresh, l.toSend = nil, nil
	}
	for _, w := range r.groups {
		w.wanted = slices.DeleteFunc(w.wanted, func(j *job) bool {
			if j.step == Check {
				r.lanes[j.host].ahead--
				j.ahead = false
				r.leave(j)
			}
			return j.step == Check
		})
	}
}

func (r *runner) report() {
	if r.cfg.Progress == nil {
		return
	}
	r.tally.InFlight = r.sending
	r.tally.Waiting = len(r.waiting)
	r.tally.Elapsed = time.Since(r.began)
	r.cfg.Progress(r.tally)
	r.tally.Last = ""
}
