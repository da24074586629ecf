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
func (p *program) read(ctx *cue.Context, user, root cue.Value, resources groups, position func(kind, id string, row cue.Value) string) (s *plan.Spec, ok bool) {
	a := p.rules()
	if a == nil || !resources.plain || user.Validate() != nil {
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
	for _, kind := range resources.kinds {
		if a.kinds[kind.name] == nil {
			return nil, false
		}
		for _, row := range kind.rows {
			fields, ok := evaluatedFields(row.value, body[:0])
			if !ok || !a.accepts(kind.name, row.id, fields) {
				return nil, false
			}
			body = fields
			r, ok := literalResource(kind.name, row.id, fields)
			if !ok {
				return nil, false
			}
			r.Position = position(kind.name, row.id, row.value)
			if rows = append(rows, r); len(rows) == 1 {
				frame = frame.FillPath(cue.MakePath(cue.Str("resources"), cue.Str(kind.name), cue.Str(row.id)), row.value)
			}
		}
	}
	if len(rows) == 0 {
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

// groups are the resources of a spec by kind, whether it is right or not. CUE takes
// quadratic time to list the fields of a large object, so it is asked only once.
type groups struct {
	kinds []group
	plain bool // there is nothing but plain fields in objects without alternatives
}

// group is the resources of a kind.
type group struct {
	name string
	rows []groupRow
}

type groupRow struct {
	id    string
	value cue.Value
}

func groupsOf(resources cue.Value) (g groups) {
	g.plain = eachField(resources, func(kind string, of cue.Value) bool {
		k := group{name: kind}
		plain := eachField(of, func(id string, row cue.Value) bool {
			k.rows = append(k.rows, groupRow{id, row})
			return true
		})
		g.kinds = append(g.kinds, k)
		return plain
	})
	return g
}

func (g groups) count() int {
	n := 0
	for _, k := range g.kinds {
		n += len(k.rows)
	}
	return n
}

// eachField calls f for every field that an object has. It reports whether f always
// returned true and there was nothing but plain fields of an object without
// alternatives.
func eachField(v cue.Value, f func(name string, v cue.Value) bool) bool {
	_, choice := v.Default()
	plain := !choice && v.Kind() == cue.StructKind
	it, err := v.Fields(cue.All())
	if err != nil {
		return false
	}
	for it.Next() {
		label := it.Selector()
		if label.LabelType() != cue.StringLabel || label.ConstraintType() == cue.OptionalConstraint {
			plain = false
			continue
		}
		plain = f(label.Unquoted(), it.Value()) && label.ConstraintType() == 0 && plain
	}
	return plain
}

// evaluatedFields are the fields of an object that is evaluated, as literalFields
// are those of one that is written out.
func evaluatedFields(v cue.Value, fields []literalField) ([]literalField, bool) {
	ok := eachField(v, func(name string, v cue.Value) bool {
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
