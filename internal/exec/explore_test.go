package exec

import (
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"

	"renewplan/internal/bce"
	"renewplan/internal/ledger"
)

var deep = flag.Bool("explore.deep", false, "explore two ledgers with all resends of both runners: minutes, and 2 GB")

// Small steps of 30 s, 40 s and 60 s: a signature of 60 s and a settle time of
// 120 s; with 40 s the signature is that much shorter. In the last one the send
// follows the look at once.
var (
	finePace   = pace{fresh: 1, signed: 2, settle: 4, verify: 2}
	middlePace = pace{fresh: 1, signed: 1, settle: 3, verify: 1}
	coarsePace = pace{fresh: 0, signed: 1, settle: 2, verify: 1}
)

var (
	samePlan  = [2]uint8{1, 1}
	twoPlans  = [2]uint8{1, 3}
	allResend = [2]uint8{MaxResends, MaxResends}
)

// TestEveryInterleaving visits every schedule of two runners within the
// bounds that each setting names, and finds none that pays twice inside the
// proviso, or for something that no ledger would ever tell about.
func TestEveryInterleaving(t *testing.T) {
	t.Parallel()
	settings := []setting{
		{name: "one ledger, one plan", ledgers: 1, months: samePlan, pace: finePace, person: true, resends: allResend},
		{name: "one ledger, two plans", ledgers: 1, months: twoPlans, pace: middlePace, person: true, resends: allResend},
		{name: "one ledger, one plan, --no-resend", ledgers: 1, months: samePlan, pace: finePace, person: true, noResend: true},
		{name: "one ledger, two plans, --no-resend", ledgers: 1, months: twoPlans, pace: finePace, person: true, noResend: true},
		{name: "two ledgers, one plan", ledgers: 2, months: samePlan, pace: coarsePace, resends: [2]uint8{1, 0}, urgent: true, tame: true},
		{name: "two ledgers, two plans", ledgers: 2, months: twoPlans, pace: coarsePace, resends: [2]uint8{1, 0}, urgent: true, tame: true},
		{name: "two ledgers, one plan, --no-resend", ledgers: 2, months: samePlan, pace: middlePace, person: true, noResend: true, tame: true},
	}
	switch {
	case *deep:
		settings = []setting{
			{name: "one ledger, two plans", ledgers: 1, months: twoPlans, pace: finePace, person: true, resends: allResend},
			{name: "two ledgers, one plan", ledgers: 2, months: samePlan, pace: coarsePace, resends: allResend, urgent: true, tame: true},
			{name: "two ledgers, two plans", ledgers: 2, months: twoPlans, pace: coarsePace, resends: [2]uint8{1, 1}, urgent: true, tame: true},
		}
	case raceDetector || testing.Short():
		// One goroutine each, and ten times slower: the small ones will do.
		settings = slices.DeleteFunc(settings, func(c setting) bool { return !c.noResend })
	}
	for _, c := range settings {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := explore(c, nil)
			t.Logf("%d states, %d moves; %d states outside the proviso in which something was paid twice", f.states, f.moves, f.doubles)
			never(t, "pays twice inside the proviso", f.double)
			never(t, "leaves a charge that its ledger does not know", f.lost)
			never(t, "pays although the look showed a renewal by hand", f.overHand)
			never(t, "sends without a fresh look", f.unseen)
			if c.person && f.handed == nil {
				t.Error("got no schedule in which a person pays beside a run; want the known exception")
			}
			switch {
			case c.noResend && f.doubles > 0:
				t.Errorf("got a double in spite of --no-resend:%s", words(f.outside))
			case !c.noResend && !c.tame && f.doubles == 0:
				t.Error("got no double outside the proviso; want some: the proviso is needed")
			}
		})
	}
}

func never(t *testing.T, what string, schedule []string) {
	t.Helper()
	if schedule != nil {
		t.Errorf("got a schedule that %s:%s", what, words(schedule))
	}
}

// TestTheProvisoIsNeeded finds the shortest schedule that pays twice for each
// way in which the cloud may break its half of the bargain. With two ledgers an
// ignored token is enough, however soon a purchase shows: both may have looked.
func TestTheProvisoIsNeeded(t *testing.T) {
	for _, tt := range []struct {
		name string
		c    setting
	}{
		{"one ledger, a token ignored, and a purchase that shows late", setting{ledgers: 1, pace: finePace}},
		{"two ledgers, a token ignored", setting{ledgers: 2, pace: coarsePace}},
		{"two ledgers, a token ignored, --no-resend", setting{ledgers: 2, pace: coarsePace, noResend: true}},
		{"two ledgers, a purchase that does not show for a day", setting{ledgers: 2, pace: coarsePace, honest: true}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.c.months, tt.c.resends = samePlan, allResend
			f := explore(tt.c, func(f *found) bool { return f.outside != nil || f.double != nil })
			never(t, "pays twice inside the proviso", f.double)
			if f.outside == nil {
				t.Fatalf("got no double in %d states; want one", f.states)
			}
			t.Logf("after %d states:%s", f.states, words(f.outside))
			timePassed := slices.ContainsFunc(f.outside, func(line string) bool { return strings.HasSuffix(line, " pass") })
			if wanted := !strings.Contains(tt.name, "two ledgers, a token ignored"); timePassed != wanted {
				t.Errorf("got a double that takes time: %v; want %v", timePassed, wanted)
			}
		})
	}
}

// TestTheExplorerSeesBrokenRules breaks one rule at a time, and wants each to
// be paid for inside the proviso.
func TestTheExplorerSeesBrokenRules(t *testing.T) {
	t.Parallel()
	one := setting{ledgers: 1, tame: true, pace: middlePace}
	two := setting{ledgers: 2, tame: true, pace: coarsePace, urgent: true}
	for _, tt := range []struct {
		rule string
		in   setting
		m    mutant
	}{
		{"the precondition", one, mutant{next: withoutPrecondition}},
		{"the precondition, with two ledgers", two, mutant{next: withoutPrecondition}},
		{"the age of the look, with two ledgers", two, mutant{staleLook: true}},
		{"the intent", one, mutant{noIntent: true}},
		{"the claim", one, mutant{noClaim: true}},
		{"that a refused resend proves nothing", one, mutant{next: trustingRefusedResends}},
		{"the settle time", one, mutant{next: withoutSettling}},
		{"that a look tells of when it began", one, mutant{lookOnArrival: true}},
		{"the 20 hours", one, mutant{next: withoutWindow}},
		{"that a crash while sending leaves a doubt", one, mutant{next: forgettingDoubt}},
	} {
		t.Run("without "+tt.rule, func(t *testing.T) {
			t.Parallel()
			c := tt.in
			c.months, c.resends, c.mutant = samePlan, allResend, tt.m
			f := explore(c, func(f *found) bool { return f.double != nil })
			if f.double == nil {
				t.Fatalf("got no double in %d states; want one: the rule, or the explorer, does nothing", f.states)
			}
			t.Logf("after %d states:%s", f.states, words(f.double))
		})
	}

	t.Run("without heeding --no-resend", func(t *testing.T) {
		t.Parallel()
		c := setting{ledgers: 1, months: samePlan, pace: middlePace, resends: allResend, noResend: true, mutant: mutant{next: resendingAnyway}}
		if f := explore(c, func(f *found) bool { return f.doubles > 0 }); f.doubles == 0 {
			t.Errorf("got no double in %d states; want one", f.states)
		}
	})
	t.Run("without looking, over a renewal by hand", func(t *testing.T) {
		t.Parallel()
		c := setting{ledgers: 1, months: samePlan, pace: middlePace, resends: allResend, person: true, tame: true, mutant: mutant{next: withoutPrecondition}}
		if f := explore(c, func(f *found) bool { return f.overHand != nil }); f.overHand == nil {
			t.Errorf("got no purchase over a renewal by hand in %d states; want one", f.states)
		}
	})
	t.Run("without the intent, a charge is lost", func(t *testing.T) {
		t.Parallel()
		c := setting{ledgers: 1, months: samePlan, pace: middlePace, resends: allResend, tame: true, mutant: mutant{noIntent: true}}
		if f := explore(c, func(f *found) bool { return f.lost != nil }); f.lost == nil {
			t.Errorf("got no lost charge in %d states; want one", f.states)
		}
	})
}

// TestWhatIsTakenForGranted drops one at a time what the program cannot see to,
// and wants each to be needed. Where tokens are honoured some are not.
func TestWhatIsTakenForGranted(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		c      setting
		needed bool
	}{
		{"signatures die before the settle time is over", setting{signatureOutlives: true}, true},
		{"signatures die before the settle time is over, tokens honoured", setting{signatureOutlives: true, honest: true}, false},
		{"no request is delivered twice", setting{repeats: true}, true},
		{"a request leaves soon after the look", setting{suspends: true}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := tt.c
			c.ledgers, c.months, c.pace, c.resends, c.tame = 1, samePlan, middlePace, allResend, true
			f := explore(c, func(f *found) bool { return f.double != nil })
			t.Logf("after %d states:%s", f.states, words(f.double))
			if needed := f.double != nil; needed != tt.needed {
				t.Errorf("got needed: %v; want %v", needed, tt.needed)
			}
		})
	}
}

// TestTheModelClaimsAsTheLedgerDoes holds the one thing that the model says
// again in its own words against the real ledger.
func TestTheModelClaimsAsTheLedgerDoes(t *testing.T) {
	for s := absent; int(s) < len(ledgerStates); s++ {
		for _, live := range []bool{true, false} {
			t.Run(fmt.Sprintf("%q, its run lives: %v", s.ledger(), live), func(t *testing.T) {
				led := openLedger(t)
				begin := func() ledger.Run {
					run, err := led.Begin(t.Context(), ledger.RunInfo{Cloud: "c", PlanDigest: "d", Who: "w"})
					if err != nil {
						t.Fatal(err)
					}
					return run
				}
				claim := ledger.Claim{Key: ledger.Key{Cloud: "c", Region: "r", Kind: "k", ID: "i", Baseline: t0}, Token: "t", Months: 1}
				first, model := begin(), record{}
				if s != absent {
					model = record{state: s, owner: 1, months: 1}
					if _, _, err := first.Claim(t.Context(), claim); err != nil {
						t.Fatal(err)
					}
					if err := first.Record(t.Context(), ledger.Update{Key: claim.Key, State: s.ledger()}); err != nil {
						t.Fatal(err)
					}
				}
				if !live {
					model.owner = 0
					if err := first.End(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
				claim.Months = 3
				rec, owned, err := begin().Claim(t.Context(), claim)
				if err != nil {
					t.Fatal(err)
				}
				want := model.claim(1, 3, false)
				if owned != want || rec.State != model.state.ledger() || rec.Months != int(model.months) {
					t.Errorf("got owned %v, %q, %d months; the model says %v, %q, %d", owned, rec.State, rec.Months, want, model.state.ledger(), model.months)
				}
			})
		}
	}
}

// TestAgesSurviveTheWayThroughALife holds the model's small forms against the
// production types.
func TestAgesSurviveTheWayThroughALife(t *testing.T) {
	for large := range tokenSteps + 1 {
		for small := range mostSmall + 1 {
			a := ageOf(large, small)
			m := memory{state: unknown, doubt: true, resends: 2, doubtSince: a, lastSent: a, lastEnded: a, priorSent: a, since: a}
			if got := remember(m.life()); got != m || ageAt(a.time()) != a {
				t.Errorf("%d large and %d small steps: got %+v; want %+v", large, small, got, m)
			}
		}
	}
	rec := record{state: sending, n: 2, tries: [mostTries]entry{{uint8(bce.Unknown), ageOf(1, 1), ageOf(1, 0)}, {outcome: open, sent: justNow}}}
	got := Recall(rec.ledger(nil))
	if !got.Doubt || got.Resends != 1 || ageAt(got.DoubtSince) != ageOf(1, 1) || ageAt(got.LastEnded) != ageOf(1, 0) || ageAt(got.LastSent) != justNow {
		t.Errorf("got %+v; want a doubt since 10 hours and a small step, ended 10 hours ago, and one resend just now", got)
	}
}

func words(schedule []string) string {
	var b strings.Builder
	for i, line := range schedule {
		fmt.Fprintf(&b, "\n%4d  %s", i+1, line)
	}
	return b.String()
}
