package ledgertest

import (
	"strings"
	"time"

	"renewplan/internal/ledger"
)

// writing holds what Intend and Record promise.
func writing() []test {
	return []test{
		{"an intent is a try that has not ended", intendTry},
		{"a try's token and attempt are the record's if left empty", intendDefaults},
		{"a try that does not fit is refused", intendUnfit},
		{"only the owner writes", onlyOwner},
		{"nobody writes what is not there", writeMissing},
		{"a field left zero stays as it was, but for the note", recordKeeps},
		{"a try ends once", recordTry},
		{"a state or outcome that there is not is refused", recordUnknown},
		{"a cancelled write writes nothing", writeCancelled},
		{"texts come back as they were given", textsStay},
	}
}

func intendTry(b *bench) {
	r := b.run(b.first)
	k := b.key()
	b.owns(r, claim(k))
	sent := time.Date(2026, 11, 22, 1, 2, 3, 456789000, time.FixedZone("UTC+8", 8*60*60))
	err := r.Intend(b.Context(), k, ledger.Try{Number: 1, Token: claim(k).Token, BodyDigest: "body", Sent: sent})
	if err != nil {
		b.Fatalf("intending: got error %v; want none", err)
	}
	rec := b.get(b.another(), k)
	b.same("the state", rec.State, ledger.Sending)
	want := ledger.Try{Number: 1, Token: claim(k).Token, BodyDigest: "body", Sent: time.Date(2026, 11, 21, 17, 2, 3, 456000000, time.UTC)}
	b.same("the tries", rec.Tries, []ledger.Try{want})

	ended := sent.Add(1500 * time.Millisecond)
	b.record(r, ledger.Update{Key: k, State: ledger.Unknown, Try: ledger.Try{
		Number: 1, Ended: ended, Outcome: "unknown", RequestID: "request", OrderID: "order", Code: "Code", HTTPStatus: 502,
	}})
	b.intend(r, k, 2)
	want.Ended = time.Date(2026, 11, 21, 17, 2, 4, 956000000, time.UTC)
	want.Outcome, want.RequestID, want.OrderID, want.Code, want.HTTPStatus = "unknown", "request", "order", "Code", 502
	rec = b.get(b.another(), k)
	if len(rec.Tries) != 2 {
		b.Fatalf("the tries: got %d; want 2", len(rec.Tries))
	}
	b.same("the first try", rec.Tries[0], want)
}

func intendDefaults(b *bench) {
	r := b.run(b.first)
	k := b.left(ledger.NotBought, r)
	r = b.run(b.first)
	c := other(k)
	c.Attempt = 1
	b.owns(r, c)
	b.intend(r, k, 2)
	try := b.get(b.first, k).Tries[1]
	if try.Token != c.Token || try.Attempt != 1 {
		b.Errorf("the try: got token %q, attempt %d; want %q, 1", try.Token, try.Attempt, c.Token)
	}
	if try.Sent.IsZero() || !try.Ended.IsZero() || try.Outcome != "" {
		b.Errorf("the try: got sent %v, ended %v, outcome %q; want it sent and not ended", try.Sent, try.Ended, try.Outcome)
	}
}

func intendUnfit(b *bench) {
	r := b.run(b.first)
	k := b.key()
	b.owns(r, claim(k))
	for _, try := range []ledger.Try{
		{Number: 0},
		{Number: 2},
		{Number: -1},
		{Number: 1, Token: "of another plan"},
		{Number: 1, Attempt: 1},
	} {
		before := b.get(b.first, k)
		b.fails("intending a try that does not fit", r.Intend(b.Context(), k, try), ledger.ErrTry)
		b.same("the record afterwards", b.get(b.first, k), before)
	}
	b.intend(r, k, 1)
	b.fails("intending a number again", r.Intend(b.Context(), k, ledger.Try{Number: 1}), ledger.ErrTry)
}

func onlyOwner(b *bench) {
	owner, stranger := b.run(b.first), b.run(b.another())
	k := b.left(ledger.Unknown, owner)
	before := b.get(b.first, k)
	strangers := func() {
		b.Helper()
		b.fails("a stranger's intent", stranger.Intend(b.Context(), k, ledger.Try{Number: 2}), ledger.ErrNotOwner)
		b.fails("a stranger's record", stranger.Record(b.Context(), ledger.Update{Key: k, State: ledger.Verified}), ledger.ErrNotOwner)
		b.same("the record afterwards", b.get(b.first, k), before)
	}
	strangers()
	b.end(owner)
	before = b.get(b.first, k)
	strangers() // a dead run's record is not the stranger's either, until it is claimed
}

func writeMissing(b *bench) {
	r := b.run(b.first)
	k := b.key()
	b.fails("intending", r.Intend(b.Context(), k, ledger.Try{Number: 1}), ledger.ErrNotFound)
	b.fails("recording", r.Record(b.Context(), ledger.Update{Key: k, State: ledger.Verified}), ledger.ErrNotFound)
	_, err := b.first.Get(b.Context(), k)
	b.fails("reading", err, ledger.ErrNotFound)
	b.fails("resolving", b.first.Resolve(b.Context(), k, ledger.Resolution{Bought: true}), ledger.ErrNotFound)
}

func recordKeeps(b *bench) {
	r := b.run(b.first)
	k := b.left(ledger.Unknown, r)
	before := b.get(b.first, k)
	b.record(r, ledger.Update{Key: k, State: ledger.Accepted})
	want := before
	want.State, want.Note = ledger.Accepted, "" // what was said of the state before is over
	got := b.get(b.first, k)
	want.Updated = got.Updated
	b.same("after an update of the state alone", got, want)
	after := time.Date(2028, 1, 1, 0, 0, 0, 0, time.UTC)
	b.record(r, ledger.Update{Key: k, State: ledger.Deviates, After: after, OrderID: "o2", RequestID: "r2", Code: "C2", HTTPStatus: 200, Note: "n2"})
	got = b.get(b.first, k)
	want.State, want.After, want.OrderID, want.RequestID, want.Code, want.HTTPStatus, want.Note = ledger.Deviates, after, "o2", "r2", "C2", 200, "n2"
	want.Updated = got.Updated
	b.same("after an update of everything", got, want)
}

func recordTry(b *bench) {
	r := b.run(b.first)
	k := b.left(ledger.Sending, r)
	end := ledger.Update{Key: k, State: ledger.Refused, Try: ledger.Try{Number: 1, Outcome: "refused", Code: "Code", HTTPStatus: 400}}
	b.record(r, end)
	before := b.get(b.first, k)
	if try := before.Tries[0]; try.Ended.IsZero() || try.Outcome != "refused" {
		b.Errorf("the try: got ended %v, outcome %q; want now, \"refused\"", try.Ended, try.Outcome)
	}
	b.record(r, end) // as after a lost answer
	b.same("the try, ended again in the same way", b.get(b.first, k).Tries, before.Tries)

	before = b.get(b.first, k)
	end.State, end.Try.Outcome = ledger.Accepted, "accepted"
	b.fails("ending a try otherwise", r.Record(b.Context(), end), ledger.ErrTry)
	end.Try.Number = 2
	b.fails("ending a try that there is not", r.Record(b.Context(), end), ledger.ErrTry)
	b.same("the record afterwards", b.get(b.first, k), before)
}

func recordUnknown(b *bench) {
	r := b.run(b.first)
	k := b.left(ledger.Sending, r)
	before := b.get(b.first, k)
	for _, u := range []ledger.Update{
		{Key: k}, {Key: k, State: "renewed"}, {Key: k, State: ledger.Unknown, Try: ledger.Try{Number: 1, Outcome: "lost"}},
	} {
		if err := r.Record(b.Context(), u); err == nil {
			b.Errorf("recording state %q, outcome %q: got no error; want one", u.State, u.Try.Outcome)
		}
	}
	b.same("the record afterwards", b.get(b.first, k), before)
}

func writeCancelled(b *bench) {
	r := b.run(b.first)
	k := b.left(ledger.Unknown, r)
	before := b.get(b.first, k)
	if err := r.Intend(b.cancelled(), k, ledger.Try{Number: 2}); err == nil {
		b.Error("intending with an ended context: got no error; want one")
	}
	if err := r.Record(b.cancelled(), ledger.Update{Key: k, State: ledger.Verified}); err == nil {
		b.Error("recording with an ended context: got no error; want one")
	}
	if _, err := b.first.Begin(b.cancelled(), ledger.RunInfo{}); err == nil {
		b.Error("beginning with an ended context: got no error; want one")
	}
	if _, err := b.first.Records(b.cancelled(), ""); err == nil {
		b.Error("reading with an ended context: got no error; want one")
	}
	b.same("the record afterwards", b.get(b.first, k), before)
}

func textsStay(b *bench) {
	r := b.run(b.first)
	nasty := "'; DROP TABLE renewals; -- \"x\" \\ % _ \t\n\x1b[31m 生产环境 🙂 " + strings.Repeat("long ", 1000)
	c := claim(b.key())
	c.ID, c.Token, c.RelatedRenewFlag = nasty, nasty, nasty
	b.owns(r, c)
	b.record(r, ledger.Update{Key: c.Key, State: ledger.Unknown, Note: nasty, Code: nasty})
	rec := b.get(b.another(), c.Key)
	for _, got := range []string{rec.ID, rec.Token, rec.RelatedRenewFlag, rec.Note, rec.Code} {
		if got != nasty {
			b.Errorf("a text: got %q; want %q", got, nasty)
		}
	}
}
