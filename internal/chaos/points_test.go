//go:build unix

package chaos

import (
	"fmt"
	"testing"

	"renewplan/internal/faultpoint"
	"renewplan/internal/ledger"
)

// afterPoint is what must be true when the first renewal of all was killed at a
// point, with others claimed at the most.
var afterPoint = map[faultpoint.Point]struct {
	state ledger.State
	tries int
	// charged is how often the resource may have been charged by then.
	least, most int
}{
	faultpoint.AfterClaim:    {ledger.Claimed, 0, 0, 0},
	faultpoint.BeforeIntent:  {ledger.Claimed, 0, 0, 0},
	faultpoint.AfterIntent:   {ledger.Sending, 1, 0, 0},
	faultpoint.BeforeSend:    {ledger.Sending, 1, 0, 0},
	faultpoint.AfterSend:     {ledger.Sending, 1, 0, 1},
	faultpoint.MidAnswer:     {ledger.Sending, 1, 1, 1},
	faultpoint.BeforeOutcome: {ledger.Sending, 1, 1, 3}, // its place has gone to the next rows
	faultpoint.AfterOutcome:  {ledger.Accepted, 1, 1, 4},
}

// TestKillsAtEveryPoint kills apply at every point, the first time that it gets
// there and later, and applies the plan again until it is done.
func TestKillsAtEveryPoint(t *testing.T) {
	t.Parallel()
	for _, point := range faultpoint.Points() {
		t.Run(string(point), func(t *testing.T) {
			t.Parallel()
			rng := draw(t)
			wanted := size(kills, 36) / len(faultpoint.Points())
			w := newWorld(t, size(rows, 288)/len(faultpoint.Points()))
			w.plan(t, "a.plan.json", "spec.json", "ledger.db")
			killed := 0
			for round := range wanted {
				nth, more := 1, []string{"--parallelism", "1"}
				if round > 0 {
					nth, more = 1+rng.IntN(2*len(w.fleet)/wanted), nil
				}
				cmd := w.command(t, withPoints(t), w.apply("a.plan.json", "ledger.db", more...)...)
				cmd.Env = append(cmd.Env, fmt.Sprintf("%s=%s:%d", faultpoint.Variable, point, nth))
				p := start(t, cmd)
				status := p.wait(t)
				if p.wasKilled() {
					killed++
				} else if round == 0 || status != 0 && status != 5 {
					t.Fatalf("the %d. passage of %s: got exit status %d; want it killed\n%s", nth, point, status, p.stderr)
				}
				w.check(t, fmt.Sprintf("killed at passage %d of %s", nth, point), "ledger.db")
				if want, ok := afterPoint[point]; ok && round == 0 {
					recs, charges := w.records(t, "ledger.db"), len(w.charges(t))
					if !stoodAt(recs, want.state, want.tries) || charges < want.least || charges > want.most {
						t.Errorf("killed at %s: got records %s and %d charges; want one %q with %d tries, none further, and %d to %d charges",
							point, outline(recs), charges, want.state, want.tries, want.least, want.most)
					}
				}
			}
			resolved := w.finish(t, "ledger.db")
			t.Logf("%d rows, %d kills, %d charges: 0 double, 0 lost (%d resolved by a person)", len(w.fleet), killed, len(w.charges(t)), resolved)
		})
	}
}

// stoodAt reports whether a run of one row at a time was killed when a row had come
// to a state, and no row any further. Intents are written ahead, and outcomes while
// the next requests are out: so some rows more may be on their way.
func stoodAt(recs []ledger.Record, state ledger.State, tries int) bool {
	there, onTheWay := 0, 0
	for _, r := range recs {
		switch {
		case r.State == state && len(r.Tries) == tries:
			there++
		case r.State == ledger.Claimed && len(r.Tries) == 0:
		case r.State == ledger.Sending && len(r.Tries) == 1 && state != ledger.Claimed:
			onTheWay++
		default:
			return false
		}
	}
	if state == ledger.Claimed {
		return there > 0
	}
	return there > 0 && there+onTheWay <= 5
}
