package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"sync/atomic"

	"github.com/gofrs/flock"
)

// sqliteRun is a Run of a sqliteLedger.
type sqliteRun struct {
	l     *sqliteLedger
	id    string
	who   string
	lock  *flock.Flock
	ended atomic.Bool // set before the lock is freed
}

// Begin implements Ledger.
func (l *sqliteLedger) Begin(ctx context.Context, info RunInfo) (Run, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.closed {
		return nil, ErrClosed
	}
	now := l.opt.Now()
	id, lock, err := l.locks.take(now)
	if err != nil {
		return nil, fmt.Errorf("the ledger %s: %w", l.path, err)
	}
	var events int64
	err = l.write.do(ctx, func(ctx context.Context, t *tx) error {
		_, err := t.exec(ctx, "INSERT INTO runs (id, cloud, plan_digest, who, host, pid, started) VALUES (?, ?, ?, ?, ?, ?, ?)",
			id, info.Cloud, info.PlanDigest, info.Who, l.locks.host, os.Getpid(), momentText(now))
		if err != nil {
			return err
		}
		_, events, err = readCounts(ctx, t)
		return err
	})
	if err != nil {
		l.locks.release(id, lock)
		return nil, err
	}
	writeMark(l.locks.dir, l.id, events)
	l.locks.sweep()
	r := &sqliteRun{l: l, id: id, who: info.Who, lock: lock}
	l.runsMu.Lock()
	defer l.runsMu.Unlock()
	l.runs[r] = true
	return r, nil
}

// ID implements Run.
func (r *sqliteRun) ID() string { return r.id }

// do does a write of this run.
func (r *sqliteRun) do(ctx context.Context, do func(context.Context, *tx) error) error {
	return r.l.write.do(ctx, func(ctx context.Context, t *tx) error {
		if r.ended.Load() {
			return fmt.Errorf("run %s: %w", r.id, ErrClosed)
		}
		return do(ctx, t)
	})
}

// Intend implements Run.
func (r *sqliteRun) Intend(ctx context.Context, key Key, try Try) error {
	if err := key.check(); err != nil {
		return err
	}
	return r.do(ctx, func(ctx context.Context, t *tx) error {
		now := r.l.opt.Now()
		if try.Sent.IsZero() {
			try.Sent = now
		}
		args := append([]any{string(Sending), momentText(now)}, one(key).args...)
		var nr int64
		var attempt int
		var token string
		err := t.row(ctx, `UPDATE renewals SET state = ?, updated = ?, request_id = '', code = '', http_status = 0, note = '' `+ // of an earlier try
			one(key).where+" AND run = ? RETURNING nr, attempt, token",
			append(args, r.id), &nr, &attempt, &token)
		if err != nil {
			return r.notMine(ctx, t, key, err)
		}
		if try.Token != "" && try.Token != token {
			return fmt.Errorf("%s: %w: its token is %s, the record's is %s", key.label(), ErrTry, try.Token, token)
		}
		if try.Attempt != 0 && try.Attempt != attempt {
			return fmt.Errorf("%s: %w: its attempt is %d, the record's is %d", key.label(), ErrTry, try.Attempt, attempt)
		}
		made, err := t.exec(ctx, `INSERT INTO tries (renewal, number, attempt, token, body_digest, run, sent)
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 WHERE ?2 = (SELECT coalesce(max(number), 0) + 1 FROM tries WHERE renewal = ?1)`,
			nr, try.Number, attempt, token, try.BodyDigest, r.id, momentText(try.Sent))
		if err == nil && made != 1 {
			return fmt.Errorf("%s: %w: number %d is not the next", key.label(), ErrTry, try.Number)
		}
		return err
	})
}

// Record implements Run.
func (r *sqliteRun) Record(ctx context.Context, u Update) error {
	if err := u.check(); err != nil {
		return err
	}
	return r.do(ctx, func(ctx context.Context, t *tx) error {
		now := r.l.opt.Now()
		args := append([]any{
			string(u.State), orNull(u.After, secondsText), u.OrderID, u.RequestID, u.Code, u.HTTPStatus, u.Note, momentText(now),
		}, one(u.Key).args...)
		var nr int64
		err := t.row(ctx, `UPDATE renewals SET state = ?, expiry_after = coalesce(?, expiry_after),
	order_id = coalesce(nullif(?, ''), order_id), request_id = coalesce(nullif(?, ''), request_id),
	code = coalesce(nullif(?, ''), code), http_status = coalesce(nullif(?, 0), http_status),
	note = ?, updated = ? `+one(u.Key).where+` AND run = ? RETURNING nr`,
			append(args, r.id), &nr)
		if err != nil {
			return r.notMine(ctx, t, u.Key, err)
		}
		if u.Try.Number == 0 {
			return nil
		}
		if u.Try.Ended.IsZero() {
			u.Try.Ended = now
		}
		return endTry(ctx, t, nr, u)
	})
}

// endTry writes what became of a try. Once written it stays: ending it again in
// the same way, as after a lost answer, changes nothing.
func endTry(ctx context.Context, t *tx, nr int64, u Update) error {
	ended, err := t.exec(ctx, `UPDATE tries SET ended = ?, outcome = ?, request_id = ?, order_id = ?, code = ?, http_status = ?
WHERE renewal = ? AND number = ? AND ended IS NULL`,
		momentText(u.Try.Ended), u.Try.Outcome, u.Try.RequestID, u.Try.OrderID, u.Try.Code, u.Try.HTTPStatus, nr, u.Try.Number)
	if err != nil || ended == 1 {
		return err
	}
	var outcome string
	err = t.row(ctx, "SELECT outcome FROM tries WHERE renewal = ? AND number = ?", []any{nr, u.Try.Number}, &outcome)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return fmt.Errorf("%s: %w: there is no number %d", u.label(), ErrTry, u.Try.Number)
	case err != nil:
		return err
	case outcome != u.Try.Outcome:
		return fmt.Errorf("%s: %w: number %d ended as %q already, not %q", u.label(), ErrTry, u.Try.Number, outcome, u.Try.Outcome)
	}
	return nil
}

// notMine says why an update that asked for the run found no row.
func (r *sqliteRun) notMine(ctx context.Context, t *tx, key Key, err error) error {
	if !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	var owner string
	err = t.row(ctx, "SELECT run FROM renewals "+one(key).where, one(key).args, &owner)
	if errors.Is(err, sql.ErrNoRows) {
		return notFound(key)
	}
	if err != nil {
		return err
	}
	return fmt.Errorf("%s: %w (%s, this is %s)", key.label(), ErrNotOwner, owner, r.id)
}

// End implements Run.
func (r *sqliteRun) End(ctx context.Context) error {
	if r.ended.Swap(true) {
		return nil
	}
	err := r.l.write.do(ctx, func(ctx context.Context, t *tx) error {
		_, err := t.exec(ctx, "UPDATE runs SET ended = ? WHERE id = ?", momentText(r.l.opt.Now()), r.id)
		return err
	})
	r.l.runsMu.Lock()
	defer r.l.runsMu.Unlock()
	if r.l.runs[r] { // Close may have released it
		delete(r.l.runs, r)
		r.l.locks.release(r.id, r.lock)
	}
	return err
}
