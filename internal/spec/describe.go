package spec

import (
	"fmt"
	"slices"
	"strings"

	"cuelang.org/go/cue"
)

// describe is a value as a message tells that it is wrong: with its type where
// the type is what is wrong.
func describe(v cue.Value, want cue.Kind) string {
	k := v.IncompleteKind()
	switch {
	case isList(v):
		return "a list"
	case k == cue.StructKind, k == cue.BottomKind:
		return "an object in braces" // the latter with mistakes in it
	}
	text := bounded(fmt.Sprint(v))
	if s, err := v.String(); err == nil {
		text = quoted(s)
	}
	switch {
	case k == cue.StringKind && want&cue.StringKind == 0:
		return "the text " + text
	case k&cue.NumberKind != 0 && want&cue.NumberKind == 0:
		return "the number " + text
	}
	return text
}

// fieldList is what an object may hold, for a message.
func fieldList(r *rule) string {
	if r.elem != nil {
		return ""
	}
	return " with " + strings.Join(r.names, ", ")
}

// starHint says how to make one of several alternatives the default.
func starHint(v cue.Value) string {
	op, args := v.Expr()
	if op != cue.OrOp || len(args) < 2 || !args[0].IsConcrete() {
		return ""
	}
	return fmt.Sprintf(" (to make %[1]s the default, write it as *%[1]s)", bounded(fmt.Sprint(args[0])))
}

// conflictHint says how to write a default, if one of the values in conflict is
// that of a pattern such as [string]: …, which holds for a whole kind.
func (c *checker) conflictHint(m *Error) string {
	if !strings.HasPrefix(m.Message, conflicting) {
		return ""
	}
	if strings.ContainsAny(m.Message, "{[") || !slices.ContainsFunc(append([]string{m.Position}, m.Also...), c.index().inPattern) {
		return ""
	}
	return `; a default that others may override has a star: *"monthly" | string, or *88.00 | number`
}
