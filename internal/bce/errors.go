package bce

import (
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
	Op         string // what was being done: "reading bj/vpn/vpn-1"; may be empty
	HTTPStatus int    // 0 if no answer came
	Code       string // the cloud's error code; may be empty
	Message    string // the cloud's message; may be empty
	RequestID  string // the cloud's; may be empty
	Problem    Problem
	RetryAfter time.Duration // what the cloud asked for, at most 5 minutes; 0 if nothing
	Err        error         // the cause, where there is one besides the answer
}

// Error is one line: what was being done, the cause, the answer.
func (e *Error) Error() string {
	line := answerLine(e.HTTPStatus, e.Code, e.Message, e.RequestID, e.Err)
	if e.Op == "" {
		return line
	}
	return e.Op + ": " + line
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// answerLine puts what is known of an answer into one line, such as
// "HTTP 409 OperationDenied: not now (request id 1214cca7)".
func answerLine(status int, code, message, requestID string, err error) string {
	var b strings.Builder
	if err != nil {
		b.WriteString(err.Error())
	}
	if status != 0 {
		if b.Len() > 0 {
			b.WriteString(": ")
		}
		b.WriteString("HTTP " + strconv.Itoa(status))
	}
	if code != "" {
		b.WriteString(" " + code)
	}
	if message != "" {
		b.WriteString(": " + message)
	}
	if requestID != "" {
		b.WriteString(" (request id " + requestID + ")")
	}
	return b.String()
}
