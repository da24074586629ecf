package exec

import (
	"fmt"
	"sync"

	"renewplan/internal/bce"
)

// refusalsInARow is how many refusals with one and the same code, of a kind
// that is not known to concern a single resource, stop a run.
const refusalsInARow = 5

// brake holds why a run makes no new sends. Safe for concurrent use.
type brake struct {
	mu          sync.Mutex
	reason      string // why the run stopped early; the first one counts
	account     bool   // the reason is the account
	interrupted bool
	err         error // the ledger's trouble
	code        string
	row         int // refusals in a row with code
}

// stopping reports whether new sends are over.
func (b *brake) stopping() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.reason != "" || b.interrupted
}

func (b *brake) pull(reason string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.reason == "" {
		b.reason = reason
	}
}

// pullAccount stops the run because the cloud refuses the account.
func (b *brake) pullAccount(answer string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.reason == "" {
		b.reason, b.account = "the cloud refuses the account: "+answer, true
	}
}

func (b *brake) interrupt() {
	b.mu.Lock()
	b.interrupted = true
	b.mu.Unlock()
}

// ledger stops the run because the record could not be written.
func (b *brake) ledger(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err == nil {
		b.err = err
	}
	if b.reason == "" {
		b.reason = "the ledger cannot be written: " + err.Error()
	}
}

// refusesAccount reports whether the run stopped because of the account.
func (b *brake) refusesAccount() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.account
}

func (b *brake) state() (reason string, interrupted bool, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.reason, b.interrupted, b.err
}

// answered watches the answers go by, and stops the run where they concern
// more than a row.
func (b *brake) answered(a bce.Answer) {
	if a.Account && !a.ClockCorrected && (a.Class == bce.Refused || a.Class == bce.Unknown) {
		b.pullAccount(a.String())
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case a.Class == bce.Accepted:
		b.code, b.row = "", 0
	case a.Class != bce.Refused || a.ClockCorrected || concernsOneResource(a.Code):
	case a.Code != b.code:
		b.code, b.row = a.Code, 1
	default:
		b.row++
	}
	if b.row >= refusalsInARow && b.reason == "" {
		b.reason = fmt.Sprintf("%d refusals in a row with the same code: %s", b.row, a.String())
	}
}

// concernsOneResource reports whether a code is documented for the state of
// one resource (bce-api §5).
func concernsOneResource(code string) bool {
	switch code {
	case "NoSuchObject", "OperationDenied", "ResourceNotFound", "InvalidInstanceId.NotFound",
		"Forbidden.InstanceNotFound", "EipNotFound", "NoSuchNat":
		return true
	}
	return false
}
