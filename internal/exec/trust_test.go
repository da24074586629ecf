package exec

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"renewplan/internal/bce"
	"renewplan/internal/bce/sandbox"
	"renewplan/internal/plan"
)

func TestTrustIsUsedUpAndEarnedBack(t *testing.T) {
	h := newTrust(10)
	now := time.Now()
	h.well()
	n := 0
	for ; h.lost == ""; n++ {
		h.failed(false, fmt.Sprint("failure ", n+1), now)
	}
	if n != leastBudget+10+1 || h.lost != "too many requests in a row failed, the newest: failure 61" {
		t.Errorf("got it lost after %d failures: %q; want one more than %d", n, h.lost, leastBudget+10)
	}
}

func TestAHostThatNeverAnswersIsLostSoon(t *testing.T) {
	began := time.Now()
	for _, tt := range []struct {
		name     string
		every    time.Duration
		answered bool // the first one
		want     int  // failures until it is lost
	}{
		{"one failure a second", time.Second, false, 6},
		{"failures at once, until five seconds are over", 100 * time.Millisecond, false, 51},
		{"failures that take ten seconds", 10 * time.Second, false, 6},
		{"a host that has answered with an error", time.Second, true, 150},
	} {
		h := newTrust(100)
		n := 0
		for ; h.lost == ""; n++ {
			h.failed(tt.answered && n == 0, "no route", began.Add(time.Duration(n)*tt.every))
		}
		if n != tt.want {
			t.Errorf("%s: got it lost after %d, %q; want %d", tt.name, n, h.lost, tt.want)
		}
	}
}

// slowRegion is a cloud of which one region refuses connections and the other takes
// its time for each purchase.
type slowRegion struct {
	Cloud
	dead string
	took time.Duration
}

func (s slowRegion) Query(ctx context.Context, q bce.Query) bce.Page {
	if q.Region == s.dead {
		return bce.Page{At: time.Now(), Requests: 1, Err: &bce.Error{Op: "reading", Problem: bce.Transient, Err: fmt.Errorf("connection refused")}}
	}
	return s.Cloud.Query(ctx, q)
}

func (s slowRegion) Renew(ctx context.Context, r bce.Renewal) bce.Answer {
	if pause(ctx, s.took) != nil {
		return bce.Answer{Class: bce.NotSent, Err: ctx.Err()}
	}
	return s.Cloud.Renew(ctx, r)
}

// TestADeadRegionEndsOnlyItsOwnRows has many rows in a region that is dead, and some
// in one that is slow: the dead one uses up nothing of the other's.
func TestADeadRegionEndsOnlyItsOwnRows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fleet := longFleet(300)
		for _, r := range longFleet(1000) {
			r.Region, r.Kind, r.ID = "gz", "instance", "i-"+r.ID
			fleet = append(fleet, r)
		}
		w := newWorld(t, sandbox.Config{Fleet: fleet})
		p := w.plan()
		cfg := w.cfg
		cfg.Cloud = slowRegion{cfg.Cloud, "gz", 8 * time.Second}
		began, gone := time.Now(), time.Duration(0)
		cfg.Progress = func(p plan.Progress) {
			if p.Failed == 1000 && gone == 0 {
				gone = time.Since(began)
			}
		}
		rep := w.runWith(t.Context(), cfg, p)
		given := 0 // up with their host, and not each by itself
		for _, res := range rep.Results {
			want := plan.Verified
			if res.Region == "gz" {
				want = plan.NotSent
			}
			if res.Outcome != want {
				t.Fatalf("%s: got %q (%s); want %q", res.Key, res.Outcome, res.Note, want)
			}
			if strings.Contains(res.Note, "bcc.gz.baidubce.com was given up: it has not answered once: ") {
				given++
			}
		}
		if given < 500 {
			t.Errorf("got %d rows given up with their host; want most of them", given)
		}
		if rep.Stopped != "" || gone == 0 || gone > 30*time.Second {
			t.Errorf("got stopped %q, and the dead region's rows given up after %v; want no stop, and seconds", rep.Stopped, gone)
		}
	})
}
