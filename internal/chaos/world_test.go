//go:build unix

package chaos

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"renewplan/internal/bce"
	"renewplan/internal/bce/sandbox"
	"renewplan/internal/ledger"
)

// world is a sandbox in a process of its own, with resources that are all due for
// one renewal, and a folder with the spec, the plan files and the ledgers.
type world struct {
	dir   string
	url   string // of the sandbox
	fleet []sandbox.Resource
	// settle is --settle-timeout. It is far shorter than the default, so that a test
	// does not take minutes; clientTokens, or --no-resend, make up for it.
	settle time.Duration
	more   []string // more flags of apply
	copies int      // of ledgers, made so far
}

// newWorld starts a sandbox with n resources of all kinds. Its flags are those of
// "renewplan sandbox".
func newWorld(t *testing.T, n int, flags ...string) *world {
	t.Helper()
	w := &world{dir: t.TempDir(), settle: 500 * time.Millisecond}
	expiry := time.Now().UTC().Truncate(time.Second).AddDate(0, 0, 10)
	kinds := bce.Kinds()
	for i := range n {
		k := kinds[i%len(kinds)]
		w.fleet = append(w.fleet, sandbox.Resource{
			Region: []string{"bj", "gz"}[i/len(kinds)%2], Kind: k.Name, ID: fmt.Sprintf("%s-%05d", k.Name, i), Expiry: expiry,
		})
	}
	w.write(t, "fleet.json", map[string]any{"resources": w.fleet})
	w.spec(t, "spec.json", 1)

	args := append([]string{"sandbox", "--fleet", filepath.Join(w.dir, "fleet.json"), "--instance-delay", "100ms"}, flags...)
	cmd := exec.CommandContext(t.Context(), released(t), args...)
	cmd.Env = environment(w.dir)
	r, stdout, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	cmd.Stdout = stdout
	p := start(t, cmd)
	if err := stdout.Close(); err != nil {
		t.Fatal(err)
	}
	url, ok := lineOf(r)
	if !ok {
		t.Fatalf("the sandbox: got %q and its end; want its URL\n%s", url, p.stderr)
	}
	w.url = url
	return w
}

// write writes a file of JSON into the world's folder.
func (w *world) write(t *testing.T, name string, content any) {
	t.Helper()
	text, err := json.Marshal(content)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(w.dir, name), text, 0o644); err != nil {
		t.Fatal(err)
	}
}

// spec writes a spec that renews every resource for some months.
func (w *world) spec(t *testing.T, name string, months int) {
	t.Helper()
	resources := map[string]map[string]any{}
	for _, r := range w.fleet {
		if resources[r.Kind] == nil {
			resources[r.Kind] = map[string]any{}
		}
		resources[r.Kind][r.ID] = map[string]any{"reservation": "r", "region": r.Region}
	}
	w.write(t, name, map[string]any{
		"reservations": map[string]any{"r": map[string]any{"length": months}},
		"limits":       map[string]any{"maxItems": len(w.fleet) + 1},
		"resources":    resources,
	})
}

// command is a command of a program in the world's folder.
func (w *world) command(t *testing.T, program string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Dir = w.dir
	cmd.Env = environment(w.dir)
	return cmd
}

// run runs the released program to its end.
func (w *world) run(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	p := start(t, w.command(t, released(t), args...))
	status = p.wait(t)
	return status, p.stdout.String(), p.stderr.String()
}

// must runs the released program and fails the test unless it ends in a status.
func (w *world) must(t *testing.T, want int, args ...string) (stdout, stderr string) {
	t.Helper()
	status, stdout, stderr := w.run(t, args...)
	if status != want {
		t.Fatalf("renewplan %s: got exit status %d; want %d\n%s%s", strings.Join(args, " "), status, want, stdout, stderr)
	}
	return stdout, stderr
}

// plan makes a plan file of the spec, of everything that is due.
func (w *world) plan(t *testing.T, name, spec, ledger string) {
	t.Helper()
	w.must(t, 0, "plan", "--endpoint", w.url, "--ledger", ledger, "--rate", "100000", "--out", name, spec)
}

// apply are the arguments that apply a plan.
func (w *world) apply(plan, ledger string, more ...string) []string {
	args := []string{
		"apply", "--endpoint", w.url, "--ledger", ledger, "--auto-approve", "--rate", "100000", "--settle-timeout", w.settle.String(),
	}
	return append(append(append(args, w.more...), more...), plan)
}

// ask asks the sandbox.
func (w *world) ask(t *testing.T, method, path, body string, answer any) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, w.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: got %s, %q and error %v; want 200", method, path, resp.Status, text, err)
	}
	if err := json.Unmarshal(text, answer); err != nil {
		t.Fatal(err)
	}
}

// charges is everything that the sandbox charged.
func (w *world) charges(t *testing.T) (charges []sandbox.Charge) {
	t.Helper()
	w.ask(t, http.MethodGet, "/sandbox/charges", "", &charges)
	return charges
}

// purchases is how many requests to buy have arrived at the sandbox.
func (w *world) purchases(t *testing.T) int {
	t.Helper()
	var counts sandbox.Counts
	w.ask(t, http.MethodGet, "/sandbox/requests", "", &counts)
	return counts.Purchases
}

// faults has the sandbox misbehave in another way from now on.
func (w *world) faults(t *testing.T, list string) {
	t.Helper()
	var now sandbox.Faults
	w.ask(t, http.MethodPost, "/sandbox/faults", fmt.Sprintf("%q", list), &now)
}

// until waits until so many requests to buy have arrived, or one of the processes has
// ended.
func (w *world) until(t *testing.T, purchases int, p *process) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	tick := time.NewTicker(4 * time.Millisecond)
	defer tick.Stop()
	for w.purchases(t) < purchases {
		select {
		case <-tick.C:
		case <-p.ended:
			return
		case <-ctx.Done():
			t.Fatalf("%s: got %d requests to buy after %s; want %d\n%s", p, w.purchases(t), patience, purchases, p.stderr)
		}
	}
}

// records reads a ledger that no process has open, in a copy: the ledger itself
// stays as the last process left it.
func (w *world) records(t *testing.T, name string) []ledger.Record {
	t.Helper()
	w.copies++
	copied := filepath.Join(w.dir, fmt.Sprintf("copy-%d", w.copies), "ledger.db")
	if err := os.Mkdir(filepath.Dir(copied), 0o700); err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(filepath.Dir(copied))
	for _, suffix := range []string{"", "-wal"} {
		text, err := os.ReadFile(filepath.Join(w.dir, name+suffix))
		if errors.Is(err, fs.ErrNotExist) {
			if suffix == "" {
				return nil // killed before there was one
			}
			continue
		}
		if err == nil {
			err = os.WriteFile(copied+suffix, text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	l, err := ledger.OpenSQLite(copied, ledger.SQLiteOptions{})
	if err != nil {
		t.Fatalf("the ledger %s as the last process left it: %v", name, err)
	}
	defer l.Close()
	recs, err := l.Records(t.Context(), "")
	if err != nil {
		t.Fatalf("the ledger %s as the last process left it: %v", name, err)
	}
	return recs
}

// check judges the world as it is and fails the test if anything is wrong.
func (w *world) check(t *testing.T, when string, ledgers ...string) verdict {
	t.Helper()
	var all [][]ledger.Record
	for _, name := range ledgers {
		all = append(all, w.records(t, name))
	}
	v := judge(w.charges(t), all...)
	for _, wrong := range v.wrong {
		t.Errorf("%s: %s", when, wrong)
	}
	if len(v.wrong) > 0 {
		t.FailNow()
	}
	return v
}

// finish applies a.plan.json until nothing of it is open, as people do: again, and what
// stays unresolved they look up and resolve. Then every resource must have been
// charged once and be in the ledger as renewed. It returns how many renewals a
// person had to resolve.
func (w *world) finish(t *testing.T, ledgerFile string) (resolved int) {
	t.Helper()
	status := 0
	for range 3 {
		var stdout, stderr string
		if status, stdout, stderr = w.run(t, w.apply("a.plan.json", ledgerFile)...); status != 0 && status != 5 {
			t.Fatalf("applying again: got exit status %d; want 0 or 5\n%s%s", status, stdout, stderr)
		}
		w.check(t, "after it was applied again", ledgerFile)
		if status == 0 {
			break
		}
	}
	if status == 0 {
		w.receipted(t, "a.receipt.jsonl")
	}
	for round := 0; status != 0; round++ {
		if round == 8 {
			t.Fatalf("after %d times of resolving and planning again: got exit status %d; want 0", round, status)
		}
		resolved += w.resolve(t, ledgerFile)
		w.plan(t, "rest.plan.json", "spec.json", ledgerFile)
		status, _, _ = w.run(t, w.apply("rest.plan.json", ledgerFile)...)
		w.check(t, "after the rest was applied", ledgerFile)
	}
	if v := w.check(t, "in the end", ledgerFile); v.charges != len(w.fleet) || v.open > 0 {
		t.Fatalf("in the end: got %d charges and %d renewals open; want %d and none", v.charges, v.open, len(w.fleet))
	}
	stdout, _ := w.must(t, 0, "status", "--ledger", ledgerFile)
	if want := fmt.Sprintf("%d done", len(w.fleet)); !strings.Contains(strings.ReplaceAll(stdout, ",", ""), want) {
		t.Errorf("status in the end: got %q; want %q in it", stdout, want)
	}
	return resolved
}

// resolve looks up what is open, and resolves it as it is. It returns how many
// renewals that were.
func (w *world) resolve(t *testing.T, ledgerFile string) (resolved int) {
	t.Helper()
	charges := w.charges(t)
	for _, r := range w.records(t, ledgerFile) {
		if !unsettled(r.State) {
			continue
		}
		resolved++
		found := "--not-bought"
		if slices.ContainsFunc(charges, func(c sandbox.Charge) bool { return accountsFor(r, c) }) {
			found = "--bought"
		}
		w.must(t, 0, "resolve", "--ledger", ledgerFile, "--reason", "looked into the console", found, r.Region, r.Kind, r.ID)
	}
	return resolved
}
