package exec

import (
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
	r := &runner{cfg: cfg, plan: p, began: time.Now()}
	r.limits = newLimits(cfg.Rate, cfg.Parallelism, len(p.Rows))
	if err := r.prepare(); err != nil {
		return Report{}, err
	}
	r.eye = &eye{cloud: cfg.Cloud, log: cfg.Logger, limits: r.limits}
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
	r.recallUnreached(context.WithoutCancel(ctx))
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

// mostStale is how many looks at a row may be too old in a row when its turn to be
// sent comes.
const mostStale = 20

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
	blank   ledger.Record // of jobs that have none
	lanes   []*lane       // of a host each
	groups  []*watch
	waiting alarms // jobs to go on with later

	tasks   errgroup.Group // ended by handing jobs back
	senders errgroup.Group // bounded by Parallelism
	back    chan *job
	sending int // jobs with a sender, at most Parallelism
	turn    int // the lane that is asked first whether it wants a place
	open    int // jobs that are not finished
	tally   plan.Progress
	spent   plan.Fen
}

func (r *runner) prepare() error {
	lanes, groups, kinds := map[string]*lane{}, map[group]*watch{}, map[plan.Kind]*bce.Kind{}
	for _, row := range r.plan.Rows {
		if row.Decision != plan.Renew {
			continue
		}
		k := kinds[row.Kind]
		if k == nil {
			known, ok := bce.KindByName(string(row.Kind))
			if !ok {
				return fmt.Errorf("%w: %s: kind %q", ErrUnknownKind, row.Key, row.Kind)
			}
			k = &known
			kinds[row.Kind] = k
		}
		if row.RelatedRenewFlag != "" && !k.RelatedRenewFlag {
			return fmt.Errorf("%w: %s: relatedRenewFlag %q", ErrUnknownKind, row.Key, row.RelatedRenewFlag)
		}
		j := &job{row: row, kind: k, step: Check, rec: &r.blank, host: r.cfg.Cloud.Host(row.Region, *k), key: ledger.Key{
			Cloud: r.cfg.CloudName, Region: row.Region, Kind: string(row.Kind), ID: row.ID, Baseline: row.Baseline,
		}}
		r.jobs = append(r.jobs, j)
		if j.lane = lanes[j.host]; j.lane == nil {
			j.lane = &lane{host: r.limits.host(j.host)}
			lanes[j.host] = j.lane
			r.lanes = append(r.lanes, j.lane)
		}
		j.lane.fresh = append(j.lane.fresh, j)
		of := group{row.Region, row.Kind}
		if j.watch = groups[of]; j.watch == nil {
			j.watch = &watch{group: of, kind: *k, lane: j.lane}
			groups[of] = j.watch
			r.groups = append(r.groups, j.watch)
		}
		j.watch.unsent++
		j.lane.in[resting]++
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
			r.receive(ctx, j)
			r.receiveMore(ctx)
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

// receiveMore takes back what else has come.
func (r *runner) receiveMore(ctx context.Context) {
	for {
		select {
		case j := <-r.back:
			r.receive(ctx, j)
		default:
			return
		}
	}
}

// receive takes a job back and decides where it goes on.
func (r *runner) receive(ctx context.Context, j *job) {
	was := j.where
	j.put(resting)
	switch was {
	case atCloud:
		r.sending--
		j.lane.timed(time.Now())
	case atLook:
		j.lane.look = time.Since(j.alarm.set)
	case resting, atClaim, atIntent, atRecord, atPoll:
	}
	_, interrupted, _ := r.brake.state()
	switch {
	case was == atCloud:
		r.task(j, atRecord, func() { r.record(ctx, j) })
	case j.intent.Number != 0:
		j.lane.armed = append(j.lane.armed, j)
	case interrupted, j.finished, j.owned && j.step == Leave:
		r.leave(j)
	case j.held:
		r.wait(j, backoff(min(j.polls, 3), 200*time.Millisecond))
	case j.step == Check:
		r.unpark(j)
		j.want()
	case j.step == Send && j.stale > mostStale:
		j.gave = fmt.Sprintf("%d looks in a row were older than %v when its turn came: the cloud is too slow, or --rate too low", j.stale, Freshness)
		r.leave(j)
	case j.step == Send:
		r.unpark(j)
		j.lane.toSend = append(j.lane.toSend, j)
	case j.step == Pause:
		r.wait(j, r.onBeat(backoff(j.life.Holdups, j.last.RetryAfter), 250*time.Millisecond))
	default: // Settle or Verify
		r.park(j)
	}
}

func (r *runner) wait(j *job, d time.Duration) {
	j.polls++
	j.lane.tidy = false
	r.waiting.set(j, d)
}

// leave ends a job in this run. What is not settled stays in the ledger as it
// stands, and the result says why.
func (r *runner) leave(j *job) {
	j.finished = true
	j.put(resting)
	r.settled(j)
	reason, interrupted, _ := r.brake.state()
	if j.gave == "" && unsettled(j.life.State) {
		switch {
		case interrupted:
			j.gave = "the run was interrupted"
		case reason != "":
			j.gave = "the run stopped early"
		case j.lane.host.lost() != "":
			j.gave = j.host + " was given up: " + j.lane.host.lost()
		}
	}
	r.open--
	r.tally.Done++
	r.countSent(j)
	res := j.result()
	if res.Outcome != plan.Verified && res.Outcome != plan.Already {
		r.tally.Failed++
		if r.cfg.FailFast {
			r.brake.pull("--fail-fast: " + j.row.Key.String() + " is " + string(res.Outcome))
		}
	}
	if price, known := plan.ParseFen(res.Price); known && res.Outcome == plan.Verified && !res.Earlier {
		r.spent = r.spent.Plus(price)
		r.tally.Spent = r.spent.String()
	}
	r.tally.Last = j.row.Key.String() + " " + string(res.Outcome)
	if !res.After.IsZero() {
		r.tally.Last += " " + stamp(res.After)
	}
	r.trim(j)
	r.cfg.Logger.Info("row settled", "row", j.row.Key.String(), "outcome", string(res.Outcome),
		"request", res.RequestID, "order", res.OrderID, "note", res.Note)
}

// countSent notes that a job needs no request any more that buys.
func (r *runner) countSent(j *job) {
	if !j.counted {
		j.counted = true
		r.tally.Sent++
	}
}

// trim drops what the result of a job that has ended does not need, for there may
// be very many.
func (r *runner) trim(j *job) {
	if j.owned && j.sentNow && !j.foreign {
		j.rec = &r.blank
	}
	j.last = bce.Answer{Class: j.last.Class, HTTPStatus: j.last.HTTPStatus, Code: j.last.Code, RequestID: j.last.RequestID, OrderID: j.last.OrderID}
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
	r.clearUnsent()
	for _, j := range r.waiting.take(func(*job) bool { return true }) {
		r.leave(j)
	}
	for _, w := range r.groups {
		for _, j := range w.polls {
			r.leave(j)
		}
		w.polls = nil
	}
}

// clearUnsent takes every job out that still waits to be sent.
func (r *runner) clearUnsent() {
	for _, l := range r.lanes {
		r.clear(l)
	}
}

// clear takes every job out of a lane that still waits to be sent. Those with an
// intent on disk stay: send and record take them back, and nothing leaves.
func (r *runner) clear(l *lane) {
	for _, j := range slices.Concat(l.fresh, l.toSend) {
		r.leave(j)
	}
	l.fresh, l.toSend = nil, nil
	for _, w := range r.groups {
		if w.lane == l {
			for _, j := range w.wanted {
				r.leave(j)
			}
			w.wanted = nil
		}
	}
}

// dropLost ends the rows that wait to be sent to a host that was given up. A run
// that has no other host stops.
func (r *runner) dropLost() {
	lost := 0
	for _, l := range r.lanes {
		if l.host.lost() == "" {
			continue
		}
		lost++
		if l.tidy {
			continue
		}
		l.tidy = true
		r.clear(l)
		for _, j := range r.waiting.take(func(j *job) bool { return j.lane == l && j.step == Pause }) {
			r.leave(j)
		}
	}
	if lost == len(r.lanes) {
		r.brake.pull(r.lanes[0].host.lost())
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
