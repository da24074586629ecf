package plan

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// outsideText draws what a name, status or problem may hold.
func outsideText() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.StringN(0, 12, -1),
		rapid.SampledFrom([]string{"", "\x1b[31m", "a\nb", "\u202e", "\u009b", "\xff\xfe", "环境", "\"\\/<&>", "\u2028", "�", strings.Repeat("环\x00", 200)}),
		rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 8), func(b []byte) string { return string(b) }),
	)
}

// world is everything that a plan depends on.
type world struct {
	spec *Spec
	seen Observed
	opt  BuildOptions
}

func drawWorld(t *rapid.T) world {
	asOf := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(rapid.Int64Range(0, 4000*24*3600).Draw(t, "asOf")) * time.Second)
	lengths := []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 24, 36}
	w := world{
		spec: &Spec{
			Account:      rapid.StringMatching(`[a-z]{0,5}`).Draw(t, "account"),
			Region:       rapid.SampledFrom([]string{"", "bj", "gz"}).Draw(t, "region"),
			Reservations: map[string]Reservation{},
			Limits: Limits{
				MaxItems:          rapid.IntRange(0, 5).Draw(t, "maxItems"),
				MaxMonths:         rapid.IntRange(0, 36).Draw(t, "maxMonths"),
				MaxPlanAge:        rapid.SampledFrom([]time.Duration{0, day, 36 * time.Hour, time.Minute}).Draw(t, "maxPlanAge"),
				MaxTotal:          rapid.SampledFrom([]string{"", "100.00"}).Draw(t, "maxTotal"),
				AllowUnknownPrice: rapid.Bool().Draw(t, "allowUnknownPrice"),
				RefuseAutoRenew:   rapid.Bool().Draw(t, "refuseAutoRenew"),
			},
			UnifiedExpiryDay: rapid.SampledFrom([]int{0, 1, 15, 28}).Draw(t, "unifiedExpiryDay"),
		},
		seen: Observed{},
		opt: BuildOptions{
			AsOf: asOf, Cloud: "baidubce.com", DefaultRegion: "su",
			Spec: SpecRef{
				Paths: rapid.SliceOfN(rapid.StringMatching(`[a-z./"<]{1,5}`), 0, 3).Draw(t, "paths"),
				Tags:  rapid.SliceOfN(rapid.StringMatching(`[a-z]=[a-z环]{1,3}`), 0, 3).Draw(t, "tags"),
			},
		},
	}
	for i := range 4 {
		w.spec.Reservations[fmt.Sprint("r", i)] = Reservation{
			Length:    rapid.SampledFrom(lengths).Draw(t, "length"),
			DueWithin: time.Duration(rapid.IntRange(1, 2000).Draw(t, "dueWithin")) * time.Hour,
		}
	}
	w.spec.Reservations["until"] = Reservation{
		Until:     asOf.AddDate(0, 0, rapid.IntRange(-5, 1300).Draw(t, "until")).Format(dayLayout),
		DueWithin: time.Duration(rapid.IntRange(1, 2000).Draw(t, "dueWithin of until")) * time.Hour,
	}
	keys := rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) Key {
		return Key{
			Region: rapid.SampledFrom([]string{"", "fwh", "hkg"}).Draw(t, "region"),
			Kind:   rapid.SampledFrom([]Kind{"vpn", "nat", "eipgroup", "instance"}).Draw(t, "kind"),
			ID:     rapid.StringMatching(`[a-zA-Z0-9<"-]{1,6}`).Draw(t, "id"),
		}
	}), 0, 8, func(k Key) Key { return Key{Kind: k.Kind, ID: k.ID} }).Draw(t, "keys")
	for _, k := range keys {
		r := Resource{
			Key:              k,
			Reservation:      rapid.SampledFrom([]string{"r0", "r1", "r2", "r3", "until", "until"}).Draw(t, "reservation"),
			Name:             outsideText().Draw(t, "name"),
			RelatedRenewFlag: rapid.SampledFrom([]string{"", "CDS", "CDS_EIP"}).Draw(t, "flag"),
			MonthlyPrice:     rapid.SampledFrom([]string{"", "", "0.00", "88.50", "999999999.99"}).Draw(t, "monthlyPrice"),
		}
		if rapid.Bool().Draw(t, "priced") {
			r.Prices = map[int]string{1: "99.99", 12: "1000.00"}
		}
		if rapid.IntRange(0, 5).Draw(t, "lapses") == 0 {
			r.Lapse = outsideText().Draw(t, "lapse")
		}
		w.spec.Resources = append(w.spec.Resources, r)
		for _, region := range []string{w.spec.Region, "su"} {
			if k.Region == "" {
				k.Region = region
			}
		}
		if o, ok := drawObservation(t, asOf); ok {
			w.seen[k] = o
		}
	}
	return w
}

func drawObservation(t *rapid.T, asOf time.Time) (Observation, bool) {
	often := func(label string) bool { return rapid.IntRange(0, 9).Draw(t, label) > 0 }
	o := Observation{
		Read:      often("read"),
		Problem:   outsideText().Draw(t, "problem"),
		NotFound:  !often("found"),
		Name:      outsideText().Draw(t, "cloud's name"),
		Status:    outsideText().Draw(t, "status"),
		Busy:      !often("idle"),
		Payment:   outsideText().Draw(t, "payment"),
		Prepaid:   often("prepaid"),
		Dedicated: !often("shared"),
		AutoRenew: AutoRenew(rapid.IntRange(0, 2).Draw(t, "auto-renew")),
		Attempt:   rapid.IntRange(0, 2).Draw(t, "attempt"),
		Unaligned: !often("aligned"),
	}
	if often("expires") {
		o.Expiry = asOf.Add(time.Duration(rapid.Int64Range(-100*24*3600, 200*24*3600).Draw(t, "expiry")) * time.Second)
	}
	o.Attached = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Attached {
		a := Attached{
			Sort: rapid.SampledFrom([]string{Disk, Address, "MKT", ""}).Draw(t, "sort"),
			ID:   rapid.SampledFrom([]string{"v-1", "v-2", "", "10.0.0.1", "v\n"}).Draw(t, "attached id"),
			Name: outsideText().Draw(t, "attached name"), Group: outsideText().Draw(t, "group"),
			Problem: rapid.SampledFrom([]string{"", "", "", "time-out\x1b"}).Draw(t, "attached problem"),
		}
		if rapid.IntRange(0, 9).Draw(t, "attached expires") > 0 {
			a.Expiry = asOf.Add(time.Duration(rapid.Int64Range(-100*24*3600, 200*24*3600).Draw(t, "attached expiry")) * time.Second)
		}
		return a
	}), 0, 3).Draw(t, "attached")
	if !often("settled") {
		o.Open = "unresolved" + outsideText().Draw(t, "open")
	}
	return o, often("observed")
}

func TestAnyPlanIsReadBackAsItWasWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		p, err := Build(w.spec, w.seen, w.opt)
		if err != nil {
			t.Fatal(err)
		}
		text := p.Encode()
		if !json.Valid(text) {
			t.Fatalf("not JSON:\n%s", text)
		}
		got, err := Decode(text)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if string(got.Encode()) != string(text) {
			t.Fatalf("got\n%s\nwant\n%s", got.Encode(), text)
		}
		for _, list := range []*[]string{&p.Spec.Paths, &p.Spec.Tags, &got.Spec.Paths, &got.Spec.Tags} {
			*list = append([]string{}, *list...) // none and empty are the same
		}
		if diff := cmp.Diff(p, got); diff != "" {
			t.Fatalf("(-built +read):\n%s", diff)
		}
		if lines := Diff(p, got); len(lines) > 0 {
			t.Fatalf("Diff: got %q; want none", lines)
		}
	})
}

func TestAPlanDoesNotDependOnTheOrderOfAnything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		want, err := Build(w.spec, w.seen, w.opt)
		if err != nil {
			t.Fatal(err)
		}
		w.spec.Resources = rapid.Permutation(w.spec.Resources).Draw(t, "order of resources")
		w.opt.Spec.Tags = rapid.Permutation(w.opt.Spec.Tags).Draw(t, "order of tags")
		w.opt.AsOf = w.opt.AsOf.Truncate(day).Add(23 * time.Hour) // the hour does not matter either
		seen := Observed{}
		for _, r := range want.Rows { // another history of insertions
			if o, ok := w.seen[r.Key]; ok {
				seen[r.Key] = o
			}
		}
		got, err := Build(w.spec, seen, w.opt)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want.Encode()), string(got.Encode())); diff != "" {
			t.Fatalf("(-first +second):\n%s", diff)
		}
	})
}

func TestDiffIsEmptyOnlyForTheSameText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, v := drawWorld(t), drawWorld(t)
		// Two worlds that differ in few things are what Diff could miss.
		if rapid.Bool().Draw(t, "same spec") {
			v.spec = w.spec
		}
		if rapid.Bool().Draw(t, "same options") {
			v.opt = w.opt
		}
		a, errA := Build(w.spec, w.seen, w.opt)
		b, errB := Build(v.spec, v.seen, v.opt)
		if errA != nil || errB != nil {
			t.Fatal(errA, errB)
		}
		same := string(a.Encode()) == string(b.Encode())
		if lines := Diff(a, b); (len(lines) == 0) != same {
			t.Fatalf("same text: %v; Diff: %q", same, lines)
		}
	})
}

// smallPlan has one row of each sort that has fields of its own.
func smallPlan(tb testing.TB) *Plan {
	tb.Helper()
	s := exampleSpec()
	s.Resources = []Resource{s.Resources[0], s.Resources[2], s.Resources[5]}
	s.UnifiedExpiryDay = 15
	p, err := Build(s, exampleSeen(), exampleOptions(tb))
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// edits calls try with every text that one changed, added or removed byte makes
// of text.
func edits(text string, try func(edited string)) {
	for i := range len(text) {
		try(text[:i] + text[i+1:])
		for _, c := range []byte{text[i] ^ 1, text[i] ^ 0x20, text[i] + 1, '0', '"', ' ', '\n', ',', 0x00, 0xff} {
			if c != text[i] {
				try(text[:i] + string([]byte{c}) + text[i+1:])
			}
		}
		for _, c := range []byte{'1', ' ', '\n', 'x'} {
			try(text[:i] + string([]byte{c}) + text[i:])
		}
	}
}

func TestEveryEditOfOneByteIsRefused(t *testing.T) {
	text := string(smallPlan(t).Encode())
	edits(text, func(edited string) {
		p, err := Decode([]byte(edited))
		switch {
		case err == nil:
			t.Fatalf("accepted:\n%s", edited)
		case errors.Is(err, ErrAltered) != (p != nil):
			t.Fatalf("got plan %v with error %v; want a plan with ErrAltered alone", p, err)
		case !errors.Is(err, ErrAltered) && !errors.Is(err, ErrNotPlan) && !errors.Is(err, ErrVersion):
			t.Fatalf("got error %v; want one of the three", err)
		}
	})
}

// With the digest made right again, an edit passes only where nothing can be
// computed. What a renewal buys is not there.
func TestEveryEditOfOneByteOfARenewalIsRefusedEvenWithItsDigestMadeRight(t *testing.T) {
	original := smallPlan(t)
	text := string(original.Encode())
	passed := map[string]bool{}
	edits(text, func(edited string) {
		resealed := reseal(edited)
		p, err := Decode([]byte(resealed))
		if err != nil || resealed == text {
			return
		}
		if string(p.Encode()) != resealed {
			t.Fatalf("accepted, and written otherwise:\n%s", resealed)
		}
		for _, line := range Diff(original, p) {
			_, field, inRow := strings.Cut(line, ": ")
			if !inRow {
				field = line
			}
			field, _, _ = strings.Cut(field, " ")
			passed[field] = true
		}
		for i, r := range p.Rows {
			if o := original.Rows[i]; o.Decision == Renew {
				r.Name, r.Reason, r.RelatedRenewFlag, r.Along = o.Name, o.Reason, o.RelatedRenewFlag, o.Along
				if diff := cmp.Diff(o, r); diff != "" {
					t.Fatalf("accepted a renewal that is another:\n%s", diff)
				}
			}
		}
	})
	for _, field := range []string{"months", "expected", "attempt", "price", "decision"} {
		if passed[field] {
			t.Errorf("an edit of %s passed", field)
		}
	}
	for _, field := range []string{"name", "reason", "account", "limits.maxItems"} {
		if !passed[field] {
			t.Errorf("no edit of %s passed, so this test tries too little", field)
		}
	}
}

func TestEveryTextCutShortIsRefused(t *testing.T) {
	text := smallPlan(t).Encode()
	for i := range text {
		if p, err := Decode(text[:i]); err == nil {
			t.Fatalf("accepted when cut at %d: %+v", i, p)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, text := range []string{string(examplePlan(f).Encode()), string(smallPlan(f).Encode())} {
		f.Add([]byte(text))
		f.Add([]byte(text[:len(text)/2]))
		f.Add([]byte(strings.ReplaceAll(text, "\n", "\r\n")))
		f.Add([]byte("\ufeff" + text))
		f.Add([]byte(reseal(strings.Replace(text, `"months": 1`, `"months": 2`, 1))))
		f.Add([]byte(reseal(strings.Replace(text, `"maxItems": 100`, `"maxItems": 1`, 1))))
		f.Add([]byte(strings.Replace(text, `"prod"`, `"\ud83d\ude00\u202e"`, 1)))
		f.Add([]byte(strings.Replace(text, `"version": 1`, `"version": 2`, 1)))
	}
	for _, text := range []string{"", "{}", `{"version":1}`, `{"version":1,"rows":[{"months":1e5,"x":[{}]}]}`, "[", "null", "\xff\xfe"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		// Most edits only break the digest; made right again, they get further.
		for _, text := range [][]byte{text, []byte(reseal(string(text)))} {
			p, err := Decode(text)
			switch {
			case err == nil:
				if string(p.Encode()) != string(text) {
					t.Errorf("it decodes, and encodes otherwise:\n%s", p.Encode())
				}
			case errors.Is(err, ErrAltered):
				if !json.Valid(bytes.TrimPrefix(text, []byte("\ufeff"))) && !followed(err) {
					t.Errorf("read as JSON, which it is not: %v", err)
				}
				p.Encode() // what is shown must not break anything
				p.OverLimits()
			case errors.Is(err, ErrNotPlan), errors.Is(err, ErrVersion):
				if p != nil {
					t.Errorf("got a plan with %v; want none", err)
				}
				if json.Valid(text) && bytes.HasPrefix(text, []byte("{\n  \"version\": 1,")) {
					t.Errorf("got %v; want it read, for it is JSON of this version", err)
				}
			default:
				t.Errorf("got error %v; want one of the three", err)
			}
		}
	})
}

// followed reports whether an error says that something follows the plan.
func followed(err error) bool {
	altered, _ := errors.AsType[*AlteredError](err)
	for _, d := range altered.Differences {
		if strings.HasPrefix(d.Found, "followed by") {
			return true
		}
	}
	return false
}
