//go:build unix

package chaos

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"renewplan/internal/bce/sandbox"
	"renewplan/internal/ledger"
)

// verdict is how what was charged and what the ledgers know go together.
type verdict struct {
	charges int
	open    int      // renewals without a proven outcome
	wrong   []string // doubles, losses and lies: there must be none
}

// judge holds what the sandbox charged against the records of one or more ledgers.
// Every resource is to be renewed once, so a second charge is a double. A charge
// is lost if no ledger holds its renewal as bought or open, with the token that
// was charged. A record is a lie if it says verified and nothing was charged.
func judge(charges []sandbox.Charge, ledgers ...[]ledger.Record) verdict {
	v := verdict{charges: len(charges)}
	blame := func(format string, args ...any) { v.wrong = append(v.wrong, fmt.Sprintf(format, args...)) }
	records := slices.Concat(ledgers...)
	byResource := map[string][]ledger.Record{}
	for _, r := range records {
		name := r.Region + "/" + r.Kind + "/" + r.ID
		byResource[name] = append(byResource[name], r)
		if unsettled(r.State) {
			v.open++
		}
	}
	paid := map[string]sandbox.Charge{}
	for _, c := range charges {
		name := c.Region + "/" + c.Kind + "/" + c.ID
		if first, twice := paid[name]; twice {
			blame("double: %s was charged with token %s (%s) and again with %s (%s)", name, first.Token, first.At, c.Token, c.At)
			continue
		}
		paid[name] = c
		if !slices.ContainsFunc(byResource[name], func(r ledger.Record) bool { return accountsFor(r, c) }) {
			blame("lost: %s was charged with token %s, and the ledger has %s", name, c.Token, outline(byResource[name]))
		}
	}
	for name, recs := range byResource {
		for _, r := range recs {
			if c, ok := paid[name]; r.State == ledger.Verified && (!ok || !c.After.Equal(r.After)) {
				blame("lie: %s is called verified with expiry %s, and was charged to %s", name, r.After, c.After)
			}
		}
	}
	return v
}

// unsettled reports whether a renewal in state s is open to a person who looks at
// the ledger after a crash: it may have been bought.
func unsettled(s ledger.State) bool {
	switch s {
	case ledger.Sending, ledger.Unknown, ledger.Accepted, ledger.Unverified, ledger.Unresolved, ledger.Deviates:
		return true
	case ledger.Claimed, ledger.Verified, ledger.Already, ledger.Refused, ledger.Conflict, ledger.Stale,
		ledger.Bought, ledger.NotBought, ledger.Unsent:
		return false
	}
	return false
}

// accountsFor reports whether a record knows of a charge.
func accountsFor(r ledger.Record, c sandbox.Charge) bool {
	return r.Baseline.Equal(c.Before) && (unsettled(r.State) || r.State == ledger.Verified || r.State == ledger.Bought) &&
		slices.ContainsFunc(r.Tries, func(t ledger.Try) bool { return t.Token == c.Token })
}

// outline says in short how records stand.
func outline(recs []ledger.Record) string {
	if len(recs) == 0 {
		return "no record of it"
	}
	var all []string
	for _, r := range recs {
		all = append(all, fmt.Sprintf("%s with %d tries", r.State, len(r.Tries)))
	}
	return fmt.Sprintf("%q", all)
}

func TestTheJudgeFindsWhatIsWrong(t *testing.T) {
	before := time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC)
	after := before.AddDate(0, 1, 0)
	charge := sandbox.Charge{Region: "bj", Kind: "vpn", ID: "vpn-1", Token: "t0", Before: before, After: after}
	again := charge
	again.Before, again.Token = after, "t1"
	record := func(state ledger.State, token string) []ledger.Record {
		return []ledger.Record{{
			Key: ledger.Key{Region: "bj", Kind: "vpn", ID: "vpn-1", Baseline: before}, State: state,
			Tries: []ledger.Try{{Number: 1, Token: token}}, After: after,
		}}
	}
	for _, tt := range []struct {
		name    string
		charges []sandbox.Charge
		records []ledger.Record
		wrong   int
		open    int
	}{
		{"charged and verified", []sandbox.Charge{charge}, record(ledger.Verified, "t0"), 0, 0},
		{"charged and open", []sandbox.Charge{charge}, record(ledger.Sending, "t0"), 0, 1},
		{"not charged and open", nil, record(ledger.Sending, "t0"), 0, 1},
		{"charged twice", []sandbox.Charge{charge, again}, record(ledger.Verified, "t0"), 1, 0},
		{"charged without a record", []sandbox.Charge{charge}, nil, 1, 0},
		{"charged and called not sent", []sandbox.Charge{charge}, record(ledger.Unsent, "t0"), 1, 0},
		{"charged and called somebody else's", []sandbox.Charge{charge}, record(ledger.Already, "t0"), 1, 0},
		{"charged with a token that is not recorded", []sandbox.Charge{charge}, record(ledger.Sending, "t9"), 1, 1},
		{"verified and not charged", nil, record(ledger.Verified, "t0"), 1, 0},
		{"verified with another expiry", []sandbox.Charge{{
			Region: "bj", Kind: "vpn", ID: "vpn-1", Token: "t0", Before: before, After: after.AddDate(0, 1, 0),
		}}, record(ledger.Verified, "t0"), 1, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := judge(tt.charges, tt.records)
			if len(v.wrong) != tt.wrong || v.open != tt.open {
				t.Errorf("got %d wrong %q and %d open; want %d and %d", len(v.wrong), v.wrong, v.open, tt.wrong, tt.open)
			}
		})
	}
}
