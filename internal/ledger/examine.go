package ledger

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
)

// querier is what reads need of a connection or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// examine says what keeps the file at path from being used as a ledger of a
// version that knows makes. It opens the file for reading only, so that what is no
// ledger, newer, or broken stays as it is, for whoever has to find out.
func examine(path, locks string, opt SQLiteOptions, knows []migration) (err error) {
	ctx := context.Background()
	marked, events, isMarked := readMark(locks) // before the ledger: see mark.go
	db, err := openDB(path, opt, examining)
	if err != nil {
		return err
	}
	defer func() {
		if closing := db.Close(); err == nil {
			err = closing
		}
	}()
	conn, err := db.Conn(ctx)
	if err != nil {
		return explainFound(path, err)
	}
	defer func() { _ = conn.Close() }()

	application, err := readInt(ctx, conn, "PRAGMA application_id")
	if err != nil {
		return explainFound(path, err)
	}
	version, err := readVersion(ctx, conn)
	if err != nil {
		return explainFound(path, err)
	}
	switch {
	case application != applicationID:
		return damaged(path, "it is a SQLite database of something else than renewplan")
	case version > len(knows):
		return newerError(path, version, len(knows))
	case version < 1:
		return damaged(path, "it has no version")
	}
	if err := sound(ctx, conn, path, knows[:version]); err != nil {
		return err
	}
	id, has, err := readCounts(ctx, conn)
	if err != nil {
		return explainFound(path, err)
	}
	if id == "" {
		return damaged(path, "it does not say which ledger it is")
	}
	if isMarked && marked == id && has < events {
		return olderCopy(path, locks, has, events)
	}
	return nil
}

// sound checks the file's structure: that SQLite's own check of every page and
// index finds nothing (it takes a third of a second for 100,000 renewals), and that
// everything is there as the migrations made it, such as the index that makes a
// renewal unique. What somebody added is left alone.
func sound(ctx context.Context, q querier, path string, made []migration) error {
	found, err := readTexts(ctx, q, "PRAGMA integrity_check(1)")
	if err != nil {
		return explainFound(path, err)
	}
	if !slices.Equal(found, []string{"ok"}) {
		return damaged(path, fmt.Sprintf("SQLite's check of it says %q", found))
	}
	want, err := structure(ctx, made)
	if err != nil {
		return err
	}
	has, err := readStructure(ctx, q)
	if err != nil {
		return explainFound(path, err)
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if has[name] != want[name] {
			return damaged(path, fmt.Sprintf("its %q is missing or not as renewplan makes it", name))
		}
	}
	return nil
}

// olderCopy is the error for a ledger that knows less than it once did.
func olderCopy(path, locks string, has, events int64) error {
	return fmt.Errorf("%w: %s: it holds %d events and once held %d: an older copy was put back, or its newest changes were lost; nothing was changed. "+
		"Put the newer one in its place. If there is none, remove %s to go on with this one: what was renewed since is recognised by its expiry",
		ErrDamaged, path, has, events, markFile(locks))
}

// readInt reads one number.
func readInt(ctx context.Context, q querier, query string) (n int, err error) {
	rows, err := q.QueryContext(ctx, query)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(&n); err != nil {
			return 0, err
		}
	}
	return n, rows.Err()
}

// readTexts reads one column.
func readTexts(ctx context.Context, q querier, query string) (texts []string, err error) {
	rows, err := q.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var s sql.NullString
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		texts = append(texts, s.String)
	}
	return texts, rows.Err()
}
