package exec

import (
	"testing"
	"testing/synctest"
	"time"

	"renewplan/internal/bce"
	"renewplan/internal/bce/sandbox"
)

// TestALookThatBeganTooSoonSettlesNothing: the explorer's shortest schedule
// against a settle time that was judged by when a look came in. A look that
// began before the settle time was over, and whose answer came after it, must
// not lead to a resend: the purchase may have shown in between.
func TestALookThatBeganTooSoonSettlesNothing(t *testing.T) {
	vpn, _ := bce.KindByName("vpn")
	for shows := 100 * time.Second; shows < DefaultSettleTimeout(time.Minute, vpn); shows += time.Second {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, sandbox.Config{Fleet: fleetOf(1)[3:]})
			p := w.plan()
			err := w.sb.SetFaults(sandbox.Faults{
				Chance: map[sandbox.Fault]float64{sandbox.ReadSlow: 1, sandbox.TokenIgnored: 1, sandbox.Late: 1},
				Script: []sandbox.Step{{Faults: []sandbox.Fault{sandbox.LostAnswer, sandbox.TokenIgnored, sandbox.Late}}},
				SlowBy: sandbox.Duration(12 * time.Second), LateBy: sandbox.Duration(shows),
			})
			if err != nil {
				t.Fatal(err)
			}
			w.run(p)
			if got := w.charges()["bj/vpn/vpn-0"]; got != 1 {
				t.Errorf("shown %v after the send: got %d charges; want 1", shows, got)
			}
		})
	}
}
