package exec

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"renewplan/internal/bce"
)

// eye reads resources, within the limits of their hosts. Safe for concurrent use.
type eye struct {
	cloud    Cloud
	log      *slog.Logger
	limits   *limits
	atlas    bce.Atlas
	requests atomic.Int64 // all requests of the run, sends included
}

// look reads resources of one kind and region, with as few requests as the
// cloud's lists allow, and hands every outcome to each, which is called by one
// goroutine at a time. A request that failed is tried again up to tries times
// where that may help and the host is not lost. It returns early only when ctx is
// done; what was not read by then is handed over with ctx's error.
func (e *eye) look(ctx context.Context, region string, k bce.Kind, ids []string, tries int, each func(bce.Found)) {
	host := e.limits.host(e.cloud.Host(region, k))
	b := bce.NewBatch(region, k, ids, &e.atlas)
	play(ctx, e, host, b, tries, each)
	for _, id := range b.Open() { // none, unless the batch has lost count
		each(bce.Found{ID: id, Err: errors.New("it was not read")})
	}
}

// ask makes one query, and again after a while where that may help.
func (e *eye) ask(ctx context.Context, host *limiter, q bce.Query, tries int) bce.Page {
	for n := 1; ; n++ {
		page := e.askOnce(ctx, host, q)
		switch {
		case page.Err == nil, !worthAnother(page.Err, n, tries), host.lost() != "":
			return page
		case pause(ctx, backoff(n, retryAfter(page.Err))) != nil:
			return page
		}
	}
}

func (e *eye) askOnce(ctx context.Context, host *limiter, q bce.Query) bce.Page {
	by, err := host.enter(ctx)
	if err != nil {
		return bce.Page{At: time.Now(), Err: err}
	}
	defer host.leave()
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	page := e.cloud.Query(ctx, q)
	e.requests.Add(int64(page.Requests))
	e.judge(ctx, host, page)
	if problem(page.Err) == bce.ThrottledRead {
		host.throttled(by, retryAfter(page.Err))
	} else if reached(page) {
		host.served(by)
	}
	return page
}

// judge has a host's trust follow from how a query went. What was not found, or
// was not allowed, is an answer like another.
func (e *eye) judge(ctx context.Context, host *limiter, page bce.Page) {
	switch p := problem(page.Err); {
	case page.Err == nil, p == bce.NotFound, p == bce.AccountProblem:
		host.well()
	case page.Requests == 0, errors.Is(ctx.Err(), context.Canceled): // not asked, or the run gave up
	default:
		host.failed(reached(page), page.Err.Error())
	}
}

// reached reports whether the cloud answered a query, well or not.
func reached(p bce.Page) bool {
	be, ok := errors.AsType[*bce.Error](p.Err)
	return p.Err == nil || ok && be.HTTPStatus != 0
}

// worthAnother reports whether a read that failed n times may do better.
func worthAnother(err error, n, tries int) bool {
	switch problem(err) {
	case bce.ThrottledRead:
		return n < tries*tries
	case bce.Transient:
		return n < tries
	case bce.BadAnswer:
		return n < min(tries, 2)
	case bce.NotFound, bce.AccountProblem, bce.Other:
		return false
	default:
		return false
	}
}

// retryAfter is what the cloud asked for in an answer to a read; 0 if nothing.
func retryAfter(err error) time.Duration {
	if be, ok := errors.AsType[*bce.Error](err); ok {
		return be.RetryAfter
	}
	return 0
}
