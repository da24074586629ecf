//go:build unix

package chaos

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// line is a line of a receipt.
type line struct {
	Receipt, Run, ID, Outcome string
	After                     *time.Time
	Interrupted               bool
	Rows, Exit                int
}

// receipt reads a receipt. A line that a kill cut short is left out.
func (w *world) receipt(t *testing.T, name string) (lines []line) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(w.dir, name))
	if err != nil {
		t.Fatal(err)
	}
	for s := range strings.Lines(string(text)) {
		var l line
		if json.Unmarshal([]byte(s), &l) == nil {
			lines = append(lines, l)
		}
	}
	if len(lines) == 0 {
		t.Fatalf("the receipt %s: got no line; want some", name)
	}
	return lines
}

// receipted fails the test unless the last run of a receipt renewed every resource
// of the world, or found it renewed, as the ledger's renewals are.
func (w *world) receipted(t *testing.T, name string) {
	t.Helper()
	lines := w.receipt(t, name)
	end := lines[len(lines)-1]
	settled := map[string]bool{}
	for _, l := range lines {
		if l.Receipt == "row" && l.Run == end.Run && l.Outcome == "verified" && l.After != nil {
			settled[l.ID] = true
		}
	}
	if end.Receipt != "end" || end.Exit != 0 || end.Rows != len(w.fleet) || len(settled) != len(w.fleet) {
		t.Errorf("the receipt %s: got the end %+v and %d rows verified; want all %d and status 0", name, end, len(settled), len(w.fleet))
	}
}
