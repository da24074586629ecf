package ledger

import (
	"context"
	"fmt"
)

// Resolve implements Ledger.
func (l *sqliteLedger) Resolve(ctx context.Context, key Key, res Resolution) error {
	if err := key.check(); err != nil {
		return err
	}
	return l.write.do(ctx, func(ctx context.Context, t *tx) error {
		found, err := l.readRecords(ctx, t, one(key))
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return notFound(key)
		}
		rec := found[0]
		if rec.Live {
			return fmt.Errorf("%s: %w: run %s of %s is alive. Let it finish, or stop it", key.label(), ErrNotOwner, rec.Run, rec.Who)
		}
		if res.Seen != "" && res.Seen != rec.State {
			return fmt.Errorf("%s: %w: it was %q, and is %q", key.label(), ErrChanged, res.Seen, rec.State)
		}
		now := l.opt.Now()
		if res.When.IsZero() {
			res.When = now
		}
		bought, state, attempt := 0, NotBought, rec.Attempt+1
		if res.Bought {
			bought, state, attempt = 1, Bought, rec.Attempt
		}
		_, err = t.exec(ctx, `INSERT INTO resolutions (renewal, attempt, bought, was, reason, who, decided)
SELECT nr, ?, ?, ?, ?, ?, ? FROM renewals `+one(key).where,
			append([]any{rec.Attempt, bought, string(rec.State), res.Reason, res.Who, momentText(res.When)}, one(key).args...)...)
		if err != nil {
			return err
		}
		_, err = t.exec(ctx, "UPDATE renewals SET state = ?, attempt = ?, updated = ? "+one(key).where,
			append([]any{string(state), attempt, momentText(now)}, one(key).args...)...)
		return err
	})
}
