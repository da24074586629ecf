package spec

import (
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/token"

	"renewplan/internal/plan"
)

// literal is a single value that is written out, in its plainest form: a text
// without escapes, a decimal number such as 88 or 88.50, true or false.
type literal struct {
	kind cue.Kind // StringKind, NumberKind or BoolKind
	text string   // the text itself, or the value as written
}

// number is the value of a literal of NumberKind.
func (l literal) number() *big.Rat {
	r, _ := new(big.Rat).SetString(l.text)
	return r
}

// literalField is a field that is written out: a single value, or an object.
type literalField struct {
	name   string
	value  literal
	object []literalField // not nil if it is an object
}

// literalFields are the fields of an object in which everything is plainly
// written out. Otherwise ok is false.
func literalFields(e ast.Expr, fields []literalField) (_ []literalField, ok bool) {
	lit, ok := e.(*ast.StructLit)
	if !ok {
		return nil, false
	}
	for _, d := range lit.Elts {
		field, ok := literalDecl(d)
		if !ok || hasField(fields, field.name) { // one of them may add to the other
			return nil, false
		}
		fields = append(fields, field)
	}
	return fields, true
}

// literalDecl is a field that is plainly written out. Otherwise ok is false.
func literalDecl(d ast.Decl) (field literalField, ok bool) {
	f, ok := d.(*ast.Field)
	if !ok || len(f.Attrs) > 0 {
		return field, false
	}
	field.name, ok = plainName(f)
	if !ok || field.name == "" || field.name[0] == '_' || field.name[0] == '#' || !utf8.ValidString(field.name) {
		return field, false
	}
	switch v := f.Value.(type) {
	case *ast.BasicLit:
		field.value, ok = literalOf(v)
	case *ast.StructLit:
		field.object, ok = literalFields(v, []literalField{})
	default:
		ok = false
	}
	return field, ok
}

// literalOf reads a single value.
func literalOf(v *ast.BasicLit) (literal, bool) {
	switch v.Kind { //nolint:exhaustive // others are no plain literals
	case token.INT, token.FLOAT:
		return literal{cue.NumberKind, v.Value}, isPlainNumber(v.Value)
	case token.TRUE, token.FALSE:
		return literal{cue.BoolKind, v.Value}, true
	}
	n := len(v.Value)
	if v.Kind != token.STRING || n < 2 || v.Value[0] != '"' || v.Value[n-1] != '"' {
		return literal{}, false
	}
	text := v.Value[1 : n-1]
	if strings.ContainsAny(text, "\\\"\r\n\x00\ufeff") || !utf8.ValidString(text) {
		return literal{}, false
	}
	return literal{cue.StringKind, text}, true
}

// isPlainNumber reports whether a number is written as digits, at most one point
// among them, without a leading zero, and not too long.
func isPlainNumber(s string) bool {
	whole, fraction, point := strings.Cut(s, ".")
	digits := func(s string) bool {
		return s != "" && strings.Trim(s, "0123456789") == ""
	}
	return len(s) <= 16 && digits(whole) && (whole == "0" || whole[0] != '0') && (!point || digits(fraction))
}

// resource is a resource that is written out in literals, which the schema
// accepts. It reads what decode does; ok is false for what it does not know.
func literalResource(kind, id string, body []literalField) (r plan.Resource, ok bool) {
	r.Key = plan.Key{Kind: plan.Kind(kind), ID: id}
	for _, f := range body {
		var to *string
		switch f.name {
		case "reservation":
			to = &r.Reservation
		case "lapse":
			to = &r.Lapse
		case "name":
			to = &r.Name
		case "region":
			to = &r.Region
		case "relatedRenewFlag":
			to = &r.RelatedRenewFlag
		case "monthlyPrice":
			r.MonthlyPrice, ok = literalMoney(f.value)
			if !ok {
				return r, false
			}
			continue
		case "price":
			for _, e := range f.object {
				n, err := strconv.Atoi(e.name)
				sum, ok := literalMoney(e.value)
				if err != nil || !ok {
					return r, false
				}
				if r.Prices == nil {
					r.Prices = make(map[int]string, len(f.object))
				}
				r.Prices[n] = sum
			}
			continue
		default:
			return r, false
		}
		if f.object != nil || f.value.kind != cue.StringKind {
			return r, false
		}
		*to = f.value.text
	}
	return r, true
}

// literalMoney is a sum with exactly two decimals.
func literalMoney(l literal) (string, bool) {
	if l.kind != cue.NumberKind {
		return "", false
	}
	yuan, fen, _ := strings.Cut(l.text, ".")
	if rest := strings.TrimRight(fen, "0"); len(rest) > 2 {
		return "", false
	}
	return yuan + "." + (fen + "00")[:2], true
}
