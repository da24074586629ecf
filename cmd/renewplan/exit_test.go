package main

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"renewplan/internal/exec"
	"renewplan/internal/plan"
)

func TestExitStatusOfARun(t *testing.T) {
	results := func(outcomes ...plan.Outcome) []plan.Result {
		var rs []plan.Result
		for _, o := range outcomes {
			rs = append(rs, plan.Result{Outcome: o})
		}
		return rs
	}
	tests := []struct {
		name string
		rep  exec.Report
		want status
	}{
		{"nothing to do", exec.Report{}, statusDone},
		{"all verified or already there", exec.Report{Results: results(plan.Verified, plan.Already)}, statusDone},
		{"one refused", exec.Report{Results: results(plan.Verified, plan.RefusedByCloud)}, statusPartial},
		{"one stale", exec.Report{Results: results(plan.Stale)}, statusPartial},
		{"one in conflict", exec.Report{Results: results(plan.Conflict)}, statusPartial},
		{"one not sent", exec.Report{Results: results(plan.NotSent, plan.Verified)}, statusPartial},
		{"none sent", exec.Report{Results: results(plan.NotSent, plan.NotSent)}, statusError},
		{"one unresolved beside one refused", exec.Report{Results: results(plan.RefusedByCloud, plan.Unresolved)}, statusOpen},
		{"one unverified", exec.Report{Results: results(plan.Unverified, plan.Verified)}, statusOpen},
		{"one deviates", exec.Report{Results: results(plan.Deviates)}, statusOpen},
		{"one pending", exec.Report{Results: results(plan.Pending)}, statusOpen},
		{"an outcome of the future", exec.Report{Results: results("new")}, statusOpen},
		{"stopped after some", exec.Report{Stopped: "bad key", Results: results(plan.Verified, plan.NotSent)}, statusPartial},
		{"stopped before any", exec.Report{Stopped: "bad key", Results: results(plan.RefusedByCloud, plan.NotSent)}, statusError},
		{"stopped with money open", exec.Report{Stopped: "bad key", Results: results(plan.Unresolved, plan.NotSent)}, statusOpen},
		{"interrupted", exec.Report{Interrupted: true, Results: results(plan.Verified, plan.NotSent)}, statusInterrupted},
		{"interrupted with money open", exec.Report{Interrupted: true, Results: results(plan.Unresolved)}, statusInterrupted},
		{"interrupted and stopped", exec.Report{Interrupted: true, Stopped: "interrupted", Results: results(plan.NotSent)}, statusInterrupted},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := runStatus(test.rep); got != test.want {
				t.Errorf("got %d; want %d", got, test.want)
			}
		})
	}
}

func TestTheGraverStatusCounts(t *testing.T) {
	order := []status{statusRefused, statusInterrupted, statusOpen, statusPartial, statusError, statusDue, statusDone}
	for i, a := range order {
		for j, b := range order {
			if got, want := graver(a, b), order[min(i, j)]; got != want {
				t.Errorf("graver(%d, %d): got %d; want %d", a, b, got, want)
			}
		}
	}
}

func TestExitStatusOfAnError(t *testing.T) {
	tests := []struct {
		name string
		err  error
		want status
	}{
		{"none", nil, statusDone},
		{"any", errors.New("any"), statusError},
		{"a refusal", refused("too old"), statusRefused},
		{"a refusal inside another error", fmt.Errorf("outer: %w", refused("too old")), statusRefused},
		{"a refusal joined with a failure to close", errors.Join(refused("too old"), errors.New("close")), statusRefused},
		{"an interrupt", errInterrupted, statusInterrupted},
		{"a cancelled context", fmt.Errorf("reading: %w", context.Canceled), statusInterrupted},
		{"a status without a message", ended(statusOpen), statusOpen},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := exitStatus(test.err); got != test.want {
				t.Errorf("got %d; want %d", got, test.want)
			}
		})
	}
}
