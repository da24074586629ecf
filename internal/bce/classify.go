package bce

import (
	"net/http"
	"time"
)

// classify says what the answer to a renewal proves. It is the only place that
// does. clean makes texts from outside safe to show.
//
//	no answer, no connection               not sent
//	2xx, whole JSON or no body             accepted, unless it reports a failure
//	400 401 403 404 409 412 with a code    refused; IdempotentParameterMismatch: conflict
//	429, or 503 with a throttling code     throttled
//	all else                               unknown
func classify(rep reply, now time.Time, clean func(string) string) Answer {
	if rep.status == 0 {
		a := Answer{Err: rep.err}
		if rep.notSent {
			a.Class = NotSent
		}
		return a
	}
	p := parseBody(rep)
	a := Answer{
		HTTPStatus: rep.status,
		Code:       clean(p.code),
		Message:    clean(p.message),
		RequestID:  clean(requestID(rep, p)),
		OrderID:    clean(p.order),
		RetryAfter: retryAfter(rep.header, now),
		Err:        describe(rep, p),
	}
	a.Class = class(rep.status, p)
	// A 401 is about the key, whoever says it and in whatever form.
	a.Account = rep.status == http.StatusUnauthorized || rep.status < 500 && accountCode(p.code)
	return a
}

// class is the table above for an answer that came.
func class(status int, p parsedBody) Class {
	switch {
	case status >= 200 && status < 300:
		if p.content == unreadable || p.failed {
			return Unknown
		}
		return Accepted
	case status == http.StatusTooManyRequests:
		return Throttled
	case status == http.StatusServiceUnavailable && throttlingCode(p.code):
		return Throttled
	case p.code == "" || !refusing(status):
		return Unknown
	case oneOf(p.code, codeMismatch):
		return Conflict
	}
	return Refused
}

// refusing reports whether a status, with a parsed error, proves that nothing
// was bought. Others may come from a gateway that gave up on a purchase.
func refusing(status int) bool {
	switch status {
	case http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden,
		http.StatusNotFound, http.StatusConflict, http.StatusPreconditionFailed:
		return true
	}
	return false
}
