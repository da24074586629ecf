package spec

import (
	"fmt"
	"slices"
	"strings"

	"cuelang.org/go/cue"
	cueerrors "cuelang.org/go/cue/errors"
)

// place is a value in a spec, on its own, with the rule it has to keep.
type place struct {
	path  []string
	value cue.Value
	rule  *rule
}

// checker finds every mistake in a spec that CUE has refused.
type checker struct {
	ctx   *cue.Context // of the rules
	words words
	index func() *index
	name  string // of the spec, where no position is known
	rules *rule

	mistakes Errors
	// told holds the paths of the mistakes, and above every prefix of them, so
	// that what CUE says of the same places is not told twice.
	told, above map[string]bool
	// reservations are the names that resources may refer to; nil if they
	// cannot be known.
	reservations []string
}

func newChecker(p *program) *checker {
	return &checker{
		words: p.words,
		index: p.index,
		name:  p.first(),
		told:  make(map[string]bool),
		above: make(map[string]bool),
	}
}

// check returns every mistake in a spec: user is the spec alone, refused what
// CUE says of it together with the schema.
func (c *checker) check(ctx *cue.Context, user cue.Value, refused error) Errors {
	c.ctx = ctx
	c.reservations = reservationNames(user)
	c.walk(place{nil, user, c.rules})

	// What the walk does not see: hidden fields, definitions, and whatever else
	// CUE knows better. First the user's own, whose positions are the user's.
	for _, err := range []error{user.Validate(), refused} {
		var rest []cueerrors.Error
		for _, e := range cueerrors.Errors(err) {
			if !c.covers(unquoted(e.Path())) {
				rest = append(rest, e)
			}
		}
		for _, m := range c.words.evaluation(rest) {
			if m.Position == "" {
				m.Position = c.label(m.path)
			}
			c.add(m, m.path)
		}
	}
	if len(c.mistakes) == 0 && refused != nil {
		c.mistakes = Errors{{Position: c.name, Message: plain(refused.Error())}}
	}
	return c.mistakes
}

// report notes a mistake at a place.
func (c *checker) report(p place, format string, args ...any) {
	c.add(&Error{Position: c.at(p), Path: showPath(p.path), Message: fmt.Sprintf(format, args...)}, p.path)
}

// add notes a mistake, and that its place is dealt with.
func (c *checker) add(m *Error, path []string) {
	c.mistakes = append(c.mistakes, m)
	c.told[strings.Join(path, "\x00")] = true
	for i := range path {
		c.above[strings.Join(path[:i+1], "\x00")] = true
	}
}

// covers reports whether a mistake is told at path, above it or below it.
func (c *checker) covers(path []string) bool {
	if len(path) == 0 || path[0] == atLeastOne {
		return len(c.told) > 0
	}
	for i := range path {
		if c.told[strings.Join(path[:i+1], "\x00")] {
			return true
		}
	}
	return c.above[strings.Join(path, "\x00")]
}

// atLeastOne is the hidden field by which the schema wants a resource.
const atLeastOne = "_atLeastOneResource"

// at is the position of a place: of its label where it is written as such.
func (c *checker) at(p place) string {
	if s := c.words.position(c.index().label(p.path)); s != "" {
		return s
	}
	if s := c.words.position(p.value.Pos()); s != "" {
		return s
	}
	return c.label(p.path)
}

// label is the position of the nearest label at path or above it, or else the
// beginning of the spec.
func (c *checker) label(path []string) string {
	for i := len(path); i > 0; i-- {
		if s := c.words.position(c.index().label(path[:i])); s != "" {
			return s
		}
	}
	return c.name
}

// walk checks a place and all below it.
func (c *checker) walk(p place) {
	if c.told[strings.Join(p.path, "\x00")] {
		return // an unknown name, which leaves nothing to check
	}
	if own := ownErrors(p); len(own) > 0 {
		for _, m := range c.words.evaluation(own) {
			m.Path, m.path = showPath(p.path), p.path
			if m.Position == "" {
				m.Position = c.at(p)
			}
			m.Message += c.conflictHint(m)
			c.add(m, p.path)
		}
		return
	}
	if p.rule.value.Exists() {
		c.walkValue(p)
		return
	}
	if !isObject(p.value) {
		c.report(p, "got %s, want an object in braces%s", describe(p.value, cue.StructKind), fieldList(p.rule))
		return
	}
	if op, _ := p.value.Expr(); op == cue.OrOp && !p.value.IsConcrete() {
		c.report(p, "got no single value but %s, want an object in braces%s", bounded(fmt.Sprint(p.value)), fieldList(p.rule))
		return
	}
	for name, value := range fieldsOf(p.value) {
		c.walkField(p, place{append(slices.Clone(p.path), name), value, nil})
	}
	for _, name := range p.rule.required {
		if !p.value.LookupPath(cue.MakePath(cue.Str(name))).Exists() {
			c.report(p, "%s is missing; want %s", name, p.rule.fields[name].want)
		}
	}
	if p.rule.special != nil {
		p.rule.special(c, p)
	}
}

// walkField checks a field of an object: its name first.
func (c *checker) walkField(parent, p place) {
	name := p.path[len(p.path)-1]
	if elem := parent.rule.elem; elem != nil {
		if parent.rule.key.Unify(c.ctx.Encode(name)).Err() != nil {
			got := "the name " + quoted(name)
			if name == "" {
				got = "an empty name"
			}
			c.report(p, "got %s, want %s", got, parent.rule.keyWant)
			return
		}
		p.rule = elem
		c.walk(p)
		return
	}
	if p.rule = parent.rule.fields[name]; p.rule != nil {
		c.walk(p)
		return
	}
	if parent.rule == c.rules.fields["resources"] {
		c.report(p, "unknown kind%s; the kinds are %s", didYouMean(name, parent.rule.names), quoteAll(parent.rule.names))
		return
	}
	for kind, other := range c.rules.fields["resources"].fields {
		if isKind(c.rules, parent.rule) && other.elem.fields[name] != nil {
			c.report(p, "not a field of kind %s; only %s has it", parent.path[1], kind)
			return
		}
	}
	hint := didYouMean(name, parent.rule.names)
	if hint == "" {
		hint = "; the fields here are " + strings.Join(parent.rule.names, ", ")
		if parent.rule == c.rules {
			hint += ", and a field for use within the spec begins with _"
		}
	}
	c.report(p, "unknown field%s", hint)
}

// isKind reports whether r is the rule of the resources of a kind.
func isKind(root, r *rule) bool {
	for _, k := range root.fields["resources"].fields {
		if k.elem == r {
			return true
		}
	}
	return false
}

// walkValue checks a single value.
func (c *checker) walkValue(p place) {
	if p.value.Unify(p.rule.value).Validate(cue.Concrete(true)) == nil {
		return
	}
	v, _ := p.value.Default()
	if !v.IsConcrete() {
		c.report(p, "got no single value but %s, want %s%s", bounded(fmt.Sprint(p.value)), p.rule.want, starHint(p.value))
		return
	}
	hint := ""
	if s, err := v.String(); err == nil {
		hint = didYouMean(s, p.rule.options)
	}
	c.report(p, "got %s, want %s%s", describe(v, p.rule.value.IncompleteKind()), p.rule.want, hint)
}

// checkRoot wants at least one resource.
func (c *checker) checkRoot(p place) {
	resources := p.value.LookupPath(cue.MakePath(cue.Str("resources")))
	if resources.Exists() {
		p = place{[]string{"resources"}, resources, p.rule.fields["resources"]}
		if c.covers(p.path) || countResources(resources) > 0 {
			return
		}
	} else if c.misspelt(p, "resources") {
		return
	}
	p.path = []string{"resources"}
	c.report(p, `no resources; want at least one, such as resources: vpn: "vpn-bir8biqwr45e": reservation: "monthly"`)
}

// checkReservation wants either length or until.
func (c *checker) checkReservation(p place) {
	length, until := has(p.value, "length"), has(p.value, "until")
	switch {
	case length && until:
		at := place{append(slices.Clone(p.path), "until"), p.value.LookupPath(cue.MakePath(cue.Str("until"))), nil}
		c.report(at, "length and until exclude each other; want one of them")
	case !length && !until && !c.misspelt(p, "length", "until"):
		c.report(p, "neither length nor until; want length: 1 to 9, 12, 24 or 36 months, or until: a date")
	}
}

// checkResource wants a reservation that exists, or a reason to let it lapse.
func (c *checker) checkResource(p place) {
	reservation := p.value.LookupPath(cue.MakePath(cue.Str("reservation")))
	if !reservation.Exists() {
		if !has(p.value, "lapse") && !c.misspelt(p, "reservation", "lapse") {
			c.report(p, "neither reservation nor lapse; want the name of a reservation%s, or a reason to let it lapse", c.known())
		}
		return
	}
	at := place{append(slices.Clone(p.path), "reservation"), reservation, nil}
	if name, err := reservation.String(); err == nil && !c.covers(at.path) {
		c.checkReference(at, name)
	}
}

// checkReference wants the reservation that a resource names to exist.
func (c *checker) checkReference(p place, name string) {
	if c.reservations == nil || slices.Contains(c.reservations, name) {
		return
	}
	hint := didYouMean(name, c.reservations)
	if len(c.reservations) == 0 {
		hint = "; the spec has no reservations"
	} else {
		hint += "; there are " + quoteAll(c.reservations)
	}
	c.report(p, "unknown reservation %s%s", quoted(name), hint)
}

// known is the reservations that there are, in brackets.
func (c *checker) known() string {
	if len(c.reservations) == 0 {
		return ""
	}
	return " (" + quoteAll(c.reservations) + ")"
}

// misspelt reports whether an unknown field of p was already told to look like
// one of names, so that names need not be told missing.
func (c *checker) misspelt(p place, names ...string) bool {
	for name := range fieldsOf(p.value) {
		if p.rule.fields[name] == nil && nearest(name, names) != "" {
			return true
		}
	}
	return false
}

// isObject reports whether v is an object, or has mistakes that leave it open.
func isObject(v cue.Value) bool {
	k := v.IncompleteKind()
	return k == cue.StructKind || k == cue.BottomKind && !isList(v)
}

// isList reports whether v is a list, even one with mistakes in it.
func isList(v cue.Value) bool {
	return v.IncompleteKind() == cue.ListKind || v.LookupPath(cue.MakePath(cue.Index(0))).Exists()
}

func has(v cue.Value, name string) bool {
	return v.LookupPath(cue.MakePath(cue.Str(name))).Exists()
}

// ownErrors are the errors of a place itself, not of what is below it.
func ownErrors(p place) []cueerrors.Error {
	err := p.value.Err()
	if err == nil {
		return nil
	}
	// CUE does not always say that an error comes from below.
	for _, below := range fieldsOf(p.value) {
		if below.Err() != nil {
			return nil
		}
	}
	var own []cueerrors.Error
	for _, e := range cueerrors.Errors(err) {
		if len(unquoted(e.Path())) <= len(p.path) {
			own = append(own, e)
		}
	}
	return own
}
