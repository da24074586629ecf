package exec

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"renewplan/internal/bce"
	"renewplan/internal/bce/sandbox"
	"renewplan/internal/ledger"
	"renewplan/internal/plan"
)

// world is a cloud, a ledger and a spec, for tests that run plans.
type world struct {
	t    *testing.T
	sb   *sandbox.Sandbox
	led  ledger.Ledger
	spec *plan.Spec
	cfg  Config
}

// fleetOf gives n resources of each kind in bj, prepaid, expiring in 10 days.
func fleetOf(n int) []sandbox.Resource {
	expiry := time.Now().UTC().Truncate(time.Second).AddDate(0, 0, 10)
	var fleet []sandbox.Resource
	for _, k := range bce.Kinds() {
		for i := range n {
			fleet = append(fleet, sandbox.Resource{
				Region: "bj", Kind: k.Name, ID: fmt.Sprintf("%s-%d", k.Name, i),
				Payment: "Prepaid", Expiry: expiry,
			})
		}
	}
	return fleet
}

// newWorld makes a world of the fleet; every resource is to be renewed by a month.
func newWorld(t *testing.T, cfg sandbox.Config) *world {
	t.Helper()
	sb, err := sandbox.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, sb: sb, led: openLedger(t)}
	t.Cleanup(func() {
		if err := sb.Close(); err != nil {
			t.Error(err)
		}
	})
	w.cfg = Config{Cloud: clientOf(t, sb, sandbox.SecretAccessKey), CloudName: "sandbox", Ledger: w.led, Rate: 1e6}
	w.spec = specOf(cfg.Fleet, 1)
	return w
}

func specOf(fleet []sandbox.Resource, months int) *plan.Spec {
	s := &plan.Spec{
		Account: "test", Limits: plan.Limits{MaxPlanAge: plan.DefaultMaxPlanAge},
		Reservations: map[string]plan.Reservation{"r": {Length: months, DueWithin: plan.DefaultDueWithin}},
	}
	for _, r := range fleet {
		s.Resources = append(s.Resources, plan.Resource{
			Key: plan.Key{Region: r.Region, Kind: plan.Kind(r.Kind), ID: r.ID}, Reservation: "r",
		})
	}
	return s
}

func clientOf(t *testing.T, sb *sandbox.Sandbox, secret string) *bce.Client {
	t.Helper()
	c, err := bce.New(bce.Config{
		Credentials: bce.Credentials{AccessKeyID: sandbox.AccessKeyID, SecretAccessKey: secret},
		Transport:   sb.Transport(),
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func openLedger(t *testing.T) ledger.Ledger {
	t.Helper()
	led, err := ledger.OpenSQLite(filepath.Join(t.TempDir(), "ledger.db"), ledger.SQLiteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := led.Close(); err != nil {
			t.Error(err)
		}
	})
	return led
}

// plan reads the cloud and decides.
func (w *world) plan() *plan.Plan {
	w.t.Helper()
	return w.build(w.observe())
}

// observe reads the cloud.
func (w *world) observe() plan.Observed {
	w.t.Helper()
	keys, err := plan.Keys(w.spec, "")
	if err != nil {
		w.t.Fatal(err)
	}
	seen, _, err := Observe(w.t.Context(), w.cfg, keys)
	if err != nil {
		w.t.Fatal(err)
	}
	return seen
}

// build decides, and writes the plan down.
func (w *world) build(seen plan.Observed) *plan.Plan {
	w.t.Helper()
	p, err := plan.Build(w.spec, seen, plan.BuildOptions{AsOf: time.Now().UTC().Truncate(24 * time.Hour), Cloud: "sandbox"})
	if err != nil {
		w.t.Fatal(err)
	}
	p, err = plan.Decode(p.Encode())
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

// run applies a plan, and fails the test on an error.
func (w *world) run(p *plan.Plan) Report {
	w.t.Helper()
	return w.runWith(w.t.Context(), w.cfg, p)
}

func (w *world) runWith(ctx context.Context, cfg Config, p *plan.Plan) Report {
	w.t.Helper()
	rep, err := Run(ctx, cfg, p)
	if err != nil {
		w.t.Fatal(err)
	}
	return rep
}

// charges counts the charges by resource.
func (w *world) charges() map[string]int {
	n := map[string]int{}
	for _, c := range w.sb.Charges() {
		n[c.Region+"/"+c.Kind+"/"+c.ID]++
	}
	return n
}

// wantCharges checks that every resource was charged n times.
func (w *world) wantCharges(n int) {
	w.t.Helper()
	got := w.charges()
	for _, r := range w.spec.Resources {
		if got[r.Key.String()] != n {
			w.t.Errorf("%s was charged %d times; want %d", r.Key, got[r.Key.String()], n)
		}
	}
}

// wantAll checks that every row came to an outcome.
func (w *world) wantAll(rep Report, want plan.Outcome) {
	w.t.Helper()
	if len(rep.Results) != len(w.spec.Resources) {
		w.t.Fatalf("got %d results; want %d", len(rep.Results), len(w.spec.Resources))
	}
	for _, res := range rep.Results {
		if res.Outcome != want {
			w.t.Errorf("%s: got %q (%s); want %q", res.Key, res.Outcome, res.Note, want)
		}
	}
}
