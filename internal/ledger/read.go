package ledger

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// Records implements Ledger.
func (l *sqliteLedger) Records(ctx context.Context, cloud string) ([]Record, error) {
	if cloud == "" {
		return l.read(ctx, selection{order: "ORDER BY region, kind, id, baseline, cloud"})
	}
	return l.read(ctx, selection{
		where: "WHERE cloud = ?", args: []any{cloud},
		order: "ORDER BY cloud, region, kind, id, baseline", // as the index has them
	})
}

// Get implements Ledger.
func (l *sqliteLedger) Get(ctx context.Context, key Key) (Record, error) {
	if err := key.check(); err != nil {
		return Record{}, err
	}
	found, err := l.read(ctx, one(key))
	if err != nil {
		return Record{}, err
	}
	if len(found) == 0 {
		return Record{}, notFound(key)
	}
	return found[0], nil
}

// notFound says which record there is not.
func notFound(key Key) error { return fmt.Errorf("%s: %w", key.label(), ErrNotFound) }

// read reads records as they are at one moment.
func (l *sqliteLedger) read(ctx context.Context, s selection) ([]Record, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.closed {
		return nil, ErrClosed
	}
	tx, err := l.readDB.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, explain(l.path, err)
	}
	defer func() { _ = tx.Rollback() }() // nothing was written
	recs, err := l.readRecords(ctx, tx, s)
	if err != nil {
		return nil, explain(l.path, err)
	}
	return recs, nil
}

// selection says which records to read. Its SQL is ours, never a caller's.
type selection struct {
	where string
	args  []any
	order string
}

// one selects the record of a key.
func one(key Key) selection {
	return selection{
		where: "WHERE cloud = ? AND region = ? AND kind = ? AND id = ? AND baseline = ?",
		args:  []any{key.Cloud, key.Region, key.Kind, key.ID, secondsText(key.Baseline)},
	}
}

// readRecords reads records with all that belongs to them: one query for each
// table, put together here, so that the time grows with the rows and not with the
// queries.
func (l *sqliteLedger) readRecords(ctx context.Context, q querier, s selection) ([]Record, error) {
	recs, byNr, err := readRenewals(ctx, q, s)
	if err != nil || len(recs) == 0 {
		return nil, err
	}
	if err := l.readRuns(ctx, q, s, recs); err != nil {
		return nil, err
	}
	if err := readTries(ctx, q, s, recs, byNr); err != nil {
		return nil, err
	}
	if err := readResolutions(ctx, q, s, recs, byNr); err != nil {
		return nil, err
	}
	return recs, nil
}

// readRenewals reads the records proper, and where each renewals.nr went.
func readRenewals(ctx context.Context, q querier, s selection) (recs []Record, byNr map[int64]int, err error) {
	rows, err := q.QueryContext(ctx, `SELECT nr, cloud, region, kind, id, baseline, state, attempt, token, months, expected,
	related_renew_flag, plan_digest, run, expiry_after, order_id, request_id, code, http_status, note, updated
FROM renewals `+s.where+` `+s.order, s.args...)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	byNr = make(map[int64]int)
	for rows.Next() {
		var r Record
		var nr int64
		var baseline, expected, after, updated sql.NullString
		err := rows.Scan(&nr, &r.Cloud, &r.Region, &r.Kind, &r.ID, &baseline, &r.State, &r.Attempt, &r.Token, &r.Months, &expected,
			&r.RelatedRenewFlag, &r.PlanDigest, &r.Run, &after, &r.OrderID, &r.RequestID, &r.Code, &r.HTTPStatus, &r.Note, &updated)
		if err != nil {
			return nil, nil, unreadable("renewals", nr, err)
		}
		for _, t := range []struct {
			text sql.NullString
			into *time.Time
		}{{baseline, &r.Baseline}, {expected, &r.Expected}, {after, &r.After}, {updated, &r.Updated}} {
			if *t.into, err = readTime(t.text); err != nil {
				return nil, nil, unreadable("renewals", nr, err)
			}
		}
		if !r.State.known() {
			return nil, nil, unreadable("renewals", nr, fmt.Errorf("there is no state %q", r.State))
		}
		byNr[nr] = len(recs)
		recs = append(recs, r)
	}
	return recs, byNr, rows.Err()
}

// readRuns fills in who owns each record, and whether that run lives.
func (l *sqliteLedger) readRuns(ctx context.Context, q querier, s selection, recs []Record) error {
	rows, err := q.QueryContext(ctx, `SELECT id, who, host, ended FROM runs
WHERE id IN (SELECT run FROM renewals `+s.where+`)`, s.args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	type run struct {
		who  string
		live bool
	}
	runs := make(map[string]run)
	for rows.Next() {
		var id, host string
		var r run
		var ended sql.NullString
		if err := rows.Scan(&id, &r.who, &host, &ended); err != nil {
			return err
		}
		r.live = !ended.Valid && l.locks.live(id, host)
		runs[id] = r
	}
	for i := range recs {
		r := runs[recs[i].Run]
		recs[i].Who, recs[i].Live = r.who, r.live
	}
	return rows.Err()
}

// readTries adds the tries to their records.
func readTries(ctx context.Context, q querier, s selection, recs []Record, byNr map[int64]int) error {
	rows, err := q.QueryContext(ctx, `SELECT renewal, number, attempt, token, body_digest, sent, ended, outcome,
	request_id, order_id, code, http_status
FROM tries `+s.ofRenewals()+` ORDER BY renewal, number`, s.args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var t Try
		var nr int64
		var sent, ended sql.NullString
		err := rows.Scan(&nr, &t.Number, &t.Attempt, &t.Token, &t.BodyDigest, &sent, &ended, &t.Outcome,
			&t.RequestID, &t.OrderID, &t.Code, &t.HTTPStatus)
		if err == nil {
			t.Sent, err = readTime(sent)
		}
		if err == nil {
			t.Ended, err = readTime(ended)
		}
		if err != nil {
			return unreadable("tries", nr, err)
		}
		if i, ok := byNr[nr]; ok {
			recs[i].Tries = append(recs[i].Tries, t)
		}
	}
	return rows.Err()
}

// readResolutions adds the latest resolution to its record.
func readResolutions(ctx context.Context, q querier, s selection, recs []Record, byNr map[int64]int) error {
	rows, err := q.QueryContext(ctx, `SELECT renewal, attempt, bought, reason, who, decided
FROM resolutions `+s.ofRenewals()+` ORDER BY nr`, s.args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var r Resolution
		var nr int64
		var decided sql.NullString
		err := rows.Scan(&nr, &r.Attempt, &r.Bought, &r.Reason, &r.Who, &decided)
		if err == nil {
			r.When, err = readTime(decided)
		}
		if err != nil {
			return unreadable("resolutions", nr, err)
		}
		if i, ok := byNr[nr]; ok {
			recs[i].Resolution = &r
		}
	}
	return rows.Err()
}

// ofRenewals narrows a table that has a column renewal to the selected records.
func (s selection) ofRenewals() string {
	if s.where == "" {
		return ""
	}
	return "WHERE renewal IN (SELECT nr FROM renewals " + s.where + ")"
}

// unreadable is the error for a value that this program would never write.
func unreadable(table string, nr int64, err error) error {
	return fmt.Errorf("%w: table %s, renewal %d: %s. %s", ErrDamaged, table, nr, err.Error(), damageHelp)
}
