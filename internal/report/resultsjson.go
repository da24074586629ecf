package report

import (
	"io"

	"renewplan/internal/plan"
)

// resultDocument is what became of a plan as JSON: docs/output.md, "result".
type resultDocument struct {
	jsonHead
	Run         *string      `json:"run"`
	PlanDigest  *string      `json:"planDigest"`
	Stopped     *string      `json:"stopped"`
	Interrupted bool         `json:"interrupted"`
	Requests    int          `json:"requests"`
	Exit        int          `json:"exit"`
	Totals      resultTotals `json:"totals"`
	Rows        []resultRow  `json:"rows"`
}

type resultTotals struct {
	Rows          int     `json:"rows"`
	Verified      int     `json:"verified"`
	Already       int     `json:"already"`
	Deviates      int     `json:"deviates"`
	Unverified    int     `json:"unverified"`
	Unresolved    int     `json:"unresolved"`
	Refused       int     `json:"refused"`
	Conflict      int     `json:"conflict"`
	Stale         int     `json:"stale"`
	NotSent       int     `json:"notSent"`
	Pending       int     `json:"pending"`
	Earlier       int     `json:"earlier"`
	MoneyOpen     int     `json:"moneyOpen"`
	Months        int     `json:"months"`
	Price         *string `json:"price"`
	Estimates     int     `json:"estimates"`
	UnknownPrices int     `json:"unknownPrices"`
	UnpricedAlong int     `json:"unpricedAlong"`
}

type resultRow struct {
	settledRow
	Help string `json:"help"`
}

// settledRow is what became of a row. Receipts have it too.
type settledRow struct {
	jsonRow
	Name        string         `json:"name"`
	Outcome     string         `json:"outcome"`
	Earlier     bool           `json:"earlier"`
	Baseline    *string        `json:"baseline"`
	Expected    *string        `json:"expected"`
	After       *string        `json:"after"`
	Months      int            `json:"months"`
	Price       *string        `json:"price"`
	Estimate    bool           `json:"estimate"`
	ClientToken *string        `json:"clientToken"`
	OrderID     *string        `json:"orderId"`
	RequestID   *string        `json:"requestId"`
	Code        *string        `json:"code"`
	HTTPStatus  int            `json:"httpStatus"`
	Sends       int            `json:"sends"`
	Note        string         `json:"note"`
	Along       []jsonFollowed `json:"along"`
}

// ResultsJSON writes what became of a plan's renewals as one JSON document.
// Rows stand in the plan's order, all of them.
func ResultsJSON(w io.Writer, rs []plan.Result, sum Summary) error {
	d := resultDocument{
		jsonHead:    jsonHead{Version: jsonVersion, Kind: "result", Summary: clean(resultsSummary(rs, sum))},
		Run:         orNull(sum.Run),
		PlanDigest:  orNull(sum.PlanDigest),
		Stopped:     orNull(sum.Stopped),
		Interrupted: sum.Interrupted,
		Requests:    sum.Requests,
		Exit:        sum.Exit,
		Totals:      resultTotalsOf(rs),
		Rows:        make([]resultRow, len(rs)),
	}
	for i, r := range rs {
		_, help, _, _ := aboutOutcome(r.Outcome)
		d.Rows[i] = resultRow{settledRow: settledOf(r), Help: help}
	}
	return writeJSON(w, d)
}

func settledOf(r plan.Result) settledRow {
	return settledRow{
		jsonRow:     jsonRow{Region: r.Region, Kind: string(r.Kind), ID: r.ID},
		Name:        r.Name,
		Outcome:     string(r.Outcome),
		Earlier:     r.Earlier,
		Baseline:    jsonTime(r.Baseline),
		Expected:    jsonTime(r.Expected),
		After:       jsonTime(r.After),
		Months:      r.Months,
		Price:       orNull(r.Price),
		Estimate:    r.Estimate,
		ClientToken: orNull(r.ClientToken),
		OrderID:     orNull(r.OrderID),
		RequestID:   orNull(r.RequestID),
		Code:        orNull(r.Code),
		HTTPStatus:  r.HTTPStatus,
		Sends:       r.Sends,
		Note:        r.Note,
		Along:       jsonFollows(r),
	}
}

func resultTotalsOf(rs []plan.Result) resultTotals {
	t := resultTotals{Rows: len(rs), MoneyOpen: countOpen(rs)}
	counts := map[plan.Outcome]int{}
	var bought cny
	for _, r := range rs {
		counts[r.Outcome]++
		if r.Earlier {
			t.Earlier++
		}
		if r.Outcome == plan.Verified {
			t.Months += r.Months
			bought.add(r.Row)
		}
	}
	t.Verified = counts[plan.Verified]
	t.Already = counts[plan.Already]
	t.Deviates = counts[plan.Deviates]
	t.Unverified = counts[plan.Unverified]
	t.Unresolved = counts[plan.Unresolved]
	t.Refused = counts[plan.RefusedByCloud]
	t.Conflict = counts[plan.Conflict]
	t.Stale = counts[plan.Stale]
	t.NotSent = counts[plan.NotSent]
	t.Pending = counts[plan.Pending]
	t.Price, t.Estimates, t.UnknownPrices = bought.jsonAmount(), bought.estimates, bought.unknown
	t.UnpricedAlong = bought.unpriced
	return t
}
