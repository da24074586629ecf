//go:build unix

package chaos

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"renewplan/internal/bce"
	"renewplan/internal/bce/sandbox"
	"renewplan/internal/exec"
	"renewplan/internal/ledger"
	"renewplan/internal/plan"
)

// TestAFullDiskAtEveryPageLosesNothing applies a plan with a ledger that is full at
// every number of pages, from the fewest that make a ledger on, and again with
// room. It is exec and the ledger in this process, on a clock of its own.
func TestAFullDiskAtEveryPageLosesNothing(t *testing.T) {
	t.Parallel()
	failed, sent := 0, 0
	for pages, done := 1, false; !done && !t.Failed(); pages++ {
		path := filepath.Join(t.TempDir(), "ledger.db")
		synctest.Test(t, func(t *testing.T) {
			box, p := smallWorld(t)
			err := applyTo(t, box, p, path, pages)
			if err == nil {
				done = true
				return
			}
			failed++
			if !strings.Contains(err.Error(), "no space left") || !strings.Contains(err.Error(), path) {
				t.Errorf("with %d pages: got error %q; want the file and that there is no space left", pages, err)
			}
			if len(box.Charges()) > 0 {
				sent++
			}
			judgeAt(t, box, path)
			if err := applyTo(t, box, p, path, 0); err != nil {
				t.Fatalf("with room again: got error %v; want none", err)
			}
			if v := judgeAt(t, box, path); v.charges != len(p.Rows) || v.open > 0 {
				t.Errorf("with room again: got %d charges and %d open; want %d and none", v.charges, v.open, len(p.Rows))
			}
		})
	}
	if failed < 5 || sent < 3 {
		t.Errorf("got %d runs that failed, %d of them after a charge; want more: the test is too kind", failed, sent)
	}
	t.Logf("%d sizes at which the disk was full, after a charge in %d of them: 0 double, 0 lost", failed, sent)
}

// smallWorld is a sandbox in this process and a plan that renews all of it.
func smallWorld(t *testing.T) (*sandbox.Sandbox, *plan.Plan) {
	t.Helper()
	expiry := time.Now().UTC().Truncate(time.Second).AddDate(0, 0, 10)
	spec := &plan.Spec{Reservations: map[string]plan.Reservation{"r": {Length: 1, DueWithin: plan.DefaultDueWithin}}}
	seen := plan.Observed{}
	var fleet []sandbox.Resource
	for i := range 40 {
		k := bce.Kinds()[i%len(bce.Kinds())]
		r := sandbox.Resource{Region: "bj", Kind: k.Name, ID: fmt.Sprintf("%s-%04d", k.Name, i), Expiry: expiry}
		fleet = append(fleet, r)
		key := plan.Key{Region: r.Region, Kind: plan.Kind(r.Kind), ID: r.ID}
		spec.Resources = append(spec.Resources, plan.Resource{Key: key, Reservation: "r"})
		seen[key] = plan.Observation{Read: true, Prepaid: true, Payment: "Prepaid", Expiry: expiry}
	}
	box, err := sandbox.New(sandbox.Config{Fleet: fleet, InstanceDelay: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	p, err := plan.Build(spec, seen, plan.BuildOptions{AsOf: time.Now(), Cloud: "sandbox"})
	if err != nil {
		t.Fatal(err)
	}
	return box, p
}

// applyTo runs a plan with the ledger at path, which may have so many pages; any
// number if 0.
func applyTo(t *testing.T, box *sandbox.Sandbox, p *plan.Plan, path string, pages int) (err error) {
	t.Helper()
	l, err := ledger.OpenSQLite(path, ledger.SQLiteOptions{MaxPages: pages})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	client, err := bce.New(bce.Config{
		Credentials: bce.Credentials{AccessKeyID: sandbox.AccessKeyID, SecretAccessKey: sandbox.SecretAccessKey},
		Transport:   box.Transport(),
	})
	if err != nil {
		return err
	}
	_, err = exec.Run(t.Context(), exec.Config{Cloud: client, CloudName: "sandbox", Ledger: l, Rate: 1e6}, p)
	return err
}

// judgeAt judges a sandbox by the ledger at path, if there is one.
func judgeAt(t *testing.T, box *sandbox.Sandbox, path string) verdict {
	t.Helper()
	l, err := ledger.OpenSQLite(path, ledger.SQLiteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	recs, err := l.Records(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	v := judge(box.Charges(), recs)
	for _, wrong := range v.wrong {
		t.Error(wrong)
	}
	return v
}
