package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"renewplan/internal/exec"
	"renewplan/internal/plan"
)

// status is an exit status of the process. The README has the table for users.
type status int

// The exit statuses, all of them.
const (
	statusDone        status = 0   // done, or nothing to do
	statusError       status = 1   // error, or stopped before anything was verified
	statusDue         status = 2   // only with --detailed-exitcode: there is something to renew
	statusPartial     status = 3   // some rows refused, stale or in conflict, or the run stopped early
	statusRefused     status = 4   // refused as a whole, nothing sent
	statusOpen        status = 5   // money open: a row is unresolved, unverified or deviates
	statusInterrupted status = 130 // interrupted; what was in flight is recorded
)

// errInterrupted ends a command that an interrupt stopped while nothing was in flight.
var errInterrupted = &failure{status: statusInterrupted, err: errors.New("interrupted; nothing was sent")}

// failure is an error that knows the exit status it ends in and what would
// help. A nil err means that the output has already said it all.
type failure struct {
	status status
	err    error
	hints  []string
}

func (f *failure) Error() string {
	if f.err == nil {
		return fmt.Sprintf("exit status %d", f.status)
	}
	return f.err.Error()
}

func (f *failure) Unwrap() error { return f.err }

// hint adds a line with what would help.
func (f *failure) hint(format string, args ...any) *failure {
	f.hints = append(f.hints, fmt.Sprintf(format, args...))
	return f
}

// failed is a failure of the command: exit status 1.
func failed(format string, args ...any) *failure {
	return &failure{status: statusError, err: fmt.Errorf(format, args...)}
}

// refused is a refusal of everything, before anything was sent: exit status 4.
func refused(format string, args ...any) *failure {
	return &failure{status: statusRefused, err: fmt.Errorf(format, args...)}
}

// ended ends in a status without another message; nil for statusDone.
func ended(s status) error {
	if s == statusDone {
		return nil
	}
	return &failure{status: s}
}

// exitStatus is the exit status that an error of a command ends in.
func exitStatus(err error) status {
	if err == nil {
		return statusDone
	}
	if f, ok := errors.AsType[*failure](err); ok {
		return f.status
	}
	if errors.Is(err, context.Canceled) {
		return statusInterrupted
	}
	return statusError
}

// graver returns the status that counts when both apply: 4, then 130, 5, 3, 1.
func graver(a, b status) status {
	for _, s := range []status{statusRefused, statusInterrupted, statusOpen, statusPartial, statusError, statusDue} {
		if a == s || b == s {
			return s
		}
	}
	return statusDone
}

// runStatus is the exit status of a run.
func runStatus(r exec.Report) status {
	s, done := statusDone, 0
	for _, res := range r.Results {
		s = graver(s, outcomeStatus(res.Outcome))
		if outcomeStatus(res.Outcome) == statusDone {
			done++
		}
	}
	if s == statusPartial && done == 0 && noneSent(r) {
		s = statusError // nothing left this machine: no part is done
	}
	if r.Stopped != "" {
		early := statusPartial
		if done == 0 {
			// Nothing was achieved: an error, unless money is open or it was interrupted.
			early = statusError
			if s == statusPartial {
				s = statusDone
			}
		}
		s = graver(s, early)
	}
	if r.Interrupted {
		s = graver(s, statusInterrupted)
	}
	return s
}

// noneSent reports whether no row of a run got as far as being sent.
func noneSent(r exec.Report) bool {
	return !slices.ContainsFunc(r.Results, func(res plan.Result) bool { return res.Outcome != plan.NotSent })
}

// outcomeStatus is the exit status that one row alone would give.
func outcomeStatus(o plan.Outcome) status {
	switch o {
	case plan.Verified, plan.Already:
		return statusDone
	case plan.Deviates, plan.Unverified, plan.Unresolved, plan.Pending:
		return statusOpen
	case plan.RefusedByCloud, plan.Conflict, plan.Stale, plan.NotSent:
		return statusPartial
	}
	return statusOpen // an outcome that is not known here is money whose fate is not known
}
