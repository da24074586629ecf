package spec

import (
	"fmt"
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/token"
)

// CUE reckons with 34 digits. It rounds numbers that have more, and takes some with
// an exponent of millions for quite another number: 1e1000000000 is 1 to it.
const (
	maxDigits         = 34
	maxExponentDigits = 4
)

// inexactNumbers finds numbers that the evaluator would not take for what they
// are. They are money.
func (w words) inexactNumbers(file *ast.File) Errors {
	var mistakes Errors
	ast.Walk(file, func(n ast.Node) bool {
		lit, ok := n.(*ast.BasicLit)
		if ok && (lit.Kind == token.INT || lit.Kind == token.FLOAT) && !exact(lit.Value) {
			mistakes = append(mistakes, &Error{
				Position: w.position(lit.Pos()),
				Message: fmt.Sprintf("the number %s cannot be reckoned with exactly; want at most %d digits, and an exponent of at most %d",
					abbreviated(lit.Value), maxDigits, maxExponentDigits),
			})
		}
		return true
	}, nil)
	return mistakes
}

// exact reports whether CUE takes a number as it is written.
func exact(s string) bool {
	if len(s) <= maxExponentDigits {
		return true
	}
	if strings.HasPrefix(s, "0x") || strings.HasPrefix(s, "0o") || strings.HasPrefix(s, "0b") {
		return len(s) <= maxDigits
	}
	mantissa, exponent, _ := strings.Cut(strings.ToLower(s), "e")
	digits := func(s string) int {
		n := 0
		for _, r := range s {
			if '0' <= r && r <= '9' {
				n++
			}
		}
		return n
	}
	return digits(strings.TrimLeft(mantissa, "+-0.")) <= maxDigits &&
		digits(strings.TrimLeft(exponent, "+-0")) <= maxExponentDigits
}

// abbreviated is a number as a message shows it.
func abbreviated(s string) string {
	const most = 20
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}
