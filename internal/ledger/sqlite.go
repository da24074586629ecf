package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

// busyDefault is how long a write waits for another process's transaction. Those
// take milliseconds; a minute is for a machine that swaps or a process that was
// stopped in the middle.
const busyDefault = time.Minute

// SQLiteOptions tunes a SQLite ledger. The zero value is right for use.
type SQLiteOptions struct {
	// BusyTimeout is how long a call waits for another process that is writing;
	// 0 means one minute.
	BusyTimeout time.Duration
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// MaxPages bounds the file, in pages of 4096 bytes, as if the disk were full
	// then; 0 means no bound. For tests.
	MaxPages int
	// VFS is the name of the SQLite file layer to use; empty means the operating
	// system's. For tests that let the disk fail.
	VFS string
}

// sqliteLedger is a Ledger in one SQLite file, in WAL mode, synced at every
// commit. One connection writes, a few others read beside it.
type sqliteLedger struct {
	path  string
	id    string // of the ledger, see mark.go
	opt   SQLiteOptions
	locks *runLocks
	write *writer

	writeDB, readDB *sql.DB

	mu     sync.RWMutex // held for reading by calls under way, for writing by Close
	closed bool

	runsMu sync.Mutex
	runs   map[*sqliteRun]bool // those that hold their lock
}

// OpenSQLite opens the ledger in the file at path, creating the file and its
// folders if they are not there. Beside the file it keeps the folder PATH.runs
// with the locks of live runs, and SQLite its files PATH-wal and PATH-shm.
//
// A ledger is for one machine: any number of processes there may have it open,
// by goroutines of one process through one handle or several. Its file must not be
// opened by other means while it is in use: closing it would drop SQLite's locks.
//
// The file is checked before anything is written. ErrNewer: a newer renewplan wrote
// it. ErrDamaged: it is no ledger, is broken, or is an older copy of what was there.
// In both cases it is left as it was. An older version is brought up to date.
func OpenSQLite(path string, opt SQLiteOptions) (Ledger, error) {
	l, err := openSQLite(path, opt, migrations())
	if err != nil {
		return nil, err
	}
	return l, nil
}

func openSQLite(name string, opt SQLiteOptions, all []migration) (*sqliteLedger, error) {
	if opt.BusyTimeout == 0 {
		opt.BusyTimeout = busyDefault
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.VFS == "" {
		opt.VFS = fileLayer()
	}
	path, err := realPath(name)
	if err != nil {
		return nil, unusable(name, err)
	}
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	locks := path + ".runs"
	if err := ensure(path, locks, opt, all); err != nil {
		return nil, err
	}
	if err := examine(path, locks, opt, all); err != nil {
		return nil, err
	}
	l := &sqliteLedger{
		path:  path,
		opt:   opt,
		locks: newRunLocks(locks, host, onNetwork(filepath.Dir(path))),
		runs:  make(map[*sqliteRun]bool),
	}
	if err := l.connect(len(all), all); err != nil {
		return nil, explain(path, err)
	}
	return l, nil
}

// connect opens the connections of a file that was examined, and brings it to the
// newest version.
func (l *sqliteLedger) connect(version int, all []migration) (err error) {
	ctx := context.Background()
	var opened []interface{ Close() error }
	defer func() {
		if err == nil {
			return
		}
		for _, o := range slices.Backward(opened) {
			_ = o.Close()
		}
	}()
	if l.writeDB, err = openDB(l.path, l.opt, writing); err != nil {
		return err
	}
	opened = append(opened, l.writeDB)
	if l.readDB, err = openDB(l.path, l.opt, reading); err != nil {
		return err
	}
	opened = append(opened, l.readDB)
	conn, err := l.writeDB.Conn(ctx)
	if err != nil {
		return err
	}
	opened = append(opened, conn)
	before, err := os.Stat(l.path)
	if err != nil {
		return err
	}
	if err := walMode(ctx, conn, l.path); err != nil {
		return err
	}
	has, err := readVersion(ctx, conn)
	if err != nil {
		return err
	}
	switch {
	case has > version: // since it was examined
		return newerError(l.path, has, version)
	case has < version:
		if err := migrate(ctx, conn, l.path, all); err != nil {
			return err
		}
	}
	if l.id, _, err = readCounts(ctx, conn); err != nil {
		return err
	}
	same := func() error {
		if now, err := os.Stat(l.path); err != nil || !os.SameFile(before, now) {
			return damaged(l.path, "it was moved, removed or replaced while it was in use")
		}
		return nil
	}
	l.write = newWriter(conn, l.path, version, same, func(err error) error { return explain(l.path, err) })
	return nil
}

// walMode puts a database into WAL mode, where readers and the writer do not wait
// for each other and a commit is one sync.
func walMode(ctx context.Context, conn *sql.Conn, path string) error {
	var mode string
	if err := conn.QueryRowContext(ctx, "PRAGMA journal_mode = WAL").Scan(&mode); err != nil {
		return err
	}
	if mode != "wal" {
		return fmt.Errorf("the ledger %s: its file system does not support SQLite's WAL mode (it says %q); keep the ledger on a local disk", path, mode)
	}
	return nil
}

// Close implements Ledger.
func (l *sqliteLedger) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil
	}
	l.closed = true
	l.write.close()
	l.runsMu.Lock()
	for r := range l.runs {
		l.locks.release(r.id, r.lock)
	}
	clear(l.runs)
	l.runsMu.Unlock()
	if l.write.commits.Load() > 0 {
		if id, events, err := readCounts(context.Background(), l.write.conn); err == nil {
			writeMark(l.locks.dir, id, events)
		}
	}
	var errs []error
	for _, s := range l.write.stmts {
		errs = append(errs, s.Close())
	}
	// The writer's connection is the last to go: it moves the log into the file.
	errs = append(errs, l.readDB.Close(), l.write.conn.Close(), l.writeDB.Close())
	if err := errors.Join(errs...); err != nil {
		return explain(l.path, err)
	}
	return nil
}

// access is what a connection is for.
type access int

const (
	examining access = iota // reads a file that may be anything, and leaves it as it is
	reading                 // reads a ledger
	writing                 // changes a ledger
)

// openDB opens connections to a file that exists.
func openDB(path string, opt SQLiteOptions, a access) (*sql.DB, error) {
	q := url.Values{
		"_busy_timeout": {strconv.FormatInt(opt.BusyTimeout.Milliseconds(), 10)},
		"_foreign_keys": {"on"},
		"_synchronous":  {"FULL"},
		"_defensive":    {"1"},
		"_dqs":          {"0"},
		"_error_rc":     {"1"},
		// Do not run what a damaged or hostile file may hide in its schema, and
		// look at each page before believing it.
		"_pragma": {"trusted_schema(0)", "cell_size_check(1)"},
		"mode":    {"rw"},
	}
	if opt.VFS != "" {
		q.Set("vfs", opt.VFS)
	}
	conns := 1
	switch a {
	case examining:
		q.Set("mode", "ro")
	case reading:
		q.Set("_query_only", "1")
		conns = 4
	case writing:
		if opt.MaxPages > 0 {
			q.Add("_pragma", "max_page_count("+strconv.Itoa(opt.MaxPages)+")")
		}
	}
	u := url.URL{Scheme: "file", Path: filepath.ToSlash(path), RawQuery: q.Encode()}
	db, err := sql.Open("sqlite", u.String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db, nil
}

// realPath is the absolute path without symbolic links, so that everyone who
// means the same file uses the same locks.
func realPath(path string) (string, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	if filepath.Base(abs) == string(filepath.Separator) {
		return "", fmt.Errorf("%q is a folder", path)
	}
	if _, err := os.Lstat(abs); err == nil {
		return filepath.EvalSymlinks(abs)
	}
	// The file is not there, and perhaps not its folder: resolve what is.
	rest := filepath.Base(abs)
	for dir := filepath.Dir(abs); ; dir = filepath.Dir(dir) {
		if real, err := filepath.EvalSymlinks(dir); err == nil {
			return filepath.Join(real, rest), nil
		}
		if dir == filepath.Dir(dir) {
			return abs, nil
		}
		rest = filepath.Join(filepath.Base(dir), rest)
	}
}
