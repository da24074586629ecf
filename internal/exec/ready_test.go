package exec

import (
	"testing"
	"testing/synctest"
	"time"

	"renewplan/internal/bce/sandbox"
	"renewplan/internal/plan"
)

// TestNothingIsSentBeforeTheRunIsReady is not ready for longer than looks stay fresh.
func TestNothingIsSentBeforeTheRunIsReady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sandbox.Config{Fleet: fleetOf(10)})
		p := w.plan()
		ready := make(chan struct{})
		w.cfg.Ready = ready
		time.AfterFunc(2*Freshness, func() {
			w.wantCharges(0)
			close(ready)
		})
		w.wantAll(w.run(p), plan.Verified)
		w.wantCharges(1)
	})
}

func TestAnInterruptEndsARunThatIsNotReady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sandbox.Config{Fleet: fleetOf(10)})
		p := w.plan()
		stop := make(chan struct{})
		w.cfg.Ready, w.cfg.Stop = make(chan struct{}), stop
		time.AfterFunc(time.Minute, func() { close(stop) })
		began := time.Now()
		rep := w.run(p)
		w.wantAll(rep, plan.NotSent)
		w.wantCharges(0)
		if took := time.Since(began); !rep.Interrupted || took > time.Minute+time.Second {
			t.Errorf("got interrupted %v after %v; want it to end with the interrupt", rep.Interrupted, took)
		}
	})
}

// TestProgressCountsWhatIsSent has purchases that show after a minute.
func TestProgressCountsWhatIsSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sandbox.Config{Fleet: fleetOf(10)[30:], InstanceDelay: time.Minute})
		w.faults("late=1,late-by=1m")
		p := w.plan()
		ahead := false
		var last plan.Progress
		w.cfg.Progress = func(now plan.Progress) {
			if now.Sent < now.Done || now.Sent < last.Sent || now.Sent > now.Total {
				t.Errorf("got %+v after %+v; want sent between done and total, and never less", now, last)
			}
			ahead = ahead || now.Sent == 10 && now.Done == 0
			last = now
		}
		w.wantAll(w.run(p), plan.Verified)
		if !ahead || last.Sent != 10 {
			t.Errorf("got %+v in the end, all sent before any was done: %v; want 10, and that", last, ahead)
		}
	})
}
