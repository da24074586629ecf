package plan

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the golden files anew")

const exampleDay = "2026-11-20"

// exampleSpec has a resource for every decision.
func exampleSpec() *Spec {
	vpn := func(id string) Key { return Key{Kind: "vpn", ID: id} }
	return &Spec{
		Account: "prod",
		Region:  "bj",
		Reservations: map[string]Reservation{
			"monthly": {Length: 1, DueWithin: DefaultDueWithin},
			"yearly":  {Length: 12, DueWithin: 45 * day},
			"aligned": {Until: "2027-06-30", DueWithin: 60 * day},
		},
		Resources: []Resource{
			{Key: Key{"", "instance", "i-OldBatch"}, Lapse: "decommissioned in January", Position: "network.cue:20:2"},
			{Key: Key{"", "instance", "i-Resizing"}, Reservation: "yearly"},
			{Key: Key{"", "instance", "i-YufwpQAe"}, Reservation: "yearly", RelatedRenewFlag: "CDS_EIP_MKT", Prices: map[int]string{1: "199.00", 12: "1990.00"}},
			{Key: Key{"", "nat", "nat-bir8biqwr45e"}, Reservation: "yearly", Name: "egress"},
			{Key: Key{"", "nat", "nat-gone"}, Reservation: "yearly"},
			{Key: vpn("vpn-bir8biqwr45e"), Reservation: "monthly", Prices: map[int]string{12: "880.00"}, MonthlyPrice: "88.50"},
			{Key: vpn("vpn-later"), Reservation: "monthly"},
			{Key: vpn("vpn-open"), Reservation: "monthly"},
			{Key: vpn("vpn-silent"), Reservation: "monthly"},
			{Key: Key{"gz", "eipgroup", "eg-b2511000"}, Reservation: "monthly"},
		},
		Limits: Limits{MaxItems: 100, MaxPlanAge: DefaultMaxPlanAge, MaxTotal: "5000.00", AllowUnknownPrice: true},
	}
}

func prepaid(expiry string) Observation {
	t, err := time.Parse(time.RFC3339, expiry)
	if err != nil {
		panic(err)
	}
	return Observation{Read: true, Payment: "Prepaid", Prepaid: true, Status: "active", Expiry: t.UTC()}
}

// with changes an observation.
func (o Observation) with(change func(*Observation)) Observation {
	change(&o)
	return o
}

func exampleSeen() Observed {
	return Observed{
		{"bj", "instance", "i-OldBatch"}: prepaid("2026-12-02T16:00:00Z"),
		{"bj", "instance", "i-Resizing"}: prepaid("2026-12-05T08:00:00Z").with(func(o *Observation) { o.Busy, o.Status = true, "Scaling" }),
		{"bj", "instance", "i-YufwpQAe"}: prepaid("2026-12-31T16:30:00Z").with(func(o *Observation) {
			o.Name, o.Attempt, o.AutoRenew = "db | 主库", 1, AutoRenewOn
			o.Attached = []Attached{
				{Sort: Disk, ID: "v-Gx9Yqr3n", Name: "数据", Expiry: o.Expiry},
				{Sort: Address, Problem: "time-out"},
			}
		}),
		{"bj", "nat", "nat-bir8biqwr45e"}: prepaid("2026-11-17T02:00:00Z").with(func(o *Observation) { o.Name = "mynat" }),
		{"bj", "nat", "nat-gone"}:         {Read: true, NotFound: true},
		{"bj", "vpn", "vpn-bir8biqwr45e"}: prepaid("2026-12-02T08:00:00Z").with(func(o *Observation) { o.Name = "office <\"北京\">\x1b[2J" }),
		{"bj", "vpn", "vpn-later"}:        prepaid("2026-12-31T08:00:00Z"),
		{"bj", "vpn", "vpn-open"}:         prepaid("2026-12-01T08:00:00Z").with(func(o *Observation) { o.Open = "unresolved since 2026-11-19" }),
		{"bj", "vpn", "vpn-silent"}:       {Problem: "GET vpn: 500 InternalError"},
		{"gz", "eipgroup", "eg-b2511000"}: {Read: true, Payment: "Postpaid", Status: "available"},
	}
}

func exampleOptions(tb testing.TB) BuildOptions {
	tb.Helper()
	day, err := time.Parse(dayLayout, exampleDay)
	if err != nil {
		tb.Fatal(err)
	}
	return BuildOptions{AsOf: day, Cloud: "baidubce.com", Spec: SpecRef{Paths: []string{"../network"}, Tags: []string{"env=prod"}}}
}

func examplePlan(tb testing.TB) *Plan {
	tb.Helper()
	p, err := Build(exampleSpec(), exampleSeen(), exampleOptions(tb))
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// golden compares with a file of testdata, or writes it under -update.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s", path, got, want)
	}
}
