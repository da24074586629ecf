package exec

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"renewplan/internal/bce"
	"renewplan/internal/bce/sandbox"
	"renewplan/internal/ledger"
	"renewplan/internal/plan"
)

// What a run says of renewals that others have begun: earlier runs, other plans,
// runs that are alive.

// oneInstance is a world of one instance.
func oneInstance(t *testing.T) *world {
	t.Helper()
	return newWorld(t, sandbox.Config{Fleet: fleetOf(1)[3:]})
}

// leaveSending leaves a row in the ledger as a run does whose request is on its way:
// claimed, with an intent of that time. The run is alive until it is ended.
func (w *world) leaveSending(p *plan.Plan, row plan.Row, sent time.Time) ledger.Run {
	w.t.Helper()
	r, err := w.led.Begin(w.t.Context(), ledger.RunInfo{Cloud: "sandbox", PlanDigest: p.Digest, Who: "other@host"})
	if err != nil {
		w.t.Fatal(err)
	}
	key := ledger.Key{Cloud: "sandbox", Region: row.Region, Kind: string(row.Kind), ID: row.ID, Baseline: row.Baseline}
	_, owned, err := r.Claim(w.t.Context(), ledger.Claim{
		Key: key, Token: row.ClientToken, Months: row.Months, Expected: row.Expected,
		RelatedRenewFlag: row.RelatedRenewFlag, PlanDigest: p.Digest,
	})
	if err != nil || !owned {
		w.t.Fatal(owned, err)
	}
	if err := r.Intend(w.t.Context(), key, ledger.Try{Number: 1, Token: row.ClientToken, BodyDigest: "x", Sent: sent}); err != nil {
		w.t.Fatal(err)
	}
	return r
}

// leaveDead is leaveSending by a run that has ended.
func (w *world) leaveDead(p *plan.Plan, row plan.Row, sent time.Time) {
	w.t.Helper()
	if err := w.leaveSending(p, row, sent).End(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

func TestARowThatALiveRunIsSendingIsPending(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := oneInstance(t)
		p := w.plan()
		other := w.leaveSending(p, p.Rows[0], time.Now())
		stop := make(chan struct{})
		time.AfterFunc(time.Minute, func() { close(stop) })
		w.cfg.Stop = stop
		res := w.run(p).Results[0]
		if res.Outcome != plan.Pending || !strings.Contains(res.Note, other.ID()+" of other@host is at work on it") {
			t.Errorf("got %q, %q; want pending, and who is at work on it", res.Outcome, res.Note)
		}
		if err := other.End(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestARowThatWasSentBeforeAndIsNotReachedIsPending(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sandbox.Config{Fleet: longFleet(1000)})
		p := w.plan()
		last := p.Rows[len(p.Rows)-1]
		w.leaveDead(p, last, time.Now())
		w.faults("refuse=next:1")
		w.cfg.FailFast, w.cfg.Rate = true, 10
		rep := w.run(p)
		if res := rep.Results[len(rep.Results)-1]; res.Outcome != plan.Pending || !res.Earlier || res.Sends != 1 {
			t.Errorf("got %q, earlier %v, %d sends, %q; want it pending with a send of an earlier run", res.Outcome, res.Earlier, res.Sends, res.Note)
		}
		if res := rep.Results[len(rep.Results)-2]; res.Outcome != plan.NotSent {
			t.Errorf("got %q of a row that nobody has sent; want not sent", res.Outcome)
		}
	})
}

// unclaimable is a ledger that gives no claims.
type unclaimable struct{ ledger.Ledger }

type unclaimableRun struct{ ledger.Run }

func (l unclaimable) Begin(ctx context.Context, i ledger.RunInfo) (ledger.Run, error) {
	r, err := l.Ledger.Begin(ctx, i)
	return unclaimableRun{r}, err
}

func (unclaimableRun) Claim(context.Context, ledger.Claim) (ledger.Record, bool, error) {
	return ledger.Record{}, false, errDiskFull
}

// unreadable is an unclaimable ledger that gives no records either.
type unreadable struct{ unclaimable }

func (unreadable) Records(context.Context, string) ([]ledger.Record, error) { return nil, errDiskFull }

func TestARowWhoseClaimFailsIsNotSaidToBeUnsent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := oneInstance(t)
		p := w.plan()
		w.leaveDead(p, p.Rows[0], time.Now())
		for _, led := range []ledger.Ledger{unclaimable{w.led}, unreadable{unclaimable{w.led}}} {
			w.cfg.Ledger = led
			rep, err := Run(t.Context(), w.cfg, p)
			res := rep.Results[0]
			if !errors.Is(err, errDiskFull) || res.Outcome != plan.Pending && !strings.Contains(res.Note, "`renewplan status` tells whether an earlier run had") {
				t.Errorf("got %v, %q, %q; want that an earlier run may have sent it", err, res.Outcome, res.Note)
			}
		}
	})
}

// TestTheLedgersNoteIsOfTheRenewalItHas has a plan of another length settle what a run
// that was killed has bought.
func TestTheLedgersNoteIsOfTheRenewalItHas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := oneInstance(t)
		one := w.plan()
		w.spec = specOf(fleetOf(1)[3:], 3)
		three := w.plan()
		cfg := w.cfg
		cfg.Ledger = brokenLedger{Ledger: w.led, intend: func() error { return nil }, record: func(u ledger.Update) error {
			if u.Try.Number != 0 {
				return errDiskFull
			}
			return nil
		}}
		if _, err := Run(t.Context(), cfg, one); !errors.Is(err, errDiskFull) {
			t.Fatal(err)
		}
		w.wantAll(w.run(three), plan.Stale)
		recs, err := w.led.Records(t.Context(), "sandbox")
		if err != nil || recs[0].State != ledger.Verified || recs[0].Note != "" {
			t.Errorf("got %v, %q, note %q; want verified without a note", err, recs[0].State, recs[0].Note)
		}
		if res := w.run(one).Results[0]; res.Outcome != plan.Verified || res.Note != "" {
			t.Errorf("got %q, %q; want verified, and no word of the other plan", res.Outcome, res.Note)
		}
	})
}

func TestANoteNamesTheStateInTheLedger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := oneInstance(t)
		old := w.plan()
		w.leaveDead(old, old.Rows[0], time.Now())
		recs, err := w.led.Records(t.Context(), "sandbox")
		if err != nil {
			t.Fatal(err)
		}
		if err := w.led.Resolve(t.Context(), recs[0].Key, ledger.Resolution{Reason: "no order in the console", Who: "me"}); err != nil {
			t.Fatal(err)
		}
		w.wantAll(w.run(w.plan()), plan.Verified)
		if res := w.run(old).Results[0]; res.Outcome != plan.Stale || !strings.Contains(res.Note, `stands at "verified"`) {
			t.Errorf("got %q, %q; want stale, and that the ledger has it verified", res.Outcome, res.Note)
		}
	})
}

// TestARecordInDoubtHasNoNoteOfTheTryBefore throttles a send, and kills the run when
// the next one is out.
func TestARecordInDoubtHasNoNoteOfTheTryBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := oneInstance(t)
		p := w.plan()
		w.faults("throttle=next:1,retry-after=1s")
		cfg := w.cfg
		cfg.Ledger = brokenLedger{Ledger: w.led, intend: func() error { return nil }, record: func(u ledger.Update) error {
			if u.Try.Number == 2 {
				return errDiskFull
			}
			return nil
		}}
		if _, err := Run(t.Context(), cfg, p); !errors.Is(err, errDiskFull) {
			t.Fatal(err)
		}
		w.wantCharges(1)
		recs, err := w.led.Records(t.Context(), "sandbox")
		if err != nil {
			t.Fatal(err)
		}
		if r := recs[0]; r.State != ledger.Sending || r.Note != "" || r.HTTPStatus != 0 || len(r.Tries) != 2 {
			t.Errorf("got %q, HTTP %d, note %q, %d tries; want sending, and no word of the first try", r.State, r.HTTPStatus, r.Note, len(r.Tries))
		}
	})
}

// deaf passes purchases on and says that there were too many.
type deaf struct{ http.RoundTripper }

func (d deaf) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := d.RoundTripper.RoundTrip(r)
	if err == nil && r.Method == http.MethodPut {
		_ = resp.Body.Close()
		resp.StatusCode, resp.Body, resp.ContentLength = http.StatusTooManyRequests, io.NopCloser(strings.NewReader("")), 0
	}
	return resp, err
}

func TestWhatWasSentIsNotSaidToBeUnsent(t *testing.T) {
	t.Run("renewed, and called throttled", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := oneInstance(t)
			p := w.plan()
			c, err := bce.New(bce.Config{
				Credentials: bce.Credentials{AccessKeyID: sandbox.AccessKeyID, SecretAccessKey: sandbox.SecretAccessKey},
				Transport:   deaf{w.sb.Transport()},
			})
			if err != nil {
				t.Fatal(err)
			}
			w.cfg.Cloud = c
			if res := w.run(p).Results[0]; res.Outcome != plan.Already || res.Sends == 0 || !strings.Contains(res.Note, "throttled all that was sent") {
				t.Errorf("got %q after %d sends, %q; want that something was sent", res.Outcome, res.Sends, res.Note)
			}
		})
	})
	t.Run("throttled, and renewed by somebody else", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := oneInstance(t)
			p := w.plan()
			w.faults("throttle=next:1,retry-after=60s")
			time.AfterFunc(30*time.Second, func() {
				r := w.sb.Resources()[0]
				r.Expiry = r.Expiry.AddDate(0, 5, 0)
				if err := w.sb.Set(r); err != nil {
					t.Error(err)
				}
			})
			if res := w.run(p).Results[0]; res.Outcome != plan.Stale || !strings.Contains(res.Note, "throttled all that was sent") {
				t.Errorf("got %q after %d sends, %q; want stale, and that something was sent", res.Outcome, res.Sends, res.Note)
			}
		})
	})
}

// TestAClockThatStandsBeforeTheSendResendsNothing has a row that was sent by a clock
// that was a day ahead. The purchase shows when the cloud has forgotten the token.
func TestAClockThatStandsBeforeTheSendResendsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := oneInstance(t)
		p := w.plan()
		row := p.Rows[0]
		k, _ := bce.KindByName(string(row.Kind))
		w.leaveDead(p, row, time.Now().Add(24*time.Hour))
		w.faults("late=1,late-by=40h")
		order := bce.Renewal{Region: row.Region, Kind: k, ID: row.ID, Months: row.Months, ClientToken: row.ClientToken}
		if a := w.cfg.Cloud.Renew(t.Context(), order); a.Class != bce.Accepted {
			t.Fatal(a)
		}
		rep, took := w.runForHours(p)
		w.wantAll(rep, plan.Unresolved)
		if rep.Interrupted || took > time.Hour {
			t.Errorf("got interrupted %v after %v; want it to end by itself within the settle time", rep.Interrupted, took)
		}
		time.Sleep(48 * time.Hour)
		w.wantCharges(1)
	})
}
