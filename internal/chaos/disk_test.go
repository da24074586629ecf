//go:build unix

package chaos

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// refuses has the released program apply a.plan.json where it must not: it must
// send nothing, say all of says, and leave the ledger as it is.
func (w *world) refuses(t *testing.T, status int, ledgerFile string, says ...string) {
	t.Helper()
	purchases, before := w.purchases(t), w.bytes(t, ledgerFile)
	_, stderr := w.must(t, status, w.apply("a.plan.json", ledgerFile)...)
	for _, s := range append(says, "nothing was sent") {
		if !strings.Contains(stderr, s) {
			t.Errorf("the message: got %q; want %q in it", stderr, s)
		}
	}
	if n := w.purchases(t) - purchases; n != 0 {
		t.Errorf("got %d requests to buy; want none", n)
	}
	if !bytes.Equal(w.bytes(t, ledgerFile), before) {
		t.Error("the ledger: got it changed; want it as it was")
	}
}

// bytes reads a file of the world's folder; nil if it is not there.
func (w *world) bytes(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(w.dir, name))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return text
}

// killedHalfWay applies a.plan.json and kills it when it has bought something and
// not all: what a crash leaves.
func (w *world) killedHalfWay(t *testing.T, ledgerFile string) {
	t.Helper()
	p := start(t, w.command(t, released(t), w.apply("a.plan.json", ledgerFile, "--parallelism", "4")...))
	w.until(t, w.purchases(t)+len(w.fleet)/3, p)
	p.kill()
	p.wait(t)
	w.check(t, "after a kill", ledgerFile)
}

// TestALedgerThatIsNoneIsRefused spoils the ledger between two runs. Nothing is sent
// and nothing is repaired; once the ledger is back, the plan is finished.
func TestALedgerThatIsNoneIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 24, "--faults", "slow=1,slow-by=20ms")
	w.plan(t, "a.plan.json", "spec.json", "ledger.db")
	w.killedHalfWay(t, "ledger.db")
	w.must(t, 5, "status", "--ledger", "ledger.db") // moves the log into the ledger
	whole := w.bytes(t, "ledger.db")
	if log := w.bytes(t, "ledger.db-wal"); len(log) > 0 {
		t.Fatalf("the ledger's log after status: got %d bytes; want none", len(log))
	}
	for _, tt := range []struct {
		name string
		text []byte
	}{
		{"cut short", whole[:len(whole)/2]},
		{"cut to nothing", nil},
		{"overwritten with a text", []byte("I was here\n")},
		{"overwritten from the middle", append(bytes.Clone(whole[:len(whole)/2]), bytes.Repeat([]byte{0xa5}, len(whole)-len(whole)/2)...)},
	} {
		if err := os.WriteFile(filepath.Join(w.dir, "ledger.db"), tt.text, 0o600); err != nil {
			t.Fatal(err)
		}
		t.Logf("the ledger is %s", tt.name)
		w.refuses(t, 1, "ledger.db", "damaged", "ledger.db", "nothing was changed")
		// What was bought is not known, so nothing may be planned either.
		_, stderr := w.must(t, 1, "plan", "--endpoint", w.url, "--ledger", "ledger.db", "spec.json")
		if !strings.Contains(stderr, "damaged") {
			t.Errorf("planning: got %q; want it to say that the ledger is damaged", stderr)
		}
	}
	if err := os.WriteFile(filepath.Join(w.dir, "ledger.db"), whole, 0o600); err != nil {
		t.Fatal(err)
	}
	w.finish(t, "ledger.db")
}

// TestALedgerWithoutItsFileIsRefused removes the ledger after a kill and leaves its
// log, and moves it away under a run.
func TestALedgerWithoutItsFileIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 24, "--faults", "slow=1,slow-by=50ms")
	w.plan(t, "a.plan.json", "spec.json", "ledger.db")
	w.killedHalfWay(t, "ledger.db")
	file, away := filepath.Join(w.dir, "ledger.db"), filepath.Join(w.dir, "away.db")
	move := func(from, to string) {
		t.Helper()
		if err := os.Rename(from, to); err != nil {
			t.Fatal(err)
		}
	}
	move(file, away)
	w.refuses(t, 1, "ledger.db", "damaged", "it is gone, while its newest changes are still there")
	move(away, file)

	p := start(t, w.command(t, released(t), w.apply("a.plan.json", "ledger.db", "--parallelism", "2")...))
	w.until(t, w.purchases(t)+2, p)
	move(file, away)
	if status := p.wait(t); status != 1 && status != 5 || !strings.Contains(p.stderr.String(), "moved, removed or replaced") {
		t.Errorf("a ledger moved away under a run: got exit status %d and %q; want 1 or 5, and what happened", status, p.stderr)
	}
	move(away, file)
	w.check(t, "after it was moved back", "ledger.db")
	w.finish(t, "ledger.db")
}

// TestAnOlderLedgerIsRefusedAndBuysNothingTwice puts an older copy of the ledger
// back, or none, while the cloud ignores clientTokens: what the ledger has forgotten
// is recognised by its expiry alone.
func TestAnOlderLedgerIsRefusedAndBuysNothingTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 36, "--faults", "slow=1,slow-by=20ms,token-ignored=1")
	w.plan(t, "a.plan.json", "spec.json", "ledger.db")
	w.killedHalfWay(t, "ledger.db")
	w.run(t, "status", "--ledger", "ledger.db") // moves the log into the ledger
	older := w.bytes(t, "ledger.db")
	w.killedHalfWay(t, "ledger.db")
	w.run(t, "status", "--ledger", "ledger.db")

	file := filepath.Join(w.dir, "ledger.db")
	if err := os.WriteFile(file, older, 0o600); err != nil {
		t.Fatal(err)
	}
	w.refuses(t, 1, "ledger.db", "an older copy was put back", "nothing was changed", filepath.Join(w.dir, "ledger.db.runs", "mark"))

	// The newer one is lost for good: do as the message says. All that was sent has
	// shown by then, for people are slower than an instance's renewal.
	if err := os.Remove(filepath.Join(w.dir, "ledger.db.runs", "mark")); err != nil {
		t.Fatal(err)
	}
	w.later(t, "1h")
	w.mustFinish(t, "the older ledger")

	// And without any ledger.
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(w.dir, "ledger.db.runs")); err != nil {
		t.Fatal(err)
	}
	w.mustFinish(t, "no ledger")
	if v := judge(w.charges(t)); v.charges != len(w.fleet) {
		t.Errorf("got %d charges; want %d", v.charges, len(w.fleet))
	}
}

// later moves the sandbox's clock forward.
func (w *world) later(t *testing.T, by string) {
	t.Helper()
	var now map[string]string
	w.ask(t, "POST", "/sandbox/clock", fmt.Sprintf(`{"advance":%q}`, by), &now)
}

// mustFinish applies a.plan.json to its end with a ledger that does not know all of
// what was charged, and wants no resource charged twice.
func (w *world) mustFinish(t *testing.T, with string) {
	t.Helper()
	status, stdout, stderr := w.run(t, w.apply("a.plan.json", "ledger.db")...)
	if status != 0 {
		t.Errorf("with %s: got exit status %d; want 0\n%s%s", with, status, stdout, stderr)
	}
	for _, wrong := range judge(w.charges(t)).wrong {
		if strings.HasPrefix(wrong, "double") {
			t.Errorf("with %s: %s", with, wrong)
		}
	}
}

// TestALedgerThatCannotBeWrittenIsRefused runs as a user to whom permissions apply.
func TestALedgerThatCannotBeWrittenIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 8)
	w.plan(t, "a.plan.json", "spec.json", "ledger.db")
	w.killedHalfWay(t, "in/ledger.db")
	w.run(t, "status", "--ledger", "in/ledger.db")
	readable(t, w.dir)
	readable(t, programs.dir)
	in := filepath.Join(w.dir, "in")
	for _, tt := range []struct {
		name         string
		ledger       string
		folder, file fs.FileMode
		says         string
	}{
		{"a read-only folder without a ledger", "in/new.db", 0o555, 0o644, "--ledger FILE"},
		{"a read-only folder with a ledger", "in/ledger.db", 0o555, 0o444, "--ledger FILE"},
		{"a ledger that nobody may read", "in/ledger.db", 0o555, 0, "--ledger FILE"},
	} {
		purchases := w.purchases(t)
		chmod(t, filepath.Join(in, "ledger.db"), tt.file)
		chmod(t, in, tt.folder)
		cmd := w.command(t, released(t), w.apply("a.plan.json", tt.ledger, "--receipt", "/dev/null")...)
		if os.Getuid() == 0 {
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		}
		p := start(t, cmd)
		status := p.wait(t)
		chmod(t, in, 0o755)
		chmod(t, filepath.Join(in, "ledger.db"), 0o644)
		if status != 1 {
			t.Errorf("%s: got exit status %d; want 1", tt.name, status)
		}
		for _, s := range []string{tt.says, tt.ledger, "nothing was sent"} {
			if !strings.Contains(p.stderr.String(), s) {
				t.Errorf("%s: got the message %q; want %q in it", tt.name, p.stderr, s)
			}
		}
		if strings.Contains(p.stderr.String(), "damaged") {
			t.Errorf("%s: got the message %q; want no talk of damage", tt.name, p.stderr)
		}
		if n := w.purchases(t) - purchases; n != 0 {
			t.Errorf("%s: got %d requests to buy; want none", tt.name, n)
		}
	}
	w.finish(t, "in/ledger.db")
}

func chmod(t *testing.T, name string, mode fs.FileMode) {
	t.Helper()
	if err := os.Chmod(name, mode); err != nil {
		t.Fatal(err)
	}
}

// readable lets everybody into a folder and all above it that are this test's.
func readable(t *testing.T, dir string) {
	t.Helper()
	for ; dir != filepath.Clean(os.TempDir()) && dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil {
			return // above the test's own folders
		}
	}
}
