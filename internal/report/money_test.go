package report

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"renewplan/internal/plan"
)

func priced(price string, estimate bool) plan.Row { return plan.Row{Price: price, Estimate: estimate} }

func TestPricesAreAddedInFen(t *testing.T) {
	var sum cny
	for range 10 {
		sum.add(priced("0.10", false))
	}
	if got, want := sum.words(), "1.00 CNY"; got != want {
		t.Errorf("ten times 0.10: got %s; want %s", got, want)
	}
}

func TestASumSaysWhatIsInIt(t *testing.T) {
	for _, tt := range []struct {
		name                string
		rows                []plan.Row
		amount, words, note string
	}{
		{"nothing", nil, "0.00", "0.00 CNY", ""},
		{"known prices", []plan.Row{priced("1.50", false), priced("2.00", false)}, "3.50", "3.50 CNY", ""},
		{"nothing to pay is known", []plan.Row{priced("0.00", false)}, "0.00", "0.00 CNY", ""},
		{"nothing known", []plan.Row{priced("", false)}, "unknown", "price unknown", ""},
		{"some known", []plan.Row{priced("", false), priced("1.00", false)}, "1.00", "1.00 CNY and 1 of unknown price", "1 of unknown price not counted"},
		{"estimates", []plan.Row{priced("1.00", true), priced("1.00", true)}, "2.00", "2.00 CNY with 2 estimates", "2 estimates counted"},
		{
			"all of it",
			[]plan.Row{priced("1.00", true), priced("", false), priced("3.00", false)},
			"4.00",
			"4.00 CNY with 1 estimate and 1 of unknown price", "1 estimate counted, 1 of unknown price not counted",
		},
		{"a price that is none, in an altered plan", []plan.Row{priced("-5.00", false), priced("1.00", false)}, "1.00", "1.00 CNY and 1 of unknown price", "1 of unknown price not counted"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var sum, merged cny
			for _, r := range tt.rows {
				sum.add(r)
			}
			merged.merge(sum)
			got := []string{merged.amount(), merged.words(), merged.note()}
			if diff := cmp.Diff([]string{tt.amount, tt.words, tt.note}, got); diff != "" {
				t.Errorf("amount, words, note (-want +got):\n%s", diff)
			}
		})
	}
}

func pricedPlan() *plan.Plan {
	add := func(key string, months int, price string, estimate bool) plan.Row {
		return row(key, plan.Renew, plan.Row{
			Months: months, Price: price, Estimate: estimate, Reason: "due",
			Baseline: day("2026-12-01T08:00:00Z"), Expected: day("2027-01-01T08:00:00Z"),
		})
	}
	return &plan.Plan{Cloud: "baidubce.com", AsOf: day("2026-11-20"), Rows: []plan.Row{
		add("bj/nat/nat-1", 12, "1990.00", false),
		add("bj/vpn/vpn-1", 1, "88.50", true),
		add("bj/vpn/vpn-2", 1, "", false),
		add("gz/vpn/vpn-3", 3, "250.05", false),
		row("su/vpn/vpn-4", plan.NotDue, plan.Row{Baseline: day("2027-12-01T08:00:00Z")}),
	}}
}

func TestTotalsStandByKindAndByRegion(t *testing.T) {
	text := written(t, func(w io.Writer) error { return Plan(w, pricedPlan(), nil, Options{}) })
	want := strings.Join([]string{
		"TOTAL BY  NAME  RENEWALS  MONTHS  PRICE CNY  NOTE",
		"kind      nat          1      12    1990.00  -",
		"kind      vpn          3       5     338.55  1 estimate counted, 1 of unknown price not counted",
		"region    bj           3      14    2078.50  1 estimate counted, 1 of unknown price not counted",
		"region    gz           1       3     250.05  -",
	}, "\n")
	if !strings.Contains(text, want) {
		t.Errorf("got\n%s\nwant in it\n%s", text, want)
	}
	for _, want := range []string{
		"  estimate 88.50  renew", "        unknown  renew", "4 to renew (17 months, 2328.55 CNY with 1 estimate and 1 of unknown price)",
		"4 renew   1 estimate counted, 1 of unknown price not counted\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("got no %q; want it in\n%s", want, text)
		}
	}
}

func TestTotalsThatSayNothingNewAreLeftOut(t *testing.T) {
	one, unpriced := pricedPlan(), pricedPlan()
	one.Rows = one.Rows[1:3]
	for i := range unpriced.Rows {
		unpriced.Rows[i].Price = ""
	}
	for name, p := range map[string]*plan.Plan{"one kind in one region": one, "no price": unpriced, "nothing to renew": {}} {
		text := written(t, func(w io.Writer) error { return Plan(w, p, nil, Options{}) })
		if strings.Contains(text, "TOTAL BY") {
			t.Errorf("%s: got totals by kind and region; want none in\n%s", name, text)
		}
	}
}

func TestTotalsInJSONAreThoseOfThePlan(t *testing.T) {
	var d planDocument
	if err := json.Unmarshal([]byte(written(t, func(w io.Writer) error { return PlanJSON(w, pricedPlan(), nil) })), &d); err != nil {
		t.Fatal(err)
	}
	sum := func(s string) *string { return &s }
	want := planTotals{
		Rows: 5, Renew: 4, NotDue: 1, Months: 17, Price: sum("2328.55"), Estimates: 1, UnknownPrices: 1,
		Kinds: []planSubtotal{
			{Name: "nat", Renew: 1, Months: 12, Price: sum("1990.00")},
			{Name: "vpn", Renew: 3, Months: 5, Price: sum("338.55"), Estimates: 1, UnknownPrices: 1},
		},
		Regions: []planSubtotal{
			{Name: "bj", Renew: 3, Months: 14, Price: sum("2078.50"), Estimates: 1, UnknownPrices: 1},
			{Name: "gz", Renew: 1, Months: 3, Price: sum("250.05")},
		},
	}
	if diff := cmp.Diff(want, d.Totals); diff != "" {
		t.Errorf("totals (-want +got):\n%s", diff)
	}
	if !d.Rows[1].Estimate || d.Rows[0].Estimate {
		t.Errorf("estimates: got %v, %v; want false, true", d.Rows[0].Estimate, d.Rows[1].Estimate)
	}
}

func TestALapseWithin14DaysStandsFirst(t *testing.T) {
	p := &plan.Plan{Cloud: "baidubce.com", AsOf: day("2026-11-20")}
	for i, r := range []struct {
		expiry string
		soon   bool
	}{
		{"2026-12-31T00:00:00Z", false},
		{"2026-12-05T00:00:00Z", false},
		{"2026-12-04T23:59:59Z", true}, // to the day
		{"2026-11-20T00:00:00Z", true},
		{"2026-11-19T23:59:59Z", false}, // ended
	} {
		name := map[bool]string{true: "soon", false: "later"}[r.soon]
		reason := "old; ends " + day(r.expiry).Format(time.DateOnly)
		p.Rows = append(p.Rows, row(fmt.Sprintf("bj/vpn/vpn-%d-%s", i, name), plan.Lapse, plan.Row{Baseline: day(r.expiry), Reason: reason}))
	}
	p.Rows = append(p.Rows, row("bj/vpn/vpn-gone", plan.Lapse, plan.Row{Reason: "old; already gone"}))
	text := written(t, func(w io.Writer) error { return Plan(w, p, nil, Options{}) })
	var got []string
	for line := range strings.Lines(text) {
		if f := strings.Fields(line); len(f) > 1 && strings.HasPrefix(f[1], "vpn-") {
			got = append(got, f[1])
		}
	}
	want := []string{"vpn-2-soon", "vpn-3-soon", "vpn-0-later", "vpn-1-later", "vpn-4-later", "vpn-gone"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("order of rows (-want +got):\n%s", diff)
	}
	for _, want := range []string{"6 to lapse (2 within 14 days)", "ends 2026-12-04"} {
		if !strings.Contains(text, want) {
			t.Errorf("got no %q; want it in\n%s", want, text)
		}
	}
}
