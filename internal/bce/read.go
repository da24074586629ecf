package bce

import (
	"context"
	"errors"
	"net/http"
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
	Status    string // as the cloud spells it; may be empty
	Payment   string // as the cloud spells it: "Prepaid", "Postpaid"
	Busy      bool   // the status means that a renewal would be refused now
	Stopped   bool   // the status means that it runs no more
	Broken    bool   // the status means that it may be of no use
	Gone      bool   // the status means that it is deleted or about to be
	Prepaid   bool   // only prepaid resources can be renewed
	Dedicated bool   // dedicated resources cannot be renewed
	AutoRenew AutoRenew
	VPCID     string // of the kinds that are listed by VPC; may be empty
	// Expiry is UTC and cut (not rounded) to whole seconds; zero if the resource
	// is not prepaid.
	Expiry time.Time
}

// Read reads the state of one resource. The error is an *Error. When the cloud
// calls the request expired, the clock is corrected, by its Date header if that
// helps, and the read tried again, as it is when its Date moves the clock back.
// Safe for concurrent use. Several resources are read with fewer requests by a
// [Batch].
func (c *Client) Read(ctx context.Context, region string, k Kind, id string) (State, error) {
	state, _, err := c.readOne(ctx, region, k, id)
	return state, err
}

// readOne also says how many requests it took.
func (c *Client) readOne(ctx context.Context, region string, k Kind, id string) (State, int, error) {
	op := "reading " + c.clean(region+"/"+k.Name+"/"+id)
	for _, err := range []error{checkTarget(region, k), checkID(id)} {
		if err != nil {
			return State{}, 0, &Error{Op: op, Err: err}
		}
	}
	rep, n, err := c.get(ctx, op, call{
		method: http.MethodGet, host: c.Host(region, k), path: k.Path, id: id, maxBody: maxReadBody,
	})
	if err != nil {
		return State{}, n, err
	}
	state, err := c.decodeState(rep, k, id)
	if err != nil {
		return State{}, n, c.badAnswer(op, rep, err)
	}
	return state, n, nil
}

// mostCorrections is how often the clock is corrected for one read: by what the
// cloud lets a date be away, MaxClockSkew, in lives of a signature.
const mostCorrections = 32

// get makes a request that changes nothing, and again as long as that corrects
// the clock. It returns an answer with a 2xx and a whole body, and how many
// requests that took; the error is an *Error.
func (c *Client) get(ctx context.Context, op string, k call) (rep reply, n int, err error) {
	if err := ctx.Err(); err != nil {
		return reply{}, 0, &Error{Op: op, Err: err}
	}
	for n = 1; ; n++ {
		rep = c.exchange(ctx, k)
		if n > mostCorrections || !c.again(ctx, k.host, rep, n) {
			break
		}
	}
	if rep.status < 200 || rep.status > 299 || rep.bodyErr != nil {
		return reply{}, n, c.readError(ctx, op, rep)
	}
	return rep, n, nil
}

// again corrects the clock by the answer to the n-th try of a read, and reports
// whether to try it again.
func (c *Client) again(ctx context.Context, host string, rep reply, n int) bool {
	if rep.status >= 200 && rep.status <= 299 {
		return rep.back != 0 // no purchase shall be the first that the Date signs
	}
	if p := parseBody(rep); !refusing(rep.status) || !expiredCode(p.code, p.message) || !c.correctClock(ctx, host, rep) {
		return false
	}
	// Once on and back again, and the cloud agrees with no clock.
	return n == 1 || c.clock.offset(host) >= rep.offset
}

// badAnswer makes an error of an answer that cannot be what was asked for.
func (c *Client) badAnswer(op string, rep reply, err error) *Error {
	p := parseBody(rep)
	return &Error{
		Op:         op,
		HTTPStatus: rep.status,
		Code:       c.clean(p.code),
		Message:    c.clean(p.message),
		RequestID:  c.clean(requestID(rep, p)),
		Problem:    BadAnswer,
		Err:        err,
	}
}

// readError makes an error of a read that brought no state.
func (c *Client) readError(ctx context.Context, op string, rep reply) *Error {
	if rep.status == 0 {
		e := &Error{Op: op, Problem: Transient, Err: rep.err}
		if _, none := errors.AsType[*noHostError](rep.err); none || ctx.Err() != nil {
			e.Problem = Other // no such host, or the caller gave up and not the network
		}
		return e
	}
	p := parseBody(rep)
	return &Error{
		Op:         op,
		HTTPStatus: rep.status,
		Code:       c.clean(p.code),
		Message:    c.clean(p.message),
		RequestID:  c.clean(requestID(rep, p)),
		RetryAfter: retryAfter(rep.header, c.now()),
		Problem:    problem(rep, p),
		Err:        describe(rep, p),
	}
}

// problem says what an answer without a state means.
func problem(rep reply, p parsedBody) Problem {
	refusal := rep.status >= 400 && rep.status < 500
	switch {
	case rep.status == http.StatusTooManyRequests,
		(refusal || rep.status == http.StatusServiceUnavailable) && throttlingCode(p.code):
		return ThrottledRead
	case rep.status >= 500, rep.status == http.StatusRequestTimeout:
		return Transient
	case rep.status == http.StatusUnauthorized,
		refusal && (accountCode(p.code) || expiredCode(p.code, p.message)):
		return AccountProblem
	case errors.Is(rep.bodyErr, errTooLong):
		return BadAnswer
	case rep.bodyErr != nil:
		return Transient // cut on its way
	case refusal && notFoundCode(p.code):
		return NotFound
	case !refusal, p.content == unreadable, p.content == otherJSON:
		return BadAnswer
	case rep.status == http.StatusNotFound && !oneOf(p.code, "InvalidVersion", "InvalidURI"):
		return NotFound
	}
	return Other
}
