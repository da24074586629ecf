//go:build unix

package chaos

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// draw is the source of what is drawn for one test: the same for the same seed and
// name.
func draw(t *testing.T) *rand.Rand {
	t.Helper()
	name := uint64(14695981039346656037)
	for _, b := range []byte(t.Name()) {
		name = (name ^ uint64(b)) * 1099511628211
	}
	return rand.New(rand.NewPCG(*seed, name))
}

// size is a number from the command line, or else the small one.
func size(flag *int, small int) int {
	if *flag > 0 {
		return *flag
	}
	return small
}

// TestKillsAtRandomTimes kills the released program whenever, while the cloud
// misbehaves, and applies the plan again until it is done.
func TestKillsAtRandomTimes(t *testing.T) {
	t.Parallel()
	const trouble = "slow=0.5,slow-by=20ms,lost-request=0.02,lost-answer=0.02,5xx-before=0.02,5xx-after=0.02,reset-after=0.02,html-after=0.02,cut-body=0.02"
	for _, tt := range []struct {
		name, faults string
		settle       time.Duration
		more         []string
		late         bool // half of the renewals show an hour later
		big          bool // only on demand: it takes long
	}{
		{name: "tokens are honoured", faults: trouble, settle: 500 * time.Millisecond},
		{
			name: "tokens are ignored, renewals show late, and nothing is sent again", faults: trouble + ",token-ignored=1,late=0.5,late-by=1h",
			settle: 500 * time.Millisecond, more: []string{"--no-resend", "--verify-timeout", "1s"}, late: true,
		},
		{name: "tokens are ignored and a renewal shows in time", faults: trouble + ",token-ignored=1", settle: 15 * time.Second, big: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if tt.big && *kills == 0 {
				t.Skip("only with -kills N: it waits for renewals that never left")
			}
			rng := draw(t)
			n, wanted := size(rows, 150), size(kills, 15)
			w := newWorld(t, n, "--faults", tt.faults, "--seed", fmt.Sprint(*seed))
			w.settle, w.more = tt.settle, tt.more
			w.plan(t, "a.plan.json", "spec.json", "ledger.db")
			killed := 0
			for range wanted {
				p := start(t, w.command(t, released(t), w.apply("a.plan.json", "ledger.db")...))
				w.until(t, w.purchases(t)+rng.IntN(1+n/wanted), p)
				p.after(time.Duration(rng.Int64N(int64(30*time.Millisecond))), p.kill)
				if status := p.wait(t); p.wasKilled() {
					killed++
				} else if status != 0 && status != 5 {
					t.Fatalf("a run that was not killed: got exit status %d; want 0 or 5\n%s", status, p.stderr)
				}
				w.check(t, fmt.Sprintf("after kill %d", killed), "ledger.db")
			}
			if tt.late {
				w.later(t, "2h")
				w.faults(t, trouble+",token-ignored=1")
			}
			resolved := w.finish(t, "ledger.db")
			t.Logf("%d rows, %d kills, %d requests to buy, %d charges: 0 double, 0 lost (%d resolved by a person)",
				n, killed, w.purchases(t), len(w.charges(t)), resolved)
		})
	}
}
