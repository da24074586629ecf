package ledger_test

import (
	"path/filepath"
	"testing"

	"renewplan/internal/ledger"
	"renewplan/internal/ledger/ledgertest"
)

// open opens the ledger at path and fails the test if that does not work.
func open(t *testing.T, path string) ledger.Ledger {
	t.Helper()
	l, err := ledger.OpenSQLite(path, ledger.SQLiteOptions{})
	if err != nil {
		t.Fatalf("opening %s: got error %v; want none", path, err)
	}
	return l
}

func TestSQLiteIsALedger(t *testing.T) {
	ledgertest.Exercise(t, func(t *testing.T) (ledger.Ledger, func() ledger.Ledger) {
		t.Helper()
		path := filepath.Join(t.TempDir(), "ledger.db")
		return open(t, path), func() ledger.Ledger { return open(t, path) }
	})
}
