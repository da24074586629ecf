package sandbox

import (
	"fmt"
	"net/http"
	"time"
)

// apiError is a refusal in the cloud's words: {"requestId","code","message"}.
// Codes and statuses are of the common error table
// (https://cloud.baidu.com/doc/BCC/s/Ojwvyo6nc-en) and of the page "Instance
// Renewal", unless a comment says otherwise.
type apiError struct {
	Status     int           `json:"status"`
	Code       string        `json:"code"`
	Message    string        `json:"message"`
	RetryAfter time.Duration `json:"-"` // 0 means no Retry-After header
}

func refusef(status int, code, format string, args ...any) *apiError {
	return &apiError{Status: status, Code: code, Message: fmt.Sprintf(format, args...)}
}

// badRequest is a parameter that is missing, unknown or wrong.
func badRequest(format string, args ...any) *apiError {
	return refusef(http.StatusBadRequest, "BadRequest", format, args...)
}

// inappropriate is JSON that is well formed and means nothing here.
func inappropriate(format string, args ...any) *apiError {
	return refusef(http.StatusBadRequest, "InappropriateJSON", format, args...)
}

func noSuchObject(k key) *apiError {
	return refusef(http.StatusNotFound, "NoSuchObject", "The specified object is not found or resource do not exist: %s %s.", k.kind, k.id)
}

func denied(format string, args ...any) *apiError {
	return refusef(http.StatusConflict, "OperationDenied", "Operation not available: "+format, args...)
}

// forbidden is for a key without the permission.
func forbidden() *apiError {
	return refusef(http.StatusForbidden, "AccessDenied", "Access denied.")
}

// throttled is for coming too fast. No page documents its code or status.
func (f Faults) throttled() *apiError {
	e := refusef(http.StatusTooManyRequests, "RequestLimitExceeded", "Request rate limit exceeded.")
	if f.ThrottleStatus != 0 {
		e.Status = f.ThrottleStatus
	}
	e.RetryAfter = f.RetryAfter.or(time.Second)
	return e
}

// serverError is the answer of the 5xx faults.
func (f Faults) serverError() *apiError {
	status, code := http.StatusInternalServerError, "InternalError"
	if f.ErrorStatus != 0 {
		status = f.ErrorStatus
	}
	switch status {
	case http.StatusBadGateway:
		code = "BadGateway"
	case http.StatusServiceUnavailable:
		code = "ServiceUnavailable"
	case http.StatusGatewayTimeout:
		code = "GatewayTimeout"
	}
	return refusef(status, code, "We encountered an internal error. Please try again.")
}

// refused is the answer of the refuse fault.
func (f Faults) refused() *apiError {
	e := refusef(http.StatusForbidden, "InsufficientBalance", "The request is refused.")
	if f.RefuseStatus != 0 {
		e.Status = f.RefuseStatus
	}
	if f.RefuseCode != "" {
		e.Code = f.RefuseCode
	}
	return e
}
