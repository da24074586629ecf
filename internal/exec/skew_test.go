package exec

import (
	"testing"
	"testing/synctest"
	"time"

	"renewplan/internal/bce/sandbox"
	"renewplan/internal/plan"
)

// TestARequestIsDeadWhenItsRowIsSentAgainWhateverTheClockSays: a request is held
// up on its way until its row has been settled and sent again, under a cloud that
// honours no token. Only the signature stands between the two, and it lives by
// the cloud's clock.
func TestARequestIsDeadWhenItsRowIsSentAgainWhateverTheClockSays(t *testing.T) {
	for _, ahead := range []time.Duration{0, -20 * time.Second, -10 * time.Minute, -40 * time.Minute, 10 * time.Minute} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, sandbox.Config{Fleet: fleetOf(1)[3:]})
			p := w.plan()
			err := w.sb.SetFaults(sandbox.Faults{
				Skew:    sandbox.Duration(ahead),
				Chance:  map[sandbox.Fault]float64{sandbox.TokenIgnored: 1},
				Script:  []sandbox.Step{{Faults: []sandbox.Fault{sandbox.Delayed, sandbox.TokenIgnored}}},
				DelayBy: sandbox.Duration(4 * time.Minute),
			})
			if err != nil {
				t.Fatal(err)
			}
			rep := w.run(p)
			time.Sleep(time.Hour)
			if got := w.charges()["bj/vpn/vpn-0"]; got != 1 || rep.Results[0].Outcome != plan.Verified {
				t.Errorf("the cloud's clock ahead by %v: got %d charges, %q; want 1, verified", ahead, got, rep.Results[0].Outcome)
			}
		})
	}
}
