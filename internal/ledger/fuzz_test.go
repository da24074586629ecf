package ledger_test

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"renewplan/internal/ledger"
)

// FuzzOpen opens arbitrary bytes as a ledger. They are refused as damaged or
// newer, or they are a ledger: then reading and writing work, or say that it is
// damaged. Nothing panics, and a file that is refused stays as it is.
func FuzzOpen(f *testing.F) {
	dir := f.TempDir()
	path := filepath.Join(dir, "seed.db")
	l, err := ledger.OpenSQLite(path, ledger.SQLiteOptions{})
	if err != nil {
		f.Fatal(err)
	}
	empty := seed(f, l, path, nil)
	whole := seed(f, l, path, func(r ledger.Run) error {
		for n := range 20 {
			if _, _, err := r.Claim(f.Context(), claimOf(n)); err != nil {
				return err
			}
			if err := r.Intend(f.Context(), key(n), ledger.Try{Number: 1}); err != nil {
				return err
			}
		}
		return nil
	})
	f.Add([]byte(nil))
	f.Add([]byte("SQLite format 3\x00"))
	f.Add(empty)
	f.Add(whole)
	f.Add(whole[:2048])
	f.Add(append(append([]byte(nil), whole[:512]...), empty[512:]...))

	f.Fuzz(func(t *testing.T, text []byte) {
		path := filepath.Join(t.TempDir(), "ledger.db")
		put(t, path, text)
		l, err := ledger.OpenSQLite(path, ledger.SQLiteOptions{})
		if err != nil {
			if !errors.Is(err, ledger.ErrDamaged) && !errors.Is(err, ledger.ErrNewer) {
				t.Errorf("opening: got error %v; want %v or %v", err, ledger.ErrDamaged, ledger.ErrNewer)
			}
			if string(contents(t, path)) != string(text) {
				t.Error("the refused file: got it changed; want it as it was")
			}
			return
		}
		defer l.Close()
		if _, err := l.Records(t.Context(), ""); err != nil && !errors.Is(err, ledger.ErrDamaged) {
			t.Errorf("reading: got error %v; want none or %v", err, ledger.ErrDamaged)
		}
		r, err := l.Begin(t.Context(), ledger.RunInfo{})
		if err != nil {
			return // a schema that is not ours may refuse anything
		}
		if _, owned, err := r.Claim(t.Context(), claimOf(1000)); err != nil && owned {
			t.Errorf("claiming: got it owned with error %v; want it not owned", err)
		}
	})
}

// seed lets a run do something to the ledger at path and returns the file.
func seed(f *testing.F, l ledger.Ledger, path string, do func(ledger.Run) error) []byte {
	f.Helper()
	if do != nil {
		var err error
		if l, err = ledger.OpenSQLite(path, ledger.SQLiteOptions{}); err != nil {
			f.Fatal(err)
		}
		r, err := l.Begin(f.Context(), ledger.RunInfo{})
		if err != nil {
			f.Fatal(err)
		}
		if err := do(r); err != nil {
			f.Fatal(err)
		}
	}
	if err := l.Close(); err != nil {
		f.Fatal(err)
	}
	// Small pages make small seeds, and what is mutated is met more often.
	db, err := sql.Open("sqlite", path)
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range []string{"PRAGMA journal_mode = DELETE", "PRAGMA page_size = 512", "VACUUM"} {
		if _, err := db.ExecContext(f.Context(), s); err != nil {
			f.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		f.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	return text
}
