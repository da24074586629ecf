//go:build unix

package chaos

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// failures are the exit statuses of a run that its ledger failed: before anything was
// verified, when the rest was, or with money open.
var failures = map[int]bool{1: true, 3: true, 5: true}

// TestAFileThatMayNotGrowLosesNothing has the system refuse, at more and more bytes,
// to let any file of the run grow: the ledger fails at every step of its way.
func TestAFileThatMayNotGrowLosesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 24, "--faults", "slow=1,slow-by=5ms")
	w.plan(t, "a.plan.json", "spec.json", "ledger.db")
	failed := 0
	for blocks := 4; blocks < 1<<14; blocks = blocks*3/2 + 1 { // of 512 bytes
		script := fmt.Sprintf(`ulimit -f %d; exec "$0" "$@"`, blocks)
		args := append([]string{"-c", script, released(t)}, w.apply("a.plan.json", "ledger.db")...)
		p := start(t, w.command(t, "/bin/sh", args...))
		status := p.wait(t)
		w.check(t, fmt.Sprintf("with files of at most %d blocks", blocks), "ledger.db")
		if status == 0 {
			break
		}
		failed++
		if !failures[status] || !strings.Contains(p.stderr.String(), "ledger.db") {
			t.Errorf("with files of at most %d blocks: got exit status %d and %q; want 1, 3 or 5, and the ledger named", blocks, status, p.stderr)
		}
	}
	if failed < 3 {
		t.Errorf("got %d runs that failed; want more: the test is too kind", failed)
	}
	w.finish(t, "ledger.db")
}

// TestAFullDiskLosesNothing applies a plan on a small disk of its own that is full
// after more and more bytes, makes room, and applies it again.
func TestAFullDiskLosesNothing(t *testing.T) {
	t.Parallel()
	unshare, err := exec.LookPath("unshare")
	if err != nil {
		t.Skip("needs unshare, for a disk of its own")
	}
	const script = `
mount -t tmpfs -o size=8m none disk || exit
head -c "$((8 * 1024 * 1024 - ROOM))" /dev/zero > disk/ballast 2> /dev/null
"$PROGRAM" "$@" > out 2> err
status=$?
for f in ledger.db ledger.db-wal; do if [ -e disk/$f ]; then cp disk/$f .; fi; done
echo $status
read go
rm disk/ballast
"$PROGRAM" "$@" > out 2>&1
status=$?
cp disk/ledger.db .
rm -f ledger.db-wal
echo $status
`
	failed := 0
	for _, room := range []int{0, 40, 150, 400, 1200} { // KiB
		w := newWorld(t, 16, "--faults", "slow=1,slow-by=5ms")
		w.plan(t, "a.plan.json", "spec.json", "ledger.db")
		if err := os.Mkdir(filepath.Join(w.dir, "disk"), 0o700); err != nil {
			t.Fatal(err)
		}
		cmd := w.command(t, unshare, append([]string{"-rm", "/bin/sh", "-c", script, "sh"}, w.apply("a.plan.json", "disk/ledger.db")...)...)
		cmd.Env = append(cmd.Env, "PROGRAM="+released(t), fmt.Sprintf("ROOM=%d", room*1024))
		answers, stdout, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		defer answers.Close()
		cmd.Stdout = stdout
		stdin, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		p := start(t, cmd)
		stdout.Close()
		status, ok := lineOf(answers)
		if !ok {
			t.Skipf("no disk of its own: %s", p.stderr)
		}
		said := string(w.bytes(t, "err"))
		if status != "0" {
			failed++
			if !strings.Contains("1 3 5", status) || !strings.Contains(said, "no space left") || !strings.Contains(said, "ledger.db") {
				t.Errorf("with room for %d KiB: got exit status %s and %q; want 1, 3 or 5, that there is no space left, and the ledger named", room, status, said)
			}
		}
		w.check(t, fmt.Sprintf("with room for %d KiB", room), "ledger.db")
		if _, err := stdin.Write([]byte("go\n")); err != nil {
			t.Fatal(err)
		}
		if status, _ := lineOf(answers); status != "0" {
			t.Errorf("with room again: got exit status %s; want 0\n%s", status, w.bytes(t, "out"))
		}
		p.wait(t)
		if v := w.check(t, "in the end", "ledger.db"); v.charges != len(w.fleet) || v.open > 0 {
			t.Errorf("with room again: got %d charges and %d open; want %d and none", v.charges, v.open, len(w.fleet))
		}
	}
	if failed < 3 {
		t.Errorf("got %d runs that failed; want more: the test is too kind", failed)
	}
}
