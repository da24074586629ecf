package ledger_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"renewplan/internal/ledger"
)

func TestALedgerIsMadeWithItsFolders(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a b", "50% #1?&=", "生产", "ledger.db")
	l := open(t, path)
	claimed(t, begin(t, l), 1)
	if err := l.Close(); err != nil {
		t.Fatalf("closing: got error %v; want none", err)
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if got, want := strings.Join(names, " "), "ledger.db ledger.db.runs"; got != want {
		t.Errorf("the folder after closing: got %q; want %q", got, want)
	}
	l = open(t, path)
	defer l.Close()
	if _, err := l.Get(t.Context(), key(1)); err != nil {
		t.Errorf("reading again: got error %v; want none", err)
	}
}

func TestAPlaceWhereNoLedgerCanBeIsRefused(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	put(t, file, []byte("x"))
	if err := os.Mkdir(filepath.Join(dir, "folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "locked"), 0o700); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(dir, "locked", "ledger.db.runs"), []byte("x"))
	for _, tt := range []struct{ name, path, says string }{
		{"a folder of that name", filepath.Join(dir, "folder"), "there is a folder of that name"},
		{"a path under a file", filepath.Join(file, "ledger.db"), "is a file, not a folder"},
		{"a path deep under a file", filepath.Join(file, "a", "ledger.db"), "is a file, not a folder"},
		{"a file where the run locks belong", filepath.Join(dir, "locked", "ledger.db"), "ledger.db.runs is a file, not a folder"},
		{"a name too long", filepath.Join(dir, strings.Repeat("n", 300)), "too long"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l, err := ledger.OpenSQLite(tt.path, ledger.SQLiteOptions{})
			if err == nil {
				l.Close()
				t.Fatal("opening: got no error; want one")
			}
			if !strings.Contains(err.Error(), tt.says) {
				t.Errorf("the message: got %q; want %q in it", err, tt.says)
			}
			if errors.Is(err, ledger.ErrDamaged) {
				t.Errorf("the message: got %q; want no talk of damage", err)
			}
		})
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 3 {
		t.Errorf("the folder afterwards: got %v, error %v; want the three things that were there", entries, err)
	}
}

func TestTwoNamesOfOneLedgerShareItsLocks(t *testing.T) {
	path := filled(t, 0)
	link := filepath.Join(t.TempDir(), "link.db")
	if err := os.Symlink(path, link); err != nil {
		t.Skipf("no links here: %v", err)
	}
	one, two := open(t, path), open(t, link)
	defer one.Close()
	defer two.Close()
	claimed(t, begin(t, one), 1)
	rec, owned, err := begin(t, two).Claim(t.Context(), claimOf(1))
	if err != nil || owned || !rec.Live {
		t.Errorf("claiming under the other name: got owned %t, live %t, error %v; want it the live other run's", owned, rec.Live, err)
	}
}

// TestALedgerThatMayNotBeWrittenIsRefused runs as a user to whom permissions
// apply: in a child process if this one is root's.
func TestALedgerThatMayNotBeWrittenIsRefused(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a folder's permissions are something else there")
	}
	path := filled(t, 3)
	dir := filepath.Dir(path)
	for at := dir; at != os.TempDir() && at != filepath.Dir(at); at = filepath.Dir(at) {
		if err := os.Chmod(at, 0o755); err != nil {
			break // above the test's own folders
		}
	}
	chmod := func(name string, mode os.FileMode) {
		t.Helper()
		if err := os.Chmod(name, mode); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { chmod(dir, 0o755) })
	before := contents(t, path)
	for _, tt := range []struct {
		name         string
		path         string
		folder, file os.FileMode
	}{
		{"a read-only folder without a ledger", filepath.Join(dir, "new.db"), 0o555, 0o644},
		{"a read-only folder with a ledger", path, 0o555, 0o444},
		{"a ledger that may not be read", path, 0o555, 0},
		{"a folder that may not be entered", path, 0, 0o644},
	} {
		t.Run(tt.name, func(t *testing.T) {
			chmod(path, tt.file)
			chmod(dir, tt.folder)
			cmd := child(t, "open", tt.path)
			asNobody(cmd)
			cmd.Stderr = nil
			out, err := cmd.CombinedOutput()
			chmod(dir, 0o755)
			chmod(path, 0o644)
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.ExitCode() != 3 {
				t.Fatalf("opening: got error %v, output %q; want it refused", err, out)
			}
			said := string(out)
			if !strings.Contains(said, dir) || strings.Contains(said, "damaged") {
				t.Errorf("the message: got %q; want the place in it and no talk of damage", said)
			}
		})
	}
	if !bytes.Equal(contents(t, path), before) {
		t.Error("the ledger afterwards: got it changed; want it as it was")
	}
}
