// Package ledgertest holds what every ledger must do, whatever it keeps its
// records in. A new backend is a ledger once Exercise passes on it.
//
// It looks through the interface only. What a backend does besides, such as how
// it survives a killed process or a full disk, is tested beside it.
package ledgertest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"renewplan/internal/ledger"
)

// Open makes an empty ledger and opens it. reopen opens the same record again, as
// another process would; it may be called while the first is open and after it was
// closed. The suite closes what it opened.
type Open func(t *testing.T) (first ledger.Ledger, reopen func() ledger.Ledger)

// Exercise runs the suite.
func Exercise(t *testing.T, open Open) {
	t.Helper()
	for _, group := range []struct {
		name  string
		tests []test
	}{
		{"claiming", claiming()},
		{"writing", writing()},
		{"reading", reading()},
		{"resolving", resolving()},
		{"ending", ending()},
		{"at the same time", concurrently()},
	} {
		t.Run(group.name, func(t *testing.T) {
			for _, tt := range group.tests {
				t.Run(tt.name, func(t *testing.T) {
					first, reopen := open(t)
					b := &bench{T: t, first: first, reopen: reopen}
					b.Cleanup(func() { b.close(first) })
					tt.run(b)
				})
			}
		})
	}
}

// test is one statement about every ledger.
type test struct {
	name string
	run  func(b *bench)
}

// bench is the workbench of a test: a ledger and short words for what is done to it.
type bench struct {
	*testing.T
	first  ledger.Ledger
	reopen func() ledger.Ledger
	keys   int
}

// baseline is the expiry that every renewal of the suite belongs to.
func baseline() time.Time { return time.Date(2026, 12, 31, 8, 0, 0, 0, time.UTC) }

// key makes a key that the test has not used.
func (b *bench) key() ledger.Key {
	b.keys++
	return numbered(b.keys)
}

func numbered(n int) ledger.Key {
	return ledger.Key{Cloud: "baidubce.com", Region: "bj", Kind: "vpn", ID: fmt.Sprintf("vpn-%06d", n), Baseline: baseline()}
}

// claim is a claim of a key with every field filled in.
func claim(k ledger.Key) ledger.Claim {
	return ledger.Claim{
		Key: k, Token: "token-of-" + k.ID, Months: 12,
		Expected: time.Date(2027, 12, 31, 8, 0, 0, 0, time.UTC), RelatedRenewFlag: "CDS_EIP", PlanDigest: "digest-1",
	}
}

// other is a later claim of the same key, by another plan.
func other(k ledger.Key) ledger.Claim {
	return ledger.Claim{Key: k, Token: "another-token", Months: 3, Expected: time.Date(2027, 3, 31, 8, 0, 0, 0, time.UTC), PlanDigest: "digest-2"}
}

// another opens the ledger once more, for the time of the test.
func (b *bench) another() ledger.Ledger {
	b.Helper()
	l := b.reopen()
	b.Cleanup(func() { b.close(l) })
	return l
}

func (b *bench) close(l ledger.Ledger) {
	if err := l.Close(); err != nil {
		b.Errorf("closing: got error %v; want none", err)
	}
}

// run begins a run that is ended with the test.
func (b *bench) run(l ledger.Ledger) ledger.Run {
	b.Helper()
	r, err := l.Begin(b.Context(), ledger.RunInfo{Cloud: "baidubce.com", PlanDigest: "digest-1", Who: "lena@desk"})
	if err != nil {
		b.Fatalf("beginning a run: got error %v; want none", err)
	}
	return r
}

// owns claims and fails the test unless the run owns the renewal then.
func (b *bench) owns(r ledger.Run, c ledger.Claim) ledger.Record {
	b.Helper()
	rec, owned, err := r.Claim(b.Context(), c)
	if err != nil || !owned {
		b.Fatalf("claiming %s: got owned %t, error %v; want it owned", c.ID, owned, err)
	}
	if rec.Run != r.ID() || !rec.Live {
		b.Errorf("a claimed record: got run %q, live %t; want %q, alive", rec.Run, rec.Live, r.ID())
	}
	return rec
}

// refusedTo claims and fails the test if the run owns the renewal then.
func (b *bench) refusedTo(r ledger.Run, c ledger.Claim) ledger.Record {
	b.Helper()
	before := b.get(b.first, c.Key)
	rec, owned, err := r.Claim(b.Context(), c)
	if err != nil || owned {
		b.Fatalf("claiming %s: got owned %t, error %v; want it not owned, without an error", c.ID, owned, err)
	}
	b.same("the record told to the other run", rec, before)
	b.same("the record afterwards", b.get(b.first, c.Key), before)
	return rec
}

// intend writes an intent and fails the test if that does not work.
func (b *bench) intend(r ledger.Run, k ledger.Key, number int) {
	b.Helper()
	if err := r.Intend(b.Context(), k, ledger.Try{Number: number, BodyDigest: "body"}); err != nil {
		b.Fatalf("intending try %d of %s: got error %v; want none", number, k.ID, err)
	}
}

// record writes an update and fails the test if that does not work.
func (b *bench) record(r ledger.Run, u ledger.Update) {
	b.Helper()
	if err := r.Record(b.Context(), u); err != nil {
		b.Fatalf("recording %q of %s: got error %v; want none", u.State, u.ID, err)
	}
}

// end ends a run, so that it is dead to everyone else.
func (b *bench) end(r ledger.Run) {
	b.Helper()
	if err := r.End(b.Context()); err != nil {
		b.Fatalf("ending a run: got error %v; want none", err)
	}
}

func (b *bench) get(l ledger.Ledger, k ledger.Key) ledger.Record {
	b.Helper()
	rec, err := l.Get(b.Context(), k)
	if err != nil {
		b.Fatalf("reading %s: got error %v; want none", k.ID, err)
	}
	return rec
}

// fails fails the test unless err is want.
func (b *bench) fails(doing string, err, want error) {
	b.Helper()
	if !errors.Is(err, want) {
		b.Errorf("%s: got error %v; want %v", doing, err, want)
	}
}

// same compares records, or parts of them.
func (b *bench) same(what string, got, want any) {
	b.Helper()
	if !reflect.DeepEqual(got, want) {
		b.Errorf("%s:\ngot  %+v\nwant %+v", what, got, want)
	}
}

// cancelled is a context that has ended.
func (b *bench) cancelled() context.Context {
	ctx, cancel := context.WithCancel(b.Context())
	cancel()
	return ctx
}
