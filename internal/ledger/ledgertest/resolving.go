package ledgertest

import (
	"fmt"
	"time"

	"renewplan/internal/ledger"
)

// resolving holds what Resolve promises.
func resolving() []test {
	return []test{
		{"bought settles a renewal", func(b *bench) { resolve(b, true) }},
		{"not bought frees a renewal for the next attempt", func(b *bench) { resolve(b, false) }},
		{"a renewal of a live run is not resolved", resolveLive},
		{"a renewal that is not as it was seen is not resolved", resolveChanged},
		{"the latest decision counts", resolveAgain},
	}
}

func resolve(b *bench, bought bool) {
	r := b.run(b.first)
	k := b.left(ledger.Unresolved, r)
	b.end(r)
	before := b.get(b.first, k)
	when := time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)
	res := ledger.Resolution{Bought: bought, Reason: "the console shows it", Who: "lena@desk", When: when}
	if err := b.another().Resolve(b.Context(), k, res); err != nil {
		b.Fatalf("resolving: got error %v; want none", err)
	}
	want := before
	want.State, want.Resolution = ledger.Bought, &res
	if !bought {
		want.State, want.Attempt = ledger.NotBought, 1
	}
	got := b.get(b.first, k)
	want.Updated = got.Updated
	b.same("the record afterwards", got, want)
}

func resolveLive(b *bench) {
	r := b.run(b.first)
	k := b.left(ledger.Unresolved, r)
	before := b.get(b.first, k)
	for _, l := range []ledger.Ledger{b.first, b.another()} {
		b.fails("resolving", l.Resolve(b.Context(), k, ledger.Resolution{Bought: true}), ledger.ErrNotOwner)
	}
	b.same("the record afterwards", b.get(b.first, k), before)
}

func resolveChanged(b *bench) {
	r := b.run(b.first)
	k := b.left(ledger.Unresolved, r)
	b.end(r)
	before := b.get(b.first, k)
	b.fails("resolving", b.first.Resolve(b.Context(), k, ledger.Resolution{Seen: ledger.Unknown}), ledger.ErrChanged)
	b.same("the record afterwards", b.get(b.first, k), before)
	if err := b.first.Resolve(b.Context(), k, ledger.Resolution{Seen: ledger.Unresolved}); err != nil {
		b.Errorf("resolving what is as it was seen: got error %v; want none", err)
	}
}

func resolveAgain(b *bench) {
	r := b.run(b.first)
	k := b.left(ledger.Unresolved, r)
	b.end(r)
	for i, bought := range []bool{false, false, true} {
		if err := b.first.Resolve(b.Context(), k, ledger.Resolution{Bought: bought, Reason: fmt.Sprint(i)}); err != nil {
			b.Fatalf("resolving: got error %v; want none", err)
		}
	}
	got := b.get(b.first, k)
	if got.State != ledger.Bought || got.Attempt != 2 {
		b.Errorf("the record: got state %q, attempt %d; want %q, 2", got.State, got.Attempt, ledger.Bought)
	}
	if res := got.Resolution; res == nil || !res.Bought || res.Reason != "2" || res.Attempt != 2 || res.When.IsZero() {
		b.Errorf("the resolution: got %+v; want the last one, of attempt 2, with a time", res)
	}
}
