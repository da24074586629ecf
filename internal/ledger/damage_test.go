package ledger_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"renewplan/internal/ledger"
)

// filled makes a ledger with n records in it, closes it, and returns its path.
func filled(t *testing.T, n int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ledger.db")
	l := open(t, path)
	r := begin(t, l)
	fill(t, r, 0, n)
	if err := errors.Join(r.End(t.Context()), l.Close()); err != nil {
		t.Fatalf("closing: got error %v; want none", err)
	}
	return path
}

// fill claims and sends the keys from one number up to another.
func fill(t *testing.T, r ledger.Run, from, to int) {
	t.Helper()
	for n := from; n < to; n++ {
		claimed(t, r, n)
		if err := r.Intend(t.Context(), key(n), ledger.Try{Number: 1}); err != nil {
			t.Fatalf("intending: got error %v; want none", err)
		}
	}
}

// contents reads a file that no ledger has open.
func contents(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// put overwrites a file that no ledger has open.
func put(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// isRefused fails the test unless opening gives want, with each of says in the
// message, and leaves the file as it was.
func isRefused(t *testing.T, path string, want error, says ...string) {
	t.Helper()
	before := contents(t, path)
	l, err := ledger.OpenSQLite(path, ledger.SQLiteOptions{})
	if err == nil {
		l.Close()
	}
	if !errors.Is(err, want) {
		t.Errorf("opening: got error %v; want %v", err, want)
		return
	}
	for _, s := range append(says, path, "nothing was changed") {
		if !strings.Contains(err.Error(), s) {
			t.Errorf("the message: got %q; want %q in it", err, s)
		}
	}
	if !bytes.Equal(contents(t, path), before) {
		t.Error("the file afterwards: got it changed; want it as it was")
	}
}

func TestGarbageIsNoLedger(t *testing.T) {
	random := make([]byte, 20_000)
	for i := range random {
		random[i] = byte(rand.IntN(256))
	}
	for name, text := range map[string][]byte{
		"a text":          []byte("these are not the bytes of a database\n"),
		"one byte":        {0},
		"zeros":           make([]byte, 8192),
		"random bytes":    random,
		"a SQLite header": append([]byte("SQLite format 3\x00"), random...),
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "ledger.db")
			put(t, path, text)
			isRefused(t, path, ledger.ErrDamaged, "move it away")
		})
	}
}

func TestAnEmptyFileIsALedgerThatLostItsContent(t *testing.T) {
	path := filled(t, 3)
	put(t, path, nil)
	isRefused(t, path, ledger.ErrDamaged, "empty")
}

func TestALedgerThatWasCutShortIsNoticedAtEverySize(t *testing.T) {
	path := filled(t, 100)
	whole := contents(t, path)
	sizes := []int{1, 15, 16, 99, 100, 511, 512, 1024, 4095}
	for page := 4096; page < len(whole); page += 4096 {
		sizes = append(sizes, page, page+1, page+2048)
	}
	for _, size := range sizes {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			put(t, path, whole[:size])
			isRefused(t, path, ledger.ErrDamaged)
		})
	}
	put(t, path, whole)
	open(t, path).Close() // it was the cutting
}

func TestADamagedPageIsNoticed(t *testing.T) {
	path := filled(t, 100)
	whole := contents(t, path)
	unnoticed := 0
	for page := 1; page < len(whole)/4096; page++ { // the first is the header's
		broken := bytes.Clone(whole)
		clear(broken[page*4096 : (page+1)*4096])
		put(t, path, broken)
		l, err := ledger.OpenSQLite(path, ledger.SQLiteOptions{})
		if err == nil {
			unnoticed++
			l.Close()
			continue
		}
		if !errors.Is(err, ledger.ErrDamaged) {
			t.Errorf("page %d: got error %v; want %v", page, err, ledger.ErrDamaged)
		}
	}
	if unnoticed > 0 {
		t.Errorf("pages that may be lost unnoticed: got %d; want none", unnoticed)
	}
}

func TestAnotherProgramsDatabaseIsLeftAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	edit(t, path, "CREATE TABLE theirs (x)", "PRAGMA user_version = 1")
	isRefused(t, path, ledger.ErrDamaged, "something else than renewplan")
}

func TestALedgerWithoutItsUniqueIndexIsDamaged(t *testing.T) {
	path := filled(t, 3)
	edit(t, path, "DROP INDEX one_renewal_per_period")
	isRefused(t, path, ledger.ErrDamaged, "one_renewal_per_period")
}

func TestAUniqueIndexThatHoldsSomethingElseIsNoticed(t *testing.T) {
	path := filled(t, 3)
	const index = "CREATE UNIQUE INDEX one_renewal_per_period ON renewals (cloud, region, kind, "
	edit(t, path,
		"DROP INDEX one_renewal_per_period",
		index+"token, baseline)",
		"PRAGMA writable_schema = 1",
		"UPDATE sqlite_schema SET sql = '"+index+"id, baseline)' WHERE name = 'one_renewal_per_period'",
	)
	isRefused(t, path, ledger.ErrDamaged, "one_renewal_per_period")
}

func TestAValueThatIsNoneIsDamage(t *testing.T) {
	for _, spoil := range []string{
		"UPDATE renewals SET updated = 'yesterday'",
		"UPDATE renewals SET state = 'renewed'",
		"UPDATE renewals SET expiry_after = '2026-13-01T00:00:00Z'",
		"UPDATE tries SET sent = ''",
	} {
		path := filled(t, 1)
		edit(t, path, spoil)
		l := open(t, path)
		_, err := l.Records(t.Context(), "")
		if !errors.Is(err, ledger.ErrDamaged) {
			t.Errorf("%s: got error %v; want %v", spoil, err, ledger.ErrDamaged)
		}
		l.Close()
	}
}

func TestANewerLedgerIsRefusedNamingBothVersions(t *testing.T) {
	path := filled(t, 3)
	edit(t, path, "PRAGMA user_version = 7")
	isRefused(t, path, ledger.ErrNewer, "version 7", "versions up to 1")
}

func TestALedgerThatBecomesNewerWhileItIsOpenIsNotWritten(t *testing.T) {
	path := filled(t, 1)
	l := open(t, path)
	defer l.Close()
	r := begin(t, l)
	edit(t, path, "PRAGMA user_version = 2")
	if _, _, err := r.Claim(t.Context(), claimOf(5)); !errors.Is(err, ledger.ErrNewer) {
		t.Errorf("claiming: got error %v; want %v", err, ledger.ErrNewer)
	}
	if _, err := l.Get(t.Context(), key(5)); !errors.Is(err, ledger.ErrNotFound) {
		t.Errorf("reading: got error %v; want %v", err, ledger.ErrNotFound)
	}
}

func TestAnOlderCopyPutBackIsNoticed(t *testing.T) {
	path := filled(t, 3)
	older := contents(t, path)
	l := open(t, path)
	r := begin(t, l)
	fill(t, r, 3, 4)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	newer := contents(t, path)

	put(t, path, older)
	isRefused(t, path, ledger.ErrDamaged, "older copy", filepath.Join(path+".runs", "mark"))

	put(t, path, newer)
	l = open(t, path)
	fill(t, begin(t, l), 4, 5)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}

	put(t, path, older) // and the person wants to go on with it
	if err := os.Remove(filepath.Join(path+".runs", "mark")); err != nil {
		t.Fatal(err)
	}
	l = open(t, path)
	defer l.Close()
	if recs, err := l.Records(t.Context(), ""); err != nil || len(recs) != 3 {
		t.Errorf("the records of the older copy: got %d, error %v; want 3", len(recs), err)
	}
	begin(t, l)
}

// An older copy that is put under the log of a killed process gets the log's pages
// mixed into it. While the log still has all pages since the copy, that makes the
// newest state; later it makes nonsense.
func TestAnOlderCopyUnderTheNewestLogIsWholeOrNoticed(t *testing.T) {
	for _, tt := range []struct {
		added int
		whole bool
	}{{20, true}, {250, false}} {
		path := filled(t, 50)
		older := contents(t, path)
		l := open(t, path)
		fill(t, begin(t, l), 50, 50+tt.added)
		log := contents(t, path+"-wal") // as kill -9 leaves it
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		mixed := filepath.Join(t.TempDir(), "ledger.db")
		put(t, mixed, older)
		put(t, mixed+"-wal", log)
		if !tt.whole {
			isRefused(t, mixed, ledger.ErrDamaged)
			continue
		}
		l = open(t, mixed)
		defer l.Close()
		if recs, err := l.Records(t.Context(), ""); err != nil || len(recs) != 50+tt.added {
			t.Errorf("the records: got %d, error %v; want all %d", len(recs), err, 50+tt.added)
		}
	}
}

func TestACopyElsewhereIsALedger(t *testing.T) {
	path := filled(t, 3)
	elsewhere := filepath.Join(t.TempDir(), "copy.db")
	put(t, elsewhere, contents(t, path))
	l := open(t, elsewhere)
	defer l.Close()
	if recs, err := l.Records(t.Context(), ""); err != nil || len(recs) != 3 {
		t.Errorf("the records of the copy: got %d, error %v; want 3", len(recs), err)
	}
}

func TestALedgerThatIsGoneWhileItsLogIsThereIsNotReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	put(t, path+"-wal", []byte("the newest changes"))
	if l, err := ledger.OpenSQLite(path, ledger.SQLiteOptions{}); !errors.Is(err, ledger.ErrDamaged) {
		t.Errorf("opening: got %v, error %v; want %v", l, err, ledger.ErrDamaged)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the ledger afterwards: got error %v; want it not there", err)
	}
}

func TestALedgerThatIsReplacedWhileItIsOpenIsNotWritten(t *testing.T) {
	for _, tt := range []struct {
		name string
		do   func(path string) error
	}{
		{"moved", func(path string) error { return os.Rename(path, path+".old") }},
		{"removed", os.Remove},
		{"replaced", func(path string) error {
			other := path + ".other"
			if err := os.WriteFile(other, []byte("x"), 0o600); err != nil {
				return err
			}
			return os.Rename(other, path)
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := filled(t, 1)
			l := open(t, path)
			defer l.Close()
			r := begin(t, l)
			if err := tt.do(path); err != nil {
				t.Fatal(err)
			}
			if _, _, err := r.Claim(t.Context(), claimOf(7)); !errors.Is(err, ledger.ErrDamaged) {
				t.Errorf("claiming: got error %v; want %v", err, ledger.ErrDamaged)
			}
		})
	}
}

func TestWhatHappenedIsNeverTakenBack(t *testing.T) {
	path := filled(t, 2)
	l := open(t, path)
	if err := l.Resolve(t.Context(), key(0), ledger.Resolution{Reason: "seen"}); err != nil {
		t.Fatal(err)
	}
	l.Close()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, s := range []string{
		"DELETE FROM renewals", "DELETE FROM tries", "DELETE FROM resolutions", "DELETE FROM events",
		"UPDATE events SET what = 'verified'", "UPDATE resolutions SET bought = 1", "UPDATE renewals SET id = 'another'",
		"INSERT INTO renewals SELECT 99, cloud, region, kind, id, baseline, state, attempt, token, months, expected, related_renew_flag, " +
			"plan_digest, run, expiry_after, order_id, request_id, code, http_status, note, updated FROM renewals",
	} {
		if _, err := db.ExecContext(t.Context(), s); err == nil {
			t.Errorf("%s: got no error; want it refused by the database", s)
		}
	}
	var history []string
	rows, err := db.QueryContext(t.Context(), "SELECT what FROM history WHERE id = 'vpn-000000' OR id IS NULL")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var what string
		if err := rows.Scan(&what); err != nil {
			t.Fatal(err)
		}
		history = append(history, what)
	}
	if got, want := strings.Join(history, ", "), "run begun, claimed, sending, run ended, not bought"; got != want || rows.Err() != nil {
		t.Errorf("the history: got %q, error %v; want %q", got, rows.Err(), want)
	}
}

// edit changes a database behind the ledger's back.
func edit(t *testing.T, path string, statements ...string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1) // a PRAGMA is the connection's
	for _, s := range statements {
		if _, err := db.ExecContext(context.Background(), s); err != nil {
			t.Fatalf("%s: got error %v; want none", s, err)
		}
	}
}
