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
	Prepaid   bool   // only prepaid resources can be renewed
	Dedicated bool   // dedicated resources cannot be renewed
	AutoRenew AutoRenew
	// Expiry is UTC and cut (not rounded) to whole seconds; zero if the resource
	// is not prepaid.
	Expiry time.Time
}

// Read reads the state of one resource. The error is an *Error. When the cloud
// calls the request expired, the clock is corrected by its Date header and the
// read tried once more. Safe for concurrent use.
func (c *Client) Read(ctx context.Context, region string, k Kind, id string) (State, error) {
	op := "reading " + c.clean(region+"/"+k.Name+"/"+id)
	get := call{method: http.MethodGet, region: region, kind: k, id: id, maxBody: maxReadBody}
	for _, err := range []error{get.check(), ctx.Err()} {
		if err != nil {
			return State{}, &Error{Op: op, Err: err}
		}
	}
	rep := c.exchange(ctx, get)
	if refusing(rep.status) {
		if p := parseBody(rep); expiredCode(p.code, p.message) && c.correctClock(rep) {
			rep = c.exchange(ctx, get)
		}
	}
	if rep.status < 200 || rep.status > 299 || rep.bodyErr != nil {
		return State{}, c.readError(ctx, op, rep)
	}
	state, err := c.decodeState(rep, k, id)
	if err != nil {
		p := parseBody(rep)
		return State{}, &Error{
			Op:         op,
			HTTPStatus: rep.status,
			Code:       c.clean(p.code),
			Message:    c.clean(p.message),
			RequestID:  c.clean(requestID(rep, p)),
			Problem:    BadAnswer,
			Err:        err,
		}
	}
	return state, nil
}

// readError makes an error of a read that brought no state.
func (c *Client) readError(ctx context.Context, op string, rep reply) *Error {
	if rep.status == 0 {
		e := &Error{Op: op, Problem: Transient, Err: rep.err}
		if ctx.Err() != nil {
			e.Problem = Other // the caller gave up, not the network
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
