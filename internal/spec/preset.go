package spec

import (
	"slices"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/token"
)

// presets are what patterns such as vpn: [string]: reservation: *"monthly" | string
// say of every resource of a kind, as far as it is written in literals.
type presets struct {
	fixed    []literalField // fields that every resource has
	defaults []presetDefault
}

// presetDefault is the value of a field that a resource does not have itself.
type presetDefault struct {
	literalField
	others []predicate // what it may have instead: one of them accepts it
}

// presets are the presets of the resources of a kind; nil if a pattern says
// something else than these can follow.
func (c *cutSpec) presets(kind string) *presets {
	p, ok := c.preset[kind]
	if !ok {
		p = c.newPresets(kind)
		c.preset[kind] = p
	}
	return p
}

func (c *cutSpec) newPresets(kind string) *presets {
	p := &presets{}
	if len(c.patterns[""])+len(c.patterns[kind]) == 0 {
		return p
	}
	if c.shadowed {
		return nil
	}
	patterns := c.patterns[kind]
	for _, every := range c.patterns[""] {
		kinds, ok := every.Value.(*ast.StructLit)
		if !ok || !anyName(every) {
			return nil
		}
		for _, d := range kinds.Elts {
			f, ok := d.(*ast.Field)
			if !ok || !isPattern(f) {
				return nil
			}
			patterns = append(slices.Clip(patterns), f)
		}
	}
	for _, f := range patterns {
		if !p.add(f) {
			return nil
		}
	}
	return p
}

// add adds what a pattern says of every resource that there may be.
func (p *presets) add(f *ast.Field) bool {
	body, ok := f.Value.(*ast.StructLit)
	if !ok || !anyName(f) {
		return false
	}
	for _, d := range body.Elts {
		if field, ok := literalDecl(d); ok {
			if p.has(field.name) {
				return false
			}
			p.fixed = append(p.fixed, field)
			continue
		}
		preset, ok := defaultDecl(d)
		if !ok || p.has(preset.name) {
			return false
		}
		p.defaults = append(p.defaults, preset)
	}
	return true
}

func (p *presets) has(name string) bool {
	for _, d := range p.defaults {
		if d.name == name {
			return true
		}
	}
	return hasField(p.fixed, name)
}

// fill adds to a resource what is preset. ok is false if the two may not fit.
func (p *presets) fill(body []literalField) (_ []literalField, ok bool) {
	for _, f := range p.fixed {
		if hasField(body, f.name) {
			return body, false
		}
		body = append(body, f)
	}
	for _, d := range p.defaults {
		if !hasField(body, d.name) {
			body = append(body, d.literalField)
			continue
		}
		for _, f := range body {
			if f.name == d.name && !d.allows(f) {
				return body, false
			}
		}
	}
	return body, true
}

func (d presetDefault) allows(f literalField) bool {
	if f.object != nil {
		return false
	}
	for _, other := range d.others {
		if other(f.value) {
			return true
		}
	}
	return f.value == d.value
}

// anyName reports whether a pattern is for fields of any name: [string]: …
func anyName(f *ast.Field) bool {
	list, ok := f.Label.(*ast.ListLit)
	if !ok || len(list.Elts) != 1 {
		return false
	}
	id, ok := list.Elts[0].(*ast.Ident)
	return ok && id.Name == "string" && id.Node == nil
}

// defaultDecl is a field whose value is a literal with a star, or one of some
// other literals and types.
func defaultDecl(d ast.Decl) (preset presetDefault, ok bool) {
	f, ok := d.(*ast.Field)
	if !ok || len(f.Attrs) > 0 {
		return preset, false
	}
	preset.name, ok = plainName(f)
	if !ok || preset.name == "" || preset.name[0] == '_' || preset.name[0] == '#' {
		return preset, false
	}
	starred := false
	for e := f.Value; e != nil; {
		last := e
		if or, is := e.(*ast.BinaryExpr); is && or.Op == token.OR {
			last, e = or.Y, or.X
		} else {
			e = nil
		}
		switch v := last.(type) {
		case *ast.UnaryExpr:
			lit, is := v.X.(*ast.BasicLit)
			if !is || v.Op != token.MUL || starred {
				return preset, false
			}
			if preset.value, starred = literalOf(lit); !starred {
				return preset, false
			}
		case *ast.BasicLit:
			lit, ok := literalOf(v)
			if !ok {
				return preset, false
			}
			preset.others = append(preset.others, func(l literal) bool { return l == lit })
		case *ast.Ident:
			p := basicType(v.Name)
			if p == nil || v.Name == "_" || v.Node != nil {
				return preset, false
			}
			preset.others = append(preset.others, p)
		default:
			return preset, false
		}
	}
	return preset, starred && len(preset.others) > 0 // a star alone is a mistake
}
