package sandbox_test

import (
	"testing"
	"testing/synctest"
	"time"

	"renewplan/internal/bce"
	"renewplan/internal/bce/sandbox"
)

// TestASignatureLivesByTheCloudsClock: whatever this machine's clock says, a
// request that was looked for before it was sent, and is delayed for longer than
// its signature is to live, buys nothing; and renewals work.
func TestASignatureLivesByTheCloudsClock(t *testing.T) {
	const life = 50 * time.Second // inBubble's time-out and 30 s
	for _, c := range []struct {
		name  string
		ahead time.Duration // of the cloud's clock, of ours
		holds bool          // still, 10 s before its life is over
	}{
		{"the clocks agree", 0, true},
		{"ours is 2 s ahead, which is let be", -2 * time.Second, true},
		{"ours is 20 s ahead", -20 * time.Second, true},
		{"ours is 10 min ahead", -10 * time.Minute, true},
		{"ours is 40 min ahead, which the cloud refuses", -40 * time.Minute, true},
		{"ours is 20 s behind: nothing is lost but some of its life", 20 * time.Second, false},
		{"ours is 10 min behind, which the cloud refuses", 10 * time.Minute, true},
		{"ours is 30 h behind", 30 * time.Hour, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			for delay, charges := range map[time.Duration]int{
				life - 10*time.Second: map[bool]int{true: 1}[c.holds],
				life + 3*time.Second:  0,
			} {
				synctest.Test(t, func(t *testing.T) {
					f := sandbox.Faults{Skew: sandbox.Duration(c.ahead)}
					s, client := inBubble(t, f)
					r := vpnRenewal(t)
					if _, err := client.Read(t.Context(), r.Region, r.Kind, r.ID); err != nil {
						t.Fatal(err)
					}
					f.Script, f.DelayBy = []sandbox.Step{once(sandbox.Delayed)}, sandbox.Duration(delay)
					if err := s.SetFaults(f); err != nil {
						t.Fatal(err)
					}
					if a := client.Renew(t.Context(), r); a.Class != bce.Unknown {
						t.Fatalf("got %v (%s); want it unknown", a.Class, a)
					}
					time.Sleep(time.Hour)
					wantCharges(t, s, charges)
					r.ClientToken = "token-2"
					if a := client.Renew(t.Context(), r); a.Class != bce.Accepted {
						t.Errorf("got %v (%s) for another; want it accepted", a.Class, a)
					}
				})
			}
		})
	}
}
