package plan

import "time"

// Version is the version of the plan file's format that this package writes and reads.
const Version = 1

// Plan is the decisions on every resource of a spec, as of a day.
type Plan struct {
	Cloud   string    // "baidubce.com", the endpoint's URL, or "sandbox"
	Account string    // the spec's account; may be empty
	AsOf    time.Time // the day the plan was made for: midnight UTC
	Spec    SpecRef
	Limits  Limits
	Rows    []Row // sorted by Key
	// Totals and Digest are computed by Build, and again by Decode.
	Totals Totals
	Digest string // hex SHA-256 of the file with this field empty; empty while Offline
	// Offline says that no state was read: see the function Offline. Such a plan
	// is for looking at; it has no text.
	Offline bool
}

// SpecRef says which spec a plan was made from.
type SpecRef struct {
	Paths  []string // slash-separated, relative to the plan file
	Tags   []string // "k=v", sorted
	Digest string   // hex SHA-256 over the evaluated spec, see Spec.Digest
}

// Decision is what a plan does about one resource.
type Decision string

// The decisions, as spelled in plan files.
const (
	Renew   Decision = "renew"   // due, prepaid, not busy
	NotDue  Decision = "not due" // expires later than dueWithin, or reaches until already
	Lapse   Decision = "lapse"   // the spec leaves it to expire
	Refused Decision = "refused" // cannot be renewed; Reason says why
	Open    Decision = "open"    // the ledger holds an unsettled renewal of this baseline
	Unread  Decision = "unread"  // the state could not be read
)

// Row is one resource of a plan. What is sent to the cloud (Months,
// RelatedRenewFlag, ClientToken) and what follows from it stands on Renew rows
// only, and is zero on all others.
type Row struct {
	Key
	Name     string   // the spec's, else the cloud's; control characters replaced
	Decision Decision // empty only in an offline plan
	Reason   string   // one line, for people; may carry a warning on a Renew row
	// Baseline is the expiry that was read: UTC, whole seconds; zero if none was.
	Baseline time.Time
	Months   int // calendar months to buy; 0 unless Decision is Renew, or offline as the spec says
	// Expected is the expiry after the renewal; zero unless Decision is Renew, and
	// zero for a resource that had expired before AsOf, whose base is not known.
	Expected time.Time
	// UnifiedExpiryDay is the day of the month, 1 to 28, that Expected was moved on
	// to; 0 where it is what the months alone lead to.
	UnifiedExpiryDay int
	RelatedRenewFlag string
	// Along is what the cloud renews along with it, or may; see Perhaps. Nil if
	// there is nothing, and unless Decision is Renew.
	Along []Attached
	// AutoRenew says whether the cloud renews it by itself: "on", "off" or, where the
	// kind does not tell, "not visible"; empty unless Decision is Renew.
	AutoRenew   string
	ClientToken string // see Token; empty unless Decision is Renew
	Attempt     int    // the ledger's attempt number; enters the token
	// Price is CNY with two decimals, see ParseFen; "" means unknown, and on a row
	// that is not Renew that there is nothing to pay. Offline it is that of Months,
	// and part of no total.
	Price    string
	Estimate bool // Price was computed, wholly or in part, from a price per month
}

// Totals sums a plan up.
type Totals struct {
	Renew, NotDue, Lapse, Refused, Open, Unread int    // rows by decision
	Months                                      int    // months to buy, over all rows
	Price                                       string // CNY, two decimals, of the rows whose price is known; "" if none is
	Estimates                                   int    // Renew rows whose price is an estimate; it is part of Price
	UnknownPrices                               int    // Renew rows of unknown price, which is not part of Price
	// UnpricedAlong counts the attached things that are renewed along for certain,
	// see Row.UnpricedAlong. They have no price. Files of older versions leave the
	// images of the marketplace out; the limits count them all the same.
	UnpricedAlong int

	Kinds, Regions []Subtotal // of the Renew rows, sorted by Name; nil if there is none
}

// Subtotal sums the Renew rows of one kind or of one region up. Its fields are
// as in Totals.
type Subtotal struct {
	Name          string // of the kind or the region
	Renew, Months int
	Price         string
	Estimates     int
	UnknownPrices int
}
