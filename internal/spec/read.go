package spec

import (
	"fmt"
	"reflect"

	"cuelang.org/go/cue"

	"renewplan/internal/plan"
)

// readFrom is the number of resources from which compiling rules pays.
const readFrom = 100

// read reads a spec without unifying each of its resources with the schema, which
// takes most of the time: where CUE has evaluated a resource to plain texts and
// numbers that the rules for literals accept, the schema changes nothing. The
// rest of the spec is unified as always, with one resource in it. ok is false
// where anything is not certain.
func (p *program) read(ctx *cue.Context, user, root cue.Value, position func(kind, id string, row cue.Value) string) (s *plan.Spec, ok bool) {
	a := p.rules()
	if a == nil || user.Validate() != nil {
		return nil, false
	}
	// The schema may decide between alternatives outside of the resources as well,
	// and then resources that refer to them change. So the rest has to be the same
	// before and after.
	frame := ctx.CompileString("{}")
	top, err := user.Fields(cue.All())
	if err != nil {
		return nil, false
	}
	for top.Next() {
		label := top.Selector()
		switch {
		case label.ConstraintType() != 0 || label.String() == atLeastOne:
			return nil, false
		case label.LabelType() == cue.StringLabel && label.Unquoted() != "resources":
			frame = frame.FillPath(cue.MakePath(label), top.Value())
		}
	}
	var rows []plan.Resource
	var body []literalField
	ok = eachPlain(user.LookupPath(pathResources), func(kind string, of cue.Value) bool {
		if _, known := a.kinds[kind]; !known {
			return false
		}
		return eachPlain(of, func(id string, row cue.Value) bool {
			fields, ok := evaluatedFields(row, body[:0])
			if !ok || !a.accepts(kind, id, fields) {
				return false
			}
			body = fields
			r, ok := literalResource(kind, id, fields)
			r.Position = position(kind, id, row)
			if rows = append(rows, r); len(rows) == 1 {
				frame = frame.FillPath(cue.MakePath(cue.Str("resources"), cue.Str(kind), cue.Str(id)), row)
			}
			return ok
		})
	})
	if !ok || len(rows) == 0 {
		return nil, false
	}
	whole := frame.Unify(root)
	if frame.Validate(cue.Concrete(true)) != nil || whole.Validate(cue.Concrete(true)) != nil {
		return nil, false
	}
	before, err := decode(frame, nowhere)
	if err != nil {
		return nil, false
	}
	s, err = decode(whole, nowhere)
	if err != nil || !reflect.DeepEqual(before, s) {
		return nil, false
	}
	s.Resources = rows
	sortResources(s.Resources)
	return s, true
}

// nowhere is for resources whose positions do not matter.
func nowhere(string, string, cue.Value) string { return "" }

// eachPlain calls f for every field of an object until it returns false. It
// reports whether f never did and there was nothing but plain fields of an object
// without alternatives.
func eachPlain(v cue.Value, f func(name string, v cue.Value) bool) bool {
	if _, choice := v.Default(); choice || v.Kind() != cue.StructKind {
		return false
	}
	it, err := v.Fields(cue.All())
	if err != nil {
		return false
	}
	for it.Next() {
		label := it.Selector()
		if label.LabelType() != cue.StringLabel || label.ConstraintType() != 0 || !f(label.Unquoted(), it.Value()) {
			return false
		}
	}
	return true
}

// evaluatedFields are the fields of an object that is evaluated, as literalFields
// are those of one that is written out.
func evaluatedFields(v cue.Value, fields []literalField) ([]literalField, bool) {
	ok := eachPlain(v, func(name string, v cue.Value) bool {
		field := literalField{name: name}
		var ok bool
		if v.IncompleteKind() == cue.StructKind {
			field.object, ok = evaluatedFields(v, []literalField{})
		} else {
			field.value, ok = evaluated(v)
		}
		fields = append(fields, field)
		return ok
	})
	return fields, ok
}

// evaluated is a single value, or the default of one.
func evaluated(v cue.Value) (literal, bool) {
	v, _ = v.Default()
	switch k := v.Kind(); {
	case k == cue.StringKind:
		s, err := v.String()
		return literal{cue.StringKind, s}, err == nil
	case k&cue.NumberKind != 0:
		s := fmt.Sprint(v)
		return literal{cue.NumberKind, s}, isPlainNumber(s)
	}
	return literal{}, false
}
