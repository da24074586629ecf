package plan

import (
	"strings"
	"testing"
	"time"
)

func TestAgainstFindsWhatWasEditedInThePlanFileAlone(t *testing.T) {
	spec := &Spec{
		Account: "prod", Limits: Limits{MaxItems: 2, MaxPlanAge: DefaultMaxPlanAge},
		Reservations: map[string]Reservation{"monthly": {Length: 1, DueWithin: DefaultDueWithin}},
	}
	seen := Observed{}
	asOf := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	for _, id := range []string{"vpn-1", "vpn-2"} {
		k := Key{Region: "bj", Kind: "vpn", ID: id}
		spec.Resources = append(spec.Resources, Resource{Key: Key{Kind: "vpn", ID: id}, Reservation: "monthly"})
		seen[k] = Observation{Read: true, Prepaid: true, Name: "of the cloud", AutoRenew: AutoRenewOn, Expiry: asOf.AddDate(0, 0, 9)}
	}
	for _, tt := range []struct {
		name string
		edit func(*Plan)
		want string // in the only line; "" for none
	}{
		{"nothing", func(*Plan) {}, ""},
		{"a limit taken away", func(p *Plan) { p.Limits.MaxItems = 0 }, "limits.maxItems 0, now 2"},
		{"a longer life", func(p *Plan) { p.Limits.MaxPlanAge *= 100 }, "limits.maxPlanAge 700d, now 7d"},
		{"another account", func(p *Plan) { p.Account = "test" }, `account "test", now "prod"`},
		{"another length", func(p *Plan) {
			p.Rows[1].Months = 12
			p.Rows[1].Expected = AddMonths(p.Rows[1].Baseline, 12)
		}, "bj/vpn/vpn-2: months 12, now 1"},
		{"a flag", func(p *Plan) { p.Rows[0].RelatedRenewFlag = "CDS" }, `bj/vpn/vpn-1: relatedRenewFlag "CDS", now ""`},
		{"a resource that the spec does not name", func(p *Plan) { p.Rows[1].ID = "vpn-3" }, "bj/vpn/vpn-3: the spec does not name it"},
		{"a day on which it was not due", func(p *Plan) { p.AsOf = p.AsOf.AddDate(0, -3, 0) }, `decision renew, now not due`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, err := Build(spec, seen, BuildOptions{AsOf: asOf, Cloud: "baidubce.com", DefaultRegion: "bj"})
			if err != nil {
				t.Fatal(err)
			}
			tt.edit(p)
			got, err := p.Against(spec)
			if err != nil {
				t.Fatal(err)
			}
			if tt.want == "" && len(got) > 0 || tt.want != "" && (len(got) == 0 || !strings.Contains(got[0], tt.want)) {
				t.Errorf("got %q; want %q", got, tt.want)
			}
		})
	}
}
