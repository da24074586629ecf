package exec

import (
	"context"

	"golang.org/x/sync/errgroup"

	"renewplan/internal/bce"
)

// batch is reads that belong together, and what they find: a *bce.Batch or a
// *bce.AttachedBatch.
type batch[F any] interface {
	Next() (bce.Query, bool)
	Take(q bce.Query, p bce.Page) []F
	Notes() []string // what was wrong with lists
}

// play makes the queries of a batch, side by side, and hands what they find to
// each, which is called by one goroutine at a time. All queries of a batch go to
// one host. A request that failed is tried again up to tries times where that
// may help and the host is not lost.
func play[F any](ctx context.Context, e *eye, host *limiter, b batch[F], tries int, each func(F)) {
	type answer struct {
		query bce.Query
		page  bce.Page
	}
	back := make(chan answer)
	var g errgroup.Group // its goroutines all hand an answer back, which is awaited here
	for under := 0; ; {
		for under < 2*cap(host.places) {
			q, ok := b.Next()
			if !ok {
				break
			}
			under++
			g.Go(func() error {
				back <- answer{q, e.ask(ctx, host, q, tries)}
				return nil
			})
		}
		if under == 0 {
			break
		}
		a := <-back
		under--
		for _, found := range b.Take(a.query, a.page) {
			each(found)
		}
	}
	_ = g.Wait()
	for _, note := range b.Notes() {
		e.log.Info("a list was no use", "what", note)
	}
}
