package ledger

import (
	"context"
	"database/sql"
	"errors"
	"sync/atomic"
	"time"

	"renewplan/internal/faultpoint"
)

const (
	// maxBatch bounds the writes of one transaction, so that a first answer does not
	// wait for the work of a thousand others.
	maxBatch = 256
	// mostPause bounds how long a commit waits for more writes to share its sync. It
	// waits at all only where the one before was shared, and for half its time.
	mostPause = time.Millisecond
)

// writer makes all changes of one handle. Its goroutine does, until closed:
//
//	wait for one write, add those that are waiting behind it
//	BEGIN IMMEDIATE            other processes wait here, in SQLite's busy handler
//	  do each
//	COMMIT                     one sync for all of them
//	answer everyone
//
// While one batch is being synced the next one gathers, so under load many
// writes share a sync. After a shared one, the next waits a moment for those that
// come again together; a single one waits for nobody. If one of them fails,
// all is rolled back and done again with each in a savepoint of its own, so that
// it is undone alone; savepoints for all would cost as much as the writes. If the
// transaction fails, all its writes get that error.
type writer struct {
	conn    *sql.Conn
	stmts   map[string]*sql.Stmt
	check   func() error // refuses to write into a file that is no longer the ledger
	explain func(error) error
	path    string
	version int // of the ledger: another one inside a transaction is refused

	waiting chan *write
	closing chan struct{}
	done    chan struct{}
	commits atomic.Int64 // transactions that were committed
}

// write is one change that somebody waits for. What it does may be rolled back
// and done again.
type write struct {
	cancelled func() error // the caller's ctx.Err
	do        func(context.Context, *tx) error
	answer    chan error // holds one, so that the writer never waits
}

// tx is an open transaction, to the writes in it.
type tx struct{ w *writer }

func newWriter(conn *sql.Conn, path string, version int, check func() error, explain func(error) error) *writer {
	w := &writer{
		conn:    conn,
		stmts:   make(map[string]*sql.Stmt),
		check:   check,
		explain: explain,
		path:    path,
		version: version,
		waiting: make(chan *write),
		closing: make(chan struct{}),
		done:    make(chan struct{}),
	}
	go w.run(context.Background())
	return w
}

// do has the writer do it and returns once the result is on disk. If ctx ends
// first, do returns its error; whether it was done is then open. What is done gets
// another context, which does not end: a write that has begun is finished.
func (w *writer) do(ctx context.Context, do func(context.Context, *tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	o := &write{cancelled: ctx.Err, do: do, answer: make(chan error, 1)}
	select {
	case w.waiting <- o:
	case <-ctx.Done():
		return ctx.Err()
	case <-w.closing:
		return ErrClosed
	}
	select {
	case err := <-o.answer:
		return err
	case <-ctx.Done():
		select {
		case err := <-o.answer:
			return err
		default:
			return ctx.Err()
		}
	}
}

// close lets the batch under way finish and ends the goroutine.
func (w *writer) close() {
	close(w.closing)
	<-w.done
}

func (w *writer) run(ctx context.Context) {
	defer close(w.done)
	var pause time.Duration
	for {
		select {
		case <-w.closing:
			return
		case o := <-w.waiting:
			batch := w.gather(o, pause)
			began := time.Now()
			w.commit(ctx, batch)
			// Those that were answered together come again together, but not at once.
			if pause = 0; len(batch) > 1 {
				pause = min(time.Since(began)/2, mostPause)
			}
		}
	}
}

// gather takes what is waiting behind first, in order, and what comes within a
// pause.
func (w *writer) gather(first *write, pause time.Duration) []*write {
	batch := []*write{first}
	var over <-chan time.Time
	if pause > 0 {
		over = time.After(pause)
	}
	for len(batch) < maxBatch {
		select {
		case o := <-w.waiting:
			batch = append(batch, o)
			continue
		default:
		}
		if pause == 0 {
			break
		}
		select {
		case o := <-w.waiting:
			batch = append(batch, o)
		case <-over:
			pause = 0
		}
	}
	return batch
}

// commit does a batch in one transaction and answers it.
func (w *writer) commit(ctx context.Context, batch []*write) {
	live := batch[:0]
	for _, o := range batch {
		if err := o.cancelled(); err != nil {
			o.answer <- err
			continue
		}
		live = append(live, o)
	}
	if len(live) == 0 {
		return
	}
	t := &tx{w}
	results := make([]error, len(live))
	err := w.transact(ctx, t, live, nil)
	if errors.Is(err, errOneFailed) {
		err = w.transact(ctx, t, live, results)
	}
	if err != nil {
		err = w.explain(err)
		for i := range results {
			if results[i] == nil {
				results[i] = err
			}
		}
	}
	for i, o := range live {
		o.answer <- results[i]
	}
}

// errOneFailed says that one write of a batch failed, and that nothing was done.
var errOneFailed = errors.New("one write of the batch failed")

// transact does a batch in one transaction, or nothing. With room for results,
// a write that fails is undone alone and its error put there; without, it undoes
// them all with errOneFailed.
func (w *writer) transact(ctx context.Context, t *tx, batch []*write, results []error) (err error) {
	defer func() {
		if err != nil {
			_, _ = t.exec(ctx, "ROLLBACK")
		}
	}()
	if err := w.check(); err != nil {
		return err
	}
	if _, err := t.exec(ctx, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	var version int
	if err := t.row(ctx, "PRAGMA user_version", nil, &version); err != nil {
		return err
	}
	if version != w.version {
		return newerError(w.path, version, w.version)
	}
	for i, o := range batch {
		if results == nil {
			if err := o.do(ctx, t); err != nil {
				return errOneFailed
			}
			continue
		}
		if results[i], err = w.alone(ctx, t, o); err != nil {
			return err
		}
	}
	faultpoint.Hit(faultpoint.BeforeCommit)
	if _, err := t.exec(ctx, "COMMIT"); err != nil {
		return err
	}
	faultpoint.Hit(faultpoint.AfterCommit)
	w.commits.Add(1)
	return nil
}

// alone does one write in a savepoint. The result is the write's own error; it is
// undone then. err is one that undoes the transaction.
func (w *writer) alone(ctx context.Context, t *tx, o *write) (result, err error) {
	if _, err := t.exec(ctx, "SAVEPOINT one"); err != nil {
		return nil, err
	}
	if err := o.do(ctx, t); err != nil {
		result = w.explain(err)
		// Some errors, such as a full disk, may have ended the whole
		// transaction. Then there is no savepoint left to go back to.
		if _, gone := t.exec(ctx, "ROLLBACK TO one"); gone != nil {
			return result, err
		}
	}
	_, err = t.exec(ctx, "RELEASE one")
	return result, err
}

// stmt prepares a statement once.
func (w *writer) stmt(ctx context.Context, query string) (*sql.Stmt, error) {
	if s := w.stmts[query]; s != nil {
		return s, nil
	}
	s, err := w.conn.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	w.stmts[query] = s
	return s, nil
}

// exec runs a statement and returns how many rows it changed.
func (t *tx) exec(ctx context.Context, query string, args ...any) (changed int64, err error) {
	s, err := t.w.stmt(ctx, query)
	if err != nil {
		return 0, err
	}
	res, err := s.ExecContext(ctx, args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// row reads one row into dest; sql.ErrNoRows if there is none.
func (t *tx) row(ctx context.Context, query string, args []any, dest ...any) error {
	s, err := t.w.stmt(ctx, query)
	if err != nil {
		return err
	}
	return s.QueryRowContext(ctx, args...).Scan(dest...)
}

// QueryContext makes a transaction a querier.
func (t *tx) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	s, err := t.w.stmt(ctx, query)
	if err != nil {
		return nil, err
	}
	return s.QueryContext(ctx, args...)
}
