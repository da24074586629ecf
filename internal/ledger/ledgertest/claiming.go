package ledgertest

import (
	"time"

	"renewplan/internal/ledger"
)

// claiming holds the table of ledger.Run.Claim, row by row.
func claiming() []test {
	tests := []test{
		{"a new renewal is made as it was claimed", claimNew},
		{"a claim whose attempt is not the record's is refused", claimAttempt},
		{"a claim that could not be sent is refused", claimInvalid},
		{"the same instant in another zone is the same renewal", claimZone},
		{"every part of the key tells renewals apart", claimKeys},
		{"a cancelled claim claims nothing", claimCancelled},
	}
	for _, s := range []ledger.State{ledger.Refused, ledger.Stale, ledger.NotBought, ledger.Unsent} {
		tests = append(tests,
			test{"a " + string(s) + " renewal is free for another run", func(b *bench) { claimFree(b, s, false) }},
			test{"a " + string(s) + " renewal is free for the run that left it so", func(b *bench) { claimFree(b, s, true) }})
	}
	for _, s := range []ledger.State{
		ledger.Claimed, ledger.Sending, ledger.Unknown, ledger.Accepted, ledger.Deviates, ledger.Unverified, ledger.Unresolved,
	} {
		tests = append(tests,
			test{"a " + string(s) + " renewal of a dead run passes on", func(b *bench) { claimOpen(b, s) }},
			test{"a " + string(s) + " renewal of a live run stays with it", func(b *bench) { claimLive(b, s) }},
			test{"a " + string(s) + " renewal is the run's own still", func(b *bench) { claimOwn(b, s) }})
	}
	for _, s := range []ledger.State{ledger.Verified, ledger.Already, ledger.Conflict, ledger.Bought} {
		tests = append(tests, test{"a " + string(s) + " renewal is nobody's any more", func(b *bench) { claimFinished(b, s) }})
	}
	return tests
}

func claimNew(b *bench) {
	r := b.run(b.first)
	c := claim(b.key())
	rec := b.owns(r, c)
	if rec.Updated.IsZero() {
		b.Error("Updated: got no time; want when it was claimed")
	}
	b.same("a new record", rec, ledger.Record{
		Key: c.Key, State: ledger.Claimed, Token: c.Token, Months: c.Months, Expected: c.Expected,
		RelatedRenewFlag: c.RelatedRenewFlag, PlanDigest: c.PlanDigest,
		Run: r.ID(), Who: "lena@desk", Live: true, Updated: rec.Updated,
	})
	b.same("the record read by another handle", b.get(b.another(), c.Key), rec)
}

func claimAttempt(b *bench) {
	r := b.run(b.first)
	c := claim(b.key())
	c.Attempt = 1
	_, owned, err := r.Claim(b.Context(), c)
	b.fails("claiming attempt 1 of nothing", err, ledger.ErrAttempt)
	if owned {
		b.Error("claiming attempt 1 of nothing: got it owned; want not")
	}
	_, err = b.first.Get(b.Context(), c.Key)
	b.fails("reading what was refused", err, ledger.ErrNotFound)

	k := b.left(ledger.NotBought, r)
	r = b.run(b.another())
	for _, attempt := range []int{0, 2} {
		c := other(k)
		c.Attempt = attempt
		before := b.get(b.first, k)
		rec, owned, err := r.Claim(b.Context(), c)
		b.fails("claiming another attempt", err, ledger.ErrAttempt)
		if owned {
			b.Error("claiming another attempt: got it owned; want not")
		}
		b.same("the record returned with the error", rec, before)
		b.same("the record afterwards", b.get(b.first, k), before)
	}
	done := b.left(ledger.Verified, r)
	c = claim(done)
	c.Attempt = 1
	_, _, err = r.Claim(b.Context(), c)
	b.fails("claiming attempt 1 of what is verified at 0", err, ledger.ErrAttempt)
}

func claimInvalid(b *bench) {
	r := b.run(b.first)
	for name, spoil := range map[string]func(*ledger.Claim){
		"no cloud":             func(c *ledger.Claim) { c.Cloud = "" },
		"no region":            func(c *ledger.Claim) { c.Region = "" },
		"no kind":              func(c *ledger.Claim) { c.Kind = "" },
		"no id":                func(c *ledger.Claim) { c.ID = "" },
		"no baseline":          func(c *ledger.Claim) { c.Baseline = time.Time{} },
		"part of a second":     func(c *ledger.Claim) { c.Baseline = c.Baseline.Add(time.Millisecond) },
		"no clientToken":       func(c *ledger.Claim) { c.Token = "" },
		"no months":            func(c *ledger.Claim) { c.Months = 0 },
		"an attempt below nil": func(c *ledger.Claim) { c.Attempt = -1 },
	} {
		c := claim(b.key())
		spoil(&c)
		if _, owned, err := r.Claim(b.Context(), c); err == nil || owned {
			b.Errorf("claiming with %s: got owned %t, error %v; want an error", name, owned, err)
		}
	}
	if recs, err := b.first.Records(b.Context(), ""); err != nil || len(recs) != 0 {
		b.Errorf("the records: got %v, error %v; want none", recs, err)
	}
}

func claimZone(b *bench) {
	c := claim(b.key())
	b.owns(b.run(b.first), c)
	c.Baseline = c.Baseline.In(time.FixedZone("UTC+8", 8*60*60))
	rec := b.refusedTo(b.run(b.another()), c)
	if rec.Baseline != baseline() {
		b.Errorf("the baseline: got %v; want %v, in UTC", rec.Baseline, baseline())
	}
}

func claimKeys(b *bench) {
	r := b.run(b.first)
	k := b.key()
	for _, change := range []func(*ledger.Key){
		func(*ledger.Key) {},
		func(k *ledger.Key) { k.Cloud = "sandbox" },
		func(k *ledger.Key) { k.Region = "gz" },
		func(k *ledger.Key) { k.Kind = "nat" },
		func(k *ledger.Key) { k.ID = "VPN-000001" },
		func(k *ledger.Key) { k.Baseline = k.Baseline.Add(time.Second) },
	} {
		changed := k
		change(&changed)
		b.owns(r, claim(changed))
	}
	if recs, err := b.first.Records(b.Context(), ""); err != nil || len(recs) != 6 {
		b.Errorf("the records: got %d, error %v; want 6", len(recs), err)
	}
}

func claimCancelled(b *bench) {
	r := b.run(b.first)
	c := claim(b.key())
	if _, owned, err := r.Claim(b.cancelled(), c); err == nil || owned {
		b.Errorf("claiming with an ended context: got owned %t, error %v; want an error", owned, err)
	}
	_, err := b.first.Get(b.Context(), c.Key)
	b.fails("reading what was not claimed", err, ledger.ErrNotFound)
}

// left makes a renewal that run r, and at times a person, leaves in state s: with
// one try, and with every field of an outcome filled in.
func (b *bench) left(s ledger.State, r ledger.Run) ledger.Key {
	b.Helper()
	k := b.key()
	b.owns(r, claim(k))
	b.intend(r, k, 1)
	if s == ledger.Sending {
		return k
	}
	written := s
	if s == ledger.Bought || s == ledger.NotBought {
		written = ledger.Unresolved
	}
	b.record(r, ledger.Update{
		Key: k, State: written, After: baseline().AddDate(1, 0, 0), OrderID: "order", RequestID: "request", Code: "Code", HTTPStatus: 500, Note: "note",
		Try: ledger.Try{Number: 1, Outcome: "unknown", RequestID: "request"},
	})
	if s == written {
		return k
	}
	b.end(r)
	err := b.first.Resolve(b.Context(), k, ledger.Resolution{Bought: s == ledger.Bought, Reason: "seen in the console", Who: "lena@desk"})
	if err != nil {
		b.Fatalf("resolving: got error %v; want none", err)
	}
	return k
}

func claimFree(b *bench, s ledger.State, own bool) {
	before := b.run(b.first)
	k := b.left(s, before)
	left := b.get(b.first, k)
	r := b.run(b.another())
	if own && s != ledger.NotBought { // which only a dead run's can be
		r = before
	}
	c := other(k)
	c.Attempt = left.Attempt
	rec := b.owns(r, c)
	b.same("a record claimed anew", rec, ledger.Record{
		Key: k, State: ledger.Claimed, Attempt: left.Attempt, Token: c.Token, Months: c.Months, Expected: c.Expected, PlanDigest: c.PlanDigest,
		Run: r.ID(), Who: "lena@desk", Live: true, Updated: rec.Updated, Tries: left.Tries, Resolution: left.Resolution,
	})
	b.same("the record read by another handle", b.get(b.another(), k), rec)
}

func claimOpen(b *bench, s ledger.State) {
	dead := b.run(b.first)
	k := b.left(s, dead)
	left := b.get(b.first, k)
	b.end(dead)
	if rec := b.get(b.first, k); rec.Live {
		b.Error("the record of an ended run: got it alive; want dead")
	}
	r := b.run(b.another())
	rec := b.owns(r, other(k))
	want := left // as it stands
	want.Run, want.Updated = r.ID(), rec.Updated
	if s == ledger.Claimed {
		c := other(k)
		want = ledger.Record{
			Key: k, State: ledger.Claimed, Token: c.Token, Months: c.Months, Expected: c.Expected, PlanDigest: c.PlanDigest,
			Run: r.ID(), Who: "lena@desk", Live: true, Updated: rec.Updated, Tries: left.Tries,
		}
	}
	b.same("a record taken over", rec, want)
	b.same("the record read by another handle", b.get(b.first, k), rec)
	b.intend(r, k, 2)
}

func claimLive(b *bench, s ledger.State) {
	owner := b.run(b.first)
	k := b.left(s, owner)
	rec := b.refusedTo(b.run(b.another()), other(k))
	if !rec.Live || rec.Run != owner.ID() {
		b.Errorf("the record of a live run: got run %q, live %t; want %q, alive", rec.Run, rec.Live, owner.ID())
	}
	b.refusedTo(b.run(b.first), other(k)) // of the same handle, too
	b.intend(owner, k, 2)
}

func claimOwn(b *bench, s ledger.State) {
	r := b.run(b.first)
	k := b.left(s, r)
	left := b.get(b.first, k)
	rec := b.owns(r, claim(k))
	if s == ledger.Claimed { // nothing is under way, so it starts over
		if rec.State != ledger.Claimed || rec.Note != "" {
			b.Errorf("its own record, claimed again: got state %q, note %q; want %q and none", rec.State, rec.Note, ledger.Claimed)
		}
		return
	}
	b.same("its own record, claimed again", rec, left)
}

func claimFinished(b *bench, s ledger.State) {
	r := b.run(b.first)
	k := b.left(s, r)
	if s != ledger.Bought { // which only a dead run's can be
		if rec := b.refusedTo(b.run(b.another()), other(k)); !rec.Live {
			b.Error("the finished record of a live run: got it dead; want alive")
		}
		b.refusedTo(r, claim(k))
		b.end(r)
	}
	if rec := b.refusedTo(b.run(b.another()), other(k)); rec.Live || rec.State != s {
		b.Errorf("the finished record of a dead run: got state %q, live %t; want %q, dead", rec.State, rec.Live, s)
	}
}
