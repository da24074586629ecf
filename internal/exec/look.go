package exec

import (
	"context"
	"sync/atomic"
	"time"

	"renewplan/internal/bce"
)

// eye reads resources, within the limits. Safe for concurrent use.
type eye struct {
	cloud    Cloud
	limits   *limits
	budget   *budget
	requests atomic.Int64 // all requests of the run, sends included
}

// look reads one resource's state once, after taking n requests' worth of the
// host's limit. at is when the reading began.
func (e *eye) look(ctx context.Context, region string, k bce.Kind, id string, n int) (s bce.State, at time.Time, err error) {
	host := e.limits.host(e.cloud.Host(region, k))
	if err := host.wait(ctx, n); err != nil {
		return bce.State{}, time.Now(), err
	}
	at = time.Now()
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	e.requests.Add(1)
	s, err = e.cloud.Read(ctx, region, k, id)
	if problem(err) == bce.ThrottledRead {
		host.throttled(retryAfter(err))
	}
	return s, at, err
}

// lookPatiently reads one resource, and again after a while where that may
// help and the budget allows.
func (e *eye) lookPatiently(ctx context.Context, region string, k bce.Kind, id string) (bce.State, error) {
	for n := 1; ; n++ {
		s, _, err := e.look(ctx, region, k, id, 1)
		if err == nil {
			e.budget.earn()
			return s, nil
		}
		if !worthAnother(err, n) || !e.budget.spend() {
			return s, err
		}
		if pause(ctx, backoff(n, 0)) != nil {
			return s, err
		}
	}
}

// worthAnother reports whether a read that failed n times may do better.
func worthAnother(err error, n int) bool {
	switch problem(err) {
	case bce.ThrottledRead:
		return n < maxThrottled
	case bce.Transient:
		return n < maxUnsent
	case bce.BadAnswer:
		return n < 2
	case bce.NotFound, bce.AccountProblem, bce.Other:
		return false
	default:
		return false
	}
}
