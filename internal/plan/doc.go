// Package plan holds the vocabulary of renewplan and the plan itself: what a
// spec declares, what was seen at the cloud, what is decided, and the canonical
// text of that decision, which people review and apply.
//
// The package is pure. It reads no file, no clock and no network; the same
// input always gives the same bytes. It knows nothing of particular kinds: a
// kind is a name here and an entry of the table in internal/bce.
//
// The one thing a newcomer would get wrong: a renewal belongs to its baseline,
// the expiry that was read when the plan was made. Token, ledger entry and
// precondition all hang on it, so "the same resource a year later" is another
// renewal.
package plan
