package ledger

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// later is a made-up version 2.
func later(statements ...string) []migration {
	return append(migrations(), migration{"remember the price", statements})
}

func TestAnOlderLedgerIsBroughtUpToDate(t *testing.T) {
	path := withOneRecord(t)
	l, err := openSQLite(path, SQLiteOptions{}, later(
		"ALTER TABLE renewals ADD COLUMN price TEXT",
		"UPDATE renewals SET price = '12.00'",
	))
	if err != nil {
		t.Fatalf("opening: got error %v; want none", err)
	}
	defer l.Close()
	if v, err := readVersion(t.Context(), l.readDB); err != nil || v != 2 {
		t.Errorf("the version: got %d, error %v; want 2", v, err)
	}
	prices, err := readTexts(t.Context(), l.readDB, "SELECT price FROM renewals")
	if err != nil || len(prices) != 1 || prices[0] != "12.00" {
		t.Errorf("the new column: got %q, error %v; want it filled in", prices, err)
	}
	r, err := l.Begin(t.Context(), RunInfo{})
	if err != nil {
		t.Fatal(err)
	}
	if _, owned, err := r.Claim(t.Context(), someClaim("vpn-2")); err != nil || !owned {
		t.Errorf("claiming afterwards: got owned %t, error %v; want it owned", owned, err)
	}
	if older, err := OpenSQLite(path, SQLiteOptions{}); err == nil {
		older.Close()
		t.Error("opening it with the older version again: got no error; want one")
	}
}

func TestAChangeOfVersionThatFailsChangesNothing(t *testing.T) {
	path := withOneRecord(t)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = openSQLite(path, SQLiteOptions{}, later("ALTER TABLE renewals ADD COLUMN price TEXT", "UPDATE nothing SET x = 1"))
	if err == nil || !strings.Contains(err.Error(), "version 2") || !strings.Contains(err.Error(), "remember the price") {
		t.Errorf("opening: got error %v; want one that names the version and what it does", err)
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the file afterwards: got it changed (error %v); want it as it was", err)
	}
	l, err := OpenSQLite(path, SQLiteOptions{})
	if err != nil {
		t.Fatalf("opening with the older version: got error %v; want none", err)
	}
	defer l.Close()
	if recs, err := l.Records(t.Context(), ""); err != nil || len(recs) != 1 {
		t.Errorf("the records: got %d, error %v; want 1", len(recs), err)
	}
}

func TestALedgerThatCannotBeMadeLeavesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	if _, err := openSQLite(path, SQLiteOptions{}, later("no SQL")); err == nil {
		t.Fatal("making a ledger: got no error; want one")
	}
	if left, err := filepath.Glob(path + "*"); err != nil || len(left) != 1 || left[0] != path+".runs" {
		t.Errorf("what is left: got %v, error %v; want the folder of locks alone", left, err)
	}
	put := path + ".new" // as a crash in the middle leaves it
	if err := os.WriteFile(put, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(put+"-wal", []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := OpenSQLite(path, SQLiteOptions{})
	if err != nil {
		t.Fatalf("making it after a crash: got error %v; want none", err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if left, err := filepath.Glob(put + "*"); err != nil || len(left) != 0 {
		t.Errorf("the drafts: got %v, error %v; want none", left, err)
	}
}

// someClaim is a claim of a resource.
func someClaim(id string) Claim {
	return Claim{Key: Key{Cloud: "c", Region: "bj", Kind: "vpn", ID: id, Baseline: someDay()}, Token: "token-" + id, Months: 1}
}

// withOneRecord makes a ledger of today's version, closes it, and returns its path.
func withOneRecord(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ledger.db")
	l, err := OpenSQLite(path, SQLiteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := l.Begin(context.Background(), RunInfo{})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := r.Claim(context.Background(), someClaim("vpn-1")); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}
