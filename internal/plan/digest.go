package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
)

// Digest is the hex SHA-256 over the evaluated spec: everything that it
// declares, in one canonical JSON text, but no positions. Comments, file names
// and the order of writing do not matter. Regions that a resource takes from
// the spec or from a flag are not filled in, so the digest depends on nothing
// but the spec.
//
// What a spec does not use is left out of the text: a language that grows does
// not change the digest of a spec written before.
func (s *Spec) Digest() string {
	type reservation struct {
		Length    int    `json:"length,omitempty"`
		Until     string `json:"until,omitempty"`
		DueWithin string `json:"dueWithin,omitempty"`
	}
	type resource struct {
		Region           string         `json:"region,omitempty"`
		Kind             Kind           `json:"kind"`
		ID               string         `json:"id"`
		Reservation      string         `json:"reservation,omitempty"`
		Lapse            string         `json:"lapse,omitempty"`
		Name             string         `json:"name,omitempty"`
		RelatedRenewFlag string         `json:"relatedRenewFlag,omitempty"`
		Prices           map[int]string `json:"prices,omitempty"`
		MonthlyPrice     string         `json:"monthlyPrice,omitempty"`
	}
	type limits struct {
		MaxItems          int    `json:"maxItems,omitempty"`
		MaxMonths         int    `json:"maxMonths,omitempty"`
		MaxPlanAge        string `json:"maxPlanAge,omitempty"`
		MaxTotal          string `json:"maxTotal,omitempty"`
		AllowUnknownPrice bool   `json:"allowUnknownPrice,omitempty"`
		RefuseAutoRenew   bool   `json:"refuseAutoRenew,omitempty"`
	}
	text := struct {
		Account          string                 `json:"account,omitempty"`
		Region           string                 `json:"region,omitempty"`
		Reservations     map[string]reservation `json:"reservations,omitempty"`
		Resources        []resource             `json:"resources,omitempty"`
		Limits           limits                 `json:"limits"`
		UnifiedExpiryDay int                    `json:"unifiedExpiryDay,omitempty"`
	}{
		Account:      s.Account,
		Region:       s.Region,
		Reservations: make(map[string]reservation, len(s.Reservations)),
		Resources:    make([]resource, len(s.Resources)),
		Limits: limits{
			MaxItems:          s.Limits.MaxItems,
			MaxMonths:         s.Limits.MaxMonths,
			MaxPlanAge:        FormatDuration(s.Limits.MaxPlanAge),
			MaxTotal:          s.Limits.MaxTotal,
			AllowUnknownPrice: s.Limits.AllowUnknownPrice,
			RefuseAutoRenew:   s.Limits.RefuseAutoRenew,
		},
		UnifiedExpiryDay: s.UnifiedExpiryDay,
	}
	for name, r := range s.Reservations {
		text.Reservations[name] = reservation{r.Length, r.Until, FormatDuration(r.DueWithin)}
	}
	for i, r := range sortedByKey(s.Resources) {
		text.Resources[i] = resource{
			Region: r.Region, Kind: r.Kind, ID: r.ID,
			Reservation: r.Reservation, Lapse: r.Lapse, Name: r.Name,
			RelatedRenewFlag: r.RelatedRenewFlag, Prices: r.Prices, MonthlyPrice: r.MonthlyPrice,
		}
	}
	b, err := json.Marshal(text)
	if err != nil { // strings, numbers and maps of them always marshal
		panic("plan: writing the spec as JSON: " + err.Error())
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// sortedByKey is rs in the order of keys, as written; rs itself is left alone.
func sortedByKey(rs []Resource) []Resource {
	byKey := func(a, b Resource) int { return a.Compare(b.Key) }
	if slices.IsSortedFunc(rs, byKey) {
		return rs
	}
	rs = slices.Clone(rs)
	slices.SortStableFunc(rs, byKey)
	return rs
}
