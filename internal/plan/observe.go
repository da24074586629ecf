package plan

import "time"

// Observed is what was seen at the cloud, and in the ledger, of the resources
// of a spec. A key that is missing counts as unread.
type Observed map[Key]Observation

// Observation is the state of one resource. The zero value means unread.
type Observation struct {
	Read     bool   // the state was read; if false, Problem says why not
	Problem  string // why the state could not be read
	NotFound bool   // the cloud says that there is no such resource

	Name      string     // the cloud's name for it; text from outside, may hold anything
	Status    string     // as the cloud spells it
	Busy      bool       // the status means that a renewal would be refused now
	Stopped   bool       // the status means that it runs no more
	Broken    bool       // the status means that it may be of no use
	Gone      bool       // the status means that it is deleted or about to be
	Payment   string     // as the cloud spells it: "Prepaid", "Postpaid"
	Prepaid   bool       // only prepaid resources can be renewed
	Dedicated bool       // dedicated instances cannot be renewed
	AutoRenew AutoRenew  // whether the cloud renews it by itself
	Unaligned bool       // the cloud does not move a renewal of this kind on to the account's unified expiry day
	Expiry    time.Time  // UTC, whole seconds; zero if the resource is not prepaid
	Attached  []Attached // prepaid things that hang on it, in any order; nil also where nobody looked

	// Attempt is the ledger's attempt number for this very expiry: 0 unless a
	// person said that an earlier attempt bought nothing.
	Attempt int
	// Resolved is what a person decided on an earlier attempt, one line; empty if
	// nobody did.
	Resolved string
	// Open says that the ledger holds a renewal of this very expiry which is not
	// settled, and how it stands; empty when there is none.
	Open string
}

// AutoRenew says whether the cloud renews a resource by itself.
type AutoRenew int

// The states of auto-renewal. Most kinds do not tell.
const (
	AutoRenewNotVisible AutoRenew = iota
	AutoRenewOff
	AutoRenewOn
)

// autoRenews are the words for them in a plan file.
var autoRenews = [...]string{AutoRenewNotVisible: "not visible", AutoRenewOff: "off", AutoRenewOn: "on"}

// String is the word for it in a plan file: "not visible", "off" or "on".
func (a AutoRenew) String() string {
	if a < 0 || int(a) >= len(autoRenews) {
		return "unknown"
	}
	return autoRenews[a]
}
