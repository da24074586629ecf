package bce

import (
	"context"
	"time"
)

// AutoRenew says whether the cloud renews a resource by itself.
type AutoRenew int

// The states of auto-renewal. Most kinds do not tell.
const (
	AutoRenewNotVisible AutoRenew = iota
	AutoRenewOff
	AutoRenewOn
)

// State is the state of one resource. Its texts are the cloud's, bounded and
// free of control characters.
type State struct {
	ID        string
	Name      string // may be empty
	Status    string // as the cloud spells it
	Payment   string // as the cloud spells it: "Prepaid", "Postpaid"
	Busy      bool   // the status means that a renewal would be refused now
	Prepaid   bool   // only prepaid resources can be renewed
	Dedicated bool   // dedicated resources cannot be renewed
	AutoRenew AutoRenew
	Expiry    time.Time // UTC, whole seconds; zero if the resource is not prepaid
}

// Read is not built yet.
func (c *Client) Read(ctx context.Context, region string, k Kind, id string) (State, error) {
	return State{}, &Error{Op: "reading"}
}
