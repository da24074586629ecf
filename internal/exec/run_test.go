package exec

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"renewplan/internal/bce"
	"renewplan/internal/bce/sandbox"
	"renewplan/internal/ledger"
	"renewplan/internal/plan"
)

func TestRunRenewsEveryKindOnceAndReadsItBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sandbox.Config{Fleet: fleetOf(20), InstanceDelay: 90 * time.Second})
		for i := range w.spec.Resources {
			w.spec.Resources[i].MonthlyPrice = "1.50"
		}
		var spent string
		w.cfg.Progress = func(now plan.Progress) { spent = now.Spent }
		p := w.plan()
		rep := w.run(p)
		w.wantAll(rep, plan.Verified)
		w.wantCharges(1)
		if spent != "120.00" {
			t.Errorf("got %q spent; want 120.00", spent)
		}
		for _, res := range rep.Results {
			if !res.After.Equal(res.Expected) || res.Sends != 1 || res.Earlier {
				t.Errorf("%s: got expiry %v, %d sends, earlier %v; want %v, 1, false", res.Key, res.After, res.Sends, res.Earlier, res.Expected)
			}
		}

		again := w.run(p)
		w.wantAll(again, plan.Verified)
		w.wantCharges(1)
		if spent != "" {
			t.Errorf("applying a finished plan: got %q spent; want nothing", spent)
		}
		if again.Requests != 0 {
			t.Errorf("applying a finished plan made %d requests; want 0", again.Requests)
		}
		for _, res := range again.Results {
			if !res.Earlier || !res.After.Equal(res.Expected) || res.Note != "" {
				t.Errorf("%s: got earlier %v, expiry %v, note %q; want true, %v and none", res.Key, res.Earlier, res.After, res.Note, res.Expected)
			}
		}
		if next := w.plan(); next.Totals.Renew != 0 || next.Totals.NotDue != len(w.spec.Resources) {
			t.Errorf("planning again got %+v; want everything not due", next.Totals)
		}
	})
}

// TestRunSurvivesTheCloud gives every purchase's first try one misbehaviour.
func TestRunSurvivesTheCloud(t *testing.T) {
	for _, tt := range []struct {
		faults  []sandbox.Fault
		charges int
		outcome plan.Outcome
		sends   int
	}{
		{[]sandbox.Fault{sandbox.LostRequest}, 1, plan.Verified, 2},
		{[]sandbox.Fault{sandbox.LostAnswer}, 1, plan.Verified, 1},
		{[]sandbox.Fault{sandbox.ResetBefore}, 1, plan.Verified, 2},
		{[]sandbox.Fault{sandbox.ResetAfter}, 1, plan.Verified, 1},
		{[]sandbox.Fault{sandbox.ErrorBefore}, 1, plan.Verified, 2},
		{[]sandbox.Fault{sandbox.ErrorAfter}, 1, plan.Verified, 1},
		{[]sandbox.Fault{sandbox.HTMLBefore}, 1, plan.Verified, 2},
		{[]sandbox.Fault{sandbox.HTMLAfter}, 1, plan.Verified, 1},
		{[]sandbox.Fault{sandbox.PortalBefore}, 1, plan.Verified, 2},
		{[]sandbox.Fault{sandbox.HangBefore}, 1, plan.Verified, 2},
		{[]sandbox.Fault{sandbox.HangAfter}, 1, plan.Verified, 1},
		{[]sandbox.Fault{sandbox.CutBody}, 1, plan.Verified, 1},
		{[]sandbox.Fault{sandbox.Delayed}, 1, plan.Verified, 1},
		{[]sandbox.Fault{sandbox.Throttle}, 1, plan.Verified, 2},
		{[]sandbox.Fault{sandbox.EmptyBody}, 1, plan.Verified, 1},
		{[]sandbox.Fault{sandbox.OrderBody}, 1, plan.Verified, 1},
		{[]sandbox.Fault{sandbox.OtherBody}, 1, plan.Verified, 1},
		{[]sandbox.Fault{sandbox.BrokenBody}, 1, plan.Verified, 1},
		{[]sandbox.Fault{sandbox.Slow}, 1, plan.Verified, 1},
		{[]sandbox.Fault{sandbox.Late}, 1, plan.Verified, 1},
		{[]sandbox.Fault{sandbox.WrongExpiry}, 1, plan.Deviates, 1},
		{[]sandbox.Fault{sandbox.TokenIgnored, sandbox.LostAnswer}, 1, plan.Verified, 1},
		{[]sandbox.Fault{sandbox.TokenForgotten, sandbox.LostAnswer}, 1, plan.Verified, 1},
		// Visible late, but the token is honoured: the resend is answered with the first result.
		{[]sandbox.Fault{sandbox.Late, sandbox.LostAnswer}, 1, plan.Verified, 2},
	} {
		t.Run(fmt.Sprint(tt.faults), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fleet := fleetOf(2)
				var faults sandbox.Faults
				faults.LateBy = sandbox.Duration(5 * time.Minute)
				for _, r := range fleet {
					if kind, _ := bce.KindByName(r.Kind); kind.Async && tt.sends == 2 && tt.faults[0] == sandbox.Late {
						continue // its settle time is longer than the delay
					}
					faults.Script = append(faults.Script, sandbox.Step{Faults: tt.faults, ID: r.ID})
				}
				w := newWorld(t, sandbox.Config{Fleet: fleet, Faults: faults})
				rep := w.run(w.plan())
				w.wantCharges(tt.charges)
				for _, res := range rep.Results {
					if kind, _ := bce.KindByName(string(res.Kind)); kind.Async && tt.faults[0] == sandbox.Late && tt.sends == 2 {
						continue
					}
					if res.Outcome != tt.outcome || res.Sends != tt.sends {
						t.Errorf("%s: got %q after %d sends (%s); want %q after %d", res.Key, res.Outcome, res.Sends, res.Note, tt.outcome, tt.sends)
					}
				}
			})
		})
	}
}

func TestRefusedRowsBuyNothingAndMayBePlannedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fleet := fleetOf(1)
		var faults sandbox.Faults
		faults.RefuseStatus, faults.RefuseCode = 409, "OperationDenied"
		for _, r := range fleet {
			faults.Script = append(faults.Script, sandbox.Step{Faults: []sandbox.Fault{sandbox.Refuse}, ID: r.ID})
		}
		w := newWorld(t, sandbox.Config{Fleet: fleet, Faults: faults})
		p := w.plan()
		rep := w.run(p)
		w.wantAll(rep, plan.RefusedByCloud)
		w.wantCharges(0)
		for _, res := range rep.Results {
			if res.Code != "OperationDenied" || res.HTTPStatus != 409 || res.RequestID == "" {
				t.Errorf("%s: got code %q, status %d, request id %q; want OperationDenied, 409, an id", res.Key, res.Code, res.HTTPStatus, res.RequestID)
			}
		}
		w.wantAll(w.run(p), plan.Verified)
		w.wantCharges(1)
	})
}

func TestNoResendLeavesTheRowToALaterRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fleet := fleetOf(1)
		w := newWorld(t, sandbox.Config{Fleet: fleet, Faults: sandbox.Faults{
			Script: []sandbox.Step{{Faults: []sandbox.Fault{sandbox.LostRequest}, Times: len(fleet)}},
		}})
		p := w.plan()
		cfg := w.cfg
		cfg.NoResend = true
		w.wantAll(w.runWith(t.Context(), cfg, p), plan.Unresolved)
		w.wantCharges(0)
		if again := w.plan(); again.Totals.Open != len(fleet) {
			t.Errorf("planning again got %+v; want every row open", again.Totals)
		}
		w.wantAll(w.run(p), plan.Verified)
		w.wantCharges(1)
	})
}

func TestWhatAPersonCallsBoughtIsNotCalledRenewedUntilItIsRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fleet := fleetOf(1)[:1]
		w := newWorld(t, sandbox.Config{Fleet: fleet, Faults: sandbox.Faults{
			Script: []sandbox.Step{{Faults: []sandbox.Fault{sandbox.LostRequest}}},
		}})
		p := w.plan()
		cfg := w.cfg
		cfg.NoResend = true
		w.wantAll(w.runWith(t.Context(), cfg, p), plan.Unresolved)
		recs, err := w.led.Records(t.Context(), "sandbox")
		if err != nil {
			t.Fatal(err)
		}
		if err := w.led.Resolve(t.Context(), recs[0].Key, ledger.Resolution{Bought: true, Reason: "r", Who: "w"}); err != nil {
			t.Fatal(err)
		}
		rep := w.run(p)
		w.wantAll(rep, plan.Unverified)
		if note := rep.Results[0].Note; !strings.Contains(note, "--not-bought") {
			t.Errorf("got note %q; want the command that takes it back", note)
		}
		moved := fleet[0]
		moved.Expiry = rep.Results[0].Expected
		if err := w.sb.Set(moved); err != nil {
			t.Fatal(err)
		}
		w.wantAll(w.run(p), plan.Already)
		w.wantCharges(0)
	})
}

func TestARowThatIsNotAsPlannedIsNotSent(t *testing.T) {
	fleet := func() sandbox.Resource { return fleetOf(1)[1] } // the instance
	for _, tt := range []struct {
		name    string
		change  func(*sandbox.Resource)
		outcome plan.Outcome
		note    string
	}{
		{"renewed by hand as planned", func(r *sandbox.Resource) { r.Expiry = plan.AddMonths(r.Expiry, 1) }, plan.Already, "by whom"},
		{"renewed by hand otherwise", func(r *sandbox.Resource) { r.Expiry = plan.AddMonths(r.Expiry, 2) }, plan.Stale, "moved from"},
		{"being resized", func(r *sandbox.Resource) { r.Status = "Scaling" }, plan.Stale, "Scaling"},
		{"postpaid now", func(r *sandbox.Resource) { r.Payment, r.Expiry = "Postpaid", time.Time{} }, plan.Stale, "Postpaid"},
		{"dedicated", func(r *sandbox.Resource) { r.Dedicated = true }, plan.Stale, "dedicated"},
		{"renews itself now, which the spec refuses", func(r *sandbox.Resource) { r.AutoRenew = new(bool); *r.AutoRenew = true }, plan.Stale, "auto-renew is on now"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, sandbox.Config{Fleet: []sandbox.Resource{fleet()}})
				w.spec.Limits.RefuseAutoRenew = true
				p := w.plan()
				changed := fleet()
				tt.change(&changed)
				if err := w.sb.Set(changed); err != nil {
					t.Fatal(err)
				}
				rep := w.run(p)
				w.wantAll(rep, tt.outcome)
				w.wantCharges(0)
				if note := rep.Results[0].Note; !strings.Contains(note, tt.note) {
					t.Errorf("got note %q; want it to say %q", note, tt.note)
				}
				if rep.Results[0].Sends != 0 {
					t.Errorf("got %d sends; want 0", rep.Results[0].Sends)
				}
			})
		})
	}
}

func TestTwoPlansOfDifferentLengthBuyOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sandbox.Config{Fleet: fleetOf(10), InstanceDelay: time.Minute})
		one := w.plan()
		w.spec = specOf(fleetOf(10), 3)
		three := w.plan()
		other := w.cfg
		other.Ledger = openLedger(t)
		var reps [2]Report
		var wg sync.WaitGroup
		wg.Go(func() { reps[0] = w.runWith(t.Context(), w.cfg, one) })
		wg.Go(func() { reps[1] = w.runWith(t.Context(), other, three) })
		wg.Wait()
		w.wantCharges(1)
		for i := range reps[0].Results {
			a, b := reps[0].Results[i], reps[1].Results[i]
			if a.Outcome != plan.Verified {
				a, b = b, a
			}
			if a.Outcome != plan.Verified || (b.Outcome != plan.Conflict && b.Outcome != plan.Stale) {
				t.Errorf("%s: got %q and %q; want one verified, the other in conflict or stale", a.Key, a.Outcome, b.Outcome)
			}
		}
	})
}

func TestTwoRunnersOnOneLedgerBuyOnceAndBothReport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sandbox.Config{Fleet: fleetOf(10), InstanceDelay: time.Minute})
		p := w.plan()
		var reps [2]Report
		var wg sync.WaitGroup
		for i := range reps {
			wg.Go(func() { reps[i] = w.runWith(t.Context(), w.cfg, p) })
		}
		wg.Wait()
		w.wantCharges(1)
		for i := range reps {
			w.wantAll(reps[i], plan.Verified)
		}
		for i, res := range reps[0].Results {
			if res.Earlier == reps[1].Results[i].Earlier {
				t.Errorf("%s: both or neither run says that it sent it; want exactly one", res.Key)
			}
		}
	})
}

func TestAWrongKeyStopsTheRunAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sandbox.Config{Fleet: fleetOf(50)})
		p := w.plan()
		w.cfg.Cloud = clientOf(t, w.sb, "wrong")
		rep := w.run(p)
		w.wantAll(rep, plan.NotSent)
		w.wantCharges(0)
		if !strings.Contains(rep.Stopped, "SignatureDoesNotMatch") || rep.Requests > 2*DefaultParallelism {
			t.Errorf("got stopped %q after %d requests; want SignatureDoesNotMatch after few", rep.Stopped, rep.Requests)
		}
		keys, _ := plan.Keys(w.spec, "")
		_, _, err := Observe(t.Context(), w.cfg, keys)
		if _, ok := errors.AsType[*AccountError](err); !ok {
			t.Errorf("observing got error %v; want an *AccountError", err)
		}
	})
}

func TestRefusalsOfOneUnknownCodeInARowStopTheRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sandbox.Config{Fleet: fleetOf(50), Faults: sandbox.Faults{
			Chance: map[sandbox.Fault]float64{sandbox.Refuse: 1}, RefuseStatus: 403, RefuseCode: "SomethingNew",
		}})
		rep := w.run(w.plan())
		w.wantCharges(0)
		refused := 0
		for _, res := range rep.Results {
			if res.Outcome == plan.RefusedByCloud {
				refused++
			}
		}
		if refused < refusalsInARow || refused > refusalsInARow+DefaultParallelism || !strings.Contains(rep.Stopped, "SomethingNew") {
			t.Errorf("got %d refused and stopped %q; want about %d and SomethingNew", refused, rep.Stopped, refusalsInARow)
		}
	})
}

func TestAnInterruptDrainsAndTheNextRunGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sandbox.Config{Fleet: fleetOf(25), InstanceDelay: 5 * time.Minute, Faults: sandbox.Faults{
			Chance: map[sandbox.Fault]float64{sandbox.Slow: 1},
		}})
		p := w.plan()
		stop := make(chan struct{})
		cfg := w.cfg
		cfg.Stop = stop
		cfg.Progress = func(p plan.Progress) {
			if p.Done+p.Waiting >= 20 && stop != nil {
				close(stop)
				stop = nil
			}
		}
		rep := w.runWith(t.Context(), cfg, p)
		if !rep.Interrupted {
			t.Error("got a report that was not interrupted")
		}
		count := map[plan.Outcome]int{}
		for _, res := range rep.Results {
			count[res.Outcome]++
		}
		if count[plan.NotSent] < 50 || count[plan.NotSent]+count[plan.Pending]+count[plan.Verified] != 100 {
			t.Errorf("got %v; want most not sent, the rest pending or verified", count)
		}
		if got := len(w.sb.Charges()); got != 100-count[plan.NotSent] {
			t.Errorf("got %d charges; want %d: what is not called not sent was bought", got, 100-count[plan.NotSent])
		}
		w.sb.Advance(2 * time.Hour)
		w.wantAll(w.run(p), plan.Verified)
		w.wantCharges(1)
	})
}

func TestARequestThatWaitedTooLongIsLookedAtAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sandbox.Config{Fleet: fleetOf(1)[:1]})
		p := w.plan()
		slow := true
		cfg := w.cfg
		cfg.Ledger = brokenLedger{
			Ledger: w.led,
			intend: func() error {
				if slow {
					slow = false
					return pause(t.Context(), Freshness+time.Second)
				}
				return nil
			},
			record: func(ledger.Update) error { return nil },
		}
		rep := w.runWith(t.Context(), cfg, p)
		w.wantAll(rep, plan.Verified)
		w.wantCharges(1)
		recs, err := w.led.Records(t.Context(), "sandbox")
		if err != nil {
			t.Fatal(err)
		}
		if tries := recs[0].Tries; len(tries) != 2 || tries[0].Outcome != "not sent" || tries[1].Outcome != "accepted" {
			t.Errorf("got tries %+v; want one not sent, then one accepted", tries)
		}
	})
}

// TestRunUnderEverything mixes all that may go wrong, over many seeds, and
// resumes until everything is settled.
func TestRunUnderEverything(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				chance := map[sandbox.Fault]float64{}
				for _, f := range []sandbox.Fault{
					sandbox.LostRequest, sandbox.LostAnswer, sandbox.ResetBefore, sandbox.ResetAfter, sandbox.ErrorBefore,
					sandbox.ErrorAfter, sandbox.HTMLBefore, sandbox.HTMLAfter, sandbox.HangBefore, sandbox.HangAfter,
					sandbox.CutBody, sandbox.Delayed, sandbox.Throttle, sandbox.BrokenBody, sandbox.OtherBody, sandbox.EmptyBody,
					sandbox.ReadError, sandbox.ReadHTML, sandbox.ReadLost, sandbox.ReadThrottle, sandbox.ReadNoZone,
				} {
					chance[f] = 0.04
				}
				if seed%2 == 0 { // inside the proviso: visible within the settle time
					chance[sandbox.TokenIgnored] = 0.5
				} else { // or tokens are honoured
					chance[sandbox.Late] = 0.3
				}
				w := newWorld(t, sandbox.Config{Fleet: fleetOf(15), Seed: seed})
				p := w.plan()
				if err := w.sb.SetFaults(sandbox.Faults{Chance: chance, LateBy: sandbox.Duration(4 * time.Minute)}); err != nil {
					t.Fatal(err)
				}
				for range 5 {
					w.run(p)
				}
				charges, unresolved := w.charges(), 0
				for _, res := range w.run(p).Results {
					n := charges[res.Key.String()]
					switch res.Outcome {
					case plan.Verified:
						if n != 1 {
							t.Errorf("%s is called verified and was charged %d times", res.Key, n)
						}
					case plan.Unresolved: // four sends in a row went wrong
						unresolved++
						if n > 1 || res.Sends <= MaxResends {
							t.Errorf("%s: unresolved after %d sends, charged %d times", res.Key, res.Sends, n)
						}
					default:
						t.Errorf("%s: got %q (%s)", res.Key, res.Outcome, res.Note)
					}
				}
				if unresolved > len(w.spec.Resources)/10 {
					t.Errorf("%d of %d rows are unresolved", unresolved, len(w.spec.Resources))
				}
			})
		})
	}
}
