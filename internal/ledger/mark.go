package ledger

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

// The mark is a small file in the folder of run locks. It says which ledger stands
// beside it and how many events that ledger had when a run began or a handle was
// closed. A ledger never loses an event, so one that has fewer than its mark says
// is an older copy that somebody put back, or lost its newest pages.
//
// The mark is only ever written after what it counts is on disk, and read before
// the ledger is counted, so it never counts too many. It may count too few, or be
// gone: it finds accidents and proves nothing. Renewals do not depend on it.

// markFile is the path of the mark.
func markFile(locks string) string { return filepath.Join(locks, "mark") }

// readMark reads the mark; ok is false if there is none that can be read.
func readMark(locks string) (ledger string, events int64, ok bool) {
	text, err := os.ReadFile(markFile(locks))
	if err != nil {
		return "", 0, false
	}
	n, err := fmt.Sscanf(string(text), "ledger %s has %d events\n", &ledger, &events)
	return ledger, events, err == nil && n == 2
}

// writeMark writes the mark, if it can.
func writeMark(locks, ledger string, events int64) {
	_ = os.WriteFile(markFile(locks), fmt.Appendf(nil, "ledger %s has %d events\n", ledger, events), 0o666)
}

// readCounts reads what a mark holds from the ledger itself.
func readCounts(ctx context.Context, q querier) (ledger string, events int64, err error) {
	rows, err := q.QueryContext(ctx, "SELECT id, (SELECT coalesce(max(nr), 0) FROM events) FROM ledger")
	if err != nil {
		return "", 0, err
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(&ledger, &events); err != nil {
			return "", 0, err
		}
	}
	return ledger, events, rows.Err()
}
