package exec

import (
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"renewplan/internal/bce"
	"renewplan/internal/ledger"
	"renewplan/internal/plan"
)

// Observe reads the live state of every key, side by side and by lists where
// those save requests, and what the ledger holds of it. What cannot be read is
// in the result, with its Problem, and holds nothing else up. The error is not
// nil only where nothing can be planned: an *AccountError, a ledger that cannot
// be read, or ctx's error. requests is how many were made.
//
// cfg.Progress is told of every resource that is read or given up, as Done, and of
// those given up as Failed; and at least every second while Observe works.
func Observe(ctx context.Context, cfg Config, keys []plan.Key) (seen plan.Observed, requests int, err error) {
	cfg = cfg.withDefaults()
	began := time.Now()
	history, err := recall(ctx, cfg)
	if err != nil {
		return nil, 0, err
	}
	eye := &eye{cloud: cfg.Cloud, log: cfg.Logger, limits: newLimits(cfg.Rate, cfg.Parallelism, len(keys))}
	v := &viewing{tell: cfg.Progress, began: began, total: len(keys), seen: make(plan.Observed, len(keys))}
	defer v.keepTelling()()
	groups := map[group][]string{}
	for _, key := range keys {
		groups[group{key.Region, key.Kind}] = append(groups[group{key.Region, key.Kind}], key.ID)
	}
	g, gctx := errgroup.WithContext(ctx)
	for of, ids := range groups {
		k, ok := bce.KindByName(string(of.kind))
		if !ok {
			for _, id := range ids {
				v.add(of.key(id), plan.Observation{Problem: fmt.Sprintf("this renewplan knows no kind %q", of.kind)})
			}
			continue
		}
		g.Go(func() (err error) {
			eye.look(gctx, of.region, k, ids, maxUnsent, func(f bce.Found) {
				if problem(f.Err) == bce.AccountProblem {
					err = &AccountError{Err: f.Err}
				}
				v.add(of.key(f.ID), observation(of, f, history))
			})
			return err
		})
	}
	err = g.Wait()
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	if err != nil {
		return nil, int(eye.requests.Load()), err
	}
	return v.seen, int(eye.requests.Load()), nil
}

// viewing is what Observe has seen so far. Safe for concurrent use.
type viewing struct {
	tell  func(plan.Progress) // may be nil
	began time.Time
	total int

	mu     sync.Mutex // held while telling, too
	seen   plan.Observed
	failed int
}

// add takes in what was found of a resource, and tells how far that is.
func (v *viewing) add(key plan.Key, o plan.Observation) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.seen[key] = o
	if o.Problem != "" {
		v.failed++
	}
	v.report()
}

func (v *viewing) report() {
	if v.tell != nil {
		v.tell(plan.Progress{Total: v.total, Done: len(v.seen), Failed: v.failed, Elapsed: time.Since(v.began)})
	}
}

// keepTelling tells how far it is now and every second, however little happens, until
// stop is called; stop returns when nothing is told any more.
func (v *viewing) keepTelling() (stop func()) {
	if v.tell == nil {
		return func() {}
	}
	v.report() // nobody else has begun
	enough := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				v.mu.Lock()
				v.report()
				v.mu.Unlock()
			case <-enough:
				return
			}
		}
	})
	return func() { close(enough); wg.Wait() }
}

// group is the resources that are read together.
type group struct {
	region string
	kind   plan.Kind
}

func (g group) key(id string) plan.Key { return plan.Key{Region: g.region, Kind: g.kind, ID: id} }

// observation is what was found of a resource, at the cloud and in the ledger.
func observation(of group, f bce.Found, history map[ledger.Key]ledger.Record) plan.Observation {
	switch {
	case isNotFound(f.Err):
		return plan.Observation{Read: true, NotFound: true}
	case f.Err != nil:
		return plan.Observation{Problem: f.Err.Error()}
	}
	s := f.State
	o := plan.Observation{
		Read: true, Name: s.Name, Status: s.Status, Busy: s.Busy, Stopped: s.Stopped, Broken: s.Broken, Gone: s.Gone,
		Payment: s.Payment, Prepaid: s.Prepaid, Dedicated: s.Dedicated,
		AutoRenew: autoRenew(s.AutoRenew), Expiry: s.Expiry,
	}
	if rec, ok := history[ledger.Key{
		Region: of.region, Kind: string(of.kind), ID: f.ID, Baseline: s.Expiry.UTC(),
	}]; ok {
		o.Attempt, o.Open, o.Resolved = rec.Attempt, openReason(rec), decision(rec.Resolution)
	}
	return o
}

func autoRenew(a bce.AutoRenew) plan.AutoRenew {
	switch a {
	case bce.AutoRenewOn:
		return plan.AutoRenewOn
	case bce.AutoRenewOff:
		return plan.AutoRenewOff
	case bce.AutoRenewNotVisible:
		return plan.AutoRenewNotVisible
	default:
		return plan.AutoRenewNotVisible
	}
}

// recall reads the ledger's records of this cloud, by key without the cloud.
func recall(ctx context.Context, cfg Config) (map[ledger.Key]ledger.Record, error) {
	if cfg.Ledger == nil {
		return nil, nil
	}
	recs, err := cfg.Ledger.Records(ctx, cfg.CloudName)
	if err != nil {
		return nil, fmt.Errorf("reading the ledger: %w", err)
	}
	m := make(map[ledger.Key]ledger.Record, len(recs))
	for _, r := range recs {
		k := r.Key
		k.Cloud, k.Baseline = "", k.Baseline.UTC()
		m[k] = r
	}
	return m, nil
}

// decision words what a person decided on a renewal; "" if nobody did.
func decision(r *ledger.Resolution) string {
	switch {
	case r == nil:
		return ""
	case r.Bought:
		return "bought, says " + r.Who + ": " + r.Reason
	default:
		return "an earlier attempt was not bought, says " + r.Who + ": " + r.Reason
	}
}

// openReason says how a renewal of an expiry that the cloud still shows is not
// settled; empty if it may be planned anew.
func openReason(r ledger.Record) string {
	if r.Live {
		return "run " + r.Run + " is working on it now"
	}
	switch r.State {
	case ledger.Claimed, ledger.Refused, ledger.Stale, ledger.NotBought, ledger.Unsent:
		return ""
	case ledger.Sending, ledger.Unknown:
		return "sent " + lastSent(r) + ", outcome unknown: apply its plan again to settle it"
	case ledger.Unresolved:
		return "sent " + lastSent(r) + ", outcome unknown: apply its plan again, or look in the console and say so with `renewplan resolve`"
	case ledger.Accepted, ledger.Unverified:
		return "accepted " + lastSent(r) + ", new expiry not read back yet: apply its plan again to look"
	case ledger.Conflict:
		return "another request holds its clientToken: look in the console, then `renewplan resolve`"
	case ledger.Bought:
		return decision(r.Resolution) + ", but the cloud shows the old expiry: if it was not bought after all, `renewplan resolve --not-bought`"
	case ledger.Verified, ledger.Already, ledger.Deviates:
		return "the ledger holds it as " + string(r.State) + ", but the cloud shows the old expiry: look in the console, then `renewplan resolve`"
	default:
		return "the ledger holds it as " + string(r.State)
	}
}

func lastSent(r ledger.Record) string {
	if len(r.Tries) == 0 {
		return "at an unknown time"
	}
	return stamp(r.Tries[len(r.Tries)-1].Sent)
}
