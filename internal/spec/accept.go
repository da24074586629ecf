package spec

import (
	"cuelang.org/go/cue"

	"renewplan/internal/plan"
)

// acceptor accepts what is written in plain literals without the evaluator, by
// rules that are compiled from the schema (compile.go). It never refuses: what it
// does not accept is for CUE to decide. What it accepts, CUE accepts, and reads
// the same; a test holds that over many thousands of specs.
//
// It is safe for concurrent use.
type acceptor struct {
	root  *objectRule
	kinds map[string]*objectRule // of the resources of a kind, by id
}

// objectRule accepts objects of a closed definition.
type objectRule struct {
	// Of an object with known fields: all rules of a field have to accept it.
	fields   map[string][]literalRule
	required []string
	when     []condition

	// Of an object whose fields have names of the user's choice; nil otherwise.
	key  predicate
	elem literalRule
}

// literalRule accepts what a field holds: a single value or an object, depending
// on which is set.
type literalRule struct {
	value  predicate
	object *objectRule
}

// condition is a rule that holds for objects that have, or lack, a field.
type condition struct {
	field  string
	absent bool
	then   *objectRule
}

// newAcceptor compiles the text of the schema; nil if it says something that such
// rules cannot follow.
func newAcceptor(text string) *acceptor {
	root := compileLiteralRules(text)
	if root == nil {
		return nil
	}
	a := &acceptor{root: root, kinds: make(map[string]*objectRule)}
	for _, resources := range root.fields["resources"] {
		if resources.object == nil || a.root.fields["reservations"] == nil {
			return nil
		}
		for name, rules := range resources.object.fields {
			if len(rules) == 1 && rules[0].object != nil && rules[0].object.key != nil {
				a.kinds[name] = rules[0].object
			}
		}
	}
	return a
}

// resource reads a row that is written out in literals, with what is preset for
// it, if the schema certainly accepts it. body is space to use, and returned to be
// used again.
func (a *acceptor) resource(r row, preset *presets, body []literalField) (plan.Resource, []literalField, bool) {
	fields, ok := literalFields(r.field.Value, body[:0])
	if ok {
		fields, ok = preset.fill(fields)
	}
	if !ok || !a.accepts(r.kind, r.id, fields) {
		return plan.Resource{}, body, false
	}
	res, ok := literalResource(r.kind, r.id, fields)
	return res, fields, ok
}

// accepts reports whether the schema certainly accepts a resource.
func (a *acceptor) accepts(kind, id string, body []literalField) bool {
	k := a.kinds[kind]
	return k != nil && k.key(literal{kind: cue.StringKind, text: id}) &&
		k.elem.object != nil && k.elem.object.accepts(body)
}

// accepts reports whether the schema certainly accepts an object.
func (r *objectRule) accepts(body []literalField) bool {
	for _, f := range body {
		if r.key != nil {
			if !r.key(literal{kind: cue.StringKind, text: f.name}) || !r.elem.accepts(f) {
				return false
			}
			continue
		}
		rules, ok := r.fields[f.name]
		if !ok || !allAccept(rules, f) {
			return false
		}
	}
	return r.holds(body)
}

// holds reports whether an object has the fields it must have, and keeps what is
// asked only of some objects.
func (r *objectRule) holds(body []literalField) bool {
	for _, name := range r.required {
		if !hasField(body, name) {
			return false
		}
	}
	for _, c := range r.when {
		if hasField(body, c.field) == c.absent {
			continue
		}
		for _, f := range body {
			if !allAccept(c.then.fields[f.name], f) {
				return false
			}
		}
		if !c.then.holds(body) {
			return false
		}
	}
	return true
}

func allAccept(rules []literalRule, f literalField) bool {
	for _, r := range rules {
		if !r.accepts(f) {
			return false
		}
	}
	return true
}

func (r literalRule) accepts(f literalField) bool {
	if f.object == nil {
		return r.value != nil && r.value(f.value)
	}
	return r.object != nil && r.object.accepts(f.object)
}

func hasField(body []literalField, name string) bool {
	for _, f := range body {
		if f.name == name {
			return true
		}
	}
	return false
}
