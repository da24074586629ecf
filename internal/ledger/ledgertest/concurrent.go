package ledgertest

import (
	"renewplan/internal/ledger"
)

// concurrently holds what is promised to many at once.
func concurrently() []test {
	return []test{
		{"of two handles that claim 500 renewals each one gets each", claimRace},
		{"of many runs that want a dead run's renewals each gets its own", takeoverRace},
		{"writes that fail leave the others alone", mixedWrites},
	}
}

// all runs f for 0 to n-1 at the same time and waits.
func all(n int, f func(i int)) {
	done := make(chan struct{})
	for i := range n {
		go func() {
			defer func() { done <- struct{}{} }()
			f(i)
		}()
	}
	for range n {
		<-done
	}
}

func claimRace(b *bench) {
	const keys, workers = 500, 8
	runs := []ledger.Run{b.run(b.first), b.run(b.another())}
	granted := make([][]string, len(runs)*workers)
	all(len(granted), func(i int) {
		r := runs[i%len(runs)]
		for n := i / len(runs); n < keys; n += workers {
			rec, owned, err := r.Claim(b.Context(), claim(numbered(n)))
			if err != nil {
				b.Errorf("claiming: got error %v; want none", err)
				return
			}
			if owned {
				granted[i] = append(granted[i], rec.ID)
			} else if rec.Run == r.ID() || !rec.Live {
				b.Errorf("a claim that lost: got run %q, live %t; want the other one, alive", rec.Run, rec.Live)
			}
		}
	})
	b.once(granted, keys)
}

func takeoverRace(b *bench) {
	const keys, takers = 60, 6
	l := b.reopen()
	r := b.run(l)
	for range keys {
		b.left(ledger.Unknown, r)
	}
	b.close(l)
	granted := make([][]string, takers)
	ledgers := []ledger.Ledger{b.first, b.another(), b.another()}
	runs := make([]ledger.Run, takers)
	for i := range runs {
		runs[i] = b.run(ledgers[i%len(ledgers)])
	}
	all(takers, func(i int) {
		for n := 1; n <= keys; n++ {
			rec, owned, err := runs[i].Claim(b.Context(), claim(numbered(n)))
			if err != nil {
				b.Errorf("claiming: got error %v; want none", err)
				return
			}
			if owned {
				granted[i] = append(granted[i], rec.ID)
			}
		}
	})
	b.once(granted, keys)
}

// once fails the test unless each of so many renewals was granted once.
func (b *bench) once(granted [][]string, keys int) {
	b.Helper()
	times := map[string]int{}
	total := 0
	for _, ids := range granted {
		for _, id := range ids {
			times[id]++
			total++
		}
	}
	if total != keys || len(times) != keys {
		b.Errorf("grants: got %d of %d renewals; want %d of %d", total, len(times), keys, keys)
	}
}

func mixedWrites(b *bench) {
	mine, theirs := b.run(b.first), b.run(b.another())
	const keys = 64
	for n := range keys {
		if n%2 == 0 {
			b.owns(mine, claim(numbered(n)))
		} else {
			b.owns(theirs, claim(numbered(n)))
		}
	}
	all(keys, func(n int) {
		err := mine.Intend(b.Context(), numbered(n), ledger.Try{Number: 1})
		if n%2 == 0 && err != nil {
			b.Errorf("intending what is its own: got error %v; want none", err)
		}
		if n%2 == 1 {
			b.fails("intending what is another's", err, ledger.ErrNotOwner)
		}
	})
	for n := range keys {
		if got, want := len(b.get(b.first, numbered(n)).Tries), 1-n%2; got != want {
			b.Errorf("the tries of %s: got %d; want %d", numbered(n).ID, got, want)
		}
	}
}
