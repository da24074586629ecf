//go:build unix

package chaos

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"
)

// resultOf reads what a run printed with -o json.
func resultOf(t *testing.T, p *process) (r struct {
	Totals struct{ Verified, Already, Conflict, Stale, Deviates, Unresolved, Earlier, Rows int }
},
) {
	t.Helper()
	if err := json.Unmarshal([]byte(p.stdout.String()), &r); err != nil {
		t.Fatalf("%s: %v\n%s", p, err, p.stderr)
	}
	return r
}

// runners starts a process for each list of arguments, all at about the same time.
func (w *world) runners(t *testing.T, args ...[]string) []*process {
	t.Helper()
	var all []*process
	for _, a := range args {
		all = append(all, start(t, w.command(t, released(t), a...)))
	}
	return all
}

// TestManyRunnersOfOnePlanAndOneLedgerBuyOnce has 2 to 16 processes apply the same
// plan with one ledger, and kills every third of them.
func TestManyRunnersOfOnePlanAndOneLedgerBuyOnce(t *testing.T) {
	t.Parallel()
	for _, n := range []int{2, 5, 16} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			rng := draw(t)
			w := newWorld(t, 48, "--faults", "slow=1,slow-by=50ms,lost-answer=0.05,5xx-after=0.05", "--seed", fmt.Sprint(*seed))
			w.plan(t, "a.plan.json", "spec.json", "ledger.db")
			var args [][]string
			for range n {
				args = append(args, w.apply("a.plan.json", "ledger.db", "--parallelism", "2", "-o", "json"))
			}
			killed := 0
			all := w.runners(t, args...)
			for i, p := range all {
				if i%3 != 0 {
					continue
				}
				w.until(t, 1+rng.IntN(len(w.fleet)/2), p)
				p.after(time.Duration(rng.Int64N(int64(20*time.Millisecond))), p.kill)
			}
			sent := 0
			for _, p := range all {
				if status := p.wait(t); p.wasKilled() {
					killed++
				} else if r := resultOf(t, p); status != 0 || r.Totals.Verified != len(w.fleet) {
					t.Errorf("a runner that was not killed: got exit status %d and %d of %d verified; want 0 and all\n%s\n%s",
						status, r.Totals.Verified, len(w.fleet), p.stdout, p.stderr)
				} else {
					sent += r.Totals.Rows - r.Totals.Earlier
				}
			}
			if sent > len(w.fleet) {
				t.Errorf("rows that runners say they have sent: got %d; want at most the %d there are", sent, len(w.fleet))
			}
			w.check(t, "after all runners ended", "ledger.db")
			w.finish(t, "ledger.db")
			t.Logf("%d runners, %d killed, %d rows, %d charges: 0 double, 0 lost", n, killed, len(w.fleet), len(w.charges(t)))
		})
	}
}

// TestManyRunnersWithLedgersOfTheirOwnBuyOnce has processes apply the same plan, or
// plans of different lengths, each with a ledger of its own: on machines that know
// nothing of each other. Then only the clientToken is between them and a double.
func TestManyRunnersWithLedgersOfTheirOwnBuyOnce(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		months  []int // of each runner's plan
		ledgers bool  // one for each runner
	}{
		{"the same plan", []int{1, 1, 1, 1, 1, 1, 1, 1}, true},
		{"different plans", []int{1, 2, 3, 6, 9, 12, 1, 2}, true},
		{"different plans and one ledger", []int{1, 2, 3, 6}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 24, "--faults", "slow=1,slow-by=50ms,lost-answer=0.1", "--seed", fmt.Sprint(*seed))
			var args [][]string
			var ledgers []string
			for i, months := range tt.months {
				if tt.ledgers || i == 0 {
					ledgers = append(ledgers, fmt.Sprintf("ledger-%d.db", i))
				}
				name := ledgers[len(ledgers)-1]
				plan := fmt.Sprintf("%d.plan.json", months)
				spec := fmt.Sprintf("spec-%d.json", months)
				w.spec(t, spec, months)
				w.plan(t, plan, spec, name)
				args = append(args, w.apply(plan, name, "-o", "json"))
			}
			renewed, of, open := 0, 0, 0
			for _, p := range w.runners(t, args...) {
				status := p.wait(t)
				r := resultOf(t, p)
				// Who lost the answer to a request that another plan's had outrun finds an
				// expiry that it did not plan, and leaves that to a person.
				left := r.Totals.Deviates + r.Totals.Unresolved
				if known := r.Totals.Verified + r.Totals.Already + r.Totals.Conflict + r.Totals.Stale + left; known != len(w.fleet) {
					t.Errorf("a runner: got %d of %d rows known; want all\n%s\n%s", known, len(w.fleet), p.stdout, p.stderr)
				}
				want := 0
				switch {
				case left > 0:
					want = 5
				case r.Totals.Conflict+r.Totals.Stale > 0:
					want = 3
				}
				open += left
				if status != want {
					t.Errorf("a runner: got exit status %d; want %d\n%s", status, want, p.stderr)
				}
				renewed += r.Totals.Verified
				of += r.Totals.Rows
			}
			v := w.check(t, "after all runners ended", ledgers...)
			if v.charges != len(w.fleet) || v.open != open {
				t.Errorf("got %d charges and %d renewals open; want %d, and the %d that were told", v.charges, v.open, len(w.fleet), open)
			}
			t.Logf("%d runners, %d of %d rows called renewed, %d charges: 0 double, 0 lost", len(tt.months), renewed, of, v.charges)
		})
	}
}
