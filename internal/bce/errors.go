package bce

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Problem says what an error of a read means to the caller.
type Problem int

// The problems of a read.
const (
	Other          Problem = iota // anything else; another read would say the same
	NotFound                      // the cloud says that there is no such resource
	ThrottledRead                 // too many requests: wait, RetryAfter if it is set
	AccountProblem                // the answer concerns the account, and so every resource
	Transient                     // the network, a time-out or a 5xx: worth another read
	BadAnswer                     // an answer came that cannot be what was asked for
)

// String is a word for logs and tests.
func (p Problem) String() string {
	switch p {
	case Other:
		return "other"
	case NotFound:
		return "not found"
	case ThrottledRead:
		return "throttled"
	case AccountProblem:
		return "account problem"
	case Transient:
		return "transient"
	case BadAnswer:
		return "bad answer"
	}
	return "Problem(" + strconv.Itoa(int(p)) + ")"
}

// Error is a read that failed. Its texts from outside are bounded and free of
// control characters and secrets.
type Error struct {
	Op         string // what was being done: "reading bj/vpn/vpn-1"
	HTTPStatus int    // 0 if no answer came
	Code       string // the cloud's error code; may be empty
	Message    string // the cloud's message; may be empty
	RequestID  string // the cloud's; may be empty
	Problem    Problem
	RetryAfter time.Duration // what the cloud asked for, at most 5 minutes; 0 if nothing
	Err        error         // the cause, where there is one besides the answer
}

// Error is one line: what was being done, the answer, the cause.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Op)
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	if e.HTTPStatus != 0 {
		fmt.Fprintf(&b, ": HTTP %d", e.HTTPStatus)
	}
	if e.Code != "" {
		b.WriteString(" " + e.Code)
	}
	if e.Message != "" {
		b.WriteString(": " + e.Message)
	}
	if e.RequestID != "" {
		b.WriteString(" (request id " + e.RequestID + ")")
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }
