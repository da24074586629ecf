package exec

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"renewplan/internal/bce"
	"renewplan/internal/ledger"
)

var t0 = time.Date(2026, 11, 22, 1, 0, 0, 0, time.UTC)

func testRules() Rules {
	return Rules{SettleTimeout: 2 * time.Minute, VerifyTimeout: 10 * time.Minute}
}

// inDoubtLife is a row of which one request, sent at t0, has no proven outcome.
func inDoubtLife() Life {
	return Life{State: ledger.Unknown, Doubt: true, DoubtSince: t0, LastSent: t0}
}

func TestNext(t *testing.T) {
	noResend, stopping := testRules(), testRules()
	noResend.NoResend, stopping.Stopping = true, true
	claimed := Life{State: ledger.Claimed}
	sending := Life{State: ledger.Sending, LastSent: t0}
	resending := Life{State: ledger.Sending, Doubt: true, DoubtSince: t0, PriorSent: t0, LastSent: t0.Add(3 * time.Minute), Resends: 1}
	barred, tired, late := inDoubtLife(), inDoubtLife(), inDoubtLife()
	barred.Barred, tired.Resends = true, MaxResends
	settled := t0.Add(2 * time.Minute)
	late.LastSent = t0.Add(ResendWindow)
	slow := inDoubtLife()
	slow.LastEnded = t0.Add(time.Minute)
	slowLate := slow
	slowLate.LastEnded = t0.Add(ResendWindow - 2*time.Minute)
	accepted := Life{State: ledger.Accepted, Since: t0, LastSent: t0}

	for _, tt := range []struct {
		name  string
		life  Life
		event Event
		rules Rules
		state ledger.State
		step  Step
	}{
		{"a new claim looks first", claimed, Event{Kind: Began}, testRules(), ledger.Claimed, Check},
		{"a crash while sending is in doubt", sending, Event{Kind: Began}, testRules(), ledger.Unknown, Settle},
		{"an unresolved row is read again first", Life{State: ledger.Unresolved, LastSent: t0}, Event{Kind: Began}, testRules(), ledger.Unknown, Settle},
		{"an unverified row is only looked at", Life{State: ledger.Unverified}, Event{Kind: Began}, testRules(), ledger.Accepted, Verify},
		{"a verified row is left alone", Life{State: ledger.Verified}, Event{Kind: Began}, testRules(), ledger.Verified, Leave},
		{"a deviating row is left alone", Life{State: ledger.Deviates}, Event{Kind: Began}, testRules(), ledger.Deviates, Leave},

		{"as planned is sent", claimed, Event{Kind: Looked, View: AsPlanned}, testRules(), ledger.Claimed, Send},
		{"a stopping run sends nothing", claimed, Event{Kind: Looked, View: AsPlanned}, stopping, ledger.Unsent, Leave},
		{"the exact new expiry is already", claimed, Event{Kind: Looked, View: Exact}, testRules(), ledger.Already, Leave},
		{"nearly the new expiry is stale before a send", claimed, Event{Kind: Looked, View: Near}, testRules(), ledger.Stale, Leave},
		{"a moved expiry is stale", claimed, Event{Kind: Looked, View: Elsewhere}, testRules(), ledger.Stale, Leave},
		{"a busy resource is stale", claimed, Event{Kind: Looked, View: Unfit}, testRules(), ledger.Stale, Leave},
		{"an unreadable resource is tried again", claimed, Event{Kind: Looked, View: Unreadable}, testRules(), ledger.Claimed, Pause},

		{"no connection bought nothing", sending, Event{Kind: Answered, Class: bce.NotSent}, testRules(), ledger.Claimed, Pause},
		{"throttling bought nothing", sending, Event{Kind: Answered, Class: bce.Throttled}, testRules(), ledger.Claimed, Pause},
		{"a refusal of a first send is proof", sending, Event{Kind: Answered, Class: bce.Refused}, testRules(), ledger.Refused, Leave},
		{"a refusal of a resend proves nothing", resending, Event{Kind: Answered, Class: bce.Refused}, testRules(), ledger.Unknown, Settle},
		{"a corrected clock allows one more send", sending, Event{Kind: Answered, Class: bce.Refused, ClockCorrected: true}, testRules(), ledger.Claimed, Check},
		{"a conflict ends a first send", sending, Event{Kind: Answered, Class: bce.Conflict}, testRules(), ledger.Conflict, Leave},
		{"a conflict of a resend is settled by reading", resending, Event{Kind: Answered, Class: bce.Conflict}, testRules(), ledger.Unknown, Settle},
		{"an accepted send is looked for", sending, Event{Kind: Answered, Class: bce.Accepted, Now: t0}, testRules(), ledger.Accepted, Verify},
		{"a lost answer is unknown", sending, Event{Kind: Answered, Class: bce.Unknown}, testRules(), ledger.Unknown, Settle},
		{"no connection on a resend stays in doubt", resending, Event{Kind: Answered, Class: bce.NotSent}, testRules(), ledger.Unknown, Pause},

		{"in doubt and moved is verified", inDoubtLife(), Event{Kind: Looked, View: Near, Now: t0}, testRules(), ledger.Verified, Leave},
		{"in doubt and moved elsewhere deviates", inDoubtLife(), Event{Kind: Looked, View: Elsewhere, Now: t0}, testRules(), ledger.Deviates, Leave},
		{"in doubt and not moved waits", inDoubtLife(), Event{Kind: Looked, View: AsPlanned, Now: settled.Add(-1)}, testRules(), ledger.Unknown, Settle},
		{"in doubt, settled and not moved is sent again", inDoubtLife(), Event{Kind: Looked, View: AsPlanned, Now: settled}, testRules(), ledger.Unknown, Send},
		{"the settle time counts from the end of a slow send", slow, Event{Kind: Looked, View: AsPlanned, Now: settled.Add(time.Minute - 1)}, testRules(), ledger.Unknown, Settle},
		{"and is over then", slow, Event{Kind: Looked, View: AsPlanned, Now: settled.Add(time.Minute)}, testRules(), ledger.Unknown, Send},
		{"the window counts from the beginning of a slow send", slowLate, Event{Kind: Looked, View: AsPlanned, Now: t0.Add(ResendWindow + 1)}, testRules(), ledger.Unresolved, Leave},
		{"--no-resend leaves it to a person", inDoubtLife(), Event{Kind: Looked, View: AsPlanned, Now: settled}, noResend, ledger.Unresolved, Leave},
		{"a stopping run does not resend", inDoubtLife(), Event{Kind: Looked, View: AsPlanned, Now: settled}, stopping, ledger.Unresolved, Leave},
		{"a token that met another request is not resent", barred, Event{Kind: Looked, View: AsPlanned, Now: settled}, testRules(), ledger.Unresolved, Leave},
		{"three resends are enough", tired, Event{Kind: Looked, View: AsPlanned, Now: settled}, testRules(), ledger.Unresolved, Leave},
		{"exactly 20 hours after the first send it may be resent", inDoubtLife(), Event{Kind: Looked, View: AsPlanned, Now: t0.Add(ResendWindow)}, testRules(), ledger.Unknown, Send},
		{"after 20 hours it is not resent", inDoubtLife(), Event{Kind: Looked, View: AsPlanned, Now: t0.Add(ResendWindow + 1)}, testRules(), ledger.Unresolved, Leave},
		{"the window counts from the oldest send in doubt", late, Event{Kind: Looked, View: AsPlanned, Now: late.LastSent.Add(2*time.Minute + 1)}, testRules(), ledger.Unresolved, Leave},
		{"a clock that went back is not believed", Life{State: ledger.Unknown, Doubt: true, DoubtSince: t0.Add(time.Hour), LastSent: t0.Add(-time.Hour)}, Event{Kind: Looked, View: AsPlanned, Now: t0}, testRules(), ledger.Unresolved, Leave},
		{"in doubt and busy waits", inDoubtLife(), Event{Kind: Looked, View: Unfit, Now: settled}, testRules(), ledger.Unknown, Settle},

		{"accepted and moved is verified", accepted, Event{Kind: Looked, View: Exact, Now: t0}, testRules(), ledger.Verified, Leave},
		{"accepted and not moved waits", accepted, Event{Kind: Looked, View: AsPlanned, Now: t0}, testRules(), ledger.Accepted, Verify},
		{"accepted and busy waits", accepted, Event{Kind: Looked, View: Unfit, Now: t0}, testRules(), ledger.Accepted, Verify},
		{"accepted and never moved is unverified", accepted, Event{Kind: Looked, View: AsPlanned, Now: t0.Add(10 * time.Minute)}, testRules(), ledger.Unverified, Leave},
		{"accepted and moved elsewhere deviates", accepted, Event{Kind: Looked, View: Elsewhere, Now: t0}, testRules(), ledger.Deviates, Leave},
	} {
		t.Run(tt.name, func(t *testing.T) {
			life, step := Next(tt.life, tt.event, tt.rules)
			if life.State != tt.state || step != tt.step {
				t.Errorf("got state %q, step %d; want %q, %d", life.State, step, tt.state, tt.step)
			}
		})
	}
}

// TestNextKeepsTheRules walks through lives at random and holds every step
// against the rules of design §6, stated here once more in other words.
func TestNextKeepsTheRules(t *testing.T) {
	// Weighted, so that walks are long: most lives end at the first moved expiry.
	views := append(slices.Repeat([]View{AsPlanned}, 40), Unreadable, Unfit, Exact, Near, Elsewhere)
	classes := append(slices.Repeat([]bce.Class{bce.Unknown}, 4),
		bce.NotSent, bce.Throttled, bce.Refused, bce.Conflict, bce.Accepted)
	walk := func(t *rapid.T) {
		views, classes := views, classes
		if rapid.Bool().Draw(t, "nothing arrives") {
			views, classes = views[:1], classes[:1]
		}
		r := testRules()
		r.NoResend = rapid.Bool().Draw(t, "noResend")
		clock := t0
		l, step := Next(Life{State: ledger.Claimed}, Event{Kind: Began, Now: clock}, r)
		var (
			unproven []time.Time // sends without a proven outcome
			ended    time.Time   // of the newest send that left a doubt
			accepted bool
			conflict bool
			resends  int
		)
		for range 100 {
			most := rapid.SampledFrom([]time.Duration{time.Second, 3 * time.Minute, 15 * time.Hour}).Draw(t, "most")
			clock = clock.Add(time.Duration(rapid.Int64Range(0, int64(most)).Draw(t, "passes")))
			r.Stopping = r.Stopping || rapid.IntRange(0, 200).Draw(t, "stop") == 0
			switch step {
			case Leave:
				if l.State == ledger.Refused && len(unproven) > 0 {
					t.Fatal("called refused, although a send has no proven outcome")
				}
				if accepted && l.State == ledger.Unresolved {
					t.Fatal("an accepted row was called unresolved")
				}
				return
			case Send:
				switch {
				case accepted:
					t.Fatal("sent after it was accepted")
				case conflict:
					t.Fatal("sent after a conflict")
				case r.Stopping && l.State != ledger.Sending:
					// The stop may have come after the decision; the engine asks again.
				case len(unproven) > 0 && r.NoResend:
					t.Fatal("resent in spite of --no-resend")
				}
				asked := clock
				l, step = Next(l, Event{Kind: Looked, View: AsPlanned, Now: asked}, r)
				if step != Send {
					continue
				}
				if n := len(unproven); n > 0 {
					if asked.Sub(unproven[0]) > 20*time.Hour {
						t.Fatalf("resent %v after the first send", asked.Sub(unproven[0]))
					}
					if asked.Sub(ended) < r.SettleTimeout {
						t.Fatal("resent before the settle time was over")
					}
				}
				l, _ = Next(l, Event{Kind: Intended, Now: clock}, r)
				intended := clock
				clock = clock.Add(time.Duration(rapid.Int64Range(0, int64(most)).Draw(t, "takes")))
				if l.State != ledger.Sending {
					t.Fatalf("got state %q after the intent; want sending", l.State)
				}
				class := rapid.SampledFrom(classes).Draw(t, "class")
				if len(unproven) > 0 && class != bce.NotSent && class != bce.Throttled {
					ended = clock
					if resends++; resends > 3 {
						t.Fatal("resent more than three times")
					}
				}
				switch class {
				case bce.Unknown:
					unproven, ended = append(unproven, intended), clock
				case bce.Accepted:
					accepted = true
				case bce.Conflict:
					conflict = true
				case bce.NotSent, bce.Throttled, bce.Refused:
				}
				l, step = Next(l, Event{Kind: Answered, Class: class, Now: clock}, r)
			case Pause:
				l, step = Next(l, Event{Kind: Woke, Now: clock}, r)
			case Check, Settle, Verify:
				l, step = Next(l, Event{Kind: Looked, View: rapid.SampledFrom(views).Draw(t, "view"), Now: clock}, r)
			}
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		for range 50 {
			walk(t)
		}
	})
}

func TestRecallRebuildsTheDoubtOfACrash(t *testing.T) {
	rec := ledger.Record{State: ledger.Sending, Attempt: 1, Tries: []ledger.Try{
		{Number: 1, Attempt: 0, Sent: t0.Add(-time.Hour)}, // of an attempt that a person closed
		{Number: 2, Attempt: 1, Sent: t0, Ended: t0.Add(30 * time.Second), Outcome: bce.Unknown.String()},
		{Number: 3, Attempt: 1, Sent: t0.Add(time.Minute), Ended: t0.Add(2 * time.Minute), Outcome: bce.Throttled.String()},
		{Number: 4, Attempt: 1, Sent: t0.Add(3 * time.Minute)},
	}}
	l := Recall(rec)
	if !l.Doubt || !l.DoubtSince.Equal(t0) || !l.LastSent.Equal(t0.Add(3*time.Minute)) || l.Resends != 1 || l.Barred {
		t.Errorf("got %+v; want doubt since %v, last sent 3 min later, one resend", l, t0)
	}
	if want := t0.Add(30 * time.Second); !l.LastEnded.Equal(want) {
		t.Errorf("got a send that ended at %v; want %v: the crash cut the last one off", l.LastEnded, want)
	}
	rec.Tries[3].Ended = t0.Add(4 * time.Minute)
	rec.Tries[3].Outcome = bce.Conflict.String()
	if got := Recall(rec).LastEnded; !got.Equal(rec.Tries[3].Ended) {
		t.Errorf("got a send that ended at %v; want the last one's end", got)
	}
	if !Recall(rec).Barred {
		t.Error("got a life that may be resent; want it barred by the conflict")
	}
}

// TestAClockThatIsSetBackHoldsNothingUp sets the clock back by a day between a send and
// the looks for it.
func TestAClockThatIsSetBackHoldsNothingUp(t *testing.T) {
	sent := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for class, want := range map[bce.Class]ledger.State{bce.Accepted: ledger.Unverified, bce.Unknown: ledger.Unresolved} {
		rules := Rules{SettleTimeout: 2 * time.Minute, VerifyTimeout: 10 * time.Minute}
		l, step := Next(Life{State: ledger.Sending, LastSent: sent}, Event{Kind: Answered, Now: sent.Add(time.Second), Class: class}, rules)
		at, looks := sent.Add(-24*time.Hour), 0
		for ; step == Settle || step == Verify; looks++ {
			at = at.Add(20 * time.Second)
			l, step = Next(l, Event{Kind: Looked, Now: at, View: AsPlanned}, rules)
		}
		if l.State != want || step != Leave || looks > 40 {
			t.Errorf("%v: got %q after %d looks, step %v; want %q in as much time as without", class, l.State, looks, step, want)
		}
	}
}
