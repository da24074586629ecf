package spec

import (
	"fmt"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/cue/parser"
	"cuelang.org/go/cue/token"

	"renewplan/internal/plan"
)

// acceptor accepts resources that are plain literals without the evaluator, by
// rules that are compiled from the schema. It never refuses: what it does not
// accept is for CUE to decide. What it accepts, CUE accepts, and reads the same;
// a test holds that over many thousands of resources.
//
// Which fields a resource may and must have depends on which others it has. So
// rules are compiled for each shape, a kind with a list of fields, by asking CUE
// once.
//
// It is safe for concurrent use.
type acceptor struct {
	ctx   *cue.Context
	kinds map[string]acceptedKind

	mu     sync.Mutex
	shapes map[string]*shape // nil for those whose resources are for CUE
}

// acceptedKind is a kind of resource in the schema.
type acceptedKind struct {
	id   predicate // of names
	body cue.Value
}

// shape is the rules for resources of one kind with the same fields.
type shape struct {
	values []valueRule // of each field
}

// valueRule accepts what one field holds: a single value, or an object of single
// values.
type valueRule struct {
	value    predicate
	key      predicate // of names in an object
	elem     predicate // of values in an object
	isObject bool
}

// mostShapes bounds the shapes that are remembered. Fleets have a few dozen.
const mostShapes = 1000

// newAcceptor compiles the text of the schema; nil if it says something that such
// rules cannot follow.
func newAcceptor(text string) *acceptor {
	if !followable(text) {
		return nil
	}
	ctx := cuecontext.New(cuecontext.CUE_DEBUG(""))
	root, err := compileRoot(ctx, text)
	if err != nil {
		return nil
	}
	rules, err := compileRules(ctx, root)
	if err != nil {
		return nil
	}
	a := &acceptor{ctx: ctx, kinds: make(map[string]acceptedKind), shapes: make(map[string]*shape)}
	for name, kind := range rules.fields["resources"].fields {
		if id := compilePredicate(kind.key, 0); id != nil {
			a.kinds[name] = acceptedKind{id, kind.elem.schema}
		}
	}
	return a
}

// followable reports whether a condition in the schema asks for nothing but
// whether a field is there. Shapes know no more.
func followable(text string) bool {
	file, err := parser.ParseFile(schemaName, text)
	if err != nil {
		return false
	}
	ok := true
	ast.Walk(file, func(n ast.Node) bool {
		c, is := n.(*ast.IfClause)
		if !is {
			return true
		}
		b, is := c.Condition.(*ast.BinaryExpr)
		if !is || (b.Op != token.EQL && b.Op != token.NEQ) {
			ok = false
			return false
		}
		_, name := b.X.(*ast.Ident)
		_, bottom := b.Y.(*ast.BottomLit)
		ok = ok && name && bottom
		return false
	}, nil)
	return ok
}

// resource reads a row that is written out in literals, if the schema certainly
// accepts it. body is space to use, and returned to be used again.
func (a *acceptor) resource(r row, body []literalField) (plan.Resource, []literalField, bool) {
	fields, ok := literalFields(r.field.Value, body[:0])
	if !ok || !a.accepts(r.kind, r.id, fields) {
		return plan.Resource{}, body, false
	}
	res, ok := literalResource(r.kind, r.id, fields)
	return res, fields, ok
}

// accepts reports whether the schema certainly accepts a resource.
func (a *acceptor) accepts(kind, id string, body []literalField) bool {
	k, ok := a.kinds[kind]
	if !ok || !k.id(literal{kind: cue.StringKind, text: id}) {
		return false
	}
	s := a.shapeOf(kind, k, body)
	if s == nil {
		return false
	}
	for i, f := range body {
		if !s.values[i].accepts(f) {
			return false
		}
	}
	return true
}

// shapeOf is the shape of a resource, compiled if it is new.
func (a *acceptor) shapeOf(kind string, k acceptedKind, body []literalField) *shape {
	key := append(append(make([]byte, 0, 128), kind...), 0)
	for _, f := range body {
		key = append(append(key, f.name...), 0)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	s, ok := a.shapes[string(key)]
	if !ok {
		s = a.shape(k, body)
		if len(a.shapes) < mostShapes {
			a.shapes[string(key)] = s
		}
	}
	return s
}

func (r valueRule) accepts(f literalField) bool {
	if !r.isObject {
		return f.object == nil && r.value(f.value)
	}
	if f.object == nil {
		return false
	}
	for _, e := range f.object {
		if e.object != nil || !r.key(literal{kind: cue.StringKind, text: e.name}) || !r.elem(e.value) {
			return false
		}
	}
	return true
}

// shape compiles the rules for resources with the fields of body; nil if CUE
// does not allow these fields together, or wants another, or if a rule is one
// that cannot be compiled.
func (a *acceptor) shape(k acceptedKind, body []literalField) *shape {
	// The rule of a field is what is left of it if nothing is known of its value.
	open := make(map[string]cue.Value)
	if !a.fields(k, body, func(literalField) string { return "_" }, func(s cue.Selector, v cue.Value) bool {
		open[s.Unquoted()] = v
		return true
	}) {
		return nil
	}
	// Which other fields are wanted shows in the resource itself.
	if !a.fields(k, body, literalField.String, func(s cue.Selector, _ cue.Value) bool {
		return s.ConstraintType() != cue.RequiredConstraint
	}) {
		return nil
	}
	s := &shape{}
	for i, f := range body {
		v, ok := open[f.name]
		for _, other := range body[:i] {
			ok = ok && other.name != f.name
		}
		if !ok {
			return nil
		}
		r, ok := compileValueRule(v)
		if !ok {
			return nil
		}
		s.values = append(s.values, r)
	}
	return s
}

// fields calls f for every field that a kind has if a resource has those of
// body, until f returns false. It reports whether f never did and CUE allows it.
func (a *acceptor) fields(k acceptedKind, body []literalField, value func(literalField) string, f func(cue.Selector, cue.Value) bool) bool {
	var text strings.Builder
	for _, field := range body {
		fmt.Fprintf(&text, "%s: %s\n", strconv.Quote(field.name), value(field))
	}
	v := k.body.Unify(a.ctx.CompileString(text.String()))
	if v.Validate() != nil {
		return false
	}
	it, err := v.Fields(cue.Optional(true))
	if err != nil {
		return false
	}
	for it.Next() {
		if !f(it.Selector(), it.Value()) {
			return false
		}
	}
	return true
}

func compileValueRule(v cue.Value) (valueRule, bool) {
	if v.IncompleteKind() != cue.StructKind {
		p := compilePredicate(v, 0)
		return valueRule{value: p}, p != nil
	}
	r := valueRule{isObject: true}
	it, err := v.Fields(cue.Optional(true), cue.Patterns(true))
	if err != nil {
		return r, false
	}
	n := 0
	for it.Next() {
		if s := it.Selector(); s.ConstraintType() == cue.PatternConstraint {
			r.key, r.elem = compilePredicate(s.Pattern(), 0), compilePredicate(it.Value(), 0)
		}
		n++
	}
	return r, n == 1 && r.key != nil && r.elem != nil
}

// predicate reports whether a rule certainly accepts a literal.
type predicate func(literal) bool

// compilePredicate turns a rule of the schema into a predicate; nil if it is of
// a form that is not known here.
func compilePredicate(v cue.Value, depth int) predicate {
	if depth > 8 {
		return nil
	}
	op, args := v.Expr()
	switch op {
	case cue.NoOp:
		return compileBasic(v)
	case cue.SelectorOp:
		d := cue.Dereference(v)
		if op, _ := d.Expr(); op == cue.SelectorOp {
			return nil
		}
		return compilePredicate(d, depth+1)
	case cue.AndOp:
		var all []predicate
		for _, a := range args {
			p := compilePredicate(a, depth+1)
			if p == nil {
				return nil
			}
			all = append(all, p)
		}
		return func(l literal) bool {
			for _, p := range all {
				if !p(l) {
					return false
				}
			}
			return true
		}
	case cue.OrOp:
		// An alternative that is not known accepts nothing, as error("…") does.
		var known []predicate
		for _, a := range args {
			if p := compilePredicate(a, depth+1); p != nil {
				known = append(known, p)
			}
		}
		if known == nil {
			return nil
		}
		return func(l literal) bool {
			for _, p := range known {
				if p(l) {
					return true
				}
			}
			return false
		}
	case cue.RegexMatchOp:
		return compilePattern(args[0])
	case cue.GreaterThanOp, cue.GreaterThanEqualOp, cue.LessThanOp, cue.LessThanEqualOp:
		return compileBound(op, args[0])
	case cue.CallOp:
		if len(args) == 2 && fmt.Sprint(args[0]) == "math.MultipleOf" {
			return compileMultiple(args[1])
		}
	}
	return nil
}

// compileBasic is for types and for values.
func compileBasic(v cue.Value) predicate {
	switch fmt.Sprint(v) {
	case "_":
		return func(literal) bool { return true }
	case "string":
		return func(l literal) bool { return l.kind == cue.StringKind }
	case "number":
		return func(l literal) bool { return l.kind == cue.NumberKind }
	}
	if s, err := v.String(); err == nil {
		return func(l literal) bool { return l.kind == cue.StringKind && l.text == s }
	}
	return nil
}

func compilePattern(v cue.Value) predicate {
	s, err := v.String()
	if err != nil {
		return nil
	}
	re, err := regexp.Compile(s) // as CUE does
	if err != nil {
		return nil
	}
	return func(l literal) bool { return l.kind == cue.StringKind && re.MatchString(l.text) }
}

func compileBound(op cue.Op, v cue.Value) predicate {
	bound, ok := rational(v)
	if !ok {
		return nil
	}
	return func(l literal) bool {
		if l.kind != cue.NumberKind {
			return false
		}
		switch n := l.number().Cmp(bound); op {
		case cue.GreaterThanOp:
			return n > 0
		case cue.GreaterThanEqualOp:
			return n >= 0
		case cue.LessThanOp:
			return n < 0
		default:
			return n <= 0
		}
	}
}

func compileMultiple(v cue.Value) predicate {
	of, ok := rational(v)
	if !ok || of.Sign() == 0 {
		return nil
	}
	return func(l literal) bool {
		return l.kind == cue.NumberKind && new(big.Rat).Quo(l.number(), of).IsInt()
	}
}

func rational(v cue.Value) (*big.Rat, bool) {
	if v.Kind()&cue.NumberKind == 0 {
		return nil, false
	}
	return new(big.Rat).SetString(fmt.Sprint(v))
}
