//go:build unix

package chaos

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"renewplan/internal/ledger"
)

// What apply says at the first interrupt.
const drains = "interrupted: nothing more is sent, what is in flight finishes"

// drained fails the test if the last run, which was interrupted once, did not record
// what was in flight, or left no receipt.
func (w *world) drained(t *testing.T, when, ledgerFile string) {
	t.Helper()
	for _, r := range w.records(t, ledgerFile) {
		if r.State == ledger.Sending {
			t.Errorf("%s: got %s/%s left as %q; want its outcome recorded", when, r.Kind, r.ID, r.State)
		}
	}
	lines := w.receipt(t, "a.receipt.jsonl")
	if last := lines[len(lines)-1]; last.Receipt != "end" || !last.Interrupted || last.Exit != 130 {
		t.Errorf("%s: got a receipt that ends in %+v; want the end of an interrupted run", when, last)
	}
}

// TestASignalDrains sends apply a signal at a random moment. What is in flight
// finishes and is recorded, nothing more is sent, and applying again finishes.
func TestASignalDrains(t *testing.T) {
	t.Parallel()
	for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		t.Run(s.String(), func(t *testing.T) {
			t.Parallel()
			rng := draw(t)
			const parallelism = 4
			w := newWorld(t, 60, "--faults", "slow=1,slow-by=40ms,lost-answer=0.05,5xx-before=0.05", "--seed", fmt.Sprint(*seed))
			w.more = []string{"--parallelism", fmt.Sprint(parallelism)}
			w.plan(t, "a.plan.json", "spec.json", "ledger.db")
			interrupted := 0
			for range 6 {
				p := start(t, w.command(t, released(t), w.apply("a.plan.json", "ledger.db")...))
				w.until(t, w.purchases(t)+rng.IntN(9), p)
				p.after(time.Duration(rng.Int64N(int64(40*time.Millisecond))), func() { p.signal(s) })
				told := p.says(t, drains)
				then := w.purchases(t)
				status := p.wait(t)
				switch {
				case told && status == 0: // it was done by then
				case told:
					interrupted++
					if more := w.purchases(t) - then; more > parallelism {
						t.Errorf("requests to buy after it said that it sends no more: got %d; want at most the %d in flight", more, parallelism)
					}
					if !strings.Contains(p.stdout.String(), "Interrupted: no new request was sent") {
						t.Errorf("got results %q; want them to say that it was interrupted", p.stdout)
					}
					if status != 130 {
						t.Errorf("an interrupted run: got exit status %d; want 130\n%s", status, p.stderr)
					}
					w.drained(t, "after "+s.String(), "ledger.db")
				case status == 130: // before it could buy
				case status != 0 && !p.cmd.ProcessState.Exited(): // before the program listened to signals
				case status != 0 && status != 5:
					t.Errorf("a run that was done before the signal: got exit status %d; want 0 or 5\n%s", status, p.stderr)
				}
				w.check(t, "after "+s.String(), "ledger.db")
			}
			w.finish(t, "ledger.db")
			t.Logf("%d of 6 runs interrupted while they bought, %d charges: 0 double, 0 lost", interrupted, len(w.charges(t)))
		})
	}
}

// TestTheSecondSignalLeavesAtOnce interrupts apply twice while the cloud does not
// answer. It must not wait for the answers, and the ledger must know what is out.
func TestTheSecondSignalLeavesAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 12, "--faults", "hang-after=1")
	w.plan(t, "a.plan.json", "spec.json", "ledger.db")
	p := start(t, w.command(t, released(t), w.apply("a.plan.json", "ledger.db", "--parallelism", "4")...))
	w.until(t, 4, p)
	p.signal(syscall.SIGTERM)
	if !p.says(t, drains) {
		t.Fatalf("the first signal: got %q; want %q", p.stderr, drains)
	}
	began := time.Now()
	p.signal(syscall.SIGINT)
	if status := p.wait(t); status != 130 {
		t.Errorf("the second signal: got exit status %d; want 130", status)
	}
	// A request is given up after 30 seconds.
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("the second signal: got the end after %s; want it at once", took)
	}
	// Half as many intents again may be on disk, ahead of the requests.
	if v := w.check(t, "after the second signal", "ledger.db"); v.charges != 4 || v.open < 4 || v.open > 6 {
		t.Errorf("after the second signal: got %d charges and %d renewals open; want 4, and 4 to 6", v.charges, v.open)
	}
	if lines := w.receipt(t, "a.receipt.jsonl"); len(lines) != 1 || lines[0].Receipt != "begin" {
		t.Errorf("after the second signal: got the receipt %+v; want its beginning", lines)
	}
	w.faults(t, "")
	w.finish(t, "ledger.db")
}

// TestAHangUpThatIsIgnoredStaysIgnored is about nohup: whoever uses it wants the
// run to go on.
func TestAHangUpThatIsIgnoredStaysIgnored(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 12, "--faults", "slow=1,slow-by=100ms")
	w.plan(t, "a.plan.json", "spec.json", "ledger.db")
	args := append([]string{"-c", `trap "" HUP; exec "$0" "$@"`, released(t)}, w.apply("a.plan.json", "ledger.db", "--parallelism", "2")...)
	p := start(t, w.command(t, "/bin/sh", args...))
	w.until(t, 2, p)
	p.signal(syscall.SIGHUP)
	if status := p.wait(t); status != 0 {
		t.Errorf("got exit status %d; want 0\n%s", status, p.stderr)
	}
	if v := w.check(t, "in the end", "ledger.db"); v.charges != len(w.fleet) || v.open > 0 {
		t.Errorf("got %d charges and %d open; want %d and none", v.charges, v.open, len(w.fleet))
	}
}

// TestStreamsThatAreClosedDoNotEndARun closes what apply writes to, or has it start
// without. What was bought is in the ledger, and lost results are an error.
func TestStreamsThatAreClosedDoNotEndARun(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		streams func(t *testing.T, cmd *exec.Cmd) (hangUp func())
		status  int
		charges bool
	}{
		{"stdout in the middle", func(t *testing.T, cmd *exec.Cmd) func() {
			t.Helper()
			return pipe(t, &cmd.Stdout)
		}, 1, true},
		{"stderr in the middle", func(t *testing.T, cmd *exec.Cmd) func() {
			t.Helper()
			return pipe(t, &cmd.Stderr)
		}, 0, true},
		{"both in the middle", func(t *testing.T, cmd *exec.Cmd) func() {
			t.Helper()
			out, err := pipe(t, &cmd.Stdout), pipe(t, &cmd.Stderr)
			return func() { out(); err() }
		}, 1, true},
		{"all before it starts", func(t *testing.T, cmd *exec.Cmd) func() {
			t.Helper()
			cmd.Args = append([]string{"/bin/sh", "-c", `exec "$0" "$@" <&- >&- 2>&-`, cmd.Path}, cmd.Args[1:]...)
			cmd.Path = "/bin/sh"
			return func() {}
		}, 0, true},
		{"a full stdout", func(t *testing.T, cmd *exec.Cmd) func() {
			t.Helper()
			full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
			if err != nil {
				t.Skip(err)
			}
			cmd.Stdout = full
			return func() { full.Close() }
		}, 1, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 12, "--faults", "slow=1,slow-by=100ms")
			w.plan(t, "a.plan.json", "spec.json", "ledger.db")
			cmd := w.command(t, released(t), w.apply("a.plan.json", "ledger.db", "--parallelism", "2")...)
			hangUp := tt.streams(t, cmd)
			p := start(t, cmd)
			w.until(t, 2, p)
			hangUp()
			if status := p.wait(t); status != tt.status {
				t.Errorf("got exit status %d; want %d\n%s", status, tt.status, p.stderr)
			}
			v := w.check(t, "in the end", "ledger.db")
			if (v.charges == len(w.fleet)) != tt.charges || !tt.charges && v.charges > 0 || v.open > 0 {
				t.Errorf("got %d charges and %d open; want all charged: %t, else none, and none open", v.charges, v.open, tt.charges)
			}
			if tt.status == 1 && cmd.Stderr == p.stderr {
				if want := map[bool]string{true: "the ledger has them: renewplan status", false: "nothing was sent"}[tt.charges]; !strings.Contains(p.stderr.String(), want) {
					t.Errorf("got %q on stderr; want %q in it", p.stderr, want)
				}
			}
			w.finish(t, "ledger.db")
		})
	}
}

// TestAStderrThatNobodyReadsHoldsNothingUp has a log that is longer than a pipe holds
// and is read only when all is bought.
func TestAStderrThatNobodyReadsHoldsNothingUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 600)
	w.plan(t, "a.plan.json", "spec.json", "ledger.db")
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	cmd := w.command(t, released(t), w.apply("a.plan.json", "ledger.db", "--verbose")...)
	cmd.Stderr = writer
	p := start(t, cmd)
	writer.Close()
	w.until(t, len(w.fleet), p)
	log, err := io.ReadAll(reader)
	if status := p.wait(t); status != 0 || err != nil {
		t.Errorf("got exit status %d, %v; want 0\n%s", status, err, p.stdout)
	}
	if len(log) < 1<<17 || !strings.Contains(string(log), "600/600 done") {
		t.Errorf("got a log of %d bytes; want more than a pipe holds, and its end", len(log))
	}
	w.finish(t, "ledger.db")
}

// pipe makes a stream of a command a pipe, and returns what closes its other end.
func pipe(t *testing.T, stream *io.Writer) (hangUp func()) {
	t.Helper()
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { reader.Close(); writer.Close() })
	*stream = writer
	return func() { reader.Close() }
}
