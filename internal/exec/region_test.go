package exec

import (
	"context"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"renewplan/internal/bce"
	"renewplan/internal/bce/sandbox"
	"renewplan/internal/plan"
)

// deadRegion is a cloud of which one region answers nothing.
type deadRegion struct {
	Cloud
	region string
}

func (d deadRegion) Query(ctx context.Context, q bce.Query) bce.Page {
	if q.Region != d.region {
		return d.Cloud.Query(ctx, q)
	}
	<-ctx.Done()
	return bce.Page{At: time.Now(), Requests: 1, Err: &bce.Error{Op: "reading", Problem: bce.Transient, Err: ctx.Err()}}
}

// twoRegions gives n resources of each kind in bj and as many in gz.
func twoRegions(n int) []sandbox.Resource {
	fleet := fleetOf(n)
	for _, r := range fleetOf(n) {
		r.Region = "gz"
		r.ID += "-gz"
		fleet = append(fleet, r)
	}
	return fleet
}

func TestADeadRegionIsUnreadAndHoldsNothingUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sandbox.Config{Fleet: twoRegions(50)})
		w.cfg.Cloud = deadRegion{w.cfg.Cloud, "gz"}
		keys, err := plan.Keys(w.spec, "")
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		seen, _, err := Observe(t.Context(), w.cfg, keys)
		if err != nil {
			t.Fatal(err)
		}
		for key, o := range seen {
			if o.Read != (key.Region == "bj") || o.Read == (o.Problem != "") {
				t.Errorf("%s: got read %v, problem %q; want bj read, gz not", key, o.Read, o.Problem)
			}
		}
		if len(seen) != len(keys) || time.Since(began) > 5*time.Minute {
			t.Errorf("got %d of %d resources after %v; want all within minutes", len(seen), len(keys), time.Since(began))
		}
	})
}

func TestARegionThatDiesAfterPlanningDoesNotHoldUpTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sandbox.Config{Fleet: twoRegions(20)})
		p := w.plan()
		cfg := w.cfg
		cfg.Cloud = deadRegion{cfg.Cloud, "gz"}
		began := time.Now()
		var done time.Duration // when the living region's rows were settled
		settled := 0
		cfg.Progress = func(p plan.Progress) {
			if p.Done >= 80 && settled < 80 {
				done = time.Since(began)
			}
			settled = p.Done
		}
		rep := w.runWith(t.Context(), cfg, p)
		for _, res := range rep.Results {
			want := plan.Verified
			if res.Region == "gz" {
				want = plan.NotSent
			}
			if res.Outcome != want {
				t.Errorf("%s: got %q (%s); want %q", res.Key, res.Outcome, res.Note, want)
			}
		}
		if done > 30*time.Second {
			t.Errorf("the living region took %v beside the dead one; want seconds", done)
		}
	})
}

// noSuchRegion is a network in which the hosts of one region do not exist.
type noSuchRegion struct {
	http.RoundTripper
	region string
}

func (n noSuchRegion) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.Contains(r.URL.Host, "."+n.region+".") {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: r.URL.Host, IsNotFound: true}}
	}
	return n.RoundTripper.RoundTrip(r)
}

func TestARegionThatDoesNotExistIsAskedAboutAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fleet := twoRegions(5)
		w := newWorld(t, sandbox.Config{Fleet: fleet})
		client, err := bce.New(bce.Config{
			Credentials: bce.Credentials{AccessKeyID: sandbox.AccessKeyID, SecretAccessKey: sandbox.SecretAccessKey},
			Transport:   noSuchRegion{w.sb.Transport(), "gz"},
		})
		if err != nil {
			t.Fatal(err)
		}
		w.cfg.Cloud = client
		keys, err := plan.Keys(w.spec, "")
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		seen, _, err := Observe(t.Context(), w.cfg, keys)
		if err != nil {
			t.Fatal(err)
		}
		for key, o := range seen {
			if key.Region == "bj" && !o.Read {
				t.Errorf("%s: got %q; want it read", key, o.Problem)
			}
			if key.Region == "gz" && (!strings.Contains(o.Problem, "there is no host ") || strings.Contains(o.Problem, key.String())) {
				t.Errorf("%s: got %q; want it to name the host, and not itself once more", key, o.Problem)
			}
		}
		if took := time.Since(began); len(seen) != len(keys) || took > time.Second {
			t.Errorf("got %d of %d resources after %v; want all, and nothing tried again", len(seen), len(keys), took)
		}
	})
}
