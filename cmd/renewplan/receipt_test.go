package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"renewplan/internal/exec"
	"renewplan/internal/plan"
)

func TestAReceiptStandsBesideItsPlan(t *testing.T) {
	for plan, want := range map[string]string{
		"network.plan.json":                   "network.receipt.jsonl",
		"plans/network.plan.json":             "plans/network.receipt.jsonl",
		"network.json":                        "network.receipt.jsonl",
		filepath.Join("a.b", "c.d.plan.json"): filepath.Join("a.b", "c.d.receipt.jsonl"),
	} {
		if got := receiptOf(plan); got != want {
			t.Errorf("of %q: got %q; want %q", plan, got, want)
		}
	}
}

// A run is over when its receipt turns out not to be writable: that is an error,
// and takes nothing back.
func TestAReceiptThatCannotBeFinishedIsAnError(t *testing.T) {
	p := &process{who: func() string { return "li@ops" }, now: time.Now}
	j := &job{conn: &connection{}, plan: &plan.Plan{Cloud: "sandbox"}, file: filepath.Join(t.TempDir(), "a.plan.json")}
	r, err := p.beginReceipt(&applyOptions{}, j, "ledger.db")
	if err != nil {
		t.Fatal(err)
	}
	if err := r.file.Close(); err != nil { // as good as a disk that is gone
		t.Fatal(err)
	}
	if err := p.endReceipt(r, exec.Report{Run: "r"}, nil, statusDone); err == nil || !strings.Contains(err.Error(), r.path) {
		t.Errorf("got error %v; want one that names the file", err)
	}
}
