package spec

import (
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	cueliteral "cuelang.org/go/cue/literal"
	"cuelang.org/go/cue/token"
)

// predicate reports whether a rule certainly accepts a literal.
type predicate func(literal) bool

// predicate turns the rule of a single value into a predicate; nil if it is of a
// form that is not known here.
func (c *ruleCompiler) predicate(e ast.Expr, depth int) predicate {
	switch e := e.(type) {
	case *ast.ParenExpr:
		return c.rule(e, depth).value
	case *ast.Ident:
		if e.Node == nil {
			return basicType(e.Name)
		}
		if c.definition(e) != nil {
			return c.rule(e, depth).value
		}
	case *ast.BasicLit:
		if e.Kind != token.STRING {
			return oneNumber(e)
		}
		s, ok := textOf(e)
		return certain(ok, func(l literal) bool { return l.kind == cue.StringKind && l.text == s })
	case *ast.UnaryExpr:
		return c.unary(e)
	case *ast.BinaryExpr:
		x, y := c.rule(e.X, depth+1).value, c.rule(e.Y, depth+1).value
		switch {
		case e.Op == token.AND:
			return certain(x != nil && y != nil, func(l literal) bool { return x(l) && y(l) })
		case e.Op != token.OR:
			return nil
		// An alternative that is not known accepts nothing, as error("…") does.
		case x == nil:
			return y
		case y == nil:
			return x
		}
		return func(l literal) bool { return x(l) || y(l) }
	case *ast.CallExpr:
		return call(e)
	}
	return nil
}

// certain is p, or nil if it does not follow its rule.
func certain(ok bool, p predicate) predicate {
	if !ok {
		return nil
	}
	return p
}

func basicType(name string) predicate {
	switch name {
	case "_":
		return func(literal) bool { return true }
	case "string":
		return func(l literal) bool { return l.kind == cue.StringKind }
	case "number":
		return func(l literal) bool { return l.kind == cue.NumberKind }
	case "int":
		return func(l literal) bool { return l.kind == cue.NumberKind && !strings.Contains(l.text, ".") }
	case "bool":
		return func(l literal) bool { return l.kind == cue.BoolKind }
	}
	return nil
}

// oneNumber accepts one whole number, in digits alone: 1.0 is another value than 1.
func oneNumber(e *ast.BasicLit) predicate {
	return certain(e.Kind == token.INT && isPlainNumber(e.Value), func(l literal) bool {
		return l.kind == cue.NumberKind && l.text == e.Value
	})
}

// unary is for patterns and bounds.
func (c *ruleCompiler) unary(e *ast.UnaryExpr) predicate {
	arg, ok := e.X.(*ast.BasicLit)
	if !ok {
		return nil
	}
	if e.Op == token.MAT {
		s, ok := textOf(arg)
		return certain(ok, c.pattern(s))
	}
	bound, ok := rational(arg)
	var within func(sign int) bool
	switch e.Op { //nolint:exhaustive // of all tokens, these are bounds
	case token.GTR:
		within = func(sign int) bool { return sign > 0 }
	case token.GEQ:
		within = func(sign int) bool { return sign >= 0 }
	case token.LSS:
		within = func(sign int) bool { return sign < 0 }
	case token.LEQ:
		within = func(sign int) bool { return sign <= 0 }
	}
	return certain(ok && within != nil, func(l literal) bool {
		return l.kind == cue.NumberKind && within(l.number().Cmp(bound))
	})
}

// pattern accepts texts that match. Compiling takes longer than all else of the
// schema together, so it is done once for each pattern, and only for those in use.
func (c *ruleCompiler) pattern(text string) predicate {
	p := c.patterns[text]
	if p == nil {
		compiled := sync.OnceValue(func() *regexp.Regexp {
			re, _ := regexp.Compile(text) // as CUE does
			return re
		})
		p = func(l literal) bool {
			if l.kind != cue.StringKind {
				return false
			}
			re := compiled()
			return re != nil && re.MatchString(l.text)
		}
		c.patterns[text] = p
	}
	return p
}

// call is for validators of CUE's library.
func call(e *ast.CallExpr) predicate {
	fun, ok := e.Fun.(*ast.SelectorExpr)
	if !ok || len(e.Args) != 1 {
		return nil
	}
	of, isIdent := fun.X.(*ast.Ident)
	name, isName := fun.Sel.(*ast.Ident)
	arg, isLit := e.Args[0].(*ast.BasicLit)
	if !isIdent || !isName || !isLit {
		return nil
	}
	spec, ok := of.Node.(*ast.ImportSpec)
	if !ok {
		return nil
	}
	path, err := strconv.Unquote(spec.Path.Value)
	if err != nil {
		return nil
	}
	switch path + "." + name.Name {
	case "math.MultipleOf":
		unit, ok := rational(arg)
		return certain(ok && unit.Sign() != 0, func(l literal) bool {
			return l.kind == cue.NumberKind && new(big.Rat).Quo(l.number(), unit).IsInt()
		})
	case "time.Format":
		layout, ok := textOf(arg)
		return certain(ok, func(l literal) bool {
			_, err := time.ParseInLocation(layout, l.text, time.UTC) // as CUE does
			return l.kind == cue.StringKind && err == nil
		})
	}
	return nil
}

// textOf is the text of a literal; ok is false if it is no text, or bytes.
func textOf(e *ast.BasicLit) (s string, ok bool) {
	if e.Kind != token.STRING || !strings.HasPrefix(e.Value, `"`) {
		return "", false
	}
	s, err := cueliteral.Unquote(e.Value)
	return s, err == nil
}

func rational(e *ast.BasicLit) (*big.Rat, bool) {
	var n cueliteral.NumInfo
	if (e.Kind != token.INT && e.Kind != token.FLOAT) || cueliteral.ParseNum(e.Value, &n) != nil {
		return nil, false
	}
	return new(big.Rat).SetString(n.String())
}
