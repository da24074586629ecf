package report

import (
	"time"

	"renewplan/internal/ledger"
)

// standing is how a ledger's record concerns a person. It is also spelled so
// in JSON.
type standing string

const (
	done      standing = "done"           // renewed, or said to be
	held      standing = "held"           // a live run is at it
	open      standing = "open"           // money may be spent without proof of what it bought
	conflict  standing = "conflict"       // another request holds the token
	claimed   standing = "claimed"        // a run that ended had it; nothing was bought
	notBought standing = "not bought"     // proven, or said to be
	unknown   standing = "not understood" // a state that this program does not know
)

// standings are the words for each, in the order in which a summary counts.
var standings = []struct {
	standing standing
	counted  string // after a number
}{
	{open, "open"},
	{unknown, "in a state that this renewplan does not know"},
	{held, "held by a live run"},
	{conflict, "in conflict with another request"},
	{claimed, "claimed by a run that ended (nothing bought)"},
	{notBought, "without a purchase (refused, stale or resolved)"},
	{done, "done"},
}

// standingOf sorts a record. What a live run is still working on is that run's.
func standingOf(r ledger.Record) standing {
	switch r.State {
	case ledger.Verified, ledger.Already, ledger.Bought:
		return done
	case ledger.Refused, ledger.Stale, ledger.NotBought, ledger.Unsent:
		return notBought
	case ledger.Conflict:
		return conflict
	case ledger.Claimed:
		if r.Live {
			return held
		}
		return claimed
	case ledger.Sending, ledger.Unknown, ledger.Accepted:
		if r.Live {
			return held
		}
		return open
	case ledger.Unverified, ledger.Deviates, ledger.Unresolved: // its run has left it so
		return open
	}
	return unknown
}

// stateHelp says what a state means and what helps; empty where nothing is
// left to do. It is about records that no live run holds.
func stateHelp(s ledger.State) string {
	switch s {
	case ledger.Claimed:
		return "A run that ended had claimed it; nothing was bought. Apply the plan again."
	case ledger.Sending, ledger.Unknown:
		return "A request may have been sent, and its outcome is not known. Apply the plan again: it is settled by reading."
	case ledger.Accepted, ledger.Unverified:
		return helpUnverified
	case ledger.Unresolved:
		return helpUnresolved
	case ledger.Deviates:
		return helpDeviates
	case ledger.Conflict:
		return helpConflict
	case ledger.Verified, ledger.Already, ledger.Bought, ledger.Refused, ledger.Stale, ledger.NotBought, ledger.Unsent:
		return ""
	}
	return "This renewplan does not know the state. Use the version that wrote the ledger."
}

// stateCommands are the commands that help with records that are in one state,
// and of one cloud. ambiguous reports whether a resource has other records that
// a resolve might mean.
func stateCommands(s ledger.State, recs []ledger.Record, f form, ambiguous func(ledger.Record) bool) []string {
	var cs []string
	switch s {
	case ledger.Claimed, ledger.Sending, ledger.Unknown, ledger.Accepted, ledger.Unverified:
		return []string{f.apply()}
	case ledger.Unresolved:
		cs = append(cs, f.apply())
	case ledger.Deviates:
	case ledger.Conflict:
		cs = append(cs, f.plan())
	case ledger.Verified, ledger.Already, ledger.Bought, ledger.Refused, ledger.Stale, ledger.NotBought, ledger.Unsent:
		return nil
	default:
		return nil
	}
	for i, r := range recs {
		if i == maxCommands {
			return append(cs, f.resolveAny())
		}
		baseline := r.Baseline
		if !ambiguous(r) {
			baseline = time.Time{}
		}
		cs = append(cs, f.resolve(r.Region, r.Kind, r.ID, baseline))
	}
	return cs
}
