package exec

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"renewplan/internal/bce"
	"renewplan/internal/bce/sandbox"
	"renewplan/internal/plan"
)

// longFleet is n resources of a kind that is listed by region.
func longFleet(n int) []sandbox.Resource {
	expiry := time.Now().UTC().Truncate(time.Second).AddDate(0, 0, 10)
	var fleet []sandbox.Resource
	for i := range n {
		fleet = append(fleet, sandbox.Resource{
			Region: "bj", Kind: "eipgroup", ID: fmt.Sprintf("eg-%04d", i), Payment: "Prepaid", Expiry: expiry,
		})
	}
	return fleet
}

// runForHours applies a plan in synthetic time, and interrupts it after two hours.
func (w *world) runForHours(p *plan.Plan) (rep Report, took time.Duration) {
	w.t.Helper()
	stop := make(chan struct{})
	w.cfg.Stop = stop
	timer := time.AfterFunc(2*time.Hour, func() { close(stop) })
	defer timer.Stop()
	began := time.Now()
	rep = w.run(p)
	return rep, time.Since(began)
}

// TestLooksThatTakeLongerThanTheyStayFreshHangNothing reads by lists of two and of
// three pages, which are older than a send allows when their last page has come.
func TestLooksThatTakeLongerThanTheyStayFreshHangNothing(t *testing.T) {
	for _, tt := range []struct {
		resources, rows int
		page            string
	}{{1010, 5, "8s"}, {2100, 60, "6s"}} {
		t.Run(fmt.Sprint(tt.rows, " rows"), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fleet := longFleet(tt.resources)
				w := newWorld(t, sandbox.Config{Fleet: fleet})
				w.spec = specOf(fleet[tt.resources-tt.rows:], 1)
				p := w.plan()
				w.faults("read-slow=1,slow-by=" + tt.page)
				rep, took := w.runForHours(p)
				w.wantAll(rep, plan.Verified)
				w.wantCharges(1)
				if took > 10*time.Minute {
					t.Errorf("got %v; want minutes", took)
				}
			})
		})
	}
}

func TestARateThatIsTooLowForFreshLooksEndsAndSaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sandbox.Config{Fleet: fleetOf(2)[6:]})
		p := w.plan()
		w.cfg.Rate = 0.06
		rep, took := w.runForHours(p)
		w.wantAll(rep, plan.NotSent)
		w.wantCharges(0)
		if rep.Interrupted || took > time.Hour {
			t.Errorf("got interrupted %v after %v, %q; want it to end by itself", rep.Interrupted, took, rep.Results[0].Note)
		}
	})
}

func TestACloudThatThrottlesEveryPurchaseEndsTheRun(t *testing.T) {
	for _, n := range []int{1, 3, 20} {
		t.Run(fmt.Sprint(n, " rows"), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, sandbox.Config{Fleet: fleetOf(n)[3*n:]})
				p := w.plan()
				w.faults("throttle=1")
				rep, took := w.runForHours(p)
				w.wantAll(rep, plan.NotSent)
				w.wantCharges(0)
				if rep.Interrupted || took > 30*time.Minute {
					t.Errorf("got interrupted %v after %v; want it to end by itself", rep.Interrupted, took)
				}
				if note := rep.Results[0].Note; note[:len("nothing was bought: ")] != "nothing was bought: " {
					t.Errorf("got %q; want that nothing was bought, for something was sent", note)
				}
			})
		})
	}
}

// slowHost is a cloud that is slow to sell one kind.
type slowHost struct {
	Cloud
	slow  string
	began time.Time
	first map[string]time.Duration // of each kind, when it was first sent
}

func (s slowHost) Renew(ctx context.Context, r bce.Renewal) bce.Answer {
	if _, sent := s.first[r.Kind.Name]; !sent {
		s.first[r.Kind.Name] = time.Since(s.began)
	}
	if r.Kind.Name == s.slow {
		<-time.After(10 * time.Second)
	}
	return s.Cloud.Renew(ctx, r)
}

func TestHostsTakeTurnsWhereThereAreFewPlaces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sandbox.Config{Fleet: fleetOf(30)})
		p := w.plan()
		s := slowHost{w.cfg.Cloud, "eipgroup", time.Now(), map[string]time.Duration{}}
		w.cfg.Cloud, w.cfg.Parallelism = s, 1
		rep := w.run(p)
		w.wantAll(rep, plan.Verified)
		for kind, first := range s.first {
			if kind != "eipgroup" && first < time.Minute {
				return // the first of the other host
			}
		}
		t.Errorf("first sends: got %v; want one of the other host within a minute", s.first)
	})
}

// patient asks for patience whenever attached things are read.
type patient struct{ Cloud }

func (c patient) Query(ctx context.Context, q bce.Query) bce.Page {
	if q.Kind.Name != "instance" {
		return bce.Page{At: time.Now(), Requests: 1, Err: &bce.Error{
			Op: "reading", HTTPStatus: 429, Problem: bce.ThrottledRead, RetryAfter: 5 * time.Minute,
		}}
	}
	return c.Cloud.Query(ctx, q)
}

func TestNobodyWaitsForHoursForWhatIsRenewedAlong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := hungWorld(t, sandbox.Config{}, "CDS_EIP", "CDS", "EIP", "CDS_EIP_MKT", "")
		p := w.fullPlan()
		w.cfg.Cloud = patient{w.cfg.Cloud}
		rep, took := w.runForHours(p)
		w.wantAll(rep, plan.Verified)
		if took > 2*mostAlong {
			t.Errorf("got %v; want little more than %v", took, mostAlong)
		}
		if got := followedBy(rep.Results[0]); len(got) != 2 || got[0] != "unknown CDS v-0 (nobody looked: the cloud was too slow)" {
			t.Errorf("got %q; want them unknown", got)
		}
	})
}

func TestAPlanDoesNotWaitForHoursForWhatIsRenewedAlong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := hungWorld(t, sandbox.Config{}, "CDS_EIP", "CDS", "EIP", "")
		seen := w.observe()
		p := w.build(seen)
		w.cfg.Cloud = patient{w.cfg.Cloud}
		began := time.Now()
		_, err := ObserveAttached(t.Context(), w.cfg, p, seen)
		if took := time.Since(began); err != nil || took > mostAlong {
			t.Errorf("got %v after %v; want no error and at most %v", err, took, mostAlong)
		}
		for key, o := range seen {
			for _, a := range o.Attached {
				if a.Problem != "the cloud was too slow" {
					t.Errorf("%s: got %+v; want that the cloud was too slow", key, a)
				}
			}
		}
	})
}
