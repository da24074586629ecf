package ledger

import (
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
)

// TestWhatFailsInABatchLeavesNothingAndTakesNothingWithIt makes many claims and intents at
// once, two of five of which fail, one after its update: each good one is whole.
func TestWhatFailsInABatchLeavesNothingAndTakesNothingWithIt(t *testing.T) {
	l, err := OpenSQLite(filepath.Join(t.TempDir(), "ledger.db"), SQLiteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	r, err := l.Begin(t.Context(), RunInfo{Cloud: "c", Who: "me@here"})
	if err != nil {
		t.Fatal(err)
	}
	var g sync.WaitGroup
	for i := range 400 {
		g.Go(func() {
			c := someClaim(fmt.Sprintf("v-%d", i))
			if i%5 == 0 {
				c.Attempt = 3
			}
			_, owned, err := r.Claim(t.Context(), c)
			if (i%5 == 0) != errors.Is(err, ErrAttempt) || owned == (i%5 == 0) {
				t.Errorf("claim %d: got owned %v, %v", i, owned, err)
			}
			if i%5 == 0 {
				return
			}
			n := 1
			if i%5 == 1 {
				n = 2 // not the next: ErrTry, after its UPDATE of state
			}
			err = r.Intend(t.Context(), c.Key, Try{Number: n, Token: c.Token, BodyDigest: "x"})
			if (i%5 == 1) != errors.Is(err, ErrTry) {
				t.Errorf("intent %d: got %v", i, err)
			}
			rec, err := l.Get(t.Context(), c.Key)
			want, tries := Sending, 1
			if i%5 == 1 {
				want, tries = Claimed, 0
			}
			if err != nil || rec.State != want || len(rec.Tries) != tries {
				t.Errorf("record %d: got %s with %d tries, %v; want %s with %d", i, rec.State, len(rec.Tries), err, want, tries)
			}
		})
	}
	g.Wait()
	if rs, err := l.Records(t.Context(), ""); err != nil || len(rs) != 320 {
		t.Errorf("got %d records, %v; want 320", len(rs), err)
	}
}
