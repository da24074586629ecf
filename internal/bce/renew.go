package bce

import (
	"context"
	"fmt"
	"net/http"
	"slices"
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

// query is the renewal's query as the pages' examples write it.
func (r Renewal) query() []Param {
	q := []Param{{Key: "purchaseReserved"}, {Key: "clientToken", Value: r.ClientToken, HasEquals: true}}
	if r.Kind.RelatedRenewFlag {
		q = append(q, Param{Key: "relatedRenewFlag", Value: r.RelatedRenewFlag, HasEquals: true})
	}
	return q
}

// check is the last gate before money: what it refuses is never sent.
func (r Renewal) check() error {
	switch {
	case !slices.Contains(r.Kind.Lengths, r.Months):
		return fmt.Errorf("%d months cannot be bought: want one of %v", r.Months, r.Kind.Lengths)
	case !validToken(r.ClientToken):
		return fmt.Errorf("clientToken %q: want 1 to 64 visible ASCII characters", shorten(r.ClientToken, 80))
	case r.RelatedRenewFlag != "" && !slices.Contains(r.Kind.RelatedRenewFlags, r.RelatedRenewFlag):
		return fmt.Errorf("relatedRenewFlag %q is none of kind %s", shorten(r.RelatedRenewFlag, 40), r.Kind.Name)
	}
	return nil
}

// validToken reports whether a clientToken is as the pages want it. A renewal
// without one would not be safe to repeat.
func validToken(token string) bool {
	return token != "" && len(token) <= 64 && visible(token)
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
	// ClockCorrected says that the cloud called the request expired, and that one
	// more try may succeed: the clock has been corrected from its Date header, or
	// this machine slept while the request was on its way.
	ClockCorrected bool
	RetryAfter     time.Duration // what the cloud asked for, at most 5 minutes; 0 if nothing
	Err            error         // why no answer was read, or not the cloud's; nil if one was
}

// String is one line for people: why no answer was read, or the answer, such as
// "HTTP 409 OperationDenied: not now (request id 1214cca7)".
func (a Answer) String() string {
	return answerLine(a.HTTPStatus, a.Code, a.Message, a.RequestID, a.Err)
}

// AboutBalance reports whether the answer seems to be about too little money.
// The cloud documents no such code, so it is good for a better sentence and
// for nothing else.
func (a Answer) AboutBalance() bool { return aboutBalance(a.Code, a.Message) }

// Renew sends one request to renew and says what its answer proves. It never
// repeats it: a further try is a further call, signed afresh, with the same
// token and the same body. A renewal that cannot be sent (Answer.Err says why)
// is NotSent. Safe for concurrent use.
func (c *Client) Renew(ctx context.Context, r Renewal) Answer {
	for _, err := range []error{checkTarget(r.Region, r.Kind), checkID(r.ID), r.check(), ctx.Err()} {
		if err != nil {
			return Answer{Class: NotSent, Err: err}
		}
	}
	host := c.Host(r.Region, r.Kind)
	rep := c.exchange(ctx, call{
		method:  http.MethodPut,
		host:    host,
		path:    r.Kind.Path,
		id:      r.ID,
		query:   r.query(),
		body:    r.Body(),
		maxBody: maxRenewBody,
	})
	a := classify(rep, c.now(), c.clean)
	if a.Class == Refused && expiredCode(a.Code, a.Message) {
		a.ClockCorrected = c.correctClock(ctx, host, rep)
		a.Account = !a.ClockCorrected
	}
	return a
}
