package report

import (
	"io"
	"time"

	"renewplan/internal/plan"
)

// planDocument is a plan as JSON: docs/output.md, "plan".
type planDocument struct {
	jsonHead
	Cloud      string     `json:"cloud"`
	Account    string     `json:"account"`
	AsOf       string     `json:"asOf"`
	Offline    bool       `json:"offline"`
	Digest     *string    `json:"digest"`
	Spec       planSpec   `json:"spec"`
	Limits     planLimits `json:"limits"`
	OverLimits []string   `json:"overLimits"`
	Totals     planTotals `json:"totals"`
	Rows       []planRow  `json:"rows"`
}

type planSpec struct {
	Paths  []string `json:"paths"`
	Tags   []string `json:"tags"`
	Digest *string  `json:"digest"`
}

type planLimits struct {
	MaxItems          int     `json:"maxItems"`
	MaxMonths         int     `json:"maxMonths"`
	MaxPlanAgeSeconds int64   `json:"maxPlanAgeSeconds"`
	MaxTotal          *string `json:"maxTotal"`
	AllowUnknownPrice bool    `json:"allowUnknownPrice"`
	RefuseAutoRenew   bool    `json:"refuseAutoRenew"`
}

type planTotals struct {
	Rows          int     `json:"rows"`
	Renew         int     `json:"renew"`
	NotDue        int     `json:"notDue"`
	Lapse         int     `json:"lapse"`
	Refused       int     `json:"refused"`
	Open          int     `json:"open"`
	Unread        int     `json:"unread"`
	Months        int     `json:"months"`
	Price         *string `json:"price"`
	Estimates     int     `json:"estimates"`
	UnknownPrices int     `json:"unknownPrices"`
	UnpricedAlong int     `json:"unpricedAlong"`

	Kinds   []planSubtotal `json:"kinds"`
	Regions []planSubtotal `json:"regions"`
}

// planSubtotal is the renewals of one kind or region.
type planSubtotal struct {
	Name          string  `json:"name"`
	Renew         int     `json:"renew"`
	Months        int     `json:"months"`
	Price         *string `json:"price"`
	Estimates     int     `json:"estimates"`
	UnknownPrices int     `json:"unknownPrices"`
}

func jsonSubtotals(list []subtotal) []planSubtotal {
	subs := make([]planSubtotal, len(list))
	for i, s := range list {
		subs[i] = planSubtotal{
			Name: s.name, Renew: s.renew, Months: s.months,
			Price: s.money.jsonAmount(), Estimates: s.money.estimates, UnknownPrices: s.money.unknown,
		}
	}
	return subs
}

// jsonRow is what every row about a planned renewal begins with.
type jsonRow struct {
	Region string `json:"region"`
	Kind   string `json:"kind"`
	ID     string `json:"id"`
}

type planRow struct {
	jsonRow
	Name             string      `json:"name"`
	Decision         string      `json:"decision"`
	Reason           string      `json:"reason"`
	Baseline         *string     `json:"baseline"`
	Months           int         `json:"months"`
	Expected         *string     `json:"expected"`
	UnifiedExpiryDay int         `json:"unifiedExpiryDay"`
	RelatedRenewFlag string      `json:"relatedRenewFlag"`
	Along            []jsonAlong `json:"along"`
	AutoRenew        *string     `json:"autoRenew"`
	ClientToken      *string     `json:"clientToken"`
	Attempt          int         `json:"attempt"`
	Price            *string     `json:"price"`
	Estimate         bool        `json:"estimate"`
}

// offlineNull is a sum; null in an offline plan, whose rows have no price.
func offlineNull(p *plan.Plan, sum cny) *string {
	if p.Offline {
		return nil
	}
	return sum.jsonAmount()
}

// PlanJSON writes a plan as one JSON document. over is what
// [plan.Plan.OverLimits] says. Rows stand in the plan's order, all of them.
func PlanJSON(w io.Writer, p *plan.Plan, over []string) error {
	asOf := p.AsOf.UTC()
	_, urgent := urgentFirst(p.Rows, asOf)
	t := totalsOf(p.Rows)
	d := planDocument{
		jsonHead: jsonHead{Version: jsonVersion, Kind: "plan", Summary: clean(planSummary(p, urgent))},
		Cloud:    p.Cloud,
		Account:  p.Account,
		AsOf:     asOf.Format(time.DateOnly),
		Offline:  p.Offline,
		Digest:   orNull(p.Digest),
		Spec:     planSpec{Paths: orEmpty(p.Spec.Paths), Tags: orEmpty(p.Spec.Tags), Digest: orNull(p.Spec.Digest)},
		Limits: planLimits{
			MaxItems:          p.Limits.MaxItems,
			MaxMonths:         p.Limits.MaxMonths,
			MaxPlanAgeSeconds: int64(p.Limits.MaxPlanAge / time.Second),
			MaxTotal:          orNull(p.Limits.MaxTotal),
			AllowUnknownPrice: p.Limits.AllowUnknownPrice,
			RefuseAutoRenew:   p.Limits.RefuseAutoRenew,
		},
		OverLimits: orEmpty(over),
		Totals: planTotals{
			Rows: len(p.Rows), Renew: t.renew, NotDue: t.notDue, Lapse: t.lapse,
			Refused: t.refused, Open: t.open, Unread: t.unread,
			Months: t.months, Price: offlineNull(p, t.money), Estimates: t.money.estimates, UnknownPrices: t.money.unknown, UnpricedAlong: t.money.unpriced,
			Kinds: jsonSubtotals(subtotals(p.Rows, byKind)), Regions: jsonSubtotals(subtotals(p.Rows, byRegion)),
		},
		Rows: make([]planRow, len(p.Rows)),
	}
	for i, r := range p.Rows {
		d.Rows[i] = planRow{
			jsonRow:          jsonRow{Region: r.Region, Kind: string(r.Kind), ID: r.ID},
			Name:             r.Name,
			Decision:         string(r.Decision),
			Reason:           r.Reason,
			Baseline:         jsonTime(r.Baseline),
			Months:           r.Months,
			Expected:         jsonTime(r.Expected),
			UnifiedExpiryDay: r.UnifiedExpiryDay,
			RelatedRenewFlag: r.RelatedRenewFlag,
			Along:            jsonAlongs(r),
			AutoRenew:        orNull(r.AutoRenew),
			ClientToken:      orNull(r.ClientToken),
			Attempt:          r.Attempt,
			Price:            orNull(r.Price),
			Estimate:         r.Estimate,
		}
	}
	return writeJSON(w, d)
}
