package spec

import (
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/parser"
	"cuelang.org/go/cue/token"
)

// mostNested is how deep rules are followed from definition to definition.
const mostNested = 32

// ruleCompiler turns the syntax of the schema into rules for literals. It knows
// only the forms that the schema has; any other in a single value accepts
// nothing, and anywhere else leaves no rules at all.
type ruleCompiler struct {
	definitions map[string]*ast.Field
	known       map[string]literalRule // of definitions
	patterns    map[string]predicate   // by their text
	lost        bool                   // a form that no rule can follow
}

// compileLiteralRules is the rule of #Spec; nil if there is a form in it that is
// not known.
func compileLiteralRules(text string) *objectRule {
	file, err := parser.ParseFile(schemaName, text)
	if err != nil {
		return nil
	}
	c := &ruleCompiler{
		definitions: make(map[string]*ast.Field),
		known:       make(map[string]literalRule),
		patterns:    make(map[string]predicate),
	}
	for _, d := range file.Decls {
		f, ok := d.(*ast.Field)
		if !ok {
			continue
		}
		name, ok := plainName(f)
		if _, twice := c.definitions[name]; !ok || twice {
			return nil
		}
		c.definitions[name] = f
	}
	root := c.definitions["#Spec"]
	if root == nil {
		return nil
	}
	lit, ok := root.Value.(*ast.StructLit)
	if !ok {
		return nil
	}
	r := c.object(lit, 0)
	if c.lost || r.key != nil {
		return nil
	}
	return r
}

// rule is the rule of what a field holds.
func (c *ruleCompiler) rule(e ast.Expr, depth int) literalRule {
	if depth > mostNested {
		c.lost = true
		return literalRule{}
	}
	switch e := e.(type) {
	case *ast.ParenExpr:
		return c.rule(e.X, depth+1)
	case *ast.StructLit:
		return literalRule{object: c.object(e, depth+1)}
	case *ast.Ident:
		if d := c.definition(e); d != nil {
			r, ok := c.known[e.Name]
			if !ok {
				r = c.rule(d.Value, depth+1)
				c.known[e.Name] = r
			}
			return r
		}
	case *ast.SelectorExpr:
		if f := c.selected(e); f != nil {
			return c.rule(f.Value, depth+1)
		}
	}
	return literalRule{value: c.predicate(e, depth+1)}
}

// definition is the definition at the top of the schema that a name stands for;
// nil if it stands for something else.
func (c *ruleCompiler) definition(id *ast.Ident) *ast.Field {
	d := c.definitions[id.Name]
	if d == nil || id.Node != d.Value || id.Name[0] != '#' {
		return nil
	}
	return d
}

// selected is the field of a definition that a.b stands for; nil if it is not
// written there once and plainly.
func (c *ruleCompiler) selected(e *ast.SelectorExpr) *ast.Field {
	id, ok := e.X.(*ast.Ident)
	if !ok {
		return nil
	}
	d := c.definition(id)
	if d == nil {
		return nil
	}
	lit, ok := d.Value.(*ast.StructLit)
	name, plain := e.Sel.(*ast.Ident)
	if !ok || !plain {
		return nil
	}
	var found *ast.Field
	for _, d := range lit.Elts {
		f, ok := d.(*ast.Field)
		if !ok {
			return nil
		}
		of, ok := plainName(f)
		if !ok || (of == name.Name && found != nil) {
			return nil
		}
		if of == name.Name {
			found = f
		}
	}
	return found
}

// object is the rule of an object.
func (c *ruleCompiler) object(lit *ast.StructLit, depth int) *objectRule {
	r := &objectRule{fields: make(map[string][]literalRule)}
	own := make(map[ast.Node]bool) // what names of the object's own fields refer to
	for _, d := range lit.Elts {
		if f, ok := d.(*ast.Field); ok {
			own[f.Value] = true
		}
	}
	for _, d := range lit.Elts {
		switch d := d.(type) {
		case *ast.CommentGroup:
		case *ast.Field:
			c.field(r, d, depth)
		case *ast.EmbedDecl:
			embedded := c.rule(d.Expr, depth+1).object
			if embedded == nil || embedded.key != nil {
				c.lost = true
				break
			}
			r.embed(embedded)
		case *ast.Comprehension:
			w, ok := c.condition(d, own, depth)
			c.lost = c.lost || !ok
			r.when = append(r.when, w)
		default:
			c.lost = true
		}
	}
	c.lost = c.lost || (r.key != nil && (len(r.fields) > 0 || len(r.when) > 0))
	return r
}

// field adds a field, or a pattern for all fields, to the rule of an object.
func (c *ruleCompiler) field(r *objectRule, f *ast.Field, depth int) {
	if list, ok := f.Label.(*ast.ListLit); ok {
		if !isPattern(f) || len(list.Elts) != 1 || r.key != nil {
			c.lost = true
			return
		}
		key := c.rule(list.Elts[0], depth+1).value
		if key == nil {
			key = func(literal) bool { return false }
		}
		r.key, r.elem = key, c.rule(f.Value, depth+1)
		return
	}
	constraint := f.Constraint
	plainField := *f
	plainField.Constraint = token.ILLEGAL
	name, ok := plainName(&plainField)
	switch {
	case ok && name == atLeastOne && constraint == token.ILLEGAL:
		return // whoever reads a spec sees to it
	case !ok || name == "" || name[0] == '_' || name[0] == '#' || constraint == token.ILLEGAL:
		c.lost = true // it would add to what it is asked of
		return
	case constraint == token.NOT:
		r.required = append(r.required, name)
	}
	r.fields[name] = append(r.fields[name], c.rule(f.Value, depth+1))
}

// embed adds the rule of an object to another.
func (r *objectRule) embed(other *objectRule) {
	for name, rules := range other.fields {
		r.fields[name] = append(r.fields[name], rules...)
	}
	r.required = append(r.required, other.required...)
	r.when = append(r.when, other.when...)
}

// condition is what an object has to keep if it has a field, or lacks it.
func (c *ruleCompiler) condition(d *ast.Comprehension, own map[ast.Node]bool, depth int) (w condition, ok bool) {
	lit, ok := d.Value.(*ast.StructLit)
	if !ok || len(d.Clauses) != 1 || d.Fallback != nil {
		return w, false
	}
	clause, ok := d.Clauses[0].(*ast.IfClause)
	if !ok {
		return w, false
	}
	is, ok := clause.Condition.(*ast.BinaryExpr)
	if !ok || (is.Op != token.EQL && is.Op != token.NEQ) {
		return w, false
	}
	name, ok := is.X.(*ast.Ident)
	if _, bottom := is.Y.(*ast.BottomLit); !ok || !bottom || !own[name.Node] {
		return w, false
	}
	then := c.object(lit, depth+1)
	return condition{field: name.Name, absent: is.Op == token.EQL, then: then}, then.key == nil
}
