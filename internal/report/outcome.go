package report

import (
	"time"

	"renewplan/internal/plan"
)

// What helps, for outcomes of a run and states of the ledger alike.
const (
	helpDeviates = "The expiry moved, but not to the planned one. " +
		"Compare it with the orders in the console; when it is understood, say so with resolve."
	helpUnverified = "The cloud accepted it and the new expiry was not read back yet. " +
		"Apply the plan again to look: an accepted row is never sent twice."
	helpUnresolved = "A request may have bought it, and reading did not settle that. " +
		"Apply the plan again to read once more; or look at the orders in the console and say with resolve " +
		"what you found (--not-bought in place of --bought lets it be bought again)."
	helpConflict = "Another request holds its clientToken; this one bought nothing. " +
		"Plan again to see the expiry now; if it has not moved, look at the orders in the console " +
		"and say with resolve what you found (--not-bought in place of --bought lets it be bought again)."
)

// outcomeWords says what an outcome means, in the order in which a summary
// counts them. Only the first two speak of something that is renewed: there
// the new expiry was read back.
var outcomeWords = []struct {
	outcome plan.Outcome
	counted string // after a number, in a summary
	help    string // what it means and what helps; empty where nothing is left to do
	tint    tint
	open    bool // money may have been spent without proof of what it bought
}{
	{plan.Verified, "renewed and read back", "", green, false},
	{plan.Already, "had been renewed as planned (by whom is unknown)", "", green, false},
	{plan.Deviates, "with another new expiry than planned", helpDeviates, red, true},
	{plan.Unverified, "accepted but not read back yet", helpUnverified, yellow, true},
	{plan.Unresolved, "unresolved", helpUnresolved, red, true},
	{
		plan.Pending, "left pending",
		"The run ended before the outcome was known. Apply the plan again: the ledger goes on from here.", yellow, true,
	},
	{
		plan.RefusedByCloud, "refused",
		"The cloud refused it; nothing was bought. Mend what the note says, then apply the plan again, or plan anew.", red, false,
	},
	{plan.Conflict, "in conflict with another request", helpConflict, red, false},
	{
		plan.Stale, "stale",
		"It is not as it was planned any more; nothing was sent. Plan again, and apply the new plan.", yellow, false,
	},
	{plan.NotSent, "not sent", "Nothing was sent. Apply the plan again.", yellow, false},
}

// aboutOutcome finds the words for an outcome; the last result is false for
// one that this program does not know.
func aboutOutcome(o plan.Outcome) (counted, help string, c tint, open bool) {
	for _, w := range outcomeWords {
		if w.outcome == o {
			return w.counted, w.help, w.tint, w.open
		}
	}
	return "with outcome " + string(o), "", yellow, false
}

// settled reports whether nothing is left to do about an outcome.
func settled(o plan.Outcome) bool { return o == plan.Verified || o == plan.Already }

// outcomeCommands are the commands that help with an outcome. Those that say
// what a person found are exact for the first rows of many.
func outcomeCommands(o plan.Outcome, rows []plan.Result, f form) []string {
	switch o {
	case plan.Unverified, plan.Pending, plan.RefusedByCloud, plan.NotSent:
		return []string{f.apply()}
	case plan.Unresolved:
		return append([]string{f.apply()}, resolveRows(rows, f)...)
	case plan.Deviates:
		return resolveRows(rows, f)
	case plan.Conflict:
		return append([]string{f.plan()}, resolveRows(rows, f)...)
	case plan.Stale:
		return []string{f.plan()}
	case plan.Verified, plan.Already:
	}
	return nil
}

func resolveRows(rows []plan.Result, f form) []string {
	var cs []string
	for i, r := range rows {
		if i == maxCommands {
			return append(cs, f.resolveAny())
		}
		cs = append(cs, f.resolve(r.Region, string(r.Kind), r.ID, time.Time{}))
	}
	return cs
}
