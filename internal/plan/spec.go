package plan

import "time"

// Spec is an evaluated spec: what a CUE package, or JSON and YAML files,
// declare. It is built by internal/spec, which has already checked it against
// the schema and resolved every reservation name.
type Spec struct {
	Account      string                 // name of the account; also of its credentials profile; may be empty
	Region       string                 // default region of resources without one; may be empty
	Reservations map[string]Reservation // by name
	Resources    []Resource             // sorted by region, kind, id, as written (an empty region first)
	Limits       Limits
	// UnifiedExpiryDay is the account's unified expiry day, 1 to 28; 0 means none.
	UnifiedExpiryDay int
}

// Reservation says for how long to renew and when a renewal is due. Exactly one
// of Length and Until is set.
type Reservation struct {
	Length int // calendar months: 1 to 9, 12, 24 or 36; 0 when Until is set
	// Until is the day (YYYY-MM-DD, 00:00 UTC+8) that the renewal shall reach;
	// empty when Length is set.
	Until string
	// DueWithin is how near the expiry must be; never 0, for the loader fills in
	// DefaultDueWithin.
	DueWithin time.Duration
}

// DefaultDueWithin is how near an expiry must be for a renewal to be due where
// the reservation does not say: 30 days.
const DefaultDueWithin = 30 * 24 * time.Hour

// DefaultMaxPlanAge is how old a plan may be when it is applied, where the spec
// does not say: 7 days.
const DefaultMaxPlanAge = 7 * 24 * time.Hour

// Resource is one resource that a spec names.
type Resource struct {
	Key         // Region may be empty: then Spec.Region, then the --region flag counts
	Reservation string
	// Lapse is the reason why the resource is left to expire; it outranks
	// Reservation. Empty means that it is not left to expire.
	Lapse            string
	Name             string // shown instead of the cloud's name; may be empty
	RelatedRenewFlag string // instances only: "" or as in bce-auth's RelatedRenewFlag table, such as "CDS_EIP"
	// Prices are CNY by number of months, as ParseFen reads them; nil when the
	// spec gives none.
	Prices map[int]string
	// MonthlyPrice is CNY per month, from which a price is estimated where Prices
	// has none for the length; "" means unknown.
	MonthlyPrice string
	// Position is "file:line:col" of the resource in the user's spec, for
	// messages. It is not part of the spec's digest.
	Position string
}

// Limits bound what a plan may do. Over one, a plan can be shown and not
// applied; its rows keep their decisions.
type Limits struct {
	MaxItems   int           // renewals in one plan; 0 means no limit
	MaxMonths  int           // months of one renewal; 0 means no limit
	MaxPlanAge time.Duration // never 0 after loading: DefaultMaxPlanAge unless written
	// MaxTotal is the most that a plan may cost in CNY, as ParseFen reads it; ""
	// means no limit.
	MaxTotal          string
	AllowUnknownPrice bool // rows of unknown price do not count as over MaxTotal
	RefuseAutoRenew   bool // auto-renew on refuses a row instead of warning
}
