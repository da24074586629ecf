package plan

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestDiffSaysInWordsWhatChanged(t *testing.T) {
	const specChanged = "the line for a changed spec"
	for _, tt := range []struct {
		name   string
		change func(*Spec, Observed, *BuildOptions)
		want   []string
	}{
		{"nothing", func(*Spec, Observed, *BuildOptions) {}, nil},
		{
			"a resource was renewed meanwhile",
			func(_ *Spec, o Observed, _ *BuildOptions) {
				o[Key{"bj", "vpn", "vpn-bir8biqwr45e"}] = prepaid("2027-01-02T08:00:00Z")
			},
			[]string{`bj/vpn/vpn-bir8biqwr45e: decision renew, now not due; baseline 2026-12-02T08:00:00Z, now 2027-01-02T08:00:00Z; ` +
				`months 1, now 0; expected 2027-01-02T08:00:00Z, now none; price "88.50", now ""; estimate true, now false; name "office <\"北京\">�[2J", now ""; ` +
				`reason "expires in 12 days, due within 30d", now "expires in 43 days, due from 2026-12-04"`},
		},
		{
			"the ledger's attempt was raised",
			func(_ *Spec, o Observed, _ *BuildOptions) {
				k := Key{"bj", "nat", "nat-bir8biqwr45e"}
				o[k] = o[k].with(func(o *Observation) { o.Attempt = 1 })
			},
			[]string{"bj/nat/nat-bir8biqwr45e: attempt 0, now 1"},
		},
		{
			"a resource less and one more",
			func(s *Spec, o Observed, _ *BuildOptions) {
				s.Resources[3].ID = "nat-another"
				o[Key{"bj", "nat", "nat-another"}] = prepaid("2026-12-01T00:00:00Z")
			},
			[]string{
				specChanged,
				"bj/nat/nat-another: added, renew by 12 months",
				"bj/nat/nat-bir8biqwr45e: removed, was renew by 12 months",
			},
		},
		{
			"the last row is gone",
			func(s *Spec, _ Observed, _ *BuildOptions) { s.Resources = s.Resources[:9] },
			[]string{specChanged, "gz/eipgroup/eg-b2511000: removed, was refused"},
		},
		{
			"everything outside of the rows",
			func(s *Spec, _ Observed, o *BuildOptions) {
				s.Account = "test"
				s.Limits = Limits{MaxItems: 1, MaxMonths: 2, MaxPlanAge: time.Hour, MaxTotal: "3.00", AllowUnknownPrice: false, RefuseAutoRenew: false}
				o.Cloud, o.AsOf = "http://127.0.0.1:8080", o.AsOf.Add(time.Hour)
				o.Spec.Paths, o.Spec.Tags = []string{"a", "b"}, nil
			},
			[]string{
				`cloud "baidubce.com", now "http://127.0.0.1:8080"`,
				`account "prod", now "test"`,
				`spec paths ["../network"], now ["a", "b"]`,
				`spec tags ["env=prod"], now []`,
				specChanged,
				"limits.maxItems 100, now 1",
				"limits.maxMonths 0, now 2",
				"limits.maxPlanAge 7d, now 1h",
				`limits.maxTotal "5000.00", now "3.00"`,
				"limits.allowUnknownPrice true, now false",
			},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, seen, opt := exampleSpec(), exampleSeen(), exampleOptions(t)
			tt.change(s, seen, &opt)
			b, err := Build(s, seen, opt)
			if err != nil {
				t.Fatal(err)
			}
			for i, line := range tt.want {
				if line == specChanged {
					tt.want[i] = "digest of the evaluated spec " + exampleSpec().Digest() + ", now " + s.Digest()
				}
			}
			if diff := cmp.Diff(tt.want, Diff(examplePlan(t), b)); diff != "" {
				t.Errorf("Diff (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDiffOfAnotherDay(t *testing.T) {
	a := examplePlan(t)
	opt := exampleOptions(t)
	opt.AsOf = opt.AsOf.Add(day)
	b, err := Build(exampleSpec(), exampleSeen(), opt)
	if err != nil {
		t.Fatal(err)
	}
	got := Diff(a, b)
	if len(got) == 0 || got[0] != "asOf 2026-11-20, now 2026-11-21" {
		t.Errorf("got %q; want the day first", got)
	}
}
