package exec

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"renewplan/internal/bce"
	"renewplan/internal/plan"
)

// ObserveAttached reads what hangs on the resources that a plan would renew, as
// far as it may be renewed along with them, and adds it to what was seen of them,
// for the plan to be built again. What cannot be read is added with its Problem,
// and stops nothing. The error is ctx's. requests is how many were made: none
// where nothing hangs on the kinds of resources that the plan renews.
func ObserveAttached(ctx context.Context, cfg Config, p *plan.Plan, seen plan.Observed) (requests int, err error) {
	cfg = cfg.withDefaults()
	eye := &eye{cloud: cfg.Cloud, log: cfg.Logger, limits: newLimits(cfg.Rate, cfg.Parallelism, len(p.Rows))}
	looking, enough := context.WithTimeout(ctx, mostAlong)
	defer enough()
	hanging := eye.lookAlong(looking, p.Rows)
	for key, things := range hanging {
		o := seen[key]
		o.Attached = things
		seen[key] = o
	}
	return int(eye.requests.Load()), ctx.Err()
}

// lookAlong reads what hangs on rows that are renewed, and may be renewed along.
func (e *eye) lookAlong(ctx context.Context, rows []plan.Row) map[plan.Key][]plan.Attached {
	type hooks struct { // what one batch reads
		group
		sort string
	}
	sorts := map[hooks]bce.Attachment{}
	ids := map[hooks][]string{}
	for i := range rows {
		row := &rows[i]
		k, ok := bce.KindByName(string(row.Kind))
		if !ok || row.Decision != plan.Renew {
			continue
		}
		for _, a := range k.Attachments {
			if row.RenewsAlong(a.Kind.Name) {
				h := hooks{group{row.Region, row.Kind}, a.Kind.Name}
				sorts[h] = a
				ids[h] = append(ids[h], row.ID)
			}
		}
	}
	found := map[plan.Key][]plan.Attached{}
	var mu sync.Mutex
	var g errgroup.Group
	for h, sort := range sorts {
		g.Go(func() error {
			holder, _ := bce.KindByName(string(h.kind)) // known: it stands in sorts
			host := e.limits.host(e.cloud.Host(h.region, sort.Kind))
			b := bce.NewAttachedBatch(h.region, holder, sort, ids[h], &e.atlas)
			take := func(f bce.AttachedFound) {
				mu.Lock()
				found[h.key(f.ID)] = append(found[h.key(f.ID)], things(h.sort, f)...)
				mu.Unlock()
			}
			play(ctx, e, host, b, lookTries, take)
			for _, id := range b.Open() { // none, unless the batch has lost count
				take(bce.AttachedFound{ID: id, Err: errors.New("it was not read")})
			}
			return nil
		})
	}
	_ = g.Wait() // its functions return no error
	return found
}

// things are what was found to hang on a resource, in the words of a plan. The
// disk that an instance runs from is a part of it and no thing of its own.
func things(sort string, f bce.AttachedFound) []plan.Attached {
	list := make([]plan.Attached, 0, len(f.Attached)+1)
	for _, a := range f.Attached {
		if !a.System {
			list = append(list, plan.Attached{Sort: a.Sort, ID: a.ID, Name: a.Name, Group: a.Group, Expiry: a.Expiry})
		}
	}
	if f.Err != nil {
		list = append(list, plan.Attached{Sort: sort, Problem: cause(f.Err)})
	}
	return list
}

// cause is the answer behind an error, without what is different every time: it
// enters plan files, and the same state gives the same bytes.
func cause(err error) string {
	if errors.Is(err, context.DeadlineExceeded) {
		return "the cloud was too slow"
	}
	be, ok := errors.AsType[*bce.Error](err)
	if !ok {
		return err.Error()
	}
	if inner, ok := errors.AsType[*bce.Error](be.Err); ok { // not asked, because another was refused
		be = inner
	}
	same := *be
	same.Op, same.RequestID = "", ""
	return same.Error()
}

// alongTimeout is how long to look for a new expiry of what a flag says is
// renewed along, after the last row is settled.
const alongTimeout = 30 * time.Second

// mostAlong is how long all of that may take, and all of it before a plan.
const mostAlong = 5 * time.Minute

// follow reads back, at the end of a run, what was renewed along with the rows
// that were bought, and adds it to the results. It asks again for a while where
// something that is renewed along has not moved yet.
func (r *runner) follow(ctx context.Context, results []plan.Result) {
	var open []int // results to look at; at first all that have something along, or may have by now
	news := false
	for i := range results {
		res := &results[i]
		if (len(res.Along) > 0 || res.RelatedRenewFlag != "") && bought(res.Outcome) {
			open = append(open, i)
			news = news || !res.Earlier
		}
	}
	if !news { // a plan that is applied already was looked at by the run that did it
		return
	}
	ctx, cancel := r.interruptible(ctx)
	defer cancel()
	reason, interrupted, _ := r.brake.state()
	switch {
	case interrupted:
		unfollowed(results, open, "the run was interrupted")
		return
	case r.brake.refusesAccount():
		unfollowed(results, open, reason)
		return
	}
	deadline := time.Now().Add(min(alongTimeout, r.cfg.VerifyTimeout))
	// A cloud that asks for patience gets some, but nobody waits for hours.
	looking, enough := context.WithTimeout(ctx, mostAlong)
	defer enough()
	for n := 1; len(open) > 0; n++ {
		rows := make([]plan.Row, 0, len(open))
		for _, i := range open {
			rows = append(rows, results[i].Row)
		}
		hanging := r.eye.lookAlong(looking, rows)
		if looking.Err() != nil {
			if n == 1 && ctx.Err() != nil {
				unfollowed(results, open, "the run was interrupted")
			} else if n == 1 {
				unfollowed(results, open, "the cloud was too slow")
			}
			return
		}
		still := open[:0]
		for _, i := range open {
			res := &results[i]
			if res.Followed = followed(res, hanging[res.Key]); waits(res) {
				still = append(still, i)
			}
		}
		open = still
		wait := min(time.Second<<min(n-1, 3), time.Until(deadline))
		if len(open) > 0 && (wait <= 0 || pause(ctx, wait) != nil) {
			return
		}
	}
}

// interruptible is ctx until the run is interrupted.
func (r *runner) interruptible(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	select {
	case <-r.cfg.Stop:
		r.brake.interrupt()
	default:
	}
	r.tasks.Go(func() error {
		select {
		case <-r.cfg.Stop:
			r.brake.interrupt()
			cancel()
		case <-ctx.Done():
		}
		return nil
	})
	return ctx, func() {
		cancel()
		_ = r.tasks.Wait() // it returns no error
	}
}

// bought reports whether a row with this outcome was renewed, by whomever.
func bought(o plan.Outcome) bool {
	return o == plan.Verified || o == plan.Already || o == plan.Deviates
}

// unfollowed says of results why nobody looked at what was renewed along.
func unfollowed(results []plan.Result, which []int, why string) {
	for _, i := range which {
		for _, a := range results[i].Along {
			results[i].Followed = append(results[i].Followed, plan.Followed{
				Attached: a, Perhaps: results[i].Perhaps(a), Unread: "nobody looked: " + why,
			})
		}
	}
}

// followed compares what hung on a resource when it was planned with what hangs
// on it now.
func followed(res *plan.Result, now []plan.Attached) []plan.Followed {
	var list []plan.Followed
	for _, was := range res.Along {
		f := plan.Followed{Attached: was, Perhaps: res.Perhaps(was)}
		if was.Problem != "" {
			if problem := problemWith(was.Sort, now); problem != "" {
				f.Unread = problem
				list = append(list, f)
			}
			continue
		}
		f.Unread = "the cloud shows no such prepaid " + was.Noun() + " on " + res.ID + " any more"
		for _, a := range now {
			switch {
			case a.Sort != was.Sort:
			case a.Problem != "" && f.After.IsZero():
				f.Unread = a.Problem
			case a.Problem == "" && a.ID == was.ID:
				f.After, f.Unread = a.Expiry.UTC().Truncate(time.Second), ""
			}
		}
		list = append(list, f)
	}
	for _, a := range now {
		known := func(b plan.Attached) bool { return b.Sort == a.Sort && (b.ID == a.ID || a.Problem != "") }
		switch {
		case slices.ContainsFunc(res.Along, known):
		case a.Problem != "":
			list = append(list, plan.Followed{Attached: plan.Attached{Sort: a.Sort}, Perhaps: res.Perhaps(a), Unread: a.Problem})
		default:
			f := plan.Followed{Attached: a, Perhaps: res.Perhaps(a), After: a.Expiry.UTC().Truncate(time.Second), Unplanned: true}
			f.Expiry = time.Time{} // what it was before is not known
			list = append(list, f)
		}
	}
	slices.SortStableFunc(list, func(a, b plan.Followed) int { return cmp.Or(cmp.Compare(a.Sort, b.Sort), cmp.Compare(a.ID, b.ID)) })
	return list
}

// problemWith is why the things of a sort could not be read; "" if they were.
func problemWith(sort string, now []plan.Attached) string {
	for _, a := range now {
		if a.Sort == sort && a.Problem != "" {
			return a.Problem
		}
	}
	return ""
}

// waits reports whether something that is renewed along has not moved yet.
func waits(res *plan.Result) bool {
	for _, f := range res.Followed {
		if !f.Perhaps && f.Outcome() == plan.NotFollowed && f.After.Before(res.After) {
			return true
		}
	}
	return false
}
