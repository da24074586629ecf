package ledger

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
)

// applicationID marks a file as a renewplan ledger, in the place where SQLite
// keeps such a mark: "RNWP" in ASCII.
const applicationID = 0x524e5750

// migration is what makes a ledger of the next version out of one of the
// version before. Migrations are only ever added: one that was released is never
// changed.
type migration struct {
	does       string // for messages: "keep tries"
	statements []string
}

// migrations lists every version: the first entry makes version 1.
func migrations() []migration {
	return []migration{{"the first version", versionOne()}}
}

// versionOne are the tables of version 1. Every time is UTC text in RFC 3339, so
// that the ledger can be read with any SQLite shell; the view history is made for
// that. What happened is only ever added to: the database itself refuses to
// delete records and tries, and to change events and resolutions.
func versionOne() []string {
	return []string{
		// One row: which ledger this is. A copy keeps it.
		`CREATE TABLE ledger (
	id      TEXT NOT NULL,
	created TEXT NOT NULL
) STRICT`,

		`CREATE TABLE runs (
	id          TEXT NOT NULL PRIMARY KEY,
	cloud       TEXT NOT NULL,
	plan_digest TEXT NOT NULL,
	who         TEXT NOT NULL,
	host        TEXT NOT NULL,
	pid         INTEGER NOT NULL,
	started     TEXT NOT NULL,
	ended       TEXT
) STRICT`,

		`CREATE TABLE renewals (
	nr                 INTEGER PRIMARY KEY,
	cloud              TEXT NOT NULL,
	region             TEXT NOT NULL,
	kind               TEXT NOT NULL,
	id                 TEXT NOT NULL,
	baseline           TEXT NOT NULL,
	state              TEXT NOT NULL,
	attempt            INTEGER NOT NULL CHECK (attempt >= 0),
	token              TEXT NOT NULL CHECK (token <> ''),
	months             INTEGER NOT NULL CHECK (months >= 1),
	expected           TEXT,
	related_renew_flag TEXT NOT NULL,
	plan_digest        TEXT NOT NULL,
	run                TEXT NOT NULL REFERENCES runs (id),
	expiry_after       TEXT,
	order_id           TEXT NOT NULL DEFAULT '',
	request_id         TEXT NOT NULL DEFAULT '',
	code               TEXT NOT NULL DEFAULT '',
	http_status        INTEGER NOT NULL DEFAULT 0,
	note               TEXT NOT NULL DEFAULT '',
	updated            TEXT NOT NULL
) STRICT`,

		// Promise 1 in one line: at most one record for a resource and period.
		`CREATE UNIQUE INDEX one_renewal_per_period ON renewals (cloud, region, kind, id, baseline)`,

		`CREATE TABLE tries (
	renewal     INTEGER NOT NULL REFERENCES renewals (nr),
	number      INTEGER NOT NULL CHECK (number >= 1),
	attempt     INTEGER NOT NULL,
	token       TEXT NOT NULL,
	body_digest TEXT NOT NULL,
	run         TEXT NOT NULL REFERENCES runs (id),
	sent        TEXT NOT NULL,
	ended       TEXT,
	outcome     TEXT NOT NULL DEFAULT '',
	request_id  TEXT NOT NULL DEFAULT '',
	order_id    TEXT NOT NULL DEFAULT '',
	code        TEXT NOT NULL DEFAULT '',
	http_status INTEGER NOT NULL DEFAULT 0,
	PRIMARY KEY (renewal, number)
) STRICT, WITHOUT ROWID`,

		`CREATE TABLE resolutions (
	nr      INTEGER PRIMARY KEY,
	renewal INTEGER NOT NULL REFERENCES renewals (nr),
	attempt INTEGER NOT NULL,
	bought  INTEGER NOT NULL CHECK (bought IN (0, 1)),
	was     TEXT NOT NULL,
	reason  TEXT NOT NULL,
	who     TEXT NOT NULL,
	decided TEXT NOT NULL
) STRICT`,

		// What happened, in order: written by the database, so that no writer can
		// forget to. nr grows by one with each event; mark.go relies on it.
		`CREATE TABLE events (
	nr      INTEGER PRIMARY KEY,
	at      TEXT NOT NULL,
	run     TEXT NOT NULL,
	renewal INTEGER REFERENCES renewals (nr),
	what    TEXT NOT NULL,
	attempt INTEGER,
	note    TEXT NOT NULL DEFAULT ''
) STRICT`,
		`CREATE TRIGGER run_begun AFTER INSERT ON runs BEGIN
	INSERT INTO events (at, run, what) VALUES (new.started, new.id, 'run begun');
END`,
		`CREATE TRIGGER run_ended AFTER UPDATE OF ended ON runs BEGIN
	INSERT INTO events (at, run, what) VALUES (new.ended, new.id, 'run ended');
END`,
		`CREATE TRIGGER renewal_made AFTER INSERT ON renewals BEGIN
	INSERT INTO events (at, run, renewal, what, attempt, note)
	VALUES (new.updated, new.run, new.nr, new.state, new.attempt, new.note);
END`,
		`CREATE TRIGGER renewal_changed AFTER UPDATE ON renewals BEGIN
	INSERT INTO events (at, run, renewal, what, attempt, note)
	VALUES (new.updated, new.run, new.nr, new.state, new.attempt, new.note);
END`,

		`CREATE TRIGGER renewal_key_stays BEFORE UPDATE OF nr, cloud, region, kind, id, baseline ON renewals BEGIN
	SELECT raise(ABORT, 'a renewal keeps its key');
END`,
		`CREATE TRIGGER renewal_stays BEFORE DELETE ON renewals BEGIN
	SELECT raise(ABORT, 'a renewal is never deleted');
END`,
		`CREATE TRIGGER try_stays BEFORE DELETE ON tries BEGIN
	SELECT raise(ABORT, 'a try is never deleted');
END`,
		`CREATE TRIGGER resolution_stays BEFORE DELETE ON resolutions BEGIN
	SELECT raise(ABORT, 'a resolution is never deleted');
END`,
		`CREATE TRIGGER resolution_unchanged BEFORE UPDATE ON resolutions BEGIN
	SELECT raise(ABORT, 'a resolution is never changed');
END`,
		`CREATE TRIGGER event_stays BEFORE DELETE ON events BEGIN
	SELECT raise(ABORT, 'an event is never deleted');
END`,
		`CREATE TRIGGER event_unchanged BEFORE UPDATE ON events BEGIN
	SELECT raise(ABORT, 'an event is never changed');
END`,

		`CREATE VIEW history AS
SELECT e.nr, e.at, r.cloud, r.region, r.kind, r.id, r.baseline, e.what, e.attempt, e.note, e.run
FROM events e LEFT JOIN renewals r ON r.nr = e.renewal
ORDER BY e.nr`,
	}
}

// structure is what a ledger made by these migrations consists of: the SQL of
// every table, index, trigger and view, by its name.
func structure(ctx context.Context, all []migration) (map[string]string, error) {
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return nil, err
	}
	defer db.Close()
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	if err := migrate(ctx, conn, "in memory", all); err != nil {
		return nil, err
	}
	return readStructure(ctx, conn)
}

// readStructure reads what structure tells of a ledger from a file.
func readStructure(ctx context.Context, q querier) (map[string]string, error) {
	rows, err := q.QueryContext(ctx, "SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	found := make(map[string]string)
	for rows.Next() {
		var name, text string
		if err := rows.Scan(&name, &text); err != nil {
			return nil, err
		}
		found[name] = text
	}
	return found, rows.Err()
}

// migrate brings the ledger behind conn from the version it is found in to that
// of the last migration, in one transaction: afterwards all of it is done, or
// none. It looks at the version again inside the transaction, since another
// process may have been faster.
func migrate(ctx context.Context, conn *sql.Conn, path string, all []migration) (err error) {
	if _, err := conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_, _ = conn.ExecContext(ctx, "ROLLBACK")
		}
	}()
	version, err := readVersion(ctx, conn)
	if err != nil {
		return err
	}
	if version > len(all) {
		return newerError(path, version, len(all))
	}
	for i, m := range all[version:] {
		for _, s := range m.statements {
			if _, err := conn.ExecContext(ctx, s); err != nil {
				return fmt.Errorf("changing the ledger to version %d (%s): %w", version+i+1, m.does, err)
			}
		}
	}
	// A PRAGMA takes no parameters.
	if _, err := conn.ExecContext(ctx, "PRAGMA user_version = "+strconv.Itoa(len(all))); err != nil {
		return err
	}
	_, err = conn.ExecContext(ctx, "COMMIT")
	return err
}

// readVersion reads the version that the file says it has.
func readVersion(ctx context.Context, q querier) (int, error) {
	return readInt(ctx, q, "PRAGMA user_version")
}

// newerError says that a ledger is of a version that this program is too old for.
func newerError(path string, has, knows int) error {
	return fmt.Errorf("%w: %s has version %d, this renewplan knows versions up to %d; nothing was changed. Use the newer renewplan", ErrNewer, path, has, knows)
}
