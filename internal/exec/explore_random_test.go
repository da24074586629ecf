package exec

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"renewplan/internal/bce/sandbox"
	"renewplan/internal/ledger"
	"renewplan/internal/plan"
)

// The random schedules are proof 5 of docs/safety.md: the real Run, the real
// ledger and the sandbox, in synctest time, under drawn plans, faults, clocks,
// crashes, interrupts and renewals by hand. A failure prints the seed.

// The ways in which the proviso may hold.
const (
	oneHonoured = "one ledger, tokens honoured"
	oneShown    = "one ledger, purchases show within the settle time"
	twoHonoured = "two ledgers, tokens honoured, purchases show within a day"
)

func TestRandomSchedulesPayOnce(t *testing.T) {
	if raceDetector { // a hundred would take minutes
		schedules := rapid.Custom(func(t *rapid.T) schedule { return drawSchedule(t, twoHonoured) })
		for seed := range 10 {
			s := schedules.Example(seed)
			synctest.Test(t, func(t *testing.T) {
				if wrong := s.play(t); len(wrong) > 0 {
					t.Errorf("schedule %d: got %d rows that are wrong, the first: %s", seed, len(wrong), wrong[0])
				}
			})
		}
		return
	}
	rapid.Check(t, func(rt *rapid.T) {
		s := drawSchedule(rt, rapid.SampledFrom([]string{oneHonoured, oneShown, twoHonoured}).Draw(rt, "proviso"))
		var wrong []string
		synctest.Test(t, func(t *testing.T) { wrong = s.play(t) })
		if len(wrong) > 0 {
			rt.Fatalf("got %d rows that are wrong, the first: %s", len(wrong), wrong[0])
		}
	})
}

// TestRandomSchedulesSeeABrokenRule plays schedules that must go wrong somewhere.
func TestRandomSchedulesSeeABrokenRule(t *testing.T) {
	for _, tt := range []struct {
		name, proviso string
		breaks        func(*schedule)
	}{
		{"no time to settle", oneShown, func(s *schedule) {
			s.settle = time.Millisecond
			s.faults.Chance = map[sandbox.Fault]float64{sandbox.LostAnswer: 0.5, sandbox.Late: 1, sandbox.TokenIgnored: 1}
			s.faults.LateBy = sandbox.Duration(100 * time.Second)
		}},
		{"outside the proviso", oneShown, func(s *schedule) {
			s.faults.Chance[sandbox.Late], s.faults.Chance[sandbox.TokenIgnored] = 1, 1
			s.faults.LateBy = sandbox.Duration(15 * time.Hour)
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			schedules := rapid.Custom(func(t *rapid.T) schedule { return drawSchedule(t, tt.proviso) })
			for seed := range 60 {
				s := schedules.Example(seed)
				tt.breaks(&s)
				var wrong []string
				synctest.Test(t, func(t *testing.T) { wrong = s.play(t) })
				if len(wrong) > 0 {
					t.Logf("schedule %d: %s", seed, wrong[0])
					return
				}
			}
			t.Error("got nothing wrong in 60 schedules; want a double charge")
		})
	}
}

// schedule is what is drawn.
type schedule struct {
	fleet      int // resources of each kind
	months     [2]int
	seed       uint64
	delay      time.Duration // of asynchronous kinds
	faults     sandbox.Faults
	twoLedgers bool
	settle     time.Duration // 0 means the default
	acts       []act
}

// act is one thing that happens. The zero value of a field means: not that.
type act struct {
	run     *start
	pass    time.Duration // for everybody
	advance time.Duration // for the cloud only
	byHand  int           // which resource, from 1
}

// start begins a run, beside those that have not ended.
type start struct {
	ledger, plan int
	noResend     bool
	dieAt        int           // the write that is its last one
	written      bool          // whether that one reaches the disk
	dieAfter     time.Duration // or the time
	stopAfter    time.Duration // interrupted
	cancelled    bool          // by the context, not by Config.Stop
}

func drawSchedule(t *rapid.T, proviso string) schedule {
	shows, twoLedgers := proviso == oneShown, proviso == twoHonoured
	span := func(name string, from, to time.Duration) time.Duration {
		return time.Duration(rapid.Int64Range(int64(from/time.Millisecond), int64(to/time.Millisecond)).Draw(t, name)) * time.Millisecond
	}
	maybe := func(name string, from, to time.Duration) time.Duration {
		if rapid.Bool().Draw(t, name+"?") {
			return span(name, from, to)
		}
		return 0
	}
	s := schedule{
		fleet: rapid.IntRange(1, 3).Draw(t, "fleet"), twoLedgers: twoLedgers,
		seed: rapid.Uint64().Draw(t, "sandbox seed"), delay: maybe("instance delay", 0, 9*time.Minute),
	}
	lengths := rapid.SampledFrom([]int{1, 1, 2, 12})
	s.months = [2]int{lengths.Draw(t, "months"), lengths.Draw(t, "months of the other plan")}

	chance := map[sandbox.Fault]float64{}
	draw := func(name string, most int, p float64, from ...sandbox.Fault) {
		for _, f := range rapid.SliceOfNDistinct(rapid.SampledFrom(from), 0, most, rapid.ID).Draw(t, name) {
			chance[f] = p
		}
	}
	draw("faults", 4, 0.2, sandbox.LostRequest, sandbox.LostAnswer, sandbox.ResetBefore, sandbox.ResetAfter,
		sandbox.ErrorBefore, sandbox.ErrorAfter, sandbox.HTMLBefore, sandbox.HTMLAfter, sandbox.PortalBefore,
		sandbox.HangBefore, sandbox.HangAfter, sandbox.CutBody, sandbox.Delayed, sandbox.Throttle, sandbox.Refuse)
	draw("bodies", 2, 0.2, sandbox.EmptyBody, sandbox.OrderBody, sandbox.OtherBody, sandbox.BrokenBody)
	draw("others", 3, 0.3, sandbox.Slow, sandbox.WrongExpiry, sandbox.ReplayRefusal)
	chance[sandbox.ReadSlow] = rapid.SampledFrom([]float64{0, 0.3, 1}).Draw(t, "slow reads")
	draw("reads", 2, 0.1, sandbox.ReadError, sandbox.ReadHTML, sandbox.ReadLost, sandbox.ReadHang,
		sandbox.ReadThrottle, sandbox.ReadNoExpiry, sandbox.ReadNoZone, sandbox.ReadOtherID)
	s.faults = sandbox.Faults{
		Chance: chance, SlowBy: sandbox.Duration(span("slow by", 0, 14*time.Second)),
		RefuseStatus: 403, RefuseCode: "OperationDenied",
	}
	skews := []time.Duration{0, 0, 20 * time.Second, 5 * time.Minute, 40 * time.Minute, -20 * time.Second, -5 * time.Minute, -40 * time.Minute}
	if shows {
		chance[sandbox.TokenIgnored] = rapid.SampledFrom([]float64{0, 0.5, 1}).Draw(t, "ignored")
		chance[sandbox.TokenForgotten] = rapid.SampledFrom([]float64{0, 0.5}).Draw(t, "forgotten")
		chance[sandbox.Late] = rapid.SampledFrom([]float64{0, 0.5, 1}).Draw(t, "late")
		s.faults.ForgetAfter = sandbox.Duration(span("forget after", time.Second, time.Hour))
		late := span("late by", time.Millisecond, 117*time.Second) // 0 would be the sandbox's default
		if rapid.Bool().Draw(t, "just in time") {                  // where a look could come too early
			late = 100*time.Second + late/7
		}
		s.faults.LateBy = sandbox.Duration(late)
		s.faults.DelayBy = sandbox.Duration(span("delayed by", time.Millisecond, min(59*time.Second, 118*time.Second-late)))
		if rapid.Bool().Draw(t, "delayed for longer than a signature lives") { // by the cloud's clock, whatever ours says
			s.faults.DelayBy = sandbox.Duration(span("delayed by", 67*time.Second, 9*time.Minute))
		}
	} else {
		chance[sandbox.Late] = rapid.SampledFrom([]float64{0, 0.5, 1}).Draw(t, "late")
		late := []time.Duration{time.Minute, 10 * time.Minute, 5 * time.Hour, 19 * time.Hour, 30 * time.Hour}
		if twoLedgers {
			late = late[:4]
		}
		s.faults.LateBy = sandbox.Duration(rapid.SampledFrom(late).Draw(t, "late by"))
		s.faults.DelayBy = sandbox.Duration(span("delayed by", time.Millisecond, 59*time.Second))
	}
	s.faults.Skew = sandbox.Duration(rapid.SampledFrom(skews).Draw(t, "the cloud's clock is ahead by"))

	pauses := rapid.SampledFrom([]time.Duration{
		time.Second, 20 * time.Second, 2 * time.Minute, 13 * time.Minute, 3 * time.Hour,
		ResendWindow - time.Minute, ResendWindow, ResendWindow + time.Minute, 24*time.Hour - time.Minute, 24*time.Hour + time.Minute,
	})
	for range rapid.IntRange(1, 6).Draw(t, "acts") {
		run := &start{
			plan: rapid.IntRange(0, 1).Draw(t, "plan"), noResend: rapid.IntRange(0, 4).Draw(t, "--no-resend") == 4,
			dieAfter: maybe("dies after", 0, 4*time.Minute), stopAfter: maybe("stopped after", 0, 4*time.Minute),
			cancelled: rapid.Bool().Draw(t, "cancelled"),
		}
		if twoLedgers {
			run.ledger = rapid.IntRange(0, 1).Draw(t, "ledger")
		}
		if rapid.Bool().Draw(t, "dies at a write") {
			run.dieAt, run.written = rapid.IntRange(1, 12*s.fleet).Draw(t, "write"), rapid.Bool().Draw(t, "written")
		}
		s.acts = append(s.acts, act{run: run}, act{pass: pauses.Draw(t, "passes")})
		switch rapid.IntRange(0, 8).Draw(t, "besides") {
		case 7:
			s.acts = append(s.acts, act{byHand: rapid.IntRange(1, 4*s.fleet).Draw(t, "by hand")})
		case 8:
			if shows { // else it would end the tokens' 24 hours early
				s.acts = append(s.acts, act{advance: pauses.Draw(t, "the cloud's clock jumps by")})
			}
		}
	}
	return s
}

// play plays the schedule and says what is wrong with how it ended.
func (s schedule) play(t *testing.T) (wrong []string) {
	t.Helper()
	w := newWorld(t, sandbox.Config{Fleet: fleetOf(s.fleet), Seed: s.seed, InstanceDelay: s.delay})
	ledgers := []ledger.Ledger{w.led}
	if s.twoLedgers {
		ledgers = append(ledgers, openLedger(t))
	}
	var plans [2]*plan.Plan
	for i, months := range s.months {
		w.spec = specOf(fleetOf(s.fleet), months)
		plans[i] = w.plan()
	}
	if err := w.sb.SetFaults(s.faults); err != nil {
		t.Fatal(err)
	}
	hand := map[string]bool{}
	var runs sync.WaitGroup
	for _, a := range s.acts {
		switch {
		case a.run != nil:
			runs.Go(func() {
				if err := s.start(t, w, *a.run, ledgers[a.run.ledger], plans[a.run.plan]); err != nil {
					t.Error(err)
				}
			})
		case a.byHand > 0:
			r := w.sb.Resources()[a.byHand-1]
			hand[r.Region+"/"+r.Kind+"/"+r.ID] = true
			r.Expiry = plan.AddMonths(r.Expiry, 1)
			if err := w.sb.Set(r); err != nil {
				t.Fatal(err)
			}
		case a.advance > 0:
			w.sb.Advance(a.advance)
		}
		if err := pause(t.Context(), a.pass); err != nil {
			t.Fatal(err)
		}
	}
	runs.Wait()
	if err := w.sb.SetFaults(sandbox.Faults{}); err != nil {
		t.Fatal(err)
	}
	for range 2 { // and then all is well
		for _, led := range ledgers {
			if err := s.start(t, w, start{}, led, plans[0]); err != nil {
				t.Error(err)
			}
		}
	}
	return s.judge(t, w, ledgers, hand)
}

// start makes a run and awaits its end. Only one that died may end in an error.
func (s schedule) start(t *testing.T, w *world, a start, led ledger.Ledger, p *plan.Plan) error {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	cfg := w.cfg
	cfg.NoResend, cfg.SettleTimeout = a.noResend, s.settle
	cfg.Ledger = &mortal{Ledger: led, at: a.dieAt, written: a.written, after: a.dieAfter}
	if a.stopAfter > 0 {
		stop := make(chan struct{})
		cfg.Stop = stop
		timer := time.AfterFunc(a.stopAfter, func() {
			if a.cancelled {
				cancel()
			} else {
				close(stop)
			}
		})
		defer timer.Stop()
	}
	_, err := Run(ctx, cfg, p)
	if err != nil && !errors.Is(err, ledger.ErrClosed) && !errors.Is(err, context.Canceled) {
		return fmt.Errorf("running: %w", err)
	}
	if err != nil && a.dieAt == 0 && a.dieAfter == 0 && a.stopAfter == 0 {
		return fmt.Errorf("running without a reason to fail: %w", err)
	}
	return nil
}

// judge holds what was charged against what the ledgers say.
func (s schedule) judge(t *testing.T, w *world, ledgers []ledger.Ledger, hand map[string]bool) (wrong []string) {
	t.Helper()
	states := map[string][]ledger.State{}
	for _, led := range ledgers {
		recs, err := led.Records(t.Context(), "sandbox")
		if err != nil {
			t.Fatal(err)
		}
		for _, rec := range recs {
			id := rec.Region + "/" + rec.Kind + "/" + rec.ID
			states[id] = append(states[id], rec.State)
		}
	}
	charges := w.charges()
	for _, r := range w.spec.Resources {
		id, n := r.Key.String(), charges[r.Key.String()]
		known, verified := false, false
		for _, state := range states[id] {
			known = known || tells(state)
			verified = verified || state == ledger.Verified
		}
		switch {
		case n > 1:
			wrong = append(wrong, fmt.Sprintf("%s was charged %d times; the ledgers say %q", id, n, states[id]))
		case n == 1 && !known:
			wrong = append(wrong, fmt.Sprintf("%s was charged, and the ledgers say %q", id, states[id]))
		case n == 0 && verified && !hand[id]:
			wrong = append(wrong, fmt.Sprintf("%s was not charged, and the ledgers say %q", id, states[id]))
		}
	}
	return wrong
}

// tells reports whether a record in the state tells of what its run may have
// bought: it is settled as bought, or open.
func tells(s ledger.State) bool { return s.Open() && s != ledger.Claimed || s == ledger.Verified }

// mortal is a ledger whose runs die: at a write, which may still reach the disk,
// or after a time. From then on the run's lock is free, and it writes nothing.
type mortal struct {
	ledger.Ledger
	at      int
	written bool
	after   time.Duration
}

func (m *mortal) Begin(ctx context.Context, i ledger.RunInfo) (ledger.Run, error) {
	run, err := m.Ledger.Begin(ctx, i)
	if err != nil {
		return nil, err
	}
	r := &mortalRun{Run: run, fate: *m}
	if m.after > 0 {
		r.timer = time.AfterFunc(m.after, func() { r.die(context.WithoutCancel(ctx)) })
	}
	return r, nil
}

type mortalRun struct {
	ledger.Run
	fate   mortal
	timer  *time.Timer
	mu     sync.Mutex
	writes int
}

// die ends the run behind the back of whoever works with it.
func (r *mortalRun) die(ctx context.Context) { _ = r.Run.End(ctx) }

// write does a write, unless it is the run's last one and does not arrive.
func (r *mortalRun) write(ctx context.Context, do func() error) error {
	r.mu.Lock()
	r.writes++
	last := r.writes == r.fate.at
	r.mu.Unlock()
	if last && !r.fate.written {
		r.die(ctx)
	}
	err := do()
	if last {
		r.die(ctx)
		err = ledger.ErrClosed
	}
	return err
}

func (r *mortalRun) Claim(ctx context.Context, c ledger.Claim) (rec ledger.Record, owned bool, err error) {
	err = r.write(ctx, func() error {
		rec, owned, err = r.Run.Claim(ctx, c)
		return err
	})
	return rec, owned, err
}

func (r *mortalRun) Intend(ctx context.Context, k ledger.Key, t ledger.Try) error {
	return r.write(ctx, func() error { return r.Run.Intend(ctx, k, t) })
}

func (r *mortalRun) Record(ctx context.Context, u ledger.Update) error {
	return r.write(ctx, func() error { return r.Run.Record(ctx, u) })
}

func (r *mortalRun) End(ctx context.Context) error {
	if r.timer != nil {
		r.timer.Stop()
	}
	return r.Run.End(ctx)
}
