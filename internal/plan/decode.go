package plan

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// MaxFileSize is the size in bytes above which Decode refuses a text unread.
// 200,000 rows take about half of it.
const MaxFileSize = 256 << 20

// maxRows bounds the memory that a hostile text can take.
const maxRows = 1_000_000

// Decode reads the text of a plan file. It returns a plan without an error only
// if Encode of that plan gives the same bytes, and if everything in it that can
// be computed is as computed: tokens, expected expiries, totals, order, digest.
//
// The error is ErrVersion or ErrNotPlan, with a nil plan; or an *AlteredError
// (ErrAltered) that lists each difference, with the plan as it stands there, to
// be shown and never applied.
//
// What Decode cannot find: somebody who changes what cannot be computed from
// the rest (the length of a renewal, a name, a limit) and then everything that
// follows from it, digest included, has made another valid plan. That nobody
// did is what the review of the file is for, and planning again with --check.
func Decode(b []byte) (*Plan, error) {
	if len(b) > MaxFileSize {
		return nil, notPlan("it is larger than %d MiB", MaxFileSize>>20)
	}
	text := string(b) // the plan's strings are parts of it
	n := &notes{}
	const byteOrderMark = "\ufeff"
	body, marked := strings.CutPrefix(text, byteOrderMark)
	switch {
	case strings.TrimSpace(body) == "":
		return nil, notPlan("it is empty")
	case strings.HasPrefix(text, "\xff\xfe") || strings.HasPrefix(text, "\xfe\xff"):
		return nil, notPlan("it is UTF-16 text; a plan file is UTF-8")
	case marked:
		n.add(Difference{Field: "text", Found: "preceded by a byte order mark", Want: "nothing before the plan"})
	}
	if err := checkVersion(body); err != nil {
		return nil, err
	}
	p, digest, err := parse(body, n)
	if err != nil {
		return nil, notPlan("%v", err)
	}
	p.check(n)
	canonical := p.appendText(nil, "")
	computed := digestOf(canonical)
	p.Digest = digest
	if len(n.list) == 0 {
		// The digest is checked apart, so that a wrong one is called that.
		if canonical = withDigest(canonical, digest); text != string(canonical) {
			n.add(textDifference(text, string(canonical)))
		}
	}
	if digest != computed {
		n.add(Difference{Field: "digest", Found: quote(digest), Want: quote(computed) + ", as computed"})
	}
	return p, n.err()
}

func notPlan(format string, args ...any) error {
	return fmt.Errorf("%w: %s; renewplan plan --out FILE writes one", ErrNotPlan, fmt.Sprintf(format, args...))
}

// checkVersion looks for the version before anything else is judged: all other
// rules are those of one version.
func checkVersion(text string) error {
	r := reader{text: text, notes: &notes{}}
	if r.peek() != '{' {
		return notPlan("it starts with %s and is not JSON, or not an object", quote(r.snippet()))
	}
	r.pos++
	for first := true; r.more(first, '}'); first = false {
		r.peek()
		name := r.quoted()
		r.expect(':')
		raw := r.skip()
		if name != "version" || r.err != nil {
			continue
		}
		n, err := strconv.Atoi(raw)
		switch {
		case err != nil:
			return notPlan("its version is %s, which is not a whole number", cut(raw))
		case n != Version:
			return fmt.Errorf("%w: the file is of version %d, this renewplan reads version %d; "+
				"plan again with this one, or use the one that wrote it", ErrVersion, n, Version)
		}
		return nil
	}
	if r.err != nil {
		return notPlan("%v", r.err)
	}
	return notPlan("it has no version")
}

// parse reads a text into a plan and the digest that stands there. What can be
// read past is noted; the error is a syntax error.
func parse(text string, n *notes) (p *Plan, digest string, err error) {
	p = &Plan{}
	r := &reader{text: text, notes: n}
	r.object([]field{
		{"version", func() { r.number() }},
		{"cloud", func() { p.Cloud = r.string() }},
		{"account", func() { p.Account = r.string() }},
		{"asOf", func() { p.AsOf = r.time(dayLayout, "a day such as 2026-11-20") }},
		{"spec", func() {
			r.object([]field{
				{"paths", func() { p.Spec.Paths = r.strings() }},
				{"tags", func() { p.Spec.Tags = r.strings() }},
				{"digest", func() { p.Spec.Digest = r.string() }},
			})
		}},
		{"limits", func() { r.limits(&p.Limits) }},
		{"rows", func() { p.Rows = r.rows() }},
		{"totals", func() { r.totals(&p.Totals) }},
		{"digest", func() { digest = r.string() }},
	})
	if r.err != nil {
		return nil, "", r.err
	}
	if rest := strings.TrimLeft(text[r.pos:], " \t\r\n"); rest != "" {
		r.where, r.field = "", "text"
		r.note("followed by "+quote(cut(rest)), "nothing after the plan")
	}
	return p, digest, nil
}

func (r *reader) limits(l *Limits) {
	r.object([]field{
		{"maxItems", func() { l.MaxItems = r.number() }},
		{"maxMonths", func() { l.MaxMonths = r.number() }},
		{"maxPlanAge", func() { l.MaxPlanAge = r.duration() }},
		{"maxTotal", func() { l.MaxTotal = r.string() }},
		{"allowUnknownPrice", func() { l.AllowUnknownPrice = r.flag() }},
		{"refuseAutoRenew", func() { l.RefuseAutoRenew = r.flag() }},
	})
}

func (r *reader) totals(t *Totals) {
	r.object([]field{
		{"renew", func() { t.Renew = r.number() }},
		{"notDue", func() { t.NotDue = r.number() }},
		{"lapse", func() { t.Lapse = r.number() }},
		{"refused", func() { t.Refused = r.number() }},
		{"open", func() { t.Open = r.number() }},
		{"unread", func() { t.Unread = r.number() }},
		{"months", func() { t.Months = r.number() }},
		{"price", func() { t.Price = r.string() }},
		{"estimates", func() { t.Estimates = r.number() }},
		{"unknownPrices", func() { t.UnknownPrices = r.number() }},
		{"unpricedAlong", func() { t.UnpricedAlong = r.number() }},
		{"kinds", func() { t.Kinds = r.subtotals() }},
		{"regions", func() { t.Regions = r.subtotals() }},
	})
}

func (r *reader) subtotals() []Subtotal {
	var s Subtotal // the one being read
	fields := []field{
		{"name", func() { s.Name = r.string() }},
		{"renew", func() { s.Renew = r.number() }},
		{"months", func() { s.Months = r.number() }},
		{"price", func() { s.Price = r.string() }},
		{"estimates", func() { s.Estimates = r.number() }},
		{"unknownPrices", func() { s.UnknownPrices = r.number() }},
	}
	var list []Subtotal
	name := r.field
	r.array(func() {
		if len(list) == maxRows {
			r.stop("more than %d subtotals", maxRows)
			return
		}
		s = Subtotal{}
		r.field = name
		r.object(fields)
		list = append(list, s)
	})
	return list
}

func (r *reader) rows() []Row {
	var row Row // the one being read
	const instant = "a moment such as 2026-12-31T08:00:00Z"
	fields := []field{
		{"region", func() { row.Region = r.string() }},
		{"kind", func() { row.Kind = Kind(r.string()) }},
		{"id", func() { row.ID = r.string() }},
		{"name", func() { row.Name = r.string() }},
		{"decision", func() { row.Decision = Decision(r.string()) }},
		{"reason", func() { row.Reason = r.string() }},
		{"baseline", func() { row.Baseline = r.time(instantLayout, instant) }},
		{"months", func() { row.Months = r.number() }},
		{"expected", func() { row.Expected = r.time(instantLayout, instant) }},
		{"unifiedExpiryDay", func() { row.UnifiedExpiryDay = r.number() }},
		{"relatedRenewFlag", func() { row.RelatedRenewFlag = r.string() }},
		{"autoRenew", func() { row.AutoRenew = r.string() }},
		{"clientToken", func() { row.ClientToken = r.string() }},
		{"attempt", func() { row.Attempt = r.number() }},
		{"price", func() { row.Price = r.string() }},
		{"estimate", func() { row.Estimate = r.flag() }},
		{"along", func() { row.Along = r.along(&row) }},
	}
	rows := make([]Row, 0, min(maxRows, strings.Count(r.text[r.pos:], "\n    {")))
	outer := r.where
	r.array(func() {
		if len(rows) == maxRows {
			r.stop("more than %d rows", maxRows)
			return
		}
		row = Row{}
		r.where, r.field = "", ""
		before := len(r.notes.list)
		r.object(fields, "along")
		for i := range r.notes.list[before:] { // now the row's key is known
			r.notes.list[before+i].Row = rowName(row.Key, len(rows))
		}
		rows = append(rows, row)
	})
	r.where = outer
	return rows
}

// along reads what is renewed along with a row.
func (r *reader) along(row *Row) []Attached {
	var list []Attached
	outer := r.where
	name := r.field
	r.array(func() {
		if len(list) == maxAlong {
			r.stop("more than %d attached things in a row", maxAlong)
			return
		}
		var a Attached
		var perhaps bool
		r.where, r.field = outer, name
		r.object([]field{
			{"sort", func() { a.Sort = r.string() }},
			{"id", func() { a.ID = r.string() }},
			{"name", func() { a.Name = r.string() }},
			{"group", func() { a.Group = r.string() }},
			{"expiry", func() { a.Expiry = r.time(instantLayout, "a moment such as 2026-12-31T08:00:00Z") }},
			{"perhaps", func() { perhaps = r.flag() }},
			{"problem", func() { a.Problem = r.string() }},
		})
		if want := row.Perhaps(a); perhaps != want {
			r.where, r.field = outer, name+".perhaps"
			r.note(strconv.FormatBool(perhaps), strconv.FormatBool(want)+", as the relatedRenewFlag says")
		}
		list = append(list, a)
	})
	r.where, r.field = outer, name
	if list == nil {
		r.note("an empty list", "no such field where nothing is renewed along")
	}
	return list
}

// maxAlong bounds what hangs on one resource; instances hold a few dozen disks.
const maxAlong = 10_000

// rowName names a row in a difference: by its key, or else by its place.
func rowName(k Key, index int) string {
	if k.Region == "" || k.Kind == "" || k.ID == "" {
		return "row " + strconv.Itoa(index+1)
	}
	return clean(k.String())
}

func (r *reader) strings() []string {
	var list []string
	r.array(func() { list = append(list, r.string()) })
	return list
}

// time reads a moment in exactly one layout; "" is the zero moment.
func (r *reader) time(layout, want string) time.Time {
	s := r.string()
	if s == "" {
		return time.Time{}
	}
	t, err := time.Parse(layout, s)
	if err != nil || t.IsZero() {
		r.note(quote(s), want)
		return time.Time{}
	}
	return t
}

func (r *reader) duration() time.Duration {
	s := r.string()
	d, ok := parseDuration(s)
	if !ok {
		r.note(quote(s), "a duration such as 7d or 36h")
	}
	return d
}

// quote shows a text of the file in a message.
func quote(s string) string { return strconv.Quote(cut(s)) }
