package spec

import (
	"fmt"
	"iter"
	"math/big"
	"strconv"
	"strings"
	"time"

	"cuelang.org/go/cue"

	"renewplan/internal/plan"
)

// The fields of the language, as CUE wants to be asked for them.
var (
	pathAccount      = field("account")
	pathRegion       = field("region")
	pathReservations = field("reservations")
	pathResources    = field("resources")
	pathLimits       = field("limits")
	pathUnified      = field("unifiedExpiryDay")

	pathLength    = field("length")
	pathUntil     = field("until")
	pathDueWithin = field("dueWithin")

	pathReservation  = field("reservation")
	pathLapse        = field("lapse")
	pathName         = field("name")
	pathPrice        = field("price")
	pathMonthlyPrice = field("monthlyPrice")
	pathFlag         = field("relatedRenewFlag")

	pathMaxItems          = field("maxItems")
	pathMaxMonths         = field("maxMonths")
	pathMaxPlanAge        = field("maxPlanAge")
	pathMaxTotal          = field("maxTotal")
	pathAllowUnknownPrice = field("allowUnknownPrice")
	pathRefuseAutoRenew   = field("refuseAutoRenew")
)

func field(name string) cue.Path { return cue.MakePath(cue.Str(name)) }

// decoder reads a value that CUE has found to be a spec. Its first error stays;
// it means that the schema and this file differ, never a mistake of the user's.
type decoder struct{ err error }

// decode reads a spec field by field. position says where a resource is written.
func decode(v cue.Value, position func(kind, id string, v cue.Value) string) (*plan.Spec, error) {
	d := &decoder{}
	s := &plan.Spec{
		Account:          d.text(v, pathAccount),
		Region:           d.text(v, pathRegion),
		UnifiedExpiryDay: d.number(v, pathUnified),
		Limits:           d.limits(v.LookupPath(pathLimits)),
	}
	s.Reservations = make(map[string]plan.Reservation)
	d.each(v.LookupPath(pathReservations), func(name string, r cue.Value) {
		s.Reservations[name] = plan.Reservation{
			Length:    d.number(r, pathLength),
			Until:     d.text(r, pathUntil),
			DueWithin: d.duration(r, pathDueWithin, plan.DefaultDueWithin),
		}
	})
	d.each(v.LookupPath(pathResources), func(kind string, rows cue.Value) {
		d.each(rows, func(id string, r cue.Value) {
			res := d.resource(kind, id, r)
			res.Position = position(kind, id, r)
			s.Resources = append(s.Resources, res)
		})
	})
	if d.err != nil {
		return nil, fmt.Errorf("reading a spec that the schema accepts: %w", d.err)
	}
	sortResources(s.Resources)
	return s, nil
}

// resource reads a resource, but for its position. What literalResource reads is
// the same.
func (d *decoder) resource(kind, id string, r cue.Value) plan.Resource {
	return plan.Resource{
		Key:              plan.Key{Region: d.text(r, pathRegion), Kind: plan.Kind(kind), ID: id},
		Reservation:      d.text(r, pathReservation),
		Lapse:            d.text(r, pathLapse),
		Name:             d.text(r, pathName),
		RelatedRenewFlag: d.text(r, pathFlag),
		Prices:           d.prices(r.LookupPath(pathPrice)),
		MonthlyPrice:     d.money(r.LookupPath(pathMonthlyPrice)),
	}
}

func (d *decoder) limits(v cue.Value) plan.Limits {
	return plan.Limits{
		MaxItems:          d.number(v, pathMaxItems),
		MaxMonths:         d.number(v, pathMaxMonths),
		MaxPlanAge:        d.duration(v, pathMaxPlanAge, plan.DefaultMaxPlanAge),
		MaxTotal:          d.money(v.LookupPath(pathMaxTotal)),
		AllowUnknownPrice: d.bool(v, pathAllowUnknownPrice),
		RefuseAutoRenew:   d.bool(v, pathRefuseAutoRenew),
	}
}

func (d *decoder) note(v cue.Value, err error) {
	if err != nil && d.err == nil {
		d.err = fmt.Errorf("%s: %w", v.Path(), err)
	}
}

// each calls f for every field of an object; none if it is left out.
func (d *decoder) each(v cue.Value, f func(name string, v cue.Value)) {
	if !v.Exists() {
		return
	}
	if _, err := v.Fields(); err != nil {
		d.note(v, err)
		return
	}
	for name, value := range fieldsOf(v) {
		f(name, value)
	}
}

func (d *decoder) text(v cue.Value, p cue.Path) string {
	f := v.LookupPath(p)
	if !f.Exists() {
		return ""
	}
	s, err := f.String()
	d.note(f, err)
	return s
}

func (d *decoder) number(v cue.Value, p cue.Path) int {
	f := v.LookupPath(p)
	if !f.Exists() {
		return 0
	}
	n, err := f.Int64()
	d.note(f, err)
	return int(n)
}

func (d *decoder) bool(v cue.Value, p cue.Path) bool {
	f := v.LookupPath(p)
	if !f.Exists() {
		return false
	}
	b, err := f.Bool()
	d.note(f, err)
	return b
}

// duration reads "30d" or "72h"; a day has 24 hours.
func (d *decoder) duration(v cue.Value, p cue.Path, absent time.Duration) time.Duration {
	s := d.text(v, p)
	if s == "" {
		return absent
	}
	t, err := parseDuration(s)
	d.note(v, err)
	return t
}

// parseDuration reads a duration that the schema accepts.
func parseDuration(s string) (time.Duration, error) {
	n, err := strconv.Atoi(s[:len(s)-1])
	unit := time.Hour
	if strings.HasSuffix(s, "d") {
		unit = 24 * time.Hour
	}
	return time.Duration(n) * unit, err
}

func (d *decoder) prices(v cue.Value) map[int]string {
	var prices map[int]string
	d.each(v, func(months string, price cue.Value) {
		n, err := strconv.Atoi(months)
		d.note(price, err)
		if prices == nil {
			prices = make(map[int]string)
		}
		prices[n] = d.money(price)
	})
	return prices
}

// money is a sum with exactly two decimals, such as "88.00"; "" if it is left
// out. No binary fraction comes near it.
func (d *decoder) money(v cue.Value) string {
	if !v.Exists() {
		return ""
	}
	v, _ = v.Default()
	var mantissa big.Int
	exponent, err := v.MantExp(&mantissa)
	d.note(v, err)
	fen := &mantissa
	switch shift := exponent + 2; {
	case err != nil:
		return ""
	case shift > 20 || shift < -100:
		d.note(v, fmt.Errorf("got a sum of exponent %d; want one that the schema bounds", exponent))
		return ""
	case shift >= 0:
		fen.Mul(fen, power10(shift))
	default:
		rest := new(big.Int)
		fen.QuoRem(fen, power10(-shift), rest)
		if rest.Sign() != 0 {
			d.note(v, fmt.Errorf("got a sum of more than two decimals; want what the schema allows"))
		}
	}
	yuan, rest := new(big.Int).QuoRem(fen, big.NewInt(100), new(big.Int))
	return fmt.Sprintf("%d.%02d", yuan, rest)
}

func power10(n int) *big.Int {
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
}

// reservationNames are the names of the reservations of a spec, whether it is
// right or not; nil if they cannot be known.
func reservationNames(v cue.Value) []string {
	names := []string{}
	r := v.LookupPath(pathReservations)
	if !r.Exists() {
		return names
	}
	if !walkable(r) {
		return nil
	}
	for name := range fieldsOf(r) {
		names = append(names, name)
	}
	return names
}

// countResources is the number of resources of a spec, whether it is right or
// not.
func countResources(resources cue.Value) int {
	n := 0
	for _, rows := range fieldsOf(resources) {
		for range fieldsOf(rows) {
			n++
		}
	}
	return n
}

// fieldsOf are the fields of an object, if v is one, even one with mistakes in
// it. Hidden fields and definitions are not among them.
func fieldsOf(v cue.Value) iter.Seq2[string, cue.Value] {
	return func(yield func(string, cue.Value) bool) {
		it, err := v.Fields()
		if err != nil {
			return
		}
		for it.Next() {
			s := it.Selector()
			if s.LabelType() == cue.StringLabel && !yield(s.Unquoted(), it.Value()) {
				return
			}
		}
	}
}
