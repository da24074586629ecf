package ledgertest

import (
	"renewplan/internal/ledger"
)

// ending holds what End and Close promise.
func ending() []test {
	return []test{
		{"every run has another id", endIDs},
		{"an ended run writes nothing more", endRun},
		{"a closed ledger does nothing more", endLedger},
		{"closing a ledger ends the hold of its runs", endHold},
		{"what was written is there when it is opened again", endReopened},
	}
}

func endIDs(b *bench) {
	seen := map[string]bool{}
	for _, l := range []ledger.Ledger{b.first, b.another(), b.first} {
		id := b.run(l).ID()
		if id == "" || seen[id] {
			b.Errorf("the id of a run: got %q; want a new one", id)
		}
		seen[id] = true
	}
}

func endRun(b *bench) {
	r := b.run(b.first)
	k := b.left(ledger.Unknown, r)
	b.end(r)
	before := b.get(b.first, k)
	_, owned, err := r.Claim(b.Context(), claim(b.key()))
	b.fails("claiming", err, ledger.ErrClosed)
	if owned {
		b.Error("claiming: got it owned; want not")
	}
	b.fails("intending", r.Intend(b.Context(), k, ledger.Try{Number: 2}), ledger.ErrClosed)
	b.fails("recording", r.Record(b.Context(), ledger.Update{Key: k, State: ledger.Verified}), ledger.ErrClosed)
	b.end(r) // again
	b.same("the record afterwards", b.get(b.first, k), before)
}

func endLedger(b *bench) {
	l := b.reopen()
	r := b.run(l)
	k := b.left(ledger.Unknown, r)
	b.close(l)
	b.close(l) // again
	_, err := l.Begin(b.Context(), ledger.RunInfo{})
	b.fails("beginning", err, ledger.ErrClosed)
	_, err = l.Records(b.Context(), "")
	b.fails("reading all", err, ledger.ErrClosed)
	_, err = l.Get(b.Context(), k)
	b.fails("reading one", err, ledger.ErrClosed)
	b.fails("resolving", l.Resolve(b.Context(), k, ledger.Resolution{}), ledger.ErrClosed)
	_, _, err = r.Claim(b.Context(), claim(b.key()))
	b.fails("claiming", err, ledger.ErrClosed)
	b.fails("intending", r.Intend(b.Context(), k, ledger.Try{Number: 2}), ledger.ErrClosed)
	b.fails("recording", r.Record(b.Context(), ledger.Update{Key: k, State: ledger.Verified}), ledger.ErrClosed)
	b.fails("ending", r.End(b.Context()), ledger.ErrClosed)
}

func endHold(b *bench) {
	l := b.reopen()
	k := b.left(ledger.Accepted, b.run(l))
	if !b.get(b.first, k).Live {
		b.Error("the record before: got its run dead; want alive")
	}
	b.close(l)
	if b.get(b.first, k).Live {
		b.Error("the record afterwards: got its run alive; want dead")
	}
	b.owns(b.run(b.first), claim(k))
}

func endReopened(b *bench) {
	l := b.reopen()
	r := b.run(l)
	for _, s := range []ledger.State{ledger.Claimed, ledger.Sending, ledger.Verified, ledger.Deviates, ledger.Refused} {
		b.left(s, r)
	}
	b.end(r)
	before, err := l.Records(b.Context(), "")
	if err != nil || len(before) != 5 {
		b.Fatalf("reading: got %d records, error %v; want 5", len(before), err)
	}
	b.close(l)
	b.close(b.first)
	after, err := b.another().Records(b.Context(), "")
	if err != nil {
		b.Fatalf("reading again: got error %v; want none", err)
	}
	b.same("the records, opened again", after, before)
}
