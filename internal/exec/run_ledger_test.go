package exec

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"renewplan/internal/bce/sandbox"
	"renewplan/internal/ledger"
	"renewplan/internal/plan"
)

// brokenRun fails chosen writes, as a full disk does.
type brokenRun struct {
	ledger.Run
	intend func() error
	record func(ledger.Update) error
}

func (b brokenRun) Intend(ctx context.Context, k ledger.Key, t ledger.Try) error {
	if err := b.intend(); err != nil {
		return err
	}
	return b.Run.Intend(ctx, k, t)
}

func (b brokenRun) Record(ctx context.Context, u ledger.Update) error {
	if err := b.record(u); err != nil {
		return err
	}
	return b.Run.Record(ctx, u)
}

type brokenLedger struct {
	ledger.Ledger
	intend func() error
	record func(ledger.Update) error
}

func (b brokenLedger) Begin(ctx context.Context, i ledger.RunInfo) (ledger.Run, error) {
	r, err := b.Ledger.Begin(ctx, i)
	return brokenRun{Run: r, intend: b.intend, record: b.record}, err
}

var errDiskFull = errors.New("disk full")

func TestNothingIsSentThatCannotBeRecorded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sandbox.Config{Fleet: fleetOf(10)})
		p := w.plan()
		cfg := w.cfg
		cfg.Ledger = brokenLedger{
			Ledger: w.led,
			intend: func() error { return errDiskFull },
			record: func(ledger.Update) error { return nil },
		}
		rep, err := Run(t.Context(), cfg, p)
		if !errors.Is(err, errDiskFull) {
			t.Errorf("got error %v; want the ledger's", err)
		}
		w.wantAll(rep, plan.NotSent)
		w.wantCharges(0)
		w.wantAll(w.run(p), plan.Verified)
		w.wantCharges(1)
	})
}

func TestAnOutcomeThatCouldNotBeRecordedIsSettledLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sandbox.Config{Fleet: fleetOf(10)})
		p := w.plan()
		cfg := w.cfg
		cfg.Ledger = brokenLedger{
			Ledger: w.led,
			intend: func() error { return nil },
			record: func(u ledger.Update) error {
				if u.Try.Number != 0 {
					return errDiskFull
				}
				return nil
			},
		}
		rep, err := Run(t.Context(), cfg, p)
		if !errors.Is(err, errDiskFull) {
			t.Errorf("got error %v; want the ledger's", err)
		}
		if got := len(w.sb.Charges()); got == 0 || got > DefaultParallelism {
			t.Errorf("got %d charges; want what was in flight, at most %d", got, DefaultParallelism)
		}
		for _, res := range rep.Results {
			bought := w.charges()[res.Key.String()] > 0
			if bought != (res.Outcome == plan.Pending) {
				t.Errorf("%s: got %q; bought: %v", res.Key, res.Outcome, bought)
			}
		}
		w.wantAll(w.run(p), plan.Verified)
		w.wantCharges(1)
	})
}
