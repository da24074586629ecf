package ledger

import (
	"context"
	"fmt"
	"time"
)

// Claim implements Run. All of it happens in one IMMEDIATE transaction, so of any
// number of processes that ask for the same renewal one is first, and the others
// see what it made of it.
func (r *sqliteRun) Claim(ctx context.Context, c Claim) (Record, bool, error) {
	if err := c.check(); err != nil {
		return Record{}, false, err
	}
	var got struct {
		rec   Record
		owned bool
	}
	err := r.do(ctx, func(ctx context.Context, t *tx) (err error) {
		got.rec, got.owned, err = r.claim(ctx, t, c)
		return err
	})
	if err != nil && ctx.Err() != nil {
		return Record{}, false, err // got may still be written to
	}
	return got.rec, got.owned, err
}

func (r *sqliteRun) claim(ctx context.Context, t *tx, c Claim) (rec Record, owned bool, err error) {
	now := r.l.opt.Now()
	if c.Attempt == 0 { // what is claimed for the first time, as most are, needs no reading
		if made, err := r.insert(ctx, t, c, momentText(now)); made || err != nil {
			return r.made(c, now), made, err
		}
	}
	found, err := r.l.readRecords(ctx, t, one(c.Key))
	if err != nil {
		return Record{}, false, err
	}
	switch {
	case len(found) == 0:
		return Record{}, false, fmt.Errorf("%s: %w: the plan says %d, and there is no record of it", c.label(), ErrAttempt, c.Attempt)
	case c.Attempt != found[0].Attempt:
		rec = found[0]
		return rec, false, fmt.Errorf("%s: %w: the plan says %d, the ledger %d (%s)", c.label(), ErrAttempt, c.Attempt, rec.Attempt, rec.State)
	case found[0].State.Free():
		err = r.renew(ctx, t, c, momentText(now))
	case !found[0].State.Open():
		return found[0], false, nil
	case found[0].Run != r.id && found[0].Live:
		return found[0], false, nil
	case found[0].State == Claimed:
		err = r.renew(ctx, t, c, momentText(now))
	case found[0].Run != r.id:
		_, err = t.exec(ctx, "UPDATE renewals SET run = ?, updated = ? "+one(c.Key).where,
			append([]any{r.id, momentText(now)}, one(c.Key).args...)...)
	}
	if err != nil {
		return Record{}, false, err
	}
	found, err = r.l.readRecords(ctx, t, one(c.Key))
	if err != nil {
		return Record{}, false, err
	}
	return found[0], true, nil
}

// insert makes the record of a renewal, unless there is one.
func (r *sqliteRun) insert(ctx context.Context, t *tx, c Claim, now string) (made bool, err error) {
	n, err := t.exec(ctx, `INSERT INTO renewals (cloud, region, kind, id, baseline,
	state, attempt, token, months, expected, related_renew_flag, plan_digest, run, updated)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (cloud, region, kind, id, baseline) DO NOTHING`,
		append(one(c.Key).args, string(Claimed), c.Attempt, c.Token, c.Months,
			orNull(c.Expected, secondsText), c.RelatedRenewFlag, c.PlanDigest, r.id, now)...)
	return n == 1, err
}

// made is the record that insert makes, as it would be read.
func (r *sqliteRun) made(c Claim, now time.Time) Record {
	rec := Record{
		Key: c.Key, State: Claimed, Token: c.Token, Months: c.Months, Expected: c.Expected,
		RelatedRenewFlag: c.RelatedRenewFlag, PlanDigest: c.PlanDigest,
		Run: r.id, Who: r.who, Live: true, Updated: now.UTC().Truncate(time.Millisecond),
	}
	rec.Baseline = c.Baseline.UTC()
	if !c.Expected.IsZero() {
		rec.Expected = c.Expected.UTC()
	}
	return rec
}

// renew claims a record anew: the claim's values replace what was claimed before,
// and what became of that is cleared. It stays in the events and tries.
func (r *sqliteRun) renew(ctx context.Context, t *tx, c Claim, now string) error {
	_, err := t.exec(ctx, `UPDATE renewals SET state = ?, token = ?, months = ?, expected = ?, related_renew_flag = ?,
	plan_digest = ?, run = ?, updated = ?,
	expiry_after = NULL, order_id = '', request_id = '', code = '', http_status = 0, note = '' `+one(c.Key).where,
		append([]any{
			string(Claimed), c.Token, c.Months, orNull(c.Expected, secondsText), c.RelatedRenewFlag,
			c.PlanDigest, r.id, now,
		}, one(c.Key).args...)...)
	return err
}
