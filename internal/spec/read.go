package spec

import (
	"fmt"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"

	"renewplan/internal/plan"
)

// read reads a spec that CUE has evaluated by itself, without unifying it with the
// schema, which takes most of the time: where everything is plain texts, numbers
// and truth values that the rules for literals accept, the schema changes nothing.
// ok is false where anything is not certain, and for every spec with a mistake.
func (p *program) read(user cue.Value, resources groups, position func(kind, id string, row cue.Value) string) (s *plan.Spec, ok bool) {
	a := p.rules()
	if a == nil || !resources.plain || resources.count() == 0 || !untouched(p.files) || user.Validate() != nil {
		return nil, false
	}
	top, ok := evaluatedTop(user)
	if !ok || !a.root.accepts(append(top, literalField{name: "resources", object: []literalField{}})) {
		return nil, false
	}
	if s, ok = literalSpec(top); !ok {
		return nil, false
	}
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
			s.Resources = append(s.Resources, r)
		}
	}
	sortResources(s.Resources)
	return s, true
}

// evaluatedTop are the fields of a spec but for its resources, as literalFields
// are those of one that is written out. Hidden fields and definitions are none.
func evaluatedTop(user cue.Value) (top []literalField, ok bool) {
	it, err := user.Fields(cue.All())
	if _, choice := user.Default(); err != nil || choice {
		return nil, false
	}
	for it.Next() {
		label := it.Selector()
		switch {
		case label.ConstraintType() != 0 || label.String() == atLeastOne:
			return nil, false
		case label.LabelType() == cue.StringLabel && label.Unquoted() != "resources":
			field, ok := evaluatedField(label.Unquoted(), it.Value())
			if !ok {
				return nil, false
			}
			top = append(top, field)
		}
	}
	return top, true
}

// untouched reports whether nothing in a program that is loaded can tell whether
// the schema is there: whoever refers to an object of the spec has it closed by the
// schema, and may not add to it any more.
func untouched(files []*ast.File) bool {
	ok := true
	for _, f := range files {
		if f == nil {
			continue
		}
		ast.Walk(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.Field:
				ok = ok && n.Alias == nil
			case *ast.Ident:
				ok = ok && unseen(n)
			}
			return ok
		}, nil)
		for _, id := range f.Unresolved {
			switch id.Name {
			case "resources", "reservations", "limits", "self", "__self":
				ok = false
			}
		}
		if !ok {
			return false
		}
	}
	return true
}

// unseen reports whether a name refers to nothing that the schema sees, or to a
// literal. It does not see hidden fields, definitions, and what imports and
// clauses bind.
func unseen(id *ast.Ident) bool {
	hidden := strings.HasPrefix(id.Name, "_") || strings.HasPrefix(id.Name, "#")
	switch to := id.Node.(type) {
	case nil, *ast.ImportSpec, *ast.LetClause, *ast.Ident, *ast.BasicLit:
		return id.Name != "__self"
	case *ast.Alias:
		return false
	case *ast.Field: // of another file; or of this one, by an alias
		name, _, err := ast.LabelName(to.Label)
		_, lit := to.Value.(*ast.BasicLit)
		return lit || (hidden && err == nil && name == id.Name)
	}
	return hidden
}

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
		field, ok := evaluatedField(name, v)
		fields = append(fields, field)
		return ok
	})
	return fields, ok
}

func evaluatedField(name string, v cue.Value) (field literalField, ok bool) {
	field.name = name
	if v.IncompleteKind() == cue.StructKind {
		field.object, ok = evaluatedFields(v, []literalField{})
	} else {
		field.value, ok = evaluated(v)
	}
	return field, ok
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
	case k == cue.BoolKind:
		return literal{cue.BoolKind, fmt.Sprint(v)}, true
	}
	return literal{}, false
}
