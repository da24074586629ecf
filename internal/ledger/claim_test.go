package ledger

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestAFirstClaimIsReturnedAsItIsRead: it is not read back, which would cost more
// than writing it.
func TestAFirstClaimIsReturnedAsItIsRead(t *testing.T) {
	elsewhere := time.FixedZone("elsewhere", 8*60*60)
	for name, change := range map[string]func(*Claim){
		"plain":               func(*Claim) {},
		"with a related flag": func(c *Claim) { c.RelatedRenewFlag = "CDS_EIP" },
		"of unknown result":   func(c *Claim) { c.Expected = time.Time{} },
		"in another zone":     func(c *Claim) { c.Baseline, c.Expected = c.Baseline.In(elsewhere), c.Expected.In(elsewhere) },
	} {
		t.Run(name, func(t *testing.T) {
			l, err := OpenSQLite(filepath.Join(t.TempDir(), "ledger.db"), SQLiteOptions{})
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			r, err := l.Begin(t.Context(), RunInfo{Cloud: "c", Who: "me@here"})
			if err != nil {
				t.Fatal(err)
			}
			c := someClaim("vpn-1")
			change(&c)
			got, owned, err := r.Claim(t.Context(), c)
			if err != nil || !owned {
				t.Fatalf("claiming: got owned %v, error %v; want true, none", owned, err)
			}
			want, err := l.Get(t.Context(), c.Key)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("record (-read +returned):\n%s", diff)
			}
		})
	}
}
