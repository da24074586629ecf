package ledger

import (
	"database/sql"
	"time"
)

// millis is the form of moments: fixed width, so that text sorts by time.
const millis = "2006-01-02T15:04:05.000Z"

// secondsText is how an expiry is stored: 2026-12-31T08:00:00Z. A fraction, which
// no cloud tells so far, is kept.
func secondsText(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// momentText is how a moment is stored: 2026-12-31T08:00:00.000Z.
func momentText(t time.Time) string { return t.UTC().Format(millis) }

// orNull is text, or NULL for the zero time.
func orNull(t time.Time, text func(time.Time) string) any {
	if t.IsZero() {
		return nil
	}
	return text(t)
}

// readTime reads what secondsText or momentText wrote; NULL is the zero time.
func readTime(s sql.NullString) (time.Time, error) {
	if !s.Valid {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339Nano, s.String)
	return t.UTC(), err
}
