package plan

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// instances is a spec of due instances with the flags given, i-0, i-1 and so on,
// and what was seen of them.
func instances(tb testing.TB, flags ...string) (*Spec, Observed) {
	tb.Helper()
	s := &Spec{Region: "bj", Reservations: map[string]Reservation{"monthly": {Length: 1, DueWithin: DefaultDueWithin}}}
	seen := Observed{}
	for i, flag := range flags {
		key := Key{"bj", "instance", "i-" + string(rune('0'+i))}
		s.Resources = append(s.Resources, Resource{Key: key, Reservation: "monthly", RelatedRenewFlag: flag})
		seen[key] = prepaid("2026-12-02T08:00:00Z")
	}
	return s, seen
}

func hang(seen Observed, id string, things ...Attached) {
	key := Key{"bj", "instance", id}
	o := seen[key]
	o.Attached = things
	seen[key] = o
}

func thingAt(sort, id string) Attached {
	return Attached{Sort: sort, ID: id, Expiry: time.Date(2026, 12, 2, 8, 0, 0, 0, time.UTC)}
}

func mustBuild(tb testing.TB, s *Spec, seen Observed) *Plan {
	tb.Helper()
	p, err := Build(s, seen, exampleOptions(tb))
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

func TestBuildSaysWhatIsRenewedAlong(t *testing.T) {
	disk, address := thingAt(Disk, "v-1"), thingAt(Address, "10.0.0.1")
	for _, tt := range []struct {
		flag string
		want []string
	}{
		{"CDS_EIP_MKT", []string{"with CDS v-1", "with EIP 10.0.0.1"}},
		{"CDS", []string{"with CDS v-1"}},
		{"EIP", []string{"perhaps CDS v-1", "with EIP 10.0.0.1"}},
		{"MKT", []string{"perhaps CDS v-1"}},
		{"", []string{"perhaps CDS v-1", "perhaps EIP 10.0.0.1"}},
	} {
		t.Run("flag "+tt.flag, func(t *testing.T) {
			s, seen := instances(t, tt.flag)
			hang(seen, "i-0", address, disk, disk)
			p := mustBuild(t, s, seen)
			row := p.Rows[0]
			var got []string
			for _, a := range row.Along {
				how := "with "
				if row.Perhaps(a) {
					how = "perhaps "
				}
				got = append(got, how+a.Sort+" "+a.ID)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("along (-want +got):\n%s", diff)
			}
			back, err := Decode(p.Encode())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(p, back); diff != "" {
				t.Errorf("read back (-written +read):\n%s", diff)
			}
		})
	}
}

func TestOnlyWhatIsRenewedHasSomethingAlong(t *testing.T) {
	s, seen := instances(t, "CDS")
	o := prepaid("2027-12-02T08:00:00Z")
	o.Attached = []Attached{thingAt(Disk, "v-1")}
	seen[s.Resources[0].Key] = o
	if p := mustBuild(t, s, seen); p.Rows[0].Decision != NotDue || p.Rows[0].Along != nil {
		t.Errorf("got %+v; want a row that is not due, with nothing along", p.Rows[0])
	}
}

func TestWhatHangsAndCouldNotBeReadStopsNothing(t *testing.T) {
	s, seen := instances(t, "CDS")
	hang(seen, "i-0", Attached{Sort: Disk, Problem: "HTTP 500\x1b"}, Attached{Sort: Disk, ID: "v-1"})
	p := mustBuild(t, s, seen)
	want := []Attached{{Sort: Disk, Problem: "HTTP 500\ufffd"}}
	if p.Rows[0].Decision != Renew || !cmp.Equal(p.Rows[0].Along, want) {
		t.Errorf("got %+v; want a renewal, and along %+v", p.Rows[0], want)
	}
}

func TestOneThingIsNotRenewedByTwoRows(t *testing.T) {
	disk, address := thingAt(Disk, "v-shared"), thingAt(Address, "10.0.0.1")
	for _, tt := range []struct {
		name    string
		flags   []string
		thing   Attached
		want    Decision
		reasons []string // of the rows, their ends
	}{
		{
			"both flags name the disk",
			[]string{"CDS", "CDS_EIP"},
			disk, Refused,
			[]string{
				"disk v-shared would be renewed twice: bj/instance/i-1 renews it along, too; take CDS out of the relatedRenewFlag of all but one",
				"disk v-shared would be renewed twice: bj/instance/i-0 renews it along, too; take CDS out of the relatedRenewFlag of all but one",
			},
		},
		{
			"both flags name the address",
			[]string{"EIP", "EIP"},
			address, Refused,
			[]string{
				"address 10.0.0.1 would be renewed twice: bj/instance/i-1 renews it along, too; take EIP out of the relatedRenewFlag of all but one",
				"address 10.0.0.1 would be renewed twice: bj/instance/i-0 renews it along, too; take EIP out of the relatedRenewFlag of all but one",
			},
		},
		{
			"one flag names the disk",
			[]string{"CDS", ""},
			disk, Renew,
			[]string{
				"; warning: disk v-shared hangs on bj/instance/i-1, too, and may be renewed twice",
				"; warning: disk v-shared hangs on bj/instance/i-0, too, and may be renewed twice",
			},
		},
		{"no flag renews the address", []string{"CDS", "CDS"}, address, Renew, []string{"due within 30d", "due within 30d"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, seen := instances(t, tt.flags...)
			hang(seen, "i-0", tt.thing)
			hang(seen, "i-1", tt.thing)
			p := mustBuild(t, s, seen)
			for i, row := range p.Rows {
				if row.Decision != tt.want || !strings.HasSuffix(row.Reason, tt.reasons[i]) {
					t.Errorf("row %d: got %s, %q; want %s, …%q", i, row.Decision, row.Reason, tt.want, tt.reasons[i])
				}
				if row.Decision == Refused && (row.ClientToken != "" || row.Months != 0 || row.Along != nil) {
					t.Errorf("row %d: got %+v; want nothing to buy in a refused row", i, row)
				}
			}
			if _, err := Decode(p.Encode()); err != nil {
				t.Error(err)
			}
			if lines, err := p.Against(s); err != nil || len(lines) > 0 {
				t.Errorf("against its own spec: got %q, %v; want no difference", lines, err)
			}
		})
	}
}

func TestAnAddressInASharedBandwidthThatIsRenewedIsWarnedOf(t *testing.T) {
	s, seen := instances(t, "EIP")
	s.Resources = append(s.Resources, Resource{Key: Key{"bj", "eipgroup", "eg-1"}, Reservation: "monthly"})
	seen[Key{"bj", "eipgroup", "eg-1"}] = prepaid("2026-12-02T08:00:00Z")
	address := thingAt(Address, "10.0.0.1")
	address.Group = "eg-1"
	hang(seen, "i-0", address)
	const want = "; warning: address 10.0.0.1 is in the shared bandwidth eg-1, which this plan renews, too, so it may be paid twice; look in the console"
	if p := mustBuild(t, s, seen); !strings.HasSuffix(p.Rows[1].Reason, want) {
		t.Errorf("got %q; want …%q", p.Rows[1].Reason, want)
	}
}

func TestWhatIsRenewedAlongHasNoPriceAndCountsAsOverALimit(t *testing.T) {
	s, seen := instances(t, "CDS", "")
	s.Limits.MaxTotal = "200.00"
	for i := range s.Resources {
		s.Resources[i].Prices = map[int]string{1: "100.00"}
	}
	hang(seen, "i-0", thingAt(Disk, "v-1"), thingAt(Disk, "v-2"))
	hang(seen, "i-1", thingAt(Disk, "v-3")) // perhaps
	p := mustBuild(t, s, seen)
	if p.Totals.Price != "200.00" || p.Totals.UnpricedAlong != 2 {
		t.Errorf("got %s and %d things without a price; want 200.00 and 2", p.Totals.Price, p.Totals.UnpricedAlong)
	}
	want := []string{"limits.maxTotal is 200.00 CNY: the plan has 2 attached things renewed along at a price that is not known (with bj/instance/i-0), so its total is not known; " +
		"set limits.allowUnknownPrice: true to leave them out of account"}
	if diff := cmp.Diff(want, p.OverLimits()); diff != "" {
		t.Errorf("over (-want +got):\n%s", diff)
	}
	s.Limits.AllowUnknownPrice = true
	if over := mustBuild(t, s, seen).OverLimits(); len(over) > 0 {
		t.Errorf("with allowUnknownPrice: got %q; want nothing over", over)
	}
}

func TestImagesOfTheMarketplaceCountAsOneThingWithoutAPrice(t *testing.T) {
	for _, tt := range []struct {
		flag     string
		unpriced int // v-1 among it
	}{
		{"MKT", 1}, {"CDS_EIP_MKT", 2}, {"CDS", 1}, {"EIP", 0}, {"", 0},
	} {
		t.Run("flag "+tt.flag, func(t *testing.T) {
			s, seen := instances(t, tt.flag)
			s.Limits.MaxTotal = "200.00"
			s.Resources[0].Prices = map[int]string{1: "100.00"}
			hang(seen, "i-0", thingAt(Disk, "v-1"))
			p := mustBuild(t, s, seen)
			if got := p.Totals.UnpricedAlong; got != tt.unpriced {
				t.Errorf("got %d things without a price; want %d", got, tt.unpriced)
			}
			if over := p.OverLimits(); (len(over) > 0) != (tt.unpriced > 0) {
				t.Errorf("over limits: got %q; want a line: %t", over, tt.unpriced > 0)
			}
			if n := len(p.Rows[0].Along); n != 1 {
				t.Errorf("got %d things in the plan file; want the disk alone", n)
			}
		})
	}
}

// Earlier versions did not count the images.
func TestDecodeReadsFilesThatDoNotCountImages(t *testing.T) {
	s, seen := instances(t, "MKT")
	s.Limits.MaxTotal = "200.00"
	s.Resources[0].Prices = map[int]string{1: "100.00"}
	text := string(mustBuild(t, s, seen).Encode())
	older := reseal(strings.Replace(text, `"unpricedAlong": 1`, `"unpricedAlong": 0`, 1))
	p, err := Decode([]byte(older))
	if err != nil || older == text {
		t.Fatalf("got %v; want an older file to be read", err)
	}
	if got := string(p.Encode()); got != older {
		t.Errorf("written again (-older +got):\n%s", cmp.Diff(older, got))
	}
	if len(p.OverLimits()) == 0 {
		t.Error("got nothing over the limits; want the image, whose price is not known")
	}
	if _, err := Decode([]byte(reseal(strings.Replace(text, `"unpricedAlong": 1`, `"unpricedAlong": 2`, 1)))); err == nil {
		t.Error("got a plan of 2 things; want only 1, or 0 as before")
	}
}

func TestDecodeFindsEditsOfWhatIsRenewedAlong(t *testing.T) {
	s, seen := instances(t, "CDS")
	hang(seen, "i-0", thingAt(Disk, "v-1"), thingAt(Disk, "v-2"))
	text := string(mustBuild(t, s, seen).Encode())
	for _, tt := range []struct{ name, old, now, field string }{
		{"another certainty", `"perhaps": false`, `"perhaps": true`, "along.perhaps"},
		{"a thing that the flag does not renew", `"sort": "CDS"`, `"sort": "EIP"`, "along"},
		{"the same thing twice", `"id": "v-2"`, `"id": "v-1"`, "along"},
		{"out of order", `"id": "v-2"`, `"id": "a-2"`, "along"},
		{"a problem beside what was read", `"problem": ""`, `"problem": "x"`, "along"},
		{"no expiry", `"group": "",
          "expiry": "2026-12-02T08:00:00Z"`, `"group": "",
          "expiry": ""`, "along"},
		{"a control character", `"group": ""`, `"group": "\u0007"`, "along"},
		{"no things", `"unpricedAlong": 2`, `"unpricedAlong": 0`, "totals.unpricedAlong"},
		{"an unknown field", `"group": ""`, `"groups": ""`, "along.groups"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			edited := strings.Replace(text, tt.old, tt.now, 1)
			if edited == text {
				t.Fatalf("%s does not stand in the plan:\n%s", tt.old, text)
			}
			_, err := Decode([]byte(reseal(edited)))
			if err == nil || !strings.Contains(err.Error(), "bj/instance/i-0: "+tt.field+" ") && !strings.Contains(err.Error(), tt.field) {
				t.Errorf("got %v; want a difference in %s", err, tt.field)
			}
		})
	}
}

func TestDiffTellsWhatIsRenewedAlong(t *testing.T) {
	s, seen := instances(t, "CDS")
	was := mustBuild(t, s, seen)
	hang(seen, "i-0", thingAt(Disk, "v-1"), Attached{Sort: Address, Problem: "time-out"})
	want := []string{"bj/instance/i-0: along nothing, now disk v-1 (2026-12-02T08:00:00Z)"}
	if diff := cmp.Diff(want, Diff(was, mustBuild(t, s, seen))); diff != "" {
		t.Errorf("difference (-want +got):\n%s", diff)
	}
}
