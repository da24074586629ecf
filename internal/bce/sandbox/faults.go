package sandbox

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Fault names one way in which the sandbox misbehaves.
type Fault string

// What may become of a purchase. At most one of these happens to a request.
// "Before" means that nothing is bought, "after" that it is.
const (
	LostRequest  Fault = "lost-request"  // the connection is cut before anything is bought
	LostAnswer   Fault = "lost-answer"   // bought, then the connection is cut
	ResetBefore  Fault = "reset-before"  // the connection is reset, nothing is bought
	ResetAfter   Fault = "reset-after"   // bought, then the connection is reset
	ErrorBefore  Fault = "5xx-before"    // Faults.ErrorStatus in JSON, nothing is bought
	ErrorAfter   Fault = "5xx-after"     // bought, then Faults.ErrorStatus in JSON
	HTMLBefore   Fault = "html-before"   // a gateway's 502 page, nothing is bought
	HTMLAfter    Fault = "html-after"    // bought, then a gateway's 502 page
	PortalBefore Fault = "portal-before" // 200 with a page of HTML, as of a captive portal; nothing is bought
	HangBefore   Fault = "hang-before"   // no answer until the client gives up, nothing is bought
	HangAfter    Fault = "hang-after"    // bought, then no answer until the client gives up
	CutBody      Fault = "cut-body"      // bought, then the connection is cut in the middle of the answer's body
	Delayed      Fault = "delayed"       // the connection is cut; the request is processed Faults.DelayBy later, if its signature still holds and the sandbox still runs
	Throttle     Fault = "throttle"      // refused for coming too fast, nothing is bought
	Refuse       Fault = "refuse"        // Faults.RefuseStatus and RefuseCode, nothing is bought
)

// What the body of a 200 holds. At most one of these; without one, instances
// answer with an order and the other kinds with nothing, as documented.
const (
	EmptyBody  Fault = "empty-body"  // nothing
	OrderBody  Fault = "order-body"  // {"orderId":"…"}
	OtherBody  Fault = "other-body"  // another JSON object
	BrokenBody Fault = "broken-body" // JSON that ends too early
)

// What else may happen to a purchase. Each of these is independent of the others.
const (
	Slow           Fault = "slow"            // the answer takes Faults.SlowBy
	Late           Fault = "late"            // the new expiry shows Faults.LateBy later
	WrongExpiry    Fault = "wrong-expiry"    // the expiry moves by Faults.WrongBy more than was bought
	TokenIgnored   Fault = "token-ignored"   // the clientToken is neither looked up nor kept
	TokenForgotten Fault = "token-forgotten" // the clientToken is kept for Faults.ForgetAfter only
	ReplayRefusal  Fault = "replay-refusal"  // a refusal is kept with the clientToken and given again
)

// What may happen to a read, of one resource or of a list. At most one. In a
// list, what a script has for one of its resources happens to that item; if it
// is for a whole answer, the item is left out, and a read of its own is hit. The
// balance is hit by chance, or by a script that names it: its id is BalanceID.
const (
	ReadError    Fault = "read-5xx"       // Faults.ErrorStatus in JSON
	ReadHTML     Fault = "read-html"      // 200 with a page of HTML
	ReadLost     Fault = "read-lost"      // the connection is cut
	ReadHang     Fault = "read-hang"      // no answer until the client gives up
	ReadThrottle Fault = "read-throttle"  // refused for coming too fast
	ReadForbid   Fault = "read-forbid"    // refused for want of permission
	ReadNoExpiry Fault = "read-no-expiry" // the expiry is missing
	ReadNoZone   Fault = "read-no-zone"   // the expiry lacks its time zone
	ReadOtherID  Fault = "read-other-id"  // the answer is another resource's
	ReadMiss     Fault = "read-miss"      // a list leaves the resource out; a read of one resource is as ever
	ReadTwice    Fault = "read-twice"     // a list shows the resource twice, with two expiries; a read of one is as ever
	ReadLoop     Fault = "read-loop"      // a list's next marker leads to the same page again; a read of one is as ever
)

// ReadSlow makes the answer to a read take Faults.SlowBy, whatever else happens to it.
const ReadSlow Fault = "read-slow"

// group is faults of which at most one happens to a request, or, with each set,
// faults that happen independently.
type group struct {
	name   string
	each   bool
	faults []Fault
}

// purchaseGroups and readGroups say which faults are drawn together.
func purchaseGroups() []group {
	return []group{
		{name: "outcome", faults: []Fault{
			LostRequest, LostAnswer, ResetBefore, ResetAfter, ErrorBefore, ErrorAfter, HTMLBefore, HTMLAfter,
			PortalBefore, HangBefore, HangAfter, CutBody, Delayed, Throttle, Refuse,
		}},
		{name: "body", faults: []Fault{EmptyBody, OrderBody, OtherBody, BrokenBody}},
		{each: true, faults: []Fault{Slow, Late, WrongExpiry, TokenIgnored, TokenForgotten, ReplayRefusal}},
	}
}

func readGroups() []group {
	return []group{
		{name: "read", faults: []Fault{
			ReadError, ReadHTML, ReadLost, ReadHang, ReadThrottle, ReadForbid, ReadNoExpiry, ReadNoZone, ReadOtherID,
			ReadMiss, ReadTwice, ReadLoop,
		}},
		{each: true, faults: []Fault{ReadSlow}},
	}
}

// FaultNames lists every fault, those of purchases first.
func FaultNames() []Fault {
	var names []Fault
	for _, g := range slices.Concat(purchaseGroups(), readGroups()) {
		names = append(names, g.faults...)
	}
	return names
}

// Faults says how the sandbox misbehaves. The zero value behaves well. Which
// request is hit depends on Config.Seed, the resource, and the how-manieth
// request for it this is; not on the order among resources.
type Faults struct {
	// Chance is the probability of each fault, 0 to 1. Faults that exclude each
	// other add up to at most 1.
	Chance map[Fault]float64 `json:"chance,omitempty"`
	// Script comes before Chance: each request takes the first step that fits
	// it and that is not used up.
	Script []Step `json:"script,omitempty"`

	SlowBy      Duration `json:"slowBy,omitempty"`      // of slow and read-slow, in real time; 0 means 2 s
	LateBy      Duration `json:"lateBy,omitempty"`      // of late, on the sandbox's clock; 0 means 2 min
	DelayBy     Duration `json:"delayBy,omitempty"`     // of delayed, on the sandbox's clock; 0 means 45 s
	ForgetAfter Duration `json:"forgetAfter,omitempty"` // of token-forgotten, on the sandbox's clock; 0 means 1 h
	WrongBy     Duration `json:"wrongBy,omitempty"`     // of wrong-expiry; 0 means 240 h; may be negative
	// Skew is how far the server's clock, by which it judges signatures and sets
	// the Date header, is ahead of the sandbox's; negative means behind.
	Skew Duration `json:"skew,omitempty"`

	ErrorStatus    int      `json:"errorStatus,omitempty"`    // of the 5xx faults; 0 means 500
	ThrottleStatus int      `json:"throttleStatus,omitempty"` // of throttling and the rate limit: 429 or 503; 0 means 429
	RetryAfter     Duration `json:"retryAfter,omitempty"`     // in throttled answers, in whole seconds; 0 means 1 s, negative means no such header
	RefuseStatus   int      `json:"refuseStatus,omitempty"`   // of refuse; 0 means 403
	RefuseCode     string   `json:"refuseCode,omitempty"`     // of refuse; empty means "InsufficientBalance", which no page documents
}

// Step is one entry of a script.
type Step struct {
	// Faults happen together. They are all of purchases or all of reads; none
	// means that a purchase goes well, whatever the chances.
	Faults []Fault `json:"faults"`
	Times  int     `json:"times,omitempty"` // requests that it is for; 0 means 1
	ID     string  `json:"id,omitempty"`    // only requests for the resource with this id; empty means any
}

// Duration is a time.Duration that JSON spells as "90s".
type Duration time.Duration

// MarshalText spells the duration as time.Duration does.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText reads what time.ParseDuration reads.
func (d *Duration) UnmarshalText(b []byte) error {
	v, err := time.ParseDuration(string(b))
	*d = Duration(v)
	return err
}

// or is the duration, or def if it is 0.
func (d Duration) or(def time.Duration) time.Duration {
	if d == 0 {
		return def
	}
	return time.Duration(d)
}

// check says what is wrong with the faults, if anything.
func (f Faults) check() error {
	groups := slices.Concat(purchaseGroups(), readGroups())
	known := FaultNames()
	for _, name := range slices.Sorted(maps.Keys(f.Chance)) {
		if !slices.Contains(known, name) {
			return unknownFault(name)
		}
		if p := f.Chance[name]; !(p >= 0 && p <= 1) {
			return fmt.Errorf("the chance of %s is %v; want 0 to 1", name, p)
		}
	}
	for _, g := range groups {
		sum := 0.0
		for _, name := range g.faults {
			sum += f.Chance[name]
		}
		if !g.each && sum > 1+1e-9 {
			return fmt.Errorf("the chances of %s add up to %v; only one of these can happen, so want at most 1", join(g.faults), sum)
		}
	}
	for _, st := range f.Script {
		if err := st.check(groups, known); err != nil {
			return err
		}
	}
	switch {
	case f.ErrorStatus != 0 && (f.ErrorStatus < 500 || f.ErrorStatus > 599):
		return fmt.Errorf("error-status is %d; want 500 to 599", f.ErrorStatus)
	case f.ThrottleStatus != 0 && f.ThrottleStatus != 429 && f.ThrottleStatus != 503:
		return fmt.Errorf("throttle-status is %d; want 429 or 503", f.ThrottleStatus)
	case f.RefuseStatus != 0 && (f.RefuseStatus < 400 || f.RefuseStatus > 499):
		return fmt.Errorf("refuse-status is %d; want 400 to 499", f.RefuseStatus)
	case f.SlowBy < 0 || f.LateBy < 0 || f.DelayBy < 0 || f.ForgetAfter < 0:
		return errors.New("slow-by, late-by, delay-by and forget-after cannot be negative")
	}
	return nil
}

func (st Step) check(groups []group, known []Fault) error {
	if st.Times < 0 {
		return fmt.Errorf("a script's step is for %d requests; want 1 or more, or 0 for 1", st.Times)
	}
	for _, name := range st.Faults {
		if !slices.Contains(known, name) {
			return unknownFault(name)
		}
		if isRead(name) != st.reads() {
			return fmt.Errorf("a script's step has %s; want faults of purchases only, or of reads only", join(st.Faults))
		}
	}
	for _, g := range groups {
		n := 0
		for _, name := range st.Faults {
			if slices.Contains(g.faults, name) {
				n++
			}
		}
		if !g.each && n > 1 {
			return fmt.Errorf("a script's step has %s; of %s only one can happen", join(st.Faults), join(g.faults))
		}
	}
	return nil
}

// reads says whether the step is for reads.
func (st Step) reads() bool { return len(st.Faults) > 0 && isRead(st.Faults[0]) }

func isRead(f Fault) bool { return strings.HasPrefix(string(f), "read-") }

func unknownFault(name Fault) error {
	return fmt.Errorf("unknown fault %q; want one of %s", name, join(FaultNames()))
}

func join(fs []Fault) string {
	s := make([]string, len(fs))
	for i, f := range fs {
		s[i] = string(f)
	}
	return strings.Join(s, ", ")
}
