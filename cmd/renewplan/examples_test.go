package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"renewplan/internal/bce"
	"renewplan/internal/bce/sandbox"
	"renewplan/internal/exec"
	"renewplan/internal/plan"
	"renewplan/internal/report"
	"renewplan/internal/spec"
)

// examplesDay is the day at which the states of examples/plans/*/fleet.json stand.
var examplesDay = time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)

// TestExamplesGiveTheirPlans makes the plan of every example from its spec and
// its fleet, and holds it against the files beside them, byte for byte.
func TestExamplesGiveTheirPlans(t *testing.T) {
	dirs, err := filepath.Glob(filepath.Join(repoRoot(t), "examples", "plans", "*"))
	if err != nil {
		t.Fatal(err)
	}
	if len(dirs) < 3 {
		t.Fatalf("got examples %q; want at least three", dirs)
	}
	for _, dir := range dirs {
		name := filepath.Base(dir)
		t.Run(name, func(t *testing.T) {
			pl := examplePlan(t, dir)
			golden(t, filepath.Join(dir, name+planSuffix), pl.Encode())
			golden(t, filepath.Join(dir, "table.txt"), printed(t, func(w io.Writer) error {
				return report.Plan(w, pl, pl.OverLimits(), report.Options{AsOf: pl.AsOf})
			}))
			golden(t, filepath.Join(dir, "table.md"), printed(t, func(w io.Writer) error {
				return report.PlanMarkdown(w, pl, pl.OverLimits(), report.Options{AsOf: pl.AsOf})
			}))
			if _, err := plan.Decode(pl.Encode()); err != nil {
				t.Errorf("reading the plan file: %v", err)
			}
		})
	}
}

// examplePlan plans an example as "renewplan plan --as-of" would at the cloud.
func examplePlan(t *testing.T, dir string) *plan.Plan {
	t.Helper()
	s, err := spec.Load(spec.Options{Args: []string{dir}})
	if err != nil {
		t.Fatalf("loading the spec: %v", err)
	}
	f, err := os.Open(filepath.Join(dir, "fleet.json"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	fleet, err := sandbox.ReadFleet(f)
	if err != nil {
		t.Fatal(err)
	}
	now := func() time.Time { return examplesDay.Add(9 * time.Hour) }
	box, err := sandbox.New(sandbox.Config{Fleet: fleet.Resources, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := box.Close(); err != nil {
			t.Error(err)
		}
	})
	client, err := bce.New(bce.Config{
		Credentials: bce.Credentials{AccessKeyID: sandbox.AccessKeyID, SecretAccessKey: sandbox.SecretAccessKey},
		Transport:   box.Transport(),
	})
	if err != nil {
		t.Fatal(err)
	}
	keys, err := plan.Keys(s, "")
	if err != nil {
		t.Fatal(err)
	}
	cfg := exec.Config{Cloud: client, CloudName: client.Cloud(), Rate: 1000}
	seen, _, err := exec.Observe(t.Context(), cfg, keys)
	if err != nil {
		t.Fatal(err)
	}
	pl, _, err := buildPlan(t.Context(), cfg, s, seen, plan.BuildOptions{
		AsOf: examplesDay, Cloud: client.Cloud(), Spec: plan.SpecRef{Paths: []string{"."}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return pl
}

func printed(t *testing.T, write func(io.Writer) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// golden holds bytes against a file; -update writes the file.
func golden(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, got, 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s is not what comes of the example (-want +got):\n%s", file, diff)
	}
}
