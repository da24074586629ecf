package report

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"renewplan/internal/plan"
)

func exampleReceipt() Receipt {
	return Receipt{
		Who: "li@ops", Cloud: "baidubce.com", Account: "prod", PlanFile: "network.plan.json",
		Digest: strings.Repeat("1f", 32), Ledger: ".renewplan/ledger.db",
		Began: day("2026-11-20T09:00:00Z").Add(12 * time.Millisecond), Ended: day("2026-11-20T09:00:04Z"),
		Run: "20261120T090000Z-7f3a", Requests: 6, Exit: 3,
	}
}

// receiptLines reads a whole receipt.
func receiptLines(t *testing.T, rs []plan.Result, r Receipt) (lines []map[string]any) {
	t.Helper()
	text := written(t, func(w io.Writer) error { return ReceiptBegin(w, r) }) +
		written(t, func(w io.Writer) error { return ReceiptEnd(w, rs, r) })
	for scan := bufio.NewScanner(strings.NewReader(text)); scan.Scan(); {
		var line map[string]any
		if err := json.Unmarshal(scan.Bytes(), &line); err != nil {
			t.Fatalf("line %q: got error %v; want an object", scan.Text(), err)
		}
		lines = append(lines, line)
	}
	return lines
}

func TestAReceiptSaysWhoWhenWhatAndWhatBecameOfIt(t *testing.T) {
	results := exampleResults()
	lines := receiptLines(t, results, exampleReceipt())
	if len(lines) != len(results)+2 {
		t.Fatalf("got %d lines; want one for each of %d rows and two", len(lines), len(results))
	}
	begin, end := lines[0], lines[len(lines)-1]
	for name, want := range map[string]any{
		"receipt": "begin", "version": 1.0, "who": "li@ops", "began": "2026-11-20T09:00:00.012Z",
		"planDigest": strings.Repeat("1f", 32), "planFile": "network.plan.json",
	} {
		if begin[name] != want {
			t.Errorf("the first line's %q: got %v; want %v", name, begin[name], want)
		}
		if name != "receipt" && end[name] != want {
			t.Errorf("the last line's %q: got %v; want %v", name, end[name], want)
		}
	}
	for name, want := range map[string]any{
		"receipt": "end", "run": "20261120T090000Z-7f3a", "ended": "2026-11-20T09:00:04Z", "exit": 3.0, "rows": float64(len(results)),
		"stopped": nil, "interrupted": false,
	} {
		if end[name] != want {
			t.Errorf("the last line's %q: got %v; want %v", name, end[name], want)
		}
	}
	for i, r := range results {
		row := lines[i+1]
		for name, want := range map[string]any{
			"receipt": "row", "run": "20261120T090000Z-7f3a", "id": r.ID, "outcome": string(r.Outcome), "baseline": "2026-12-01T08:00:00Z",
			"orderId": nullable(r.OrderID), "requestId": nullable(r.RequestID), "sends": float64(r.Sends), "note": r.Note,
		} {
			if row[name] != want {
				t.Errorf("row %d, %q: got %v; want %v", i, name, row[name], want)
			}
		}
		if after, _ := row["after"].(string); (after == "") != r.After.IsZero() {
			t.Errorf("row %d: got expiry %q; want %v", i, after, r.After)
		}
	}
}

func nullable(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func TestAReceiptIsHarmlessInATerminal(t *testing.T) {
	results := exampleResults()
	results[0].Name, results[0].Note = escape, family+"\n{}"
	text := written(t, func(w io.Writer) error { return ReceiptEnd(w, results, exampleReceipt()) })
	if strings.ContainsFunc(strings.ReplaceAll(text, "\n", ""), dangerous) || strings.Count(text, "\n") != len(results)+1 {
		t.Errorf("got %q; want a line each, and nothing that a terminal may act upon", text)
	}
}

// writeCounter counts the calls of Write.
type writeCounter struct{ writes int }

func (c *writeCounter) Write(b []byte) (int, error) {
	c.writes++
	return len(b), nil
}

func TestTheLinesOfAReceiptAreWrittenTogether(t *testing.T) {
	var w writeCounter
	if err := ReceiptBegin(&w, exampleReceipt()); err != nil || w.writes != 1 {
		t.Errorf("the beginning: got %d writes and error %v; want 1", w.writes, err)
	}
	if err := ReceiptEnd(&w, exampleResults(), exampleReceipt()); err != nil || w.writes != 2 {
		t.Errorf("the end: got %d writes and error %v; want 2 in all", w.writes, err)
	}
}

func TestEveryFieldOfAReceiptIsDocumented(t *testing.T) {
	doc, err := os.ReadFile(docFile)
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(doc), "## JSON: receipt\n")
	section, _, _ = strings.Cut(section, "\n## ")
	asInResult := fieldPaths(reflect.TypeFor[settledRow](), "")
	for _, v := range []any{receiptBegin{}, receiptRow{}, receiptEnd{}} {
		for _, name := range fieldPaths(reflect.TypeOf(v), "") {
			if !strings.Contains(section, "| `"+name+"` |") && !slices.Contains(asInResult, name) {
				t.Errorf("got no line for `%s`; want one", name)
			}
		}
	}
}
