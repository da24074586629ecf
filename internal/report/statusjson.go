package report

import (
	"io"

	"renewplan/internal/ledger"
)

// statusDocument is what a ledger knows as JSON: docs/output.md, "status".
type statusDocument struct {
	jsonHead
	Totals statusTotals `json:"totals"`
	Rows   []statusRow  `json:"rows"`
}

type statusTotals struct {
	Rows          int `json:"rows"`
	Open          int `json:"open"`
	Held          int `json:"held"`
	Conflict      int `json:"conflict"`
	Claimed       int `json:"claimed"`
	NotBought     int `json:"notBought"`
	Done          int `json:"done"`
	NotUnderstood int `json:"notUnderstood"`
}

type statusRow struct {
	Cloud string `json:"cloud"`
	jsonRow
	Baseline         *string     `json:"baseline"`
	State            string      `json:"state"`
	Standing         string      `json:"standing"`
	Live             bool        `json:"live"`
	Run              *string     `json:"run"`
	Attempt          int         `json:"attempt"`
	Months           int         `json:"months"`
	Expected         *string     `json:"expected"`
	After            *string     `json:"after"`
	RelatedRenewFlag string      `json:"relatedRenewFlag"`
	ClientToken      *string     `json:"clientToken"`
	PlanDigest       *string     `json:"planDigest"`
	OrderID          *string     `json:"orderId"`
	RequestID        *string     `json:"requestId"`
	Code             *string     `json:"code"`
	HTTPStatus       int         `json:"httpStatus"`
	Note             string      `json:"note"`
	Help             string      `json:"help"`
	Updated          *string     `json:"updated"`
	Resolution       *statusSaid `json:"resolution"`
	Tries            []statusTry `json:"tries"`
}

type statusSaid struct {
	Bought bool    `json:"bought"`
	Reason string  `json:"reason"`
	Who    string  `json:"who"`
	When   *string `json:"when"`
}

type statusTry struct {
	Number      int     `json:"number"`
	Attempt     int     `json:"attempt"`
	ClientToken *string `json:"clientToken"`
	BodyDigest  *string `json:"bodyDigest"`
	Sent        *string `json:"sent"`
	Ended       *string `json:"ended"`
	Outcome     *string `json:"outcome"`
	OrderID     *string `json:"orderId"`
	RequestID   *string `json:"requestId"`
	Code        *string `json:"code"`
	HTTPStatus  int     `json:"httpStatus"`
}

// StatusJSON writes what a ledger knows as one JSON document. Rows stand in the
// order given, all of them.
func StatusJSON(w io.Writer, recs []ledger.Record) error {
	counts := countStandings(recs)
	d := statusDocument{
		jsonHead: jsonHead{Version: jsonVersion, Kind: "status", Summary: clean(statusSummary(recs))},
		Totals: statusTotals{
			Rows: len(recs), Open: counts[open], Held: counts[held], Conflict: counts[conflict],
			Claimed: counts[claimed], NotBought: counts[notBought], Done: counts[done], NotUnderstood: counts[unknown],
		},
		Rows: make([]statusRow, len(recs)),
	}
	for i, r := range recs {
		d.Rows[i] = statusRowOf(r)
	}
	return writeJSON(w, d)
}

func statusRowOf(r ledger.Record) statusRow {
	row := statusRow{
		Cloud:            r.Cloud,
		jsonRow:          jsonRow{Region: r.Region, Kind: r.Kind, ID: r.ID},
		Baseline:         jsonTime(r.Baseline),
		State:            string(r.State),
		Standing:         string(standingOf(r)),
		Live:             r.Live,
		Run:              orNull(r.Run),
		Attempt:          r.Attempt,
		Months:           r.Months,
		Expected:         jsonTime(r.Expected),
		After:            jsonTime(r.After),
		RelatedRenewFlag: r.RelatedRenewFlag,
		ClientToken:      orNull(r.Token),
		PlanDigest:       orNull(r.PlanDigest),
		OrderID:          orNull(r.OrderID),
		RequestID:        orNull(r.RequestID),
		Code:             orNull(r.Code),
		HTTPStatus:       r.HTTPStatus,
		Note:             r.Note,
		Updated:          jsonTime(r.Updated),
		Tries:            make([]statusTry, len(r.Tries)),
	}
	if standingOf(r) != held {
		row.Help = stateHelp(r.State)
	}
	if said := r.Resolution; said != nil {
		row.Resolution = &statusSaid{Bought: said.Bought, Reason: said.Reason, Who: said.Who, When: jsonTime(said.When)}
	}
	for i, t := range r.Tries {
		row.Tries[i] = statusTry{
			Number:      t.Number,
			Attempt:     t.Attempt,
			ClientToken: orNull(t.Token),
			BodyDigest:  orNull(t.BodyDigest),
			Sent:        jsonTime(t.Sent),
			Ended:       jsonTime(t.Ended),
			Outcome:     orNull(t.Outcome),
			OrderID:     orNull(t.OrderID),
			RequestID:   orNull(t.RequestID),
			Code:        orNull(t.Code),
			HTTPStatus:  t.HTTPStatus,
		}
	}
	return row
}
