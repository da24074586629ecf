package exec

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"renewplan/internal/bce"
	"renewplan/internal/faultpoint"
	"renewplan/internal/ledger"
	"renewplan/internal/plan"
)

// job is one row to renew while a run works on it. One goroutine has it at a
// time.
type job struct {
	row  plan.Row
	kind *bce.Kind
	key  ledger.Key
	host string

	owned    bool // the ledger gave it to this run
	finished bool // nothing more in this run
	held     bool // another live run has it: ask again later
	foreign  bool // the open record is another plan's: only looks
	sentNow  bool // this run sent something for it
	witness  bool // a person said that it was bought: one look, nothing is written

	life Life
	step Step
	rec  *ledger.Record // as claimed; empty before, and of no more than result needs after
	try  int            // number of the newest try
	// Where it is in the run: the coordinator's, loop.go.
	where   where
	watch   *watch
	lane    *lane
	alarm   alarm
	parked  bool // sent, and waiting for looks
	counted bool // in the run's tally of what is sent
	// Of the send that is under way:
	intent ledger.Try // on disk if its Number is not 0, and the answer not yet
	pass   pass
	answer bce.Answer

	seenAs View      // of a witness
	looked time.Time // when the newest look began; wall and monotonic
	after  time.Time // the newest expiry that was read and is not the baseline
	last   bce.Answer
	why    string // what the newest look found, for people; empty if as planned
	said   string // what the newest answer to a send was, for people
	gave   string // why it was left, where the run and not the row is the reason
	polls  int    // looks since the last send
	stale  int    // looks in a row that were too old when its turn came
	unsent int    // sends in a row that surely bought nothing, whatever was looked at between
	sends  int    // requests that left for it, over all runs
	failed bool   // the record could not be written
}

// claimOrWake claims a job, or ends its pause.
func (r *runner) claimOrWake(ctx context.Context, j *job) {
	switch {
	case !j.owned:
		r.claim(ctx, j)
	case j.step == Pause:
		r.apply(ctx, j, Event{Kind: Woke, Now: now()}, ledger.Try{})
	}
}

// claim asks the ledger for the row.
func (r *runner) claim(ctx context.Context, j *job) {
	rec, owned, err := r.led.Claim(context.WithoutCancel(ctx), ledger.Claim{
		Key: j.key, Attempt: j.row.Attempt, Token: j.row.ClientToken, Months: j.row.Months,
		Expected: j.row.Expected, RelatedRenewFlag: j.row.RelatedRenewFlag, PlanDigest: r.plan.Digest,
	})
	j.rec, j.held = &rec, false
	switch {
	case errors.Is(err, ledger.ErrAttempt):
		j.finished = true
		j.life.State = ledger.Stale
		j.why = fmt.Sprintf("the plan says attempt %d and the ledger %d: somebody resolved this renewal, or the plan is of another ledger",
			j.row.Attempt, rec.Attempt)
		return
	case err != nil:
		r.brake.ledger(err)
		j.finished = true
		j.gave = "the ledger cannot be written"
		return
	case !owned && rec.Live && underWay(rec.State):
		j.held = true
		return
	case !owned && rec.State == ledger.Bought:
		j.life, j.step, j.witness = Recall(rec), Verify, true
		return
	case !owned:
		j.finished = true
		j.life = Recall(rec)
		return
	}
	faultpoint.Hit(faultpoint.AfterClaim)
	j.owned = true
	j.life = Recall(rec)
	j.try, j.sends = len(rec.Tries), sends(&rec)
	j.after = rec.After
	if rec.State != ledger.Claimed && !samePurchase(&rec, j.row) {
		j.foreign = true
		j.life.Barred = true
	}
	r.apply(ctx, j, Event{Kind: Began, Now: now()}, ledger.Try{})
}

// underWay reports whether a live run may still move a record on from s. What
// it has settled, or given up, is its outcome.
func underWay(s ledger.State) bool {
	switch s {
	case ledger.Claimed, ledger.Sending, ledger.Unknown, ledger.Accepted:
		return true
	case ledger.Verified, ledger.Already, ledger.Deviates, ledger.Unverified, ledger.Unresolved,
		ledger.Refused, ledger.Stale, ledger.Conflict, ledger.Bought, ledger.NotBought, ledger.Unsent:
		return false
	default:
		return false
	}
}

// samePurchase reports whether the ledger's open renewal asks for what the row
// asks for, so that a resend is what was reviewed.
func samePurchase(rec *ledger.Record, row plan.Row) bool {
	return rec.Months == row.Months && rec.RelatedRenewFlag == row.RelatedRenewFlag && rec.Token == row.ClientToken
}

// seen takes a look in.
func (r *runner) seen(ctx context.Context, j *job, f bce.Found) {
	s, err := f.State, f.Err
	if err != nil && ctx.Err() != nil {
		return // interrupted while looking: it says nothing
	}
	v, why := view(j.planned(), s, err, j.life.LastSent)
	if v == AsPlanned && s.AutoRenew == bce.AutoRenewOn && r.plan.Limits.RefuseAutoRenew {
		v, why = Unfit, "auto-renew is on now, and limits.refuseAutoRenew is set"
	}
	j.why = why
	if j.witness {
		j.finished, j.seenAs = true, v
		if v == Exact || v == Near || v == Elsewhere {
			j.after = s.Expiry
		}
		return
	}
	if v == Unreadable {
		if problem(err) == bce.AccountProblem {
			r.brake.pullAccount(err.Error())
		}
	} else {
		j.looked = f.At
		if !s.Expiry.IsZero() && !s.Expiry.Equal(j.row.Baseline) {
			j.after = s.Expiry
		}
	}
	// What a look says was so when it began. Judged by when it came in, one that
	// began before the settle time was over would say what it cannot know.
	at := now()
	if v != Unreadable {
		at = f.At.UTC().Truncate(time.Millisecond)
	}
	r.apply(ctx, j, Event{Kind: Looked, Now: at, View: v}, ledger.Try{})
}

// planned is the row as its open renewal was sent: another plan's record keeps
// its own length.
func (j *job) planned() plan.Row {
	row := j.row
	if j.foreign {
		row.Months, row.Expected = j.rec.Months, j.rec.Expected
	}
	return row
}

// arm makes a row ready to be sent: it waits for the pace of its host, and writes
// the intent. If that is on disk, send follows, whatever happens.
func (r *runner) arm(ctx context.Context, j *job) {
	var err error
	select {
	case <-r.cfg.Ready:
	case <-ctx.Done():
	}
	if fresh(j.looked) {
		j.pass, err = j.lane.host.wait(ctx)
	}
	switch {
	case err != nil, r.stopping(j):
		r.apply(ctx, j, Event{Kind: Woke, Now: now()}, ledger.Try{})
		return
	case !fresh(j.looked):
		j.stale++
		j.step = Check
		return
	}
	at := now()
	body := sha256.Sum256(j.order().Body())
	try := ledger.Try{
		Number: j.try + 1, Attempt: j.row.Attempt, Token: j.row.ClientToken,
		BodyDigest: hex.EncodeToString(body[:]), Sent: at,
	}
	life, step := Next(j.life, Event{Kind: Intended, Now: at}, r.rules(j))
	if step != Send { // no intent, no request
		j.step, j.gave = Leave, "its state does not allow a send"
		return
	}
	faultpoint.Hit(faultpoint.BeforeIntent)
	if err := r.led.Intend(context.WithoutCancel(ctx), j.key, try); err != nil {
		r.brake.ledger(err)
		j.step, j.gave = Leave, "the ledger cannot be written; nothing was sent"
		return
	}
	faultpoint.Hit(faultpoint.AfterIntent)
	j.try++
	j.intent = try
	j.life, j.step = life, step
}

// order is what is bought for a row: the same at every try.
func (j *job) order() bce.Renewal {
	return bce.Renewal{
		Region: j.row.Region, Kind: *j.kind, ID: j.row.ID, Months: j.row.Months,
		RelatedRenewFlag: j.row.RelatedRenewFlag, ClientToken: j.row.ClientToken,
	}
}

// send is the one place from which a renewal leaves. The look behind it is at
// most Freshness old when the request leaves, and the intent is on disk.
func (r *runner) send(ctx context.Context, j *job) {
	host := j.lane.host
	late := host.blocked() // since the intent was written
	if 0 < late && late <= longestBlock && pause(ctx, late) == nil {
		late = host.blocked()
	}
	switch {
	case r.stopping(j):
		j.answer = bce.Answer{Class: bce.NotSent, Err: errStopped}
	case late > 0:
		j.answer = bce.Answer{Class: bce.NotSent, Err: errBlocked, RetryAfter: late}
	case !fresh(j.looked):
		j.answer = bce.Answer{Class: bce.NotSent, Err: errLate}
	default:
		j.sentNow = true
		j.sends++
		j.polls, j.stale = 0, 0
		r.eye.requests.Add(1)
		// A purchase that is under way is not cut short by an interrupt.
		j.answer = r.cfg.Cloud.Renew(faultpoint.Watch(context.WithoutCancel(ctx)), j.order())
		r.heed(j)
	}
}

// heed has the run as a whole learn from the answer to a send, at once.
func (r *runner) heed(j *job) {
	a, host := j.answer, j.lane.host
	r.brake.answered(a)
	switch a.Class {
	case bce.Throttled:
		host.throttled(j.pass, a.RetryAfter)
		host.failed(true, a.String())
		return
	case bce.NotSent:
		host.failed(false, a.String())
	case bce.Accepted:
		host.well()
	case bce.Refused, bce.Conflict, bce.Unknown:
	}
	if a.HTTPStatus != 0 {
		host.served(j.pass)
	}
}

// longestBlock is how long a request whose intent is on disk waits for a cloud
// that has asked to slow down.
const longestBlock = 2 * time.Second

var (
	errLate    = errors.New("writing the intent took longer than the look stays fresh")
	errStopped = errors.New("the run was stopping")
	errBlocked = errors.New("the cloud had just asked to slow down")
)

// record takes the answer to a send in.
func (r *runner) record(ctx context.Context, j *job) {
	faultpoint.Hit(faultpoint.BeforeOutcome)
	try, a := j.intent, j.answer
	j.intent, j.answer = ledger.Try{}, bce.Answer{}
	j.last = a
	if a.Class != bce.Accepted {
		j.said = a.String()
	}
	try.Ended, try.Outcome = now(), a.Class.String()
	try.RequestID, try.OrderID, try.Code, try.HTTPStatus = a.RequestID, a.OrderID, a.Code, a.HTTPStatus
	r.apply(ctx, j, Event{
		Kind: Answered, Now: try.Ended, Class: a.Class, ClockCorrected: a.ClockCorrected,
	}, try)
	if a.Class != bce.Throttled && a.Class != bce.NotSent {
		j.unsent = 0
	} else if j.unsent++; j.unsent > maxThrottled && j.step == Pause {
		j.step, j.gave = Leave, fmt.Sprintf("%d tries in a row led nowhere, the newest: %s", j.unsent, a)
	}
	faultpoint.Hit(faultpoint.AfterOutcome)
}

// apply asks Next what follows, and writes it to the ledger before it is acted
// upon.
func (r *runner) apply(ctx context.Context, j *job, e Event, try ledger.Try) {
	before := j.life.State
	j.life, j.step = Next(j.life, e, r.rules(j))
	if j.life.State != before || try.Number != 0 {
		r.write(ctx, j, try)
	}
}

// write records how a job stands, and how a try ended if it has a number.
func (r *runner) write(ctx context.Context, j *job, try ledger.Try) {
	u := ledger.Update{
		Key: j.key, State: j.life.State, Try: try, After: j.after, Note: j.noteOfRenewal(),
		OrderID: try.OrderID, RequestID: try.RequestID, Code: try.Code, HTTPStatus: try.HTTPStatus,
	}
	// What was sent is recorded even when the caller has gone.
	if err := r.led.Record(context.WithoutCancel(ctx), u); err != nil {
		r.brake.ledger(err)
		j.failed, j.step = true, Leave
		j.gave = "the ledger cannot be written"
	}
}

// rules are what the flags and the state of the run allow now.
func (r *runner) rules(j *job) Rules {
	return Rules{
		SettleTimeout: r.cfg.settleTimeout(*j.kind),
		VerifyTimeout: r.cfg.VerifyTimeout,
		NoResend:      r.cfg.NoResend,
		Stopping:      r.stopping(j),
	}
}

// stopping reports whether new sends are over, of the run or for a job's host.
func (r *runner) stopping(j *job) bool { return r.brake.stopping() || j.lane.host.lost() != "" }

// now is the wall clock, UTC, whole milliseconds, as the ledger stores it.
func now() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }

// fresh reports whether a look is recent by both clocks: the monotonic one
// stands still while a machine sleeps, the wall one can be set.
func fresh(at time.Time) bool {
	if at.IsZero() {
		return false
	}
	wall := time.Now().Round(0).Sub(at.Round(0))
	return time.Since(at) <= Freshness && wall >= 0 && wall <= Freshness
}
