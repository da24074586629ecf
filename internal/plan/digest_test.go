package plan

import (
	"slices"
	"testing"
)

// A changed digest makes every plan file that waits for its review a file "of a
// changed spec". That may be right; it must not happen unseen.
func TestSpecDigestIsFrozen(t *testing.T) {
	const want = "26bacdb65b7787af7c4c9e7a62e7cc9d1dbbcea7e22d445fe4b82c9cdc1b7ce9"
	if got := exampleSpec().Digest(); got != want {
		t.Errorf("got %s; want %s", got, want)
	}
}

func TestSpecDigestLeavesOutWhatDoesNotMatter(t *testing.T) {
	want := exampleSpec().Digest()
	for name, change := range map[string]func(*Spec){
		"positions": func(s *Spec) {
			for i := range s.Resources {
				s.Resources[i].Position = "elsewhere.cue:1:1"
			}
		},
		"the order of resources": func(s *Spec) { slices.Reverse(s.Resources) },
		"empty maps":             func(s *Spec) { s.Resources[0].Prices = map[int]string{} },
	} {
		s := exampleSpec()
		change(s)
		if got := s.Digest(); got != want {
			t.Errorf("%s: got another digest; want the same", name)
		}
	}
}

func TestSpecDigestDoesNotReorderTheSpec(t *testing.T) {
	s := exampleSpec()
	slices.Reverse(s.Resources)
	first := s.Resources[0].ID
	s.Digest()
	if got := s.Resources[0].ID; got != first {
		t.Errorf("the first resource: got %s; want %s", got, first)
	}
}

func TestSpecDigestSeesEveryField(t *testing.T) {
	seen := map[string]string{exampleSpec().Digest(): "nothing"}
	for name, change := range map[string]func(*Spec){
		"account":             func(s *Spec) { s.Account = "other" },
		"region":              func(s *Spec) { s.Region = "su" },
		"a region written":    func(s *Spec) { s.Resources[0].Region = "bj" },
		"unifiedExpiryDay":    func(s *Spec) { s.UnifiedExpiryDay = 1 },
		"length":              func(s *Spec) { s.Reservations["monthly"] = Reservation{Length: 2, DueWithin: DefaultDueWithin} },
		"dueWithin":           func(s *Spec) { s.Reservations["monthly"] = Reservation{Length: 1, DueWithin: day} },
		"until":               func(s *Spec) { s.Reservations["aligned"] = Reservation{Until: "2027-07-01", DueWithin: 60 * day} },
		"another reservation": func(s *Spec) { s.Reservations["more"] = Reservation{Length: 1, DueWithin: day} },
		"kind":                func(s *Spec) { s.Resources[0].Kind = "nat" },
		"id":                  func(s *Spec) { s.Resources[0].ID = "i-other" },
		"reservation":         func(s *Spec) { s.Resources[1].Reservation = "monthly" },
		"lapse":               func(s *Spec) { s.Resources[0].Lapse = "other" },
		"name":                func(s *Spec) { s.Resources[0].Name = "other" },
		"relatedRenewFlag":    func(s *Spec) { s.Resources[0].RelatedRenewFlag = "CDS" },
		"a price":             func(s *Spec) { s.Resources[0].Prices = map[int]string{1: "1.00"} },
		"another price":       func(s *Spec) { s.Resources[0].Prices = map[int]string{12: "1.00"} },
		"monthlyPrice":        func(s *Spec) { s.Resources[0].MonthlyPrice = "1.00" },
		"maxItems":            func(s *Spec) { s.Limits.MaxItems = 1 },
		"maxMonths":           func(s *Spec) { s.Limits.MaxMonths = 1 },
		"maxPlanAge":          func(s *Spec) { s.Limits.MaxPlanAge = day },
		"maxTotal":            func(s *Spec) { s.Limits.MaxTotal = "1.00" },
		"allowUnknownPrice":   func(s *Spec) { s.Limits.AllowUnknownPrice = false },
		"refuseAutoRenew":     func(s *Spec) { s.Limits.RefuseAutoRenew = true },
		"a resource less":     func(s *Spec) { s.Resources = s.Resources[1:] },
	} {
		s := exampleSpec()
		change(s)
		if other, twice := seen[s.Digest()]; twice {
			t.Errorf("a change of %s gives the same digest as a change of %s", name, other)
		}
		seen[s.Digest()] = name
	}
}
