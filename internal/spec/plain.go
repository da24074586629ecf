package spec

import (
	"strconv"
	"time"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"

	"renewplan/internal/plan"
)

// plain reads a spec in which everything is written out in plain literals and
// kept to the rules, as most small specs are, without the evaluator: starting that
// takes longer than all else. ok is false where anything is not certain, and for
// every spec with a mistake; both are for CUE.
func (p *program) plain(opt Options) (s *plan.Spec, ok bool) {
	if opt.noLiterals || len(p.tags) > 0 { // a tag that no file wants is a mistake
		return nil, false
	}
	c, top, ok := p.writtenOut()
	if !ok || len(c.rows) == 0 || len(c.rows) > opt.MaxItems {
		return nil, false
	}
	a := p.rules()
	// The resources are looked at one by one.
	if a == nil || !a.root.accepts(append(top, literalField{name: "resources", object: []literalField{}})) {
		return nil, false
	}
	if s, ok = literalSpec(top); !ok {
		return nil, false
	}
	for kind := range c.patterns {
		if kind != "" && (a.kinds[kind] == nil || c.presets(kind) == nil) {
			return nil, false // whether it has resources or not
		}
	}
	var body []literalField
	for _, row := range c.rows {
		preset := c.presets(row.kind)
		if preset == nil {
			return nil, false
		}
		var r plan.Resource
		if r, body, ok = a.resource(row, preset, body); !ok {
			return nil, false
		}
		if _, known := s.Reservations[r.Reservation]; !known && r.Reservation != "" {
			return nil, false
		}
		r.Position = p.words.position(row.field.Label.Pos())
		s.Resources = append(s.Resources, r)
	}
	sortResources(s.Resources)
	return s, p.moduleLoads()
}

// writtenOut takes the program apart into its resources and their patterns, which
// have not been looked at, and its other fields, of which the same name is there
// once. ok is false unless these are plain literals and no resource is written in
// two places.
func (p *program) writtenOut() (_ *cutSpec, top []literalField, ok bool) {
	c := newCutter(p)
	packages := make(map[string]bool)
	for i, f := range p.files {
		if p.sources.files[i].format == formatCUE {
			packages[f.PackageName()] = true
		}
		for _, d := range f.Decls {
			switch d := d.(type) {
			case *ast.Package, *ast.CommentGroup:
				continue
			case *ast.Field:
				if name, _ := plainName(d); name == "resources" {
					if _, ok := c.resources(d); !ok || c.spec.empty {
						return nil, nil, false
					}
					continue
				}
			}
			field, ok := literalDecl(d)
			if !ok {
				return nil, nil, false
			}
			if top, ok = addField(top, field); !ok {
				return nil, nil, false
			}
		}
	}
	if len(packages) > 1 || !c.number() || c.spec.count != len(c.spec.rows) {
		return nil, nil, false
	}
	return c.spec, top, true
}

// addField adds a field to others. Objects of one name become one object; ok is
// false if anything else is there twice.
func addField(fields []literalField, f literalField) (_ []literalField, ok bool) {
	for i := range fields {
		if fields[i].name != f.name {
			continue
		}
		if fields[i].object == nil || f.object == nil {
			return nil, false
		}
		for _, below := range f.object {
			if fields[i].object, ok = addField(fields[i].object, below); !ok {
				return nil, false
			}
		}
		return fields, true
	}
	return append(fields, f), true
}

// literalSpec reads the fields of a spec, but for its resources, which the schema
// accepts. It reads what decode does; ok is false for what it does not know.
func literalSpec(top []literalField) (s *plan.Spec, ok bool) {
	s = &plan.Spec{
		Reservations: make(map[string]plan.Reservation),
		Limits:       plan.Limits{MaxPlanAge: plan.DefaultMaxPlanAge},
	}
	for _, f := range top {
		switch f.name {
		case "account":
			s.Account, ok = f.value.text, true
		case "region":
			s.Region, ok = f.value.text, true
		case "unifiedExpiryDay":
			s.UnifiedExpiryDay, ok = f.value.whole()
		case "reservations":
			for _, r := range f.object {
				if s.Reservations[r.name], ok = literalReservation(r.object); !ok {
					return nil, false
				}
			}
			ok = true
		case "limits":
			s.Limits, ok = literalLimits(f.object)
		default:
			ok = false
		}
		if !ok {
			return nil, false
		}
	}
	return s, true
}

func literalReservation(fields []literalField) (r plan.Reservation, ok bool) {
	r.DueWithin = plan.DefaultDueWithin
	for _, f := range fields {
		switch f.name {
		case "length":
			r.Length, ok = f.value.whole()
		case "unit":
			ok = true
		case "until":
			r.Until, ok = f.value.text, true
		case "dueWithin":
			r.DueWithin, ok = f.value.duration()
		default:
			ok = false
		}
		if !ok {
			return r, false
		}
	}
	return r, true
}

func literalLimits(fields []literalField) (l plan.Limits, ok bool) {
	l.MaxPlanAge = plan.DefaultMaxPlanAge
	for _, f := range fields {
		switch f.name {
		case "maxItems":
			l.MaxItems, ok = f.value.whole()
		case "maxMonths":
			l.MaxMonths, ok = f.value.whole()
		case "maxPlanAge":
			l.MaxPlanAge, ok = f.value.duration()
		case "maxTotal":
			l.MaxTotal, ok = literalMoney(f.value)
		case "allowUnknownPrice":
			l.AllowUnknownPrice, ok = f.value.text == "true", f.value.kind == cue.BoolKind
		case "refuseAutoRenew":
			l.RefuseAutoRenew, ok = f.value.text == "true", f.value.kind == cue.BoolKind
		default:
			ok = false
		}
		if !ok {
			return l, false
		}
	}
	return l, true
}

// whole is a whole number.
func (l literal) whole() (int, bool) {
	n, err := strconv.Atoi(l.text)
	return n, err == nil && l.kind == cue.NumberKind
}

func (l literal) duration() (time.Duration, bool) {
	if l.text == "" {
		return 0, false
	}
	d, err := parseDuration(l.text)
	return d, err == nil
}
