package spec

import (
	"fmt"
	"slices"
	"strings"

	"cuelang.org/go/cue"
	cueerrors "cuelang.org/go/cue/errors"

	"renewplan/schema"
)

// schemaName is the file name of the schema in CUE's errors.
const schemaName = "schema/renewal.cue"

// Schema is the text of schema/renewal.cue.
func Schema() string { return schema.Text() }

// compileSchema is the definition #Spec.
func compileSchema(ctx *cue.Context) (cue.Value, error) { return compileRoot(ctx, schema.Text()) }

// compileRoot is the definition #Spec of a schema.
func compileRoot(ctx *cue.Context, text string) (cue.Value, error) {
	v := ctx.CompileString(text, cue.Filename(schemaName))
	root := v.LookupPath(cue.MakePath(cue.Def("Spec")))
	if err := root.Err(); err != nil {
		return root, fmt.Errorf("compiling the schema: %w", err)
	}
	return root, nil
}

// rule is what the schema says of one place in a spec. Exactly one of fields,
// elem and value is set.
type rule struct {
	fields   map[string]*rule // of an object with known fields
	names    []string         // of fields, sorted
	required []string         // of names

	elem    *rule     // of an object whose fields have names of the user's choice
	key     cue.Value // what those names have to match
	keyWant string    // the same in words

	value   cue.Value // what a single value has to match
	want    string    // the same in words: the text of the schema's error("want …")
	options []string  // the texts that the value may be, if it is one of a few

	// special checks what one field alone does not show; it may be nil.
	special func(*checker, place)
}

// compileRules turns the schema into rules to walk a spec by.
func compileRules(ctx *cue.Context, root cue.Value) (*rule, error) {
	r, err := compileRule(ctx, root)
	if err != nil {
		return nil, err
	}
	reservations, resources := r.fields["reservations"], r.fields["resources"]
	if reservations == nil || reservations.elem == nil || resources == nil {
		return nil, fmt.Errorf("compiling the schema: #Spec has no reservations or no resources")
	}
	r.replaceRequired("resources", (*checker).checkRoot)
	reservations.elem.replaceRequired("until", (*checker).checkReservation)
	for kind, k := range resources.fields {
		if k.elem == nil {
			return nil, fmt.Errorf("compiling the schema: kind %s does not map ids to resources", kind)
		}
		k.elem.replaceRequired("reservation", (*checker).checkResource)
	}
	return r, nil
}

// replaceRequired gives a rule a check of its own in place of a required field,
// which in the schema hangs on other fields.
func (r *rule) replaceRequired(name string, special func(*checker, place)) {
	r.required = slices.DeleteFunc(r.required, func(n string) bool { return n == name })
	r.special = special
}

func compileRule(ctx *cue.Context, v cue.Value) (*rule, error) {
	if v.IncompleteKind() != cue.StructKind {
		r := &rule{value: v, want: wanted(ctx, v)}
		if op, args := v.Expr(); op == cue.OrOp {
			for _, a := range args {
				if s, err := a.String(); err == nil {
					r.options = append(r.options, s)
				}
			}
		}
		return r, nil
	}
	r := &rule{fields: make(map[string]*rule)}
	it, err := v.Fields(cue.Optional(true), cue.Patterns(true))
	if err != nil {
		return nil, fmt.Errorf("compiling the schema: %w", err)
	}
	for it.Next() {
		f, err := compileRule(ctx, it.Value())
		if err != nil {
			return nil, err
		}
		s := it.Selector()
		if s.ConstraintType() == cue.PatternConstraint {
			r.key, r.keyWant, r.elem = s.Pattern(), wanted(ctx, s.Pattern()), f
			continue
		}
		name := s.Unquoted()
		r.fields[name] = f
		r.names = append(r.names, name)
		if s.ConstraintType() == cue.RequiredConstraint {
			r.required = append(r.required, name)
		}
	}
	if r.elem != nil && len(r.names) > 0 {
		return nil, fmt.Errorf("compiling the schema: %v has both fields and a pattern", r.names)
	}
	slices.Sort(r.names)
	return r, nil
}

// wanted is what a value of the schema wants, in the words of its error("…").
func wanted(ctx *cue.Context, v cue.Value) string {
	// Null matches nothing in the schema, so every error("…") shows.
	for _, e := range cueerrors.Errors(v.Unify(ctx.CompileString("null")).Err()) {
		format, args := e.Msg()
		if text, ok := strings.CutPrefix(fmt.Sprintf(format, args...), "want "); ok {
			return text
		}
	}
	return v.IncompleteKind().String()
}
