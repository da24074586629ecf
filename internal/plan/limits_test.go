package plan

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestOverLimits(t *testing.T) {
	rows := func(months ...int) []Row {
		var rows []Row
		for i, n := range months {
			rows = append(rows, Row{Key: Key{"bj", "vpn", fmt.Sprint("vpn-", i+1)}, Decision: Renew, Months: n})
		}
		return append(rows, Row{Key: Key{"bj", "vpn", "vpn-x"}, Decision: NotDue})
	}
	// priced are renewals; ~ marks an estimate.
	priced := func(prices ...string) []Row {
		var rows []Row
		for i, s := range prices {
			price, estimate := strings.CutPrefix(s, "~")
			rows = append(rows, Row{Key: Key{"bj", "vpn", fmt.Sprint("vpn-", i+1)}, Decision: Renew, Months: 1, Price: price, Estimate: estimate})
		}
		return rows
	}
	for _, tt := range []struct {
		name   string
		limits Limits
		rows   []Row
		want   []string
	}{
		{"no limits", Limits{}, rows(36, 36), nil},
		{"at the limits", Limits{MaxItems: 2, MaxMonths: 12}, rows(12, 1), nil},
		{"rows that buy nothing do not count", Limits{MaxItems: 1, MaxTotal: "1.00"}, rows()[:1], nil},
		{"too many renewals", Limits{MaxItems: 1}, rows(1, 1, 1), []string{"limits.maxItems is 1: the plan has 3 renewals, 2 too many"}},
		{
			"too long a renewal",
			Limits{MaxMonths: 6},
			rows(12, 6, 9),
			[]string{"limits.maxMonths is 6: exceeded by bj/vpn/vpn-1 by 6 (12 months), bj/vpn/vpn-3 by 3 (9 months)"},
		},
		{
			"very many long renewals are not all named",
			Limits{MaxMonths: 1},
			rows(2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2),
			[]string{"limits.maxMonths is 1: exceeded by bj/vpn/vpn-1 by 1 (2 months), bj/vpn/vpn-2 by 1 (2 months), " +
				"bj/vpn/vpn-3 by 1 (2 months), bj/vpn/vpn-4 by 1 (2 months), bj/vpn/vpn-5 by 1 (2 months), bj/vpn/vpn-6 by 1 (2 months), " +
				"bj/vpn/vpn-7 by 1 (2 months), bj/vpn/vpn-8 by 1 (2 months), bj/vpn/vpn-9 by 1 (2 months), bj/vpn/vpn-10 by 1 (2 months), and 2 more"},
		},
		{
			"a limit of money with unknown prices",
			Limits{MaxTotal: "1000.00"},
			rows(1),
			[]string{"limits.maxTotal is 1000.00 CNY: the plan has 1 renewal of unknown price (bj/vpn/vpn-1 by 1 month), so its total is not known; set limits.allowUnknownPrice: true to leave them out of account"},
		},
		{
			"very many unknown prices are not all named",
			Limits{MaxTotal: "1000.00"},
			rows(3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3),
			[]string{"limits.maxTotal is 1000.00 CNY: the plan has 12 renewals of unknown price (bj/vpn/vpn-1 by 3 months, bj/vpn/vpn-2 by 3 months, " +
				"bj/vpn/vpn-3 by 3 months, bj/vpn/vpn-4 by 3 months, bj/vpn/vpn-5 by 3 months, bj/vpn/vpn-6 by 3 months, " +
				"bj/vpn/vpn-7 by 3 months, bj/vpn/vpn-8 by 3 months, bj/vpn/vpn-9 by 3 months, bj/vpn/vpn-10 by 3 months, and 2 more), " +
				"so its total is not known; set limits.allowUnknownPrice: true to leave them out of account"},
		},
		{"a plan at its limit of money", Limits{MaxTotal: "300.00"}, priced("100.00", "200.00"), nil},
		{
			"a plan over its limit of money",
			Limits{MaxTotal: "300.00"},
			priced("100.00", "200.01"),
			[]string{"limits.maxTotal is 300.00 CNY: the plan costs 300.01 CNY, 0.01 CNY too much"},
		},
		{
			"a limit of nothing is a limit",
			Limits{MaxTotal: "0.00"},
			priced("0.00", "0.01"),
			[]string{"limits.maxTotal is 0.00 CNY: the plan costs 0.01 CNY, 0.01 CNY too much"},
		},
		{
			"estimates count",
			Limits{MaxTotal: "300.00"},
			priced("100.00", "~200.01", "~0.01"),
			[]string{"limits.maxTotal is 300.00 CNY: the plan costs 300.02 CNY with 2 estimates, 0.02 CNY too much"},
		},
		{
			"over the limit already without the unknown prices",
			Limits{MaxTotal: "300.00"},
			priced("~301.00", "", ""),
			[]string{
				"limits.maxTotal is 300.00 CNY: the known prices alone are 301.00 CNY with 1 estimate, 1.00 CNY too much",
				"limits.maxTotal is 300.00 CNY: the plan has 2 renewals of unknown price (bj/vpn/vpn-2 by 1 month, bj/vpn/vpn-3 by 1 month), so its total is not known; set limits.allowUnknownPrice: true to leave them out of account",
			},
		},
		{
			"allowed unknown prices do not hide what is known",
			Limits{MaxTotal: "300.00", AllowUnknownPrice: true},
			priced("301.00", ""),
			[]string{"limits.maxTotal is 300.00 CNY: the known prices alone are 301.00 CNY, 1.00 CNY too much"},
		},
		{"no limit of money", Limits{}, priced("999999999.99", ""), nil},
		{"a limit of money that allows unknown prices", Limits{MaxTotal: "1000.00", AllowUnknownPrice: true}, rows(1), nil},
		{
			"every limit at once",
			Limits{MaxItems: 1, MaxMonths: 1, MaxTotal: "5.00"},
			rows(2, 1),
			[]string{
				"limits.maxItems is 1: the plan has 2 renewals, 1 too many",
				"limits.maxMonths is 1: exceeded by bj/vpn/vpn-1 by 1 (2 months)",
				"limits.maxTotal is 5.00 CNY: the plan has 2 renewals of unknown price (bj/vpn/vpn-1 by 2 months, bj/vpn/vpn-2 by 1 month), so its total is not known; set limits.allowUnknownPrice: true to leave them out of account",
			},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := &Plan{Limits: tt.limits, Rows: tt.rows}
			if diff := cmp.Diff(tt.want, p.OverLimits()); diff != "" {
				t.Errorf("OverLimits (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTooOldCountsDays(t *testing.T) {
	for _, tt := range []struct {
		name, now string
		max, age  time.Duration
		want      bool
	}{
		{"on its day", "2026-11-20T23:59:59Z", 7 * day, 0, false},
		{"on its last day", "2026-11-27T23:59:59Z", 7 * day, 7 * day, false},
		{"on the day after", "2026-11-28T00:00:00Z", 7 * day, 8 * day, true},
		{"a short age lasts for the day", "2026-11-20T23:59:59Z", time.Hour, 0, false},
		{"and no longer", "2026-11-21T00:00:00Z", time.Hour, day, true},
		{"now in another zone is the same moment", "2026-11-28T07:59:59+08:00", 7 * day, 7 * day, false},
		{"a plan for tomorrow", "2026-11-19T12:00:00Z", 7 * day, -day, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := &Plan{AsOf: at(t, "2026-11-20T00:00:00Z"), Limits: Limits{MaxPlanAge: tt.max}}
			now, err := time.Parse(time.RFC3339, tt.now)
			if err != nil {
				t.Fatal(err)
			}
			if age, old := p.TooOld(now); age != tt.age || old != tt.want {
				t.Errorf("TooOld(%s): got %v, %v; want %v, %v", tt.now, age, old, tt.age, tt.want)
			}
		})
	}
}
