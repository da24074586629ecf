package bce

import (
	"context"
	"strconv"
	"time"
)

// Renewal is one renewal to buy.
type Renewal struct {
	Region           string
	Kind             Kind
	ID               string
	Months           int    // calendar months, one of the kind's Lengths
	RelatedRenewFlag string // "" or one of the kind's RelatedRenewFlags
	ClientToken      string // required: at most 64 ASCII characters
}

// Body returns the exact body on the wire: the same bytes at every try.
func (r Renewal) Body() []byte {
	b := make([]byte, 0, 96)
	b = append(b, `{"billing":{"reservation":{"reservationLength":`...)
	b = strconv.AppendInt(b, int64(r.Months), 10)
	b = append(b, `,"reservationTimeUnit":`...)
	b = strconv.AppendQuote(b, r.Kind.Unit)
	return append(b, `}}}`...)
}

// Class is what the answer to a renewal proves.
type Class int

// The classes. The zero value is Unknown, so that an answer nobody classified
// proves nothing.
const (
	Unknown   Class = iota // bytes left, and what became of them is not known
	NotSent                // nothing left this machine: proven
	Throttled              // too many requests; the cloud did not look at it
	Refused                // a parsed error of the cloud: this request bought nothing
	Conflict               // another request holds the clientToken: this one bought nothing
	Accepted               // the cloud said yes
)

// String is the class's word in ledgers: "not sent", "throttled", "refused",
// "conflict", "accepted", "unknown".
func (c Class) String() string {
	switch c {
	case Unknown:
		return "unknown"
	case NotSent:
		return "not sent"
	case Throttled:
		return "throttled"
	case Refused:
		return "refused"
	case Conflict:
		return "conflict"
	case Accepted:
		return "accepted"
	}
	return "Class(" + strconv.Itoa(int(c)) + ")"
}

// Answer is what came of one request to renew. Its texts are the cloud's,
// bounded and free of control characters and secrets.
type Answer struct {
	Class      Class
	HTTPStatus int    // 0 if no answer came
	Code       string // the cloud's error code; may be empty
	Message    string // the cloud's message; may be empty
	RequestID  string // the cloud's; may be empty
	OrderID    string // the cloud's, where it told one
	// Account says that the answer concerns the account and not the resource (bad
	// key, signature, not permitted, no balance): no other would fare better.
	Account bool
	// ClockCorrected says that the cloud called the request expired and that the
	// clock has been corrected from its Date header: one more try may succeed.
	ClockCorrected bool
	RetryAfter     time.Duration // what the cloud asked for, at most 5 minutes; 0 if nothing
	Err            error         // why no answer was read; nil if one was
}

// Renew is not built yet.
func (c *Client) Renew(ctx context.Context, r Renewal) Answer { return Answer{} }
