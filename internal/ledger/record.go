package ledger

import (
	"fmt"
	"time"
)

// Record is all that is known of one renewal.
type Record struct {
	Key
	State            State
	Attempt          int // 0, raised by Resolve with NotBought
	Token            string
	Months           int
	Expected         time.Time // zero if the base was not known
	RelatedRenewFlag string
	PlanDigest       string    // of the plan that claimed it last; a takeover leaves it
	Run              string    // the run that owns it, or did last
	Who              string    // user@host of that run
	Live             bool      // that run's process still lives
	Tries            []Try     // oldest first, over all attempts
	After            time.Time // the expiry read back; zero if it was not
	OrderID          string
	RequestID        string
	Code             string
	HTTPStatus       int
	Note             string      // one line for people
	Updated          time.Time   // UTC, milliseconds
	Resolution       *Resolution // the latest one; nil unless a person decided
}

// Try is one request that was about to be sent.
type Try struct {
	Number     int // 1 is the first, over all attempts
	Attempt    int
	Token      string
	BodyDigest string    // hex SHA-256 of the body
	Sent       time.Time // UTC, milliseconds: when the intent was written, just before sending
	Ended      time.Time // UTC, milliseconds; zero: the outcome was never written (a crash), so it is unknown
	Outcome    string    // "not sent", "throttled", "refused", "conflict", "accepted", "unknown"; empty while Ended is zero
	RequestID  string
	OrderID    string
	Code       string
	HTTPStatus int
}

// Resolution is a person's decision on a renewal.
type Resolution struct {
	Bought  bool
	Reason  string
	Who     string
	When    time.Time // UTC, milliseconds; given as zero it is now
	Attempt int       // the attempt that was decided upon; the ledger fills it in
	Seen    State     // of the record as the person saw it; "" for whatever it is. The ledger keeps none
}

// Claim asks for a renewal. Token may not be empty and Months not below 1: what
// is claimed is what may be sent.
type Claim struct {
	Key
	Attempt          int
	Token            string
	Months           int
	Expected         time.Time // zero if the base is not known
	RelatedRenewFlag string
	PlanDigest       string
}

// Update changes a record that the run owns. The zero value of a field leaves
// the record's field as it is; Note always replaces what was said before.
type Update struct {
	Key
	State State // the new state; required
	// Try, if its Number is not 0, ends that try: its Ended (zero: now), Outcome,
	// RequestID, OrderID, Code and HTTPStatus are written, the rest is not looked at.
	Try        Try
	After      time.Time
	OrderID    string
	RequestID  string
	Code       string
	HTTPStatus int
	Note       string
}

// RunInfo describes a run for the record.
type RunInfo struct {
	Cloud      string
	PlanDigest string
	Who        string // user@host
}

// label is "bj/vpn/vpn-bir8biqwr45e of 2026-12-31T08:00:00Z", the form messages
// use. It is no String method, which every type that embeds Key would inherit.
func (k Key) label() string {
	return k.Region + "/" + k.Kind + "/" + k.ID + " of " + secondsText(k.Baseline)
}

// check says what keeps k from naming a renewal.
func (k Key) check() error {
	switch {
	case k.Cloud == "" || k.Region == "" || k.Kind == "" || k.ID == "":
		return fmt.Errorf("a renewal's key needs cloud, region, kind and id: %q, %q, %q, %q", k.Cloud, k.Region, k.Kind, k.ID)
	case k.Baseline.Nanosecond() != 0:
		return fmt.Errorf("%s: the baseline has parts of a second", k.label())
	case k.Baseline.UTC().Year() < 1970 || k.Baseline.UTC().Year() > 9999:
		return fmt.Errorf("%s: the baseline's year is not within 1970 to 9999", k.label())
	}
	return nil
}

// check says what keeps c from being claimed.
func (c Claim) check() error {
	if err := c.Key.check(); err != nil {
		return err
	}
	switch {
	case c.Token == "":
		return fmt.Errorf("%s: claimed without a clientToken", c.label())
	case c.Months < 1:
		return fmt.Errorf("%s: claimed for %d months", c.label(), c.Months)
	case c.Attempt < 0:
		return fmt.Errorf("%s: claimed with attempt %d", c.label(), c.Attempt)
	}
	return nil
}

// check says what keeps u from being written.
func (u Update) check() error {
	if err := u.Key.check(); err != nil {
		return err
	}
	if !u.State.known() {
		return fmt.Errorf("%s: there is no state %q", u.label(), u.State)
	}
	if u.Try.Number == 0 {
		return nil
	}
	switch u.Try.Outcome {
	case "not sent", "throttled", "refused", "conflict", "accepted", "unknown":
		return nil
	}
	return fmt.Errorf("%s: there is no outcome %q of a try", u.label(), u.Try.Outcome)
}
