package exec

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"renewplan/internal/bce"
	"renewplan/internal/ledger"
	"renewplan/internal/plan"
)

// deadAfter is how many reads of one host must fail in a row on the network,
// with none succeeding, before the rest of its resources are given up unread.
const deadAfter = 8

// Observe reads the live state of every key, side by side, and what the ledger
// holds of it. What cannot be read is in the result, with its Problem; the
// error is not nil only where nothing can be planned: an *AccountError, a
// ledger that cannot be read, or ctx's error.
func Observe(ctx context.Context, cfg Config, keys []plan.Key) (plan.Observed, error) {
	cfg = cfg.withDefaults()
	history, err := recall(ctx, cfg)
	if err != nil {
		return nil, err
	}
	o := observer{
		eye:     &eye{cloud: cfg.Cloud, limits: newLimits(cfg.Rate), budget: newBudget(len(keys))},
		history: history,
		hosts:   map[string]*pulse{},
	}
	found := make([]plan.Observation, len(keys))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(cfg.Parallelism)
	for i, key := range keys {
		if ctx.Err() != nil {
			break
		}
		g.Go(func() error {
			var err error
			found[i], err = o.observe(ctx, key)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	seen := make(plan.Observed, len(keys))
	for i, key := range keys {
		seen[key] = found[i]
	}
	return seen, nil
}

type observer struct {
	eye     *eye
	history map[ledger.Key]ledger.Record
	mu      sync.Mutex
	hosts   map[string]*pulse
}

// pulse says whether a host answers at all.
type pulse struct{ alive, failures atomic.Int32 }

func (o *observer) pulse(host string) *pulse {
	o.mu.Lock()
	defer o.mu.Unlock()
	p, ok := o.hosts[host]
	if !ok {
		p = &pulse{}
		o.hosts[host] = p
	}
	return p
}

func (o *observer) observe(ctx context.Context, key plan.Key) (plan.Observation, error) {
	k, ok := bce.KindByName(string(key.Kind))
	if !ok {
		return plan.Observation{Problem: fmt.Sprintf("this renewplan knows no kind %q", key.Kind)}, nil
	}
	host := o.eye.cloud.Host(key.Region, k)
	p := o.pulse(host)
	if p.alive.Load() == 0 && p.failures.Load() >= deadAfter {
		return plan.Observation{Problem: "not read: " + host + " did not answer any request"}, nil
	}
	s, err := o.eye.lookPatiently(ctx, key.Region, k, key.ID)
	if ctx.Err() != nil {
		return plan.Observation{}, ctx.Err()
	}
	switch {
	case err == nil:
		p.alive.Store(1)
	case isNotFound(err):
		p.alive.Store(1)
		return plan.Observation{Read: true, NotFound: true}, nil
	case problem(err) == bce.AccountProblem:
		return plan.Observation{}, &AccountError{Err: err}
	default:
		if problem(err) == bce.Transient {
			p.failures.Add(1)
		}
		return plan.Observation{Problem: err.Error()}, nil
	}
	seen := plan.Observation{
		Read: true, Name: s.Name, Status: s.Status, Busy: s.Busy,
		Payment: s.Payment, Prepaid: s.Prepaid, Dedicated: s.Dedicated,
		AutoRenew: autoRenew(s.AutoRenew), Expiry: s.Expiry,
	}
	if rec, ok := o.history[ledger.Key{
		Region: key.Region, Kind: string(key.Kind), ID: key.ID, Baseline: s.Expiry.UTC(),
	}]; ok {
		seen.Attempt, seen.Open = rec.Attempt, openReason(rec)
	}
	return seen, nil
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
	case ledger.Verified, ledger.Already, ledger.Deviates, ledger.Bought:
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

func retryAfter(err error) time.Duration {
	if be, ok := errors.AsType[*bce.Error](err); ok {
		return be.RetryAfter
	}
	return 0
}
