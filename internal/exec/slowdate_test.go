package exec

import (
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"renewplan/internal/bce"
	"renewplan/internal/bce/sandbox"
	"renewplan/internal/plan"
)

// slowDate is a front whose Date is behind the clock that judges signatures.
type slowDate struct {
	http.RoundTripper
	by    time.Duration
	reads bool // only the nodes that serve reads
}

func (s slowDate) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := s.RoundTripper.RoundTrip(r)
	if err == nil && !(s.reads && r.Method == http.MethodPut) {
		if date, e := http.ParseTime(resp.Header.Get("Date")); e == nil {
			resp.Header.Set("Date", date.Add(-s.by).Format(http.TimeFormat))
		}
	}
	return resp, err
}

// TestTwoWrongClocksDoNotPayTwice has this machine's clock ahead, and a Date that is
// behind, so that neither can be signed by, while tokens are ignored and a request
// arrives late.
func TestTwoWrongClocksDoNotPayTwice(t *testing.T) {
	for _, by := range []time.Duration{0, 50 * time.Second, 2 * time.Minute} {
		t.Run("a Date that is behind by "+by.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, sandbox.Config{Fleet: fleetOf(1)[3:]})
				p := w.plan()
				if err := w.sb.SetFaults(sandbox.Faults{
					Skew:    sandbox.Duration(-10 * time.Minute), // ours is ten minutes ahead
					Chance:  map[sandbox.Fault]float64{sandbox.TokenIgnored: 1},
					Script:  []sandbox.Step{{Faults: []sandbox.Fault{sandbox.Delayed, sandbox.TokenIgnored}, Times: 2}},
					DelayBy: sandbox.Duration(4 * time.Minute),
				}); err != nil {
					t.Fatal(err)
				}
				c, err := bce.New(bce.Config{
					Credentials: bce.Credentials{AccessKeyID: sandbox.AccessKeyID, SecretAccessKey: sandbox.SecretAccessKey},
					Transport:   slowDate{w.sb.Transport(), by, false},
				})
				if err != nil {
					t.Fatal(err)
				}
				w.cfg.Cloud = c
				w.run(p)
				<-time.After(time.Hour) // for what is delayed
				w.wantCharges(1)
			})
		})
	}
}

// TestADateThatIsBehindStopsNothing has this machine's clock right, and all Dates
// wrong, or those of the nodes that serve reads.
func TestADateThatIsBehindStopsNothing(t *testing.T) {
	for _, front := range []slowDate{{by: 90 * time.Second}, {by: 3 * time.Minute}, {by: 10 * time.Minute}, {by: 10 * time.Minute, reads: true}} {
		t.Run(fmt.Sprintf("by %v, of reads only: %v", front.by, front.reads), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, sandbox.Config{Fleet: fleetOf(10)})
				p := w.plan()
				front.RoundTripper = w.sb.Transport()
				c, err := bce.New(bce.Config{
					Credentials: bce.Credentials{AccessKeyID: sandbox.AccessKeyID, SecretAccessKey: sandbox.SecretAccessKey},
					Transport:   front,
				})
				if err != nil {
					t.Fatal(err)
				}
				w.cfg.Cloud = c
				w.wantAll(w.run(p), plan.Verified)
				w.wantCharges(1)
			})
		})
	}
}
