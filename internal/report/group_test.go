package report

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"renewplan/internal/plan"
)

// pricedRows is more renewals than a page shows: of every ten in bj one is an
// estimate and one has no price, in gz all have a price, in su none.
func pricedRows() []plan.Row {
	var rows []plan.Row
	for _, region := range []string{"bj", "gz", "su"} {
		for i := range maxRows/2 - 50 {
			r := row(fmt.Sprintf("%s/vpn/vpn-%04d", region, i), plan.Renew, plan.Row{Months: 1, Price: "1.00", Baseline: day("2026-12-01T08:00:00Z")})
			switch {
			case region == "su", region == "bj" && i%10 == 0:
				r.Price = ""
			case region == "bj" && i%10 == 1:
				r.Estimate = true
			}
			rows = append(rows, r)
		}
	}
	return rows
}

func TestCountedRowsSayWhatIsMissingInTheirSums(t *testing.T) {
	p := &plan.Plan{Cloud: "sandbox", AsOf: day("2026-11-20"), Rows: pricedRows()}
	var rs []plan.Result
	for _, r := range p.Rows {
		rs = append(rs, result(r, plan.Verified, plan.Result{}))
	}
	const inPart, inAll = "20 estimates counted, 20 of unknown price not counted", "20 estimates counted, 220 of unknown price not counted"
	table := func(what string) []string {
		return []string{
			"REGION  KIND  " + what + "  ROWS  FIRST EXPIRY          MONTHS  PRICE CNY  NOTE\n",
			"200  2026-12-01T08:00:00Z     200     180.00  " + inPart + "\n",
			"200  2026-12-01T08:00:00Z     200     200.00  -\n",
			"200  2026-12-01T08:00:00Z     200    unknown  -\n",
			"600                           600     380.00  " + inAll + "\n",
		}
	}
	markdown := []string{"| 200 | 180.00 | " + inPart + " |\n", "| **380.00** | **" + inAll + "** |\n"}
	for _, tt := range []struct {
		name, text string
		want       []string
	}{
		{"plan", written(t, func(w io.Writer) error { return Plan(w, p, nil, Options{}) }), table("DECISION")},
		{"result", written(t, func(w io.Writer) error { return Results(w, rs, Summary{}, Options{}) }), table("OUTCOME ")},
		{"plan in Markdown", written(t, func(w io.Writer) error { return PlanMarkdown(w, p, nil, Options{}) }), markdown},
		{"result in Markdown", written(t, func(w io.Writer) error { return ResultsMarkdown(w, rs, Summary{}, Options{}) }), markdown},
	} {
		for _, want := range tt.want {
			if !strings.Contains(tt.text, want) {
				t.Errorf("%s: got\n%s\nwant %q in it", tt.name, tt.text, want)
			}
		}
	}
	for line := range strings.SplitSeq(written(t, func(w io.Writer) error { return Plan(w, p, nil, Options{Width: 80}) }), "\n") {
		if width(line) > 80 {
			t.Errorf("at width 80: got %q; want no line that is wider", line)
		}
	}
}

func TestRowsOfUnknownPriceNeedAttentionWhereTheyAreOverALimit(t *testing.T) {
	p := &plan.Plan{Cloud: "sandbox", AsOf: day("2026-11-20"), Rows: pricedRows()}
	p.Rows[5].RelatedRenewFlag = "MKT" // its images have no price
	for _, tt := range []struct {
		limits plan.Limits
		want   string
	}{
		{plan.Limits{MaxTotal: "1000.00"}, "Needs attention: 221 rows."},
		{plan.Limits{MaxTotal: "1000.00", AllowUnknownPrice: true}, "No row needs attention."},
		{plan.Limits{}, "No row needs attention."},
	} {
		p.Limits = tt.limits
		text := written(t, func(w io.Writer) error { return Plan(w, p, nil, Options{}) })
		if !strings.Contains(text, tt.want) {
			t.Errorf("limits %+v: got\n%s\nwant %q in it", tt.limits, text, tt.want)
		}
	}
}
