package ledger_test

import (
	"bufio"
	"errors"
	"io"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"renewplan/internal/ledger"
)

// process is a child that is under way.
type process struct {
	cmd   *exec.Cmd
	lines *bufio.Scanner
	stdin io.WriteCloser
}

// start starts a child.
func start(t *testing.T, args ...string) *process {
	t.Helper()
	cmd := child(t, args...)
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return &process{cmd, bufio.NewScanner(stdout), stdin}
}

// line waits for the next event.
func (p *process) line(t *testing.T) string {
	t.Helper()
	if !p.lines.Scan() {
		t.Fatalf("a child's next line: got its end (%v); want one", p.lines.Err())
	}
	return p.lines.Text()
}

// kill ends the process as kill -9 does, and returns what it still printed.
func (p *process) kill(t *testing.T) (rest []string) {
	t.Helper()
	if err := p.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	for p.lines.Scan() {
		rest = append(rest, p.lines.Text())
	}
	if err := p.cmd.Wait(); err == nil {
		t.Fatal("a killed child: got a good end; want none")
	}
	return rest
}

func TestTheRenewalsOfAKilledProcessPassOn(t *testing.T) {
	const keys = 20
	path := filepath.Join(t.TempDir(), "ledger.db")
	l := open(t, path)
	defer l.Close()
	p := start(t, "hold", path, strconv.Itoa(keys))
	holder := p.line(t)

	r := begin(t, l)
	for n := range keys {
		rec, owned, err := r.Claim(t.Context(), claimOf(n))
		if err != nil || owned || !rec.Live || rec.Run != holder {
			t.Fatalf("claiming from the living: got owned %t, run %q, live %t, error %v; want it %q's, alive", owned, rec.Run, rec.Live, err, holder)
		}
	}
	if err := l.Resolve(t.Context(), key(1), ledger.Resolution{Bought: true}); err == nil {
		t.Error("resolving what the living holds: got no error; want one")
	}
	p.kill(t)
	for n := range keys {
		rec := claimed(t, r, n)
		want, tries := ledger.Claimed, 0
		if n%2 == 1 {
			want, tries = ledger.Sending, 1
		}
		if rec.State != want || len(rec.Tries) != tries || rec.Run != r.ID() {
			t.Errorf("renewal %d taken over: got state %q, %d tries, run %q; want %q, %d, %q", n, rec.State, len(rec.Tries), rec.Run, want, tries, r.ID())
		}
	}
	locks, err := filepath.Glob(path + ".runs/*.lock")
	if err != nil || len(locks) != 2 {
		t.Fatalf("lock files before another run begins: got %v, error %v; want two", locks, err)
	}
	begin(t, l)
	locks, err = filepath.Glob(path + ".runs/*.lock")
	if err != nil || len(locks) != 2 || strings.Contains(strings.Join(locks, " "), holder) {
		t.Errorf("lock files afterwards: got %v, error %v; want those of the two living runs", locks, err)
	}
}

func TestAnIntentThatReturnedOutlivesTheProcess(t *testing.T) {
	for kills := range 5 {
		path := filepath.Join(t.TempDir(), "ledger.db")
		p := start(t, "intend", path)
		for range kills * 3 {
			p.line(t)
		}
		last, err := strconv.Atoi(p.line(t))
		if err != nil {
			t.Fatal(err)
		}
		if rest := p.kill(t); len(rest) > 0 {
			if last, err = strconv.Atoi(rest[len(rest)-1]); err != nil {
				t.Fatal(err)
			}
		}
		l := open(t, path)
		recs, err := l.Records(t.Context(), "")
		if err != nil || len(recs) < last+1 {
			t.Fatalf("the records after a kill: got %d, error %v; want at least the %d that were reported", len(recs), err, last+1)
		}
		for n := range last + 1 {
			if rec := recs[n]; rec.State != ledger.Sending || len(rec.Tries) != 1 || rec.Live {
				t.Errorf("renewal %d after a kill: got state %q, %d tries, live %t; want %q, its try, and its run dead", n, rec.State, len(rec.Tries), rec.Live, ledger.Sending)
			}
		}
		l.Close()
	}
}

func TestOpeningAndClosingDisturbsNobody(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	var all sync.WaitGroup
	for worker := range 2 {
		all.Go(func() {
			for range 10 {
				cmd := child(t, "open", path)
				cmd.Stderr = nil
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Errorf("another process: got error %v, output %q; want none", err, out)
				}
			}
		})
		all.Go(func() {
			for n := range 10 {
				l, err := ledger.OpenSQLite(path, ledger.SQLiteOptions{})
				if err != nil {
					t.Errorf("opening: got error %v; want none", err)
					continue
				}
				r, err := l.Begin(t.Context(), ledger.RunInfo{})
				if err == nil {
					_, _, err = r.Claim(t.Context(), claimOf(worker*100+n))
				}
				if err := errors.Join(err, l.Close()); err != nil {
					t.Errorf("claiming: got error %v; want none", err)
				}
			}
		})
	}
	all.Wait()
	l := open(t, path)
	defer l.Close()
	if recs, err := l.Records(t.Context(), ""); err != nil || len(recs) != 20 {
		t.Errorf("the records: got %d, error %v; want 20", len(recs), err)
	}
}

func TestOfManyProcessesOneGetsEachRenewal(t *testing.T) {
	const keys, processes = 200, 6
	path := filepath.Join(t.TempDir(), "ledger.db") // they make it, too
	var all []*process
	for range processes {
		all = append(all, start(t, "claim", path, strconv.Itoa(keys)))
	}
	for _, p := range all {
		if got := p.line(t); got != "ready" {
			t.Fatalf("a child's first line: got %q; want %q", got, "ready")
		}
	}
	for _, p := range all {
		if _, err := io.WriteString(p.stdin, "go\n"); err != nil {
			t.Fatal(err)
		}
	}
	grants := map[string]int{}
	for _, p := range all {
		for line := p.line(t); line != "done"; line = p.line(t) {
			grants[line]++
		}
	}
	for _, p := range all {
		if err := p.stdin.Close(); err != nil {
			t.Fatal(err)
		}
		if err := p.cmd.Wait(); err != nil {
			t.Errorf("a child's end: got error %v; want none", err)
		}
	}
	if len(grants) != keys {
		t.Errorf("renewals that were granted: got %d; want %d", len(grants), keys)
	}
	for n, times := range grants {
		if times != 1 {
			t.Errorf("renewal %s: got granted %d times; want once", n, times)
		}
	}
	l := open(t, path)
	defer l.Close()
	recs, err := l.Records(t.Context(), "")
	if err != nil || len(recs) != keys {
		t.Errorf("the records: got %d, error %v; want %d", len(recs), err, keys)
	}
}
