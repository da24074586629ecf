package ledger_test

import (
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"renewplan/internal/ledger"
	"renewplan/internal/ledger/baddisk"
)

// key is the n-th key of a test.
func key(n int) ledger.Key {
	return ledger.Key{
		Cloud: "baidubce.com", Region: "bj", Kind: "vpn", ID: fmt.Sprintf("vpn-%06d", n),
		Baseline: time.Date(2026, 12, 31, 8, 0, 0, 0, time.UTC),
	}
}

// claimOf is a claim of the n-th key.
func claimOf(n int) ledger.Claim {
	return ledger.Claim{Key: key(n), Token: fmt.Sprintf("token-%06d", n), Months: 1, PlanDigest: strings.Repeat("d", 64)}
}

// begin begins a run.
func begin(t *testing.T, l ledger.Ledger) ledger.Run {
	t.Helper()
	r, err := l.Begin(t.Context(), ledger.RunInfo{Cloud: "baidubce.com", Who: "lena@desk"})
	if err != nil {
		t.Fatalf("beginning a run: got error %v; want none", err)
	}
	return r
}

// claimed claims the n-th key and fails the test unless the run owns it then.
func claimed(t *testing.T, r ledger.Run, n int) ledger.Record {
	t.Helper()
	rec, owned, err := r.Claim(t.Context(), claimOf(n))
	if err != nil || !owned {
		t.Fatalf("claiming %d: got owned %t, error %v; want it owned", n, owned, err)
	}
	return rec
}

// onDisk opens a ledger on a bad disk that behaves so far.
func onDisk(t *testing.T) (l ledger.Ledger, disk *baddisk.Disk, path string) {
	t.Helper()
	disk = baddisk.New(t)
	path = filepath.Join(t.TempDir(), "ledger.db")
	l, err := ledger.OpenSQLite(path, ledger.SQLiteOptions{VFS: disk.Name()})
	if err != nil {
		t.Fatalf("opening: got error %v; want none", err)
	}
	t.Cleanup(func() {
		disk.Set(nil)
		if err := l.Close(); err != nil {
			t.Errorf("closing: got error %v; want none", err)
		}
	})
	return l, disk, path
}

func TestWhatReturnedSurvivesAPowerCut(t *testing.T) {
	l, disk, path := onDisk(t)
	r := begin(t, l)
	for n := range 20 {
		claimed(t, r, n)
		if err := r.Intend(t.Context(), key(n), ledger.Try{Number: 1}); err != nil {
			t.Fatalf("intending: got error %v; want none", err)
		}
		after := t.TempDir()
		if err := disk.PowerCut(after); err != nil {
			t.Fatal(err)
		}
		again := open(t, filepath.Join(after, filepath.Base(path)))
		rec, err := again.Get(t.Context(), key(n))
		if err != nil || rec.State != ledger.Sending || len(rec.Tries) != 1 {
			t.Errorf("after a power cut: got state %q, %d tries, error %v; want %q and its try", rec.State, len(rec.Tries), err, ledger.Sending)
		}
		if err := again.Close(); err != nil {
			t.Errorf("closing: got error %v; want none", err)
		}
	}
}

func TestADiskThatFailsIsReportedAndHalfOfNothingIsWritten(t *testing.T) {
	for _, tt := range []struct {
		name string
		op   baddisk.Op
		err  error
		says string
	}{
		{"a full disk", baddisk.Write, baddisk.ErrFull, "no space left"},
		{"a write that fails", baddisk.Write, baddisk.ErrIO, "the disk failed"},
		{"a write that is torn", baddisk.Write, baddisk.ErrTorn, "the disk failed"},
		{"a sync that fails", baddisk.Sync, baddisk.ErrIO, "the disk failed"},
	} {
		for after := range 4 { // let that many operations pass first
			t.Run(fmt.Sprintf("%s after %d", tt.name, after), func(t *testing.T) {
				l, disk, path := onDisk(t)
				r := begin(t, l)
				claimed(t, r, 0)
				passed := 0
				disk.Set(func(op baddisk.Op, _ string) error {
					if op != tt.op {
						return nil
					}
					if passed++; passed <= after {
						return nil
					}
					return tt.err
				})
				written := -1
				for n := 1; n < 10; n++ {
					if err := r.Intend(t.Context(), key(0), ledger.Try{Number: n}); err != nil {
						if !strings.Contains(err.Error(), tt.says) || !strings.Contains(err.Error(), path) {
							t.Errorf("intending: got error %q; want the file and %q in it", err, tt.says)
						}
						written = n - 1
						break
					}
				}
				if written < 0 {
					t.Fatal("intending on a failing disk: got no error ever; want one")
				}
				disk.Set(nil)
				rec, err := l.Get(t.Context(), key(0))
				if err != nil || len(rec.Tries) != written {
					t.Fatalf("the tries afterwards: got %d, error %v; want the %d that were reported", len(rec.Tries), err, written)
				}
				if (rec.State == ledger.Sending) != (written > 0) {
					t.Errorf("the state afterwards: got %q with %d tries; want state and tries written together", rec.State, written)
				}
				if err := r.Intend(t.Context(), key(0), ledger.Try{Number: written + 1}); err != nil {
					t.Errorf("intending once the disk works again: got error %v; want none", err)
				}
			})
		}
	}
}

func TestACommitThatFailsFailsForEveryoneInIt(t *testing.T) {
	l, disk, _ := onDisk(t)
	r := begin(t, l)
	const writers = 32
	for n := range writers {
		claimed(t, r, n)
	}
	disk.Set(func(op baddisk.Op, _ string) error {
		if op == baddisk.Sync {
			return baddisk.ErrIO
		}
		return nil
	})
	errs := make([]error, writers)
	var all sync.WaitGroup
	for n := range writers {
		all.Go(func() { errs[n] = r.Intend(t.Context(), key(n), ledger.Try{Number: 1}) })
	}
	all.Wait()
	disk.Set(nil)
	for n, err := range errs {
		rec, reading := l.Get(t.Context(), key(n))
		if err == nil || reading != nil || len(rec.Tries) != 0 {
			t.Errorf("intent %d: got error %v and %d tries (reading: %v); want an error and none", n, err, len(rec.Tries), reading)
		}
	}
}

func TestALedgerThatAnotherProcessKeepsLockedIsReported(t *testing.T) {
	path := filled(t, 1)
	l, err := ledger.OpenSQLite(path, ledger.SQLiteOptions{BusyTimeout: time.Millisecond})
	if err != nil {
		t.Fatalf("opening: got error %v; want none", err)
	}
	defer l.Close()
	r := begin(t, l)
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(t.Context(), "BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	_, _, err = r.Claim(t.Context(), claimOf(5))
	if err == nil || !strings.Contains(err.Error(), "another process") || !strings.Contains(err.Error(), path) {
		t.Errorf("claiming: got error %v; want one that names the file and the cause", err)
	}
	if _, err := l.Get(t.Context(), key(0)); err != nil {
		t.Errorf("reading meanwhile: got error %v; want none", err)
	}
	if _, err := conn.ExecContext(t.Context(), "ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	claimed(t, r, 5)
}

func TestAFullDiskStopsWritesUntilThereIsRoom(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	if err := open(t, path).Close(); err != nil {
		t.Fatal(err)
	}
	l, err := ledger.OpenSQLite(path, ledger.SQLiteOptions{MaxPages: 40})
	if err != nil {
		t.Fatalf("opening: got error %v; want none", err)
	}
	r := begin(t, l)
	written := 0
	for ; written < 10_000; written++ {
		var owned bool
		if _, owned, err = r.Claim(t.Context(), claimOf(written)); err != nil {
			if owned {
				t.Error("a claim that failed: got it owned; want not")
			}
			break
		}
	}
	if err == nil || !strings.Contains(err.Error(), "no space left") || !strings.Contains(err.Error(), path) {
		t.Fatalf("writing until the disk is full: got error %v; want one that names the file and says so", err)
	}
	if errors.Is(err, ledger.ErrDamaged) {
		t.Errorf("a full disk: got %v; want no talk of damage", err)
	}
	recs, err := l.Records(t.Context(), "")
	if err != nil || len(recs) != written {
		t.Errorf("the records: got %d, error %v; want the %d that were reported", len(recs), err, written)
	}
	for _, rec := range recs {
		if err := r.Record(t.Context(), ledger.Update{Key: rec.Key, State: ledger.Stale, Note: strings.Repeat("n", 4000)}); err != nil {
			break // the first that does not fit
		}
	}
	if err := l.Close(); err != nil {
		t.Fatalf("closing: got error %v; want none", err)
	}

	l = open(t, path) // there is room again
	defer l.Close()
	r = begin(t, l)
	for n := range written + 100 {
		claimed(t, r, n)
	}
}
