package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"renewplan/internal/plan"
)

// Receipt is what a receipt says of the run itself, before or after it.
type Receipt struct {
	Who      string // user@host
	Cloud    string // of the plan
	Account  string // of the plan; may be empty
	PlanFile string // the name of the plan file
	Digest   string // hex SHA-256 of the plan
	Ledger   string // where the run is recorded
	Began    time.Time
	// Of a run that has ended:
	Ended       time.Time
	Run         string // its id in the ledger; empty if it did not come to have one
	Stopped     string // why it stopped early; empty if it did not
	Interrupted bool
	Requests    int // sent to the cloud, reads included
	Exit        int // the exit status that the run gives
}

// A receipt is lines of JSON: docs/output.md, "receipt". The first is written
// before the run, all others after it.
type (
	receiptBegin struct {
		lineHead
		Who        string  `json:"who"`
		Began      *string `json:"began"`
		Cloud      string  `json:"cloud"`
		Account    string  `json:"account"`
		PlanFile   string  `json:"planFile"`
		PlanDigest *string `json:"planDigest"`
		Ledger     string  `json:"ledger"`
	}
	receiptRow struct {
		lineHead
		Run *string `json:"run"`
		settledRow
	}
	receiptEnd struct {
		receiptBegin
		Run         *string `json:"run"`
		Ended       *string `json:"ended"`
		Stopped     *string `json:"stopped"`
		Interrupted bool    `json:"interrupted"`
		Requests    int     `json:"requests"`
		Rows        int     `json:"rows"`
		Exit        int     `json:"exit"`
	}
)

// lineHead begins every line.
type lineHead struct {
	Version int    `json:"version"`
	Receipt string `json:"receipt"`
}

// ReceiptBegin writes the first line of a receipt: who is about to apply which
// plan. It is one Write.
func ReceiptBegin(w io.Writer, r Receipt) error {
	return writeLines(w, beginOf(r, "begin"))
}

// ReceiptEnd writes the rest of a receipt: a line for each renewal of the plan, in
// its order, and one for the run. It is one Write, so that the lines of runs that
// share a file do not mix.
func ReceiptEnd(w io.Writer, rs []plan.Result, r Receipt) error {
	lines := make([]any, 0, len(rs)+1)
	for _, res := range rs {
		lines = append(lines, receiptRow{
			lineHead:   lineHead{Version: jsonVersion, Receipt: "row"},
			Run:        orNull(r.Run),
			settledRow: settledOf(res),
		})
	}
	return writeLines(w, append(lines, receiptEnd{
		receiptBegin: beginOf(r, "end"),
		Run:          orNull(r.Run),
		Ended:        jsonTime(r.Ended),
		Stopped:      orNull(r.Stopped),
		Interrupted:  r.Interrupted,
		Requests:     r.Requests,
		Rows:         len(rs),
		Exit:         r.Exit,
	})...)
}

func beginOf(r Receipt, which string) receiptBegin {
	return receiptBegin{
		lineHead:   lineHead{Version: jsonVersion, Receipt: which},
		Who:        r.Who,
		Began:      jsonTime(r.Began),
		Cloud:      r.Cloud,
		Account:    r.Account,
		PlanFile:   r.PlanFile,
		PlanDigest: orNull(r.Digest),
		Ledger:     r.Ledger,
	}
}

// writeLines writes one line of JSON for each value, as writeJSON writes text.
func writeLines(w io.Writer, lines ...any) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	for _, l := range lines {
		if err := e.Encode(l); err != nil {
			return fmt.Errorf("writing the report: %w", err)
		}
	}
	return write(w, printable(b.String()))
}
