package plan

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// BuildOptions is what a plan depends on beside the spec and what was seen.
type BuildOptions struct {
	AsOf          time.Time // any moment of the day the plan is made for; only its day in UTC counts
	Cloud         string    // "baidubce.com", the endpoint's URL, or "sandbox"
	DefaultRegion string    // of resources that get none from the spec; may be empty
	Spec          SpecRef   // Build fills in Digest and sorts Tags
}

// Keys returns the resources of a spec, sorted: what has to be observed for
// Build. It fails as Build does on a resource without any region, and on a
// resource that stands twice once the default region is filled in.
func Keys(s *Spec, defaultRegion string) ([]Key, error) {
	items, err := resolve(s, defaultRegion)
	if err != nil {
		return nil, err
	}
	keys := make([]Key, len(items))
	for i, it := range items {
		keys[i] = it.key
	}
	return keys, nil
}

// Build decides on every resource of a spec. The result depends on nothing but
// the arguments, and not on the order of resources or of a map.
//
// It fails on what no plan can be made of: a resource without any region, the
// same resource twice or in two regions, a reservation that does not exist or cannot be bought,
// and a control character where a plan file could not hold it. Such an error
// may have several lines, one for each mistake.
func Build(s *Spec, seen Observed, opt BuildOptions) (*Plan, error) {
	p, items, err := begin(s, opt)
	if err != nil {
		return nil, err
	}
	d := decider{spec: s, asOf: p.AsOf}
	for i, it := range items {
		p.Rows[i] = d.row(it, seen[it.key])
	}
	renewOnce(p.Rows)
	p.Totals = p.sum()
	p.Digest = digestOf(p.appendText(nil, ""))
	return p, nil
}

// Offline shows a spec without having read anything: each resource with the
// length of its reservation in Months, and no decision but Lapse. The plan is
// marked Offline and has no tokens, no totals of money and no digest, and it
// cannot be encoded. It fails as Build does.
func Offline(s *Spec, opt BuildOptions) (*Plan, error) {
	p, items, err := begin(s, opt)
	if err != nil {
		return nil, err
	}
	p.Offline = true
	for i, it := range items {
		p.Rows[i] = offlineRow(it, s.UnifiedExpiryDay)
	}
	p.Totals = p.sum()
	return p, nil
}

// begin makes the frame of a plan, with an empty row for each item.
func begin(s *Spec, opt BuildOptions) (*Plan, []item, error) {
	items, err := resolve(s, opt.DefaultRegion)
	if err != nil {
		return nil, nil, err
	}
	y, m, d := opt.AsOf.UTC().Date()
	p := &Plan{
		Cloud:   opt.Cloud,
		Account: s.Account,
		AsOf:    time.Date(y, m, d, 0, 0, 0, 0, time.UTC),
		Spec: SpecRef{
			Paths:  slices.Clone(opt.Spec.Paths),
			Tags:   slices.Sorted(slices.Values(opt.Spec.Tags)),
			Digest: s.Digest(),
		},
		Limits: s.Limits,
		Rows:   make([]Row, len(items)),
	}
	if s.UnifiedExpiryDay < 0 || s.UnifiedExpiryDay > maxUnifiedDay {
		return nil, nil, fmt.Errorf("unifiedExpiryDay is %d; want a day of the month from 1 to %d, or none", s.UnifiedExpiryDay, maxUnifiedDay)
	}
	if err := p.Limits.check(); err != nil {
		return nil, nil, err
	}
	if p.Limits.MaxPlanAge == 0 {
		p.Limits.MaxPlanAge = DefaultMaxPlanAge
	}
	if y := p.AsOf.Year(); y < minYear || y > maxYear {
		return nil, nil, fmt.Errorf("the plan's day is in the year %d; want %d to %d", y, minYear, maxYear)
	}
	for _, text := range p.frameTexts() {
		if !isClean(text) {
			return nil, nil, fmt.Errorf("%q holds a control character; a plan file cannot", text)
		}
	}
	return p, items, nil
}

// Years outside of these are mistakes, and break the form of RFC 3339 or the
// arithmetic of time.Duration at the far end.
const (
	minYear = 2000
	maxYear = 2200
)

// maxUnifiedDay is the last day of the month that can be a unified expiry day:
// one that every month has.
const maxUnifiedDay = 28

// item is a resource with its region and reservation looked up.
type item struct {
	key         Key
	res         *Resource
	reservation Reservation // zero for a lapse
	target      time.Time   // the moment that until names; zero where there is a length
}

// maxMistakes is how many mistakes of one sort an error lists.
const maxMistakes = 20

// resolve looks up the region and the reservation of every resource, and sorts
// by key.
func resolve(s *Spec, defaultRegion string) ([]item, error) {
	var mistakes []error
	mistake := func(r *Resource, format string, args ...any) {
		where := ""
		if r.Position != "" {
			where = r.Position + ": "
		}
		mistakes = append(mistakes, errors.New(where+fmt.Sprintf(format, args...)))
	}
	if n := len(s.Resources); n > maxRows {
		return nil, fmt.Errorf("the spec has %d resources; a plan holds %d", n, maxRows)
	}
	items := make([]item, len(s.Resources))
	for i := range s.Resources {
		r := &s.Resources[i]
		key := r.Key
		for _, region := range []string{s.Region, defaultRegion} {
			if key.Region == "" {
				key.Region = region
			}
		}
		items[i] = item{key: key, res: r}
		switch {
		case key.Region == "":
			mistake(r, "%s/%s has no region; write one in the spec, or give --region", r.Kind, r.ID)
		case key.Kind == "" || key.ID == "":
			mistake(r, "%s/%s has no kind or no id", r.Kind, r.ID)
		case !isClean(key.String()), !isClean(r.RelatedRenewFlag):
			mistake(r, "%q holds a control character; a plan file cannot", key.String()+" "+r.RelatedRenewFlag)
		}
		if err := r.checkPrices(); err != nil {
			mistake(r, "%s: %v", key, err)
		}
		if r.Lapse != "" {
			continue
		}
		reservation, ok := s.Reservations[r.Reservation]
		if !ok {
			mistake(r, "%s names the reservation %q, which the spec does not declare", key, r.Reservation)
			continue
		}
		target, err := reservation.check()
		if err != nil {
			mistake(r, "%s: reservation %q has %v", key, r.Reservation, err)
		}
		items[i].reservation, items[i].target = reservation, target
	}
	byKey := func(a, b item) int { return a.key.Compare(b.key) }
	if !slices.IsSortedFunc(items, byKey) {
		slices.SortStableFunc(items, byKey)
	}
	for i := 1; i < len(items); i++ {
		if a, b := items[i-1], items[i]; a.key == b.key && a.key.Region != "" {
			mistake(b.res, "%s stands twice: with and without its region written%s", b.key, alsoAt(a.res))
		}
	}
	for i, first := range inTwoRegions(len(items), func(i int) Key { return items[i].key }) {
		a, b := items[first], items[i]
		mistake(b.res, "%s stands as %s, too: an id is one resource of one region, and could be renewed for each; leave one out%s", b.key, a.key, alsoAt(a.res))
	}
	if n := len(mistakes); n > maxMistakes {
		mistakes = append(mistakes[:maxMistakes:maxMistakes], fmt.Errorf("and %d more mistakes like these", n-maxMistakes))
	}
	return items, errors.Join(mistakes...)
}

func alsoAt(r *Resource) string {
	if r.Position == "" {
		return ""
	}
	return "; also at " + r.Position
}
