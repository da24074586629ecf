package plan

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestBuildDecides(t *testing.T) {
	key := Key{"bj", "vpn", "vpn-1"}
	due, later, gone := "2026-12-02T08:00:00Z", "2026-12-31T08:00:00Z", "2026-11-10T08:00:00Z"
	lapsing := func(s *Spec) { s.Resources[0].Lapse = "moved to another cloud" }
	until := func(s *Spec) {
		s.Reservations["monthly"] = Reservation{Until: "2027-06-30", DueWithin: DefaultDueWithin}
	}
	unified := func(s *Spec) { s.UnifiedExpiryDay = 15 }
	refuseAuto := func(s *Spec) { s.Limits.RefuseAutoRenew = true }
	all := func(changes ...func(*Observation)) func(*Observation) {
		return func(o *Observation) {
			for _, change := range changes {
				change(o)
			}
		}
	}
	postpaid := func(o *Observation) { o.Prepaid, o.Payment, o.Expiry = false, "Postpaid", time.Time{} }
	dedicated := func(o *Observation) { o.Dedicated = true }
	busy := func(o *Observation) { o.Busy, o.Status = true, "Scaling" }
	auto := func(o *Observation) { o.AutoRenew = AutoRenewOn }
	stopped := func(o *Observation) { o.Stopped = true }
	open := func(o *Observation) { o.Open = "unresolved" }
	unaligned := func(o *Observation) { o.Unaligned = true }
	noExpiry := func(o *Observation) { o.Expiry = time.Time{} }
	notFound := Observation{Read: true, NotFound: true}

	for _, tt := range []struct {
		name   string
		spec   func(*Spec)
		seen   Observation
		want   Decision
		reason string
	}{
		{"what is due is renewed", nil, prepaid(due), Renew, "expires in 12 days, due within 30d"},
		{"what expires on the plan's day is due, however short the time", func(s *Spec) {
			s.Reservations["monthly"] = Reservation{Length: 1, DueWithin: time.Hour}
		}, prepaid("2026-11-20T23:00:00Z"), Renew, "expires today, due within 1h"},
		{"and is from the start of that day", func(s *Spec) {
			s.Reservations["monthly"] = Reservation{Length: 1, DueWithin: time.Hour}
		}, prepaid("2026-11-22T23:00:00Z"), NotDue, "expires in 2 days, due from 2026-11-22"},
		{"what would stay expired warns", nil, prepaid("2026-09-15T08:00:00Z"), Renew, "expired 65 days ago: the new expiry counts 1 month from the renewal or from the old expiry; warning: counted from the old expiry, 1 month ends 2026-10-15, which has passed, so it may stay expired"},
		{"what is broken warns", nil, prepaid(due).with(func(o *Observation) { o.Broken, o.Status = true, "Error" }), Renew, "expires in 12 days, due within 30d; warning: it may be of no use (status: Error)"},
		{"what goes away is refused", nil, prepaid(due).with(func(o *Observation) { o.Gone, o.Status = true, "deleting" }), Refused, "it is deleted, or about to be (status: deleting); take it out of the spec"},
		{"what is stopped on the day of its expiry warns", nil, prepaid("2026-11-20T02:00:00Z").with(stopped), Renew, "expires today, due within 30d; warning: it is stopped, and renewing will start it if that is because it has expired"},
		{"a lapse with auto-renew warns", lapsing, prepaid(due).with(auto), Lapse, "moved to another cloud; ends 2026-12-02; warning: auto-renew is on, so the cloud may renew it all the same"},
		{"what expires later is not due", nil, prepaid(later), NotDue, "expires in 41 days, due from 2026-12-02"},
		{"exactly dueWithin away is due", nil, prepaid("2026-12-20T00:00:00Z"), Renew, "expires in 30 days, due within 30d"},
		{"a second more is not", nil, prepaid("2026-12-20T00:00:01Z"), NotDue, "expires in 30 days, due from 2026-11-21"},
		{"an expiry on the plan's day is not in the past", nil, prepaid("2026-11-20T00:00:00Z"), Renew, "expires today, due within 30d"},
		{"a second before the plan's day is", nil, prepaid("2026-11-19T23:59:59Z"), Renew, "expired less than a day ago: the new expiry counts 1 month from the renewal or from the old expiry"},
		{"what has expired is due, and says that its new expiry is not known", nil, prepaid(gone), Renew, "expired 9 days ago: the new expiry counts 1 month from the renewal or from the old expiry"},

		{"what nobody looked at is unread", nil, Observation{}, Unread, "its state was not read"},
		{"what could not be read is unread, with the problem made harmless", nil, Observation{Problem: "timeout\x1b[0m\nx"}, Unread, "its state could not be read: timeout�[0m�x"},
		{"unread comes before lapse", lapsing, Observation{}, Unread, "its state was not read"},
		{"a prepaid resource without an expiry is unread", nil, prepaid(due).with(noExpiry), Unread, "the cloud showed no expiry"},
		{"an absurd expiry is unread", nil, prepaid("1970-01-01T00:00:00Z"), Unread, "the expiry that the cloud showed cannot be right: 1970-01-01T00:00:00Z"},

		{"what does not exist is refused", nil, notFound, Refused, "not found: the cloud has no such resource in region bj; correct its id or region, or take it out of the spec"},
		{"a lapse that does not exist stays one", lapsing, notFound, Lapse, "moved to another cloud; already gone: the cloud has no such resource"},
		{"a lapse shows its end", lapsing, prepaid(due), Lapse, "moved to another cloud; ends 2026-12-02"},
		{"a lapse that has ended says so", lapsing, prepaid(gone), Lapse, "moved to another cloud; ended 2026-11-10"},
		{"a lapse of a postpaid resource has no end", lapsing, prepaid(due).with(postpaid), Lapse, "moved to another cloud; the cloud shows no end (payment: Postpaid)"},
		{"a lapse that was renewed and is not settled warns", lapsing, prepaid(due).with(open), Lapse, "moved to another cloud; ends 2026-12-02; warning: an earlier renewal of this expiry is not settled: unresolved"},
		{"lapse outranks what would refuse", lapsing, prepaid(due).with(all(busy, dedicated)), Lapse, "moved to another cloud; ends 2026-12-02"},
		{"a reason of several lines is made one", func(s *Spec) { s.Resources[0].Lapse = "a\nb" }, prepaid(due), Lapse, "a�b; ends 2026-12-02"},

		{"postpaid is refused", nil, prepaid(due).with(postpaid), Refused, "not prepaid: only prepaid resources can be renewed (payment: Postpaid); make it prepaid, or take it out of the spec"},
		{"postpaid is refused, whatever the spec wants", until, prepaid(due).with(postpaid), Refused, "not prepaid: only prepaid resources can be renewed (payment: Postpaid); make it prepaid, or take it out of the spec"},
		{"dedicated is refused", nil, prepaid(due).with(dedicated), Refused, "dedicated instance: the cloud does not renew these; take it out of the spec"},
		{"dedicated is refused before it is due", nil, prepaid(later).with(dedicated), Refused, "dedicated instance: the cloud does not renew these; take it out of the spec"},
		{"an unsettled renewal is open", nil, prepaid(due).with(open), Open, "an earlier renewal of this expiry is not settled: unresolved; renewplan status shows it"},
		{"an unsettled renewal is open, busy or not", nil, prepaid(due).with(all(open, busy)), Open, "an earlier renewal of this expiry is not settled: unresolved; renewplan status shows it"},
		{"busy is refused", nil, prepaid(due).with(busy), Refused, "busy (status: Scaling); plan again when that is done"},
		{"busy does not matter before it is due", nil, prepaid(later).with(busy), NotDue, "expires in 41 days, due from 2026-12-02"},
		{"a unified expiry day moves the result on", unified, prepaid(due), Renew, "expires in 12 days, due within 30d; the unified expiry day adds 13 days"},
		{"a unified expiry day that is there already adds nothing", unified, prepaid("2026-12-15T08:00:00Z"), Renew, "expires in 25 days, due within 30d"},
		{"a unified expiry day leaves alone what is not due", unified, prepaid(later), NotDue, "expires in 41 days, due from 2026-12-02"},
		{"a unified expiry day has no hold on what has expired", unified, prepaid(gone), Renew, "expired 9 days ago: the new expiry counts 1 month from the renewal or from the old expiry"},
		{"a unified expiry day has no hold on what the cloud does not align", unified, prepaid(due).with(unaligned), Renew, "expires in 12 days, due within 30d"},
		{"a warning stands last", unified, prepaid(due).with(auto), Renew, "expires in 12 days, due within 30d; the unified expiry day adds 13 days; warning: auto-renew is on, so the cloud may renew it too"},
		{"auto-renew is a warning", nil, prepaid(due).with(auto), Renew, "expires in 12 days, due within 30d; warning: auto-renew is on, so the cloud may renew it too"},
		{"auto-renew is refused where the spec wants that", refuseAuto, prepaid(due).with(auto), Refused, "auto-renew is on, and limits.refuseAutoRenew is set; switch auto-renew off, or leave the resource to it"},
		{"what a person resolved is shown", nil, prepaid(due).with(func(o *Observation) { o.Resolved = "not bought, says lena@desk" }), Renew, "expires in 12 days, due within 30d; not bought, says lena@desk"},
		{"what stopped when it expired is started by a renewal", nil, prepaid(gone).with(stopped), Renew, "expired 9 days ago: the new expiry counts 1 month from the renewal or from the old expiry; warning: it was stopped when it expired, and renewing will start it"},
		{"what a person stopped stays as it is", nil, prepaid(due).with(stopped), Renew, "expires in 12 days, due within 30d"},
		{"auto-renew that cannot be seen is not refused", refuseAuto, prepaid(due), Renew, "expires in 12 days, due within 30d"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			spec := &Spec{
				Reservations: map[string]Reservation{"monthly": {Length: 1, DueWithin: DefaultDueWithin}},
				Resources:    []Resource{{Key: key, Reservation: "monthly", RelatedRenewFlag: "CDS"}},
			}
			if tt.spec != nil {
				tt.spec(spec)
			}
			tt.seen.Attempt = 2
			p, err := Build(spec, Observed{key: tt.seen}, exampleOptions(t))
			if err != nil {
				t.Fatal(err)
			}
			row := p.Rows[0]
			if row.Decision != tt.want || row.Reason != tt.reason {
				t.Errorf("got %q, %q; want %q, %q", row.Decision, row.Reason, tt.want, tt.reason)
			}
			buys := row.Months != 0 || row.ClientToken != "" || row.RelatedRenewFlag != "" || row.Attempt != 0
			if buys != (row.Decision == Renew) || row.Decision != Renew && !row.Expected.IsZero() {
				t.Errorf("a row that is %q: got %d months, token %q, flag %q, attempt %d, expected %v; want them on renew rows and nowhere else",
					row.Decision, row.Months, row.ClientToken, row.RelatedRenewFlag, row.Attempt, row.Expected)
			}
			if _, err := Decode(p.Encode()); err != nil {
				t.Errorf("Decode of its text: %v", err)
			}
		})
	}
}

func TestBuildComputesWhatIsBought(t *testing.T) {
	for _, tt := range []struct {
		name, expiry, want string
		months             int
	}{
		{"a month", "2026-12-02T08:00:00Z", "2027-01-02T08:00:00Z", 1},
		{"a year", "2026-11-30T16:30:00Z", "2027-11-30T16:30:00Z", 12},
		{"the plan's own day", "2026-11-20T00:00:00Z", "2026-12-20T00:00:00Z", 1},
		{"expired: not computed", "2026-11-19T23:59:59Z", "", 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			key := Key{"bj", "nat", "nat-1"}
			spec := &Spec{
				Reservations: map[string]Reservation{"r": {Length: tt.months, DueWithin: DefaultDueWithin}},
				Resources:    []Resource{{Key: key, Reservation: "r"}},
			}
			seen := prepaid(tt.expiry)
			seen.Expiry = seen.Expiry.In(time.FixedZone("", 8*3600)).Add(400 * time.Millisecond)
			p, err := Build(spec, Observed{key: seen}, exampleOptions(t))
			if err != nil {
				t.Fatal(err)
			}
			baseline := at(t, tt.expiry)
			want := Row{
				Key: key, Decision: Renew, Reason: p.Rows[0].Reason, Baseline: baseline,
				Months: tt.months, Expected: at(t, tt.want), AutoRenew: "not visible", ClientToken: Token(key, baseline, 0),
			}
			if diff := cmp.Diff(want, p.Rows[0]); diff != "" {
				t.Errorf("row (-want +got):\n%s", diff)
			}
		})
	}
}

func TestBuildTakesTheNameOfTheSpecFirst(t *testing.T) {
	p := examplePlan(t)
	names := map[string]string{}
	for _, r := range p.Rows {
		names[r.ID] = r.Name
	}
	if got := names["nat-bir8biqwr45e"]; got != "egress" {
		t.Errorf("a name in the spec: got %q; want %q", got, "egress")
	}
	if got, want := names["vpn-bir8biqwr45e"], "office <\"北京\">�[2J"; got != want {
		t.Errorf("the cloud's name: got %q; want %q", got, want)
	}
}

func TestBuildSumsUp(t *testing.T) {
	want := Totals{
		Renew: 3, NotDue: 1, Lapse: 1, Refused: 3, Open: 1, Unread: 1,
		Months: 25, Price: "2078.50", Estimates: 1, UnknownPrices: 1, UnpricedAlong: 3,
		Kinds: []Subtotal{
			{Name: "instance", Renew: 1, Months: 12, Price: "1990.00"},
			{Name: "nat", Renew: 1, Months: 12, UnknownPrices: 1},
			{Name: "vpn", Renew: 1, Months: 1, Price: "88.50", Estimates: 1},
		},
		Regions: []Subtotal{{Name: "bj", Renew: 3, Months: 25, Price: "2078.50", Estimates: 1, UnknownPrices: 1}},
	}
	if diff := cmp.Diff(want, examplePlan(t).Totals); diff != "" {
		t.Errorf("totals (-want +got):\n%s", diff)
	}
}

func TestBuildWritesTheGoldenPlanFile(t *testing.T) {
	golden(t, "example.plan.json", examplePlan(t).Encode())
}

func TestBuildFillsInRegions(t *testing.T) {
	spec := func(own, region string) *Spec {
		return &Spec{
			Region:       region,
			Reservations: map[string]Reservation{"r": {Length: 1, DueWithin: day}},
			Resources:    []Resource{{Key: Key{own, "vpn", "vpn-1"}, Reservation: "r"}},
		}
	}
	for _, tt := range []struct{ name, own, spec, flag, want string }{
		{"its own region counts first", "gz", "bj", "su", "gz"},
		{"then the spec's", "", "bj", "su", "bj"},
		{"then the flag", "", "", "su", "su"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := spec(tt.own, tt.spec)
			opt := exampleOptions(t)
			opt.DefaultRegion = tt.flag
			p, err := Build(s, nil, opt)
			if err != nil {
				t.Fatal(err)
			}
			keys, err := Keys(s, tt.flag)
			if err != nil {
				t.Fatal(err)
			}
			if got := p.Rows[0].Region; got != tt.want || keys[0] != p.Rows[0].Key {
				t.Errorf("got row %q, key %q; want region %q", got, keys[0], tt.want)
			}
		})
	}
}

func TestBuildSortsByTheRegionFilledIn(t *testing.T) {
	s := &Spec{
		Region:       "gz",
		Reservations: map[string]Reservation{"r": {Length: 1, DueWithin: day}},
		Resources: []Resource{
			{Key: Key{"", "vpn", "vpn-a"}, Reservation: "r"},
			{Key: Key{"bj", "vpn", "vpn-b"}, Reservation: "r"},
			{Key: Key{"bj", "nat", "nat-c"}, Reservation: "r"},
		},
	}
	got, err := Keys(s, "")
	want := []Key{{"bj", "nat", "nat-c"}, {"bj", "vpn", "vpn-b"}, {"gz", "vpn", "vpn-a"}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("error %v; keys (-want +got):\n%s", err, diff)
	}
}

func TestBuildRefusesWhatNoPlanCanBeMadeOf(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*Spec, *BuildOptions)
		want   []string
	}{
		{
			"resources without any region, each named with its place",
			func(s *Spec, _ *BuildOptions) {
				s.Region = ""
				s.Resources = []Resource{
					{Key: Key{"", "vpn", "vpn-1"}, Reservation: "monthly", Position: "a.cue:3:2"},
					{Key: Key{"", "vpn", "vpn-2"}, Reservation: "monthly", Position: "a.cue:4:2"},
				}
			},
			[]string{
				"a.cue:3:2: vpn/vpn-1 has no region; write one in the spec, or give --region",
				"a.cue:4:2: vpn/vpn-2 has no region; write one in the spec, or give --region",
			},
		},
		{
			"the same resource with and without its region",
			func(s *Spec, _ *BuildOptions) {
				s.Resources = []Resource{
					{Key: Key{"", "vpn", "vpn-1"}, Reservation: "monthly", Position: "a.cue:3:2"},
					{Key: Key{"bj", "vpn", "vpn-1"}, Reservation: "yearly", Position: "b.cue:9:1"},
				}
			},
			[]string{"b.cue:9:1: bj/vpn/vpn-1 stands twice: with and without its region written; also at a.cue:3:2"},
		},
		{
			"the same resource in two regions",
			func(s *Spec, _ *BuildOptions) {
				s.Resources = []Resource{
					{Key: Key{"", "vpn", "vpn-1"}, Reservation: "monthly", Position: "a.cue:3:2"},
					{Key: Key{"bj", "nat", "vpn-1"}, Reservation: "monthly"}, // another kind's is another
					{Key: Key{"gz", "vpn", "vpn-1"}, Reservation: "yearly", Position: "b.cue:9:1"},
					{Key: Key{"su", "vpn", "vpn-1"}, Lapse: "gone", Position: "c.cue:1:1"},
				}
			},
			[]string{
				"b.cue:9:1: gz/vpn/vpn-1 stands as bj/vpn/vpn-1, too: an id is one resource of one region, and could be renewed for each; leave one out; also at a.cue:3:2",
				"c.cue:1:1: su/vpn/vpn-1 stands as bj/vpn/vpn-1, too: an id is one resource of one region, and could be renewed for each; leave one out; also at a.cue:3:2",
			},
		},
		{
			"a reservation that does not exist",
			func(s *Spec, _ *BuildOptions) { s.Resources[1].Reservation = "weekly" },
			[]string{`bj/instance/i-Resizing names the reservation "weekly", which the spec does not declare`},
		},
		{
			"a length that cannot be bought",
			func(s *Spec, _ *BuildOptions) { s.Reservations["monthly"] = Reservation{Length: 10, DueWithin: day} },
			[]string{`bj/vpn/vpn-later: reservation "monthly" has a length of 10 months; want 1 to 9, 12, 24 or 36`},
		},
		{
			"a length and a date",
			func(s *Spec, _ *BuildOptions) {
				s.Reservations["monthly"] = Reservation{Length: 1, Until: "2027-06-30", DueWithin: day}
			},
			[]string{`bj/vpn/vpn-later: reservation "monthly" has both length and until; want one of them`},
		},
		{
			"a date that is none",
			func(s *Spec, _ *BuildOptions) {
				s.Reservations["monthly"] = Reservation{Until: "2027-02-29", DueWithin: day}
			},
			[]string{`bj/vpn/vpn-later: reservation "monthly" has until "2027-02-29"; want a day from 2000 to 2200, such as 2027-06-30`},
		},
		{
			"a date out of this world",
			func(s *Spec, _ *BuildOptions) {
				s.Reservations["monthly"] = Reservation{Until: "9999-12-31", DueWithin: day}
			},
			[]string{`bj/vpn/vpn-later: reservation "monthly" has until "9999-12-31"; want a day from 2000 to 2200, such as 2027-06-30`},
		},
		{
			"a line break in an id, which would make tokens ambiguous",
			func(s *Spec, _ *BuildOptions) { s.Resources[1].ID = "i-1\n2" },
			[]string{`"bj/instance/i-1\n2 " holds a control character; a plan file cannot`},
		},
		{
			"an empty id",
			func(s *Spec, _ *BuildOptions) { s.Resources[1].ID = "" },
			[]string{"instance/ has no kind or no id"},
		},
		{
			"a control character in a tag",
			func(_ *Spec, o *BuildOptions) { o.Spec.Tags = []string{"a=\x1b[2J"} },
			[]string{`"a=\x1b[2J" holds a control character; a plan file cannot`},
		},
		{
			"a unified expiry day that no February has",
			func(s *Spec, _ *BuildOptions) { s.UnifiedExpiryDay = 29 },
			[]string{"unifiedExpiryDay is 29; want a day of the month from 1 to 28, or none"},
		},
		{
			"a price that is negative",
			func(s *Spec, _ *BuildOptions) { s.Resources[1].Prices = map[int]string{1: "1.00", 12: "-1.00"} },
			[]string{`bj/instance/i-Resizing: the price for 12 months is "-1.00"; want CNY with two decimals, such as 88.00`},
		},
		{
			"a price with three decimals",
			func(s *Spec, _ *BuildOptions) { s.Resources[1].Prices = map[int]string{1: "1.005"} },
			[]string{`bj/instance/i-Resizing: the price for 1 month is "1.005"; want CNY with two decimals, such as 88.00`},
		},
		{
			"a price beyond all bounds",
			func(s *Spec, _ *BuildOptions) { s.Resources[1].Prices = map[int]string{1: "1000000000.00"} },
			[]string{`bj/instance/i-Resizing: the price for 1 month is "1000000000.00"; want CNY with two decimals, such as 88.00`},
		},
		{
			"a price for ten months, of a resource that lapses too",
			func(s *Spec, _ *BuildOptions) { s.Resources[0].Prices = map[int]string{10: "1.00"} },
			[]string{`network.cue:20:2: bj/instance/i-OldBatch: it has a price for 10 months; want 1 to 9, 12, 24 or 36`},
		},
		{
			"a monthly price without decimals",
			func(s *Spec, _ *BuildOptions) { s.Resources[1].MonthlyPrice = "88" },
			[]string{`bj/instance/i-Resizing: the monthly price is "88"; want CNY with two decimals, such as 88.00`},
		},
		{
			"a limit below zero",
			func(s *Spec, _ *BuildOptions) { s.Limits.MaxTotal = "-0.01" },
			[]string{`limits.maxTotal is "-0.01"; want CNY with two decimals, such as 50000.00, or none`},
		},
		{
			"a number of renewals below zero",
			func(s *Spec, _ *BuildOptions) { s.Limits.MaxItems = -1 },
			[]string{`limits.maxItems is -1; want 1 or more, or none`},
		},
		{
			"a number of months below zero",
			func(s *Spec, _ *BuildOptions) { s.Limits.MaxMonths = -1 },
			[]string{`limits.maxMonths is -1; want 1 or more, or none`},
		},
		{
			"an age below zero",
			func(s *Spec, _ *BuildOptions) { s.Limits.MaxPlanAge = -day },
			[]string{`limits.maxPlanAge is -1d; want more than 0, or none`},
		},
		{
			"more resources than a plan can hold",
			func(s *Spec, _ *BuildOptions) { s.Resources = make([]Resource, maxRows+1) },
			[]string{`the spec has 1000001 resources; a plan holds 1000000`},
		},
		{
			"no day",
			func(_ *Spec, o *BuildOptions) { o.AsOf = time.Time{} },
			[]string{"the plan's day is in the year 1; want 2000 to 2200"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, opt := exampleSpec(), exampleOptions(t)
			tt.change(s, &opt)
			for name, build := range map[string]func() (*Plan, error){
				"Build":   func() (*Plan, error) { return Build(s, exampleSeen(), opt) },
				"Offline": func() (*Plan, error) { return Offline(s, opt) },
			} {
				p, err := build()
				if err == nil || p != nil {
					t.Fatalf("%s: got plan %v, error %v; want an error", name, p, err)
				}
				for _, want := range tt.want {
					if !strings.Contains(err.Error(), want) {
						t.Errorf("%s: got error\n%v\nwant one with\n%s", name, err, want)
					}
				}
			}
		})
	}
}

func TestBuildListsABoundedNumberOfMistakes(t *testing.T) {
	s := &Spec{Resources: make([]Resource, 1000)}
	_, err := Keys(s, "bj")
	if err == nil {
		t.Fatal("got no error; want one")
	}
	lines := strings.Split(err.Error(), "\n")
	if got, want := lines[len(lines)-1], "more mistakes like these"; len(lines) != maxMistakes+1 || !strings.HasSuffix(got, want) {
		t.Errorf("got %d lines, the last %q; want %d, the last …%q", len(lines), got, maxMistakes+1, want)
	}
}

func TestOfflineShowsTheSpecAlone(t *testing.T) {
	p, err := Offline(exampleSpec(), exampleOptions(t))
	if err != nil {
		t.Fatal(err)
	}
	if !p.Offline || p.Digest != "" {
		t.Errorf("got Offline %v, digest %q; want true and none", p.Offline, p.Digest)
	}
	got := map[string]Row{}
	for _, r := range p.Rows {
		if r.ClientToken != "" || !r.Baseline.IsZero() || !r.Expected.IsZero() || r.Decision == Renew {
			t.Errorf("%s: got decision %q, baseline %v, token %q; want neither state nor token nor a renewal", r.Key, r.Decision, r.Baseline, r.ClientToken)
		}
		got[r.ID] = Row{Decision: r.Decision, Months: r.Months, Reason: r.Reason, Price: r.Price, Estimate: r.Estimate}
	}
	for id, want := range map[string]Row{
		"vpn-later":        {Months: 1, Reason: "1 month, due within 30d; offline: state not read"},
		"nat-bir8biqwr45e": {Months: 12, Reason: "12 months, due within 45d; offline: state not read"},
		"i-YufwpQAe":       {Months: 12, Reason: "12 months, due within 45d; offline: state not read", Price: "1990.00"},
		"vpn-bir8biqwr45e": {Months: 1, Reason: "1 month, due within 30d; offline: state not read", Price: "88.50", Estimate: true},
		"i-OldBatch":       {Decision: Lapse, Reason: "decommissioned in January; offline: state not read"},
	} {
		if diff := cmp.Diff(want, got[id]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", id, diff)
		}
	}
	if diff := cmp.Diff(Totals{Lapse: 1}, p.Totals); diff != "" {
		t.Errorf("totals (-want +got):\n%s", diff)
	}
}

func TestOfflineShowsUntil(t *testing.T) {
	s := exampleSpec()
	s.Resources[5].Reservation = "aligned"
	p, err := Offline(s, exampleOptions(t))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := p.Rows[5].Reason, "until 2027-06-30, due within 60d; offline: state not read"; got != want {
		t.Errorf("got %q; want %q", got, want)
	}
	if p.Rows[5].Price != "" {
		t.Errorf("got %s; want no price, since the length is not known", p.Rows[5].Price)
	}
}

// How many days come on top shows only the expiry.
func TestOfflineHasNoPricesWithAUnifiedExpiryDay(t *testing.T) {
	s := exampleSpec()
	s.UnifiedExpiryDay = 5
	p, err := Offline(s, exampleOptions(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range p.Rows {
		if r.Price != "" {
			t.Errorf("%s: got %s; want no price", r.Key, r.Price)
		}
	}
}

func TestOfflinePlanCannotBeEncoded(t *testing.T) {
	p, err := Offline(exampleSpec(), exampleOptions(t))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if recover() == nil {
			t.Error("Encode of an offline plan returned; want a panic")
		}
	}()
	p.Encode()
}
