package spec

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"cuelang.org/go/cue/ast"
	cueerrors "cuelang.org/go/cue/errors"
	"cuelang.org/go/cue/token"
)

// words turns what CUE says into our messages.
type words struct {
	show func(string) string // the path of a file as messages have it
	// text is the content of a file of the spec, by its shown path; nil if it is
	// none.
	text func(string) []byte
}

// position is "file:line:col", or "" if pos is in no file of the user's.
func (w words) position(pos token.Pos) string {
	if !pos.IsValid() || pos.Filename() == "" || pos.Filename() == schemaName {
		return ""
	}
	return fmt.Sprintf("%s:%d:%d", w.show(pos.Filename()), pos.Line(), pos.Column())
}

// positions are all places in the user's files that CUE names for an error,
// the first one first.
func (w words) positions(err error) []string {
	var out []string
	for _, pos := range cueerrors.Positions(err) {
		if s := w.position(pos); s != "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// syntax words what a parser says of a file.
func (w words) syntax(language string, f source, err error) Errors {
	var out Errors
	for _, e := range cueerrors.Errors(err) {
		message := oneLine(e.Error())
		position := f.shown + ":1:1"
		if at := w.positions(e); len(at) > 0 {
			position = at[0]
			message = strings.TrimPrefix(message, fmt.Sprintf("invalid JSON for file %q: ", f.shown))
		} else if rest, ok := strings.CutPrefix(message, f.shown+":"); ok {
			line, text := yamlLine(rest, f.data)
			position, message = fmt.Sprintf("%s:%d:1", f.shown, line), text
		}
		out = append(out, &Error{Position: position, Message: language + " syntax: " + message})
	}
	return out
}

// yamlLine takes the line out of what the YAML parser says behind the name of a
// file: " 4: text", or without a line on the first one and for anchors.
func yamlLine(said string, data []byte) (line int, text string) {
	number, text, ok := strings.Cut(said, ":")
	if n, err := strconv.Atoi(number); ok && err == nil {
		return n, strings.TrimSpace(text)
	}
	text = strings.TrimSpace(said)
	if _, rest, ok := strings.Cut(text, "unknown anchor '"); ok {
		name, _, _ := strings.Cut(rest, "'")
		if i := bytes.Index(data, []byte("*"+name)); i >= 0 {
			return 1 + bytes.Count(data[:i], []byte("\n")), text
		}
	}
	return 1, text
}

// loading words what CUE's loader says, beyond syntax.
func (w words) loading(err error, name string) Errors {
	var out Errors
	for _, e := range cueerrors.Errors(err) {
		m := &Error{Position: name}
		if at := w.positions(e); len(at) > 0 {
			m.Position, m.Also = at[0], at[1:]
		}
		text := plain(said(e))
		switch format, args := e.Msg(); {
		case format == "no tag for %q":
			m.Position = ""
			m.Message = fmt.Sprintf("tag %[1]q: no field of the spec has the attribute @tag(%[1]s)", args...)
		case format == "tag %q not used in any file":
			m.Position = ""
			m.Message = fmt.Sprintf("tag %[1]q: no file of the spec has the attribute @if(%[1]s)", args...)
		case strings.Contains(text, "injection tag"):
			m.Position = ""
			m.Message = strings.ReplaceAll(text, "injection tag", "tag")
		case strings.HasPrefix(text, "build constraints exclude all CUE files"):
			m.Message = "every CUE file is left out by its @if attribute; give the tag that it wants"
		default:
			m.Message = strings.TrimPrefix(text, "import failed: ")
		}
		out = append(out, m)
	}
	return out
}

// evaluation words what CUE's evaluator says: an error of the user's own making,
// such as two values for one field. Where several errors have one path, all of
// them are told in one message.
func (w words) evaluation(errs []cueerrors.Error) Errors {
	var out Errors
	byPath := make(map[string]*Error)
	for _, e := range errs {
		path := unquoted(e.Path())
		at := w.positions(e)
		message := w.evaluationMessage(e)
		m := byPath[showPath(path)]
		switch {
		case m == nil:
			m = &Error{Path: showPath(path), path: path, Message: message, Also: at[:min(len(at), mostPlaces)]}
			byPath[m.Path] = m
			out = append(out, m)
		case m.Message == noAlternative && message != noAlternative:
			m.Message += ": " + message
			fallthrough
		default:
			for _, s := range at {
				if !slices.Contains(m.Also, s) && len(m.Also) < mostPlaces {
					m.Also = append(m.Also, s)
				}
			}
		}
	}
	for _, m := range out {
		if strings.HasPrefix(m.Message, conflicting) {
			slices.SortFunc(m.Also, comparePositions)
		}
		if len(m.Also) > 0 {
			m.Position, m.Also = m.Also[0], m.Also[1:]
		}
	}
	return out
}

// mostPlaces is how many positions one message names.
const mostPlaces = 4

// The beginnings of messages that others look at.
const (
	noAlternative = "fits none of its alternatives"
	conflicting   = "conflicting values"
)

// evaluationMessage words one error of CUE's evaluator, known by the format of
// its text. CUE has no codes for its errors; what is not known here is told in
// CUE's own words.
func (w words) evaluationMessage(e cueerrors.Error) string {
	format, args := e.Msg()
	arg := func(i int) string {
		if i < len(args) {
			return bounded(fmt.Sprint(args[i]))
		}
		return "?"
	}
	switch {
	case strings.HasPrefix(format, "conflicting values"):
		if slices.ContainsFunc(cueerrors.Positions(e), func(pos token.Pos) bool { return pos.Filename() == schemaName }) {
			return "this value does not fit what belongs here"
		}
		first, second := arg(0), arg(1)
		if w.startsWith(e, second) {
			first, second = second, first
		}
		return fmt.Sprintf(conflicting+" %s and %s", first, second)
	case format == unknownName:
		return fmt.Sprintf("%[1]s is not defined; if it is meant as a text, put it in quotes: %[1]q", arg(0))
	case format == "field not allowed":
		return "this field is not allowed by a definition that it is combined with"
	case format == "field is required but not present":
		return "this field is required and missing"
	case strings.HasPrefix(format, "%d errors in empty disjunction"):
		return noAlternative
	case strings.HasPrefix(format, "incomplete value"):
		return "no single value but " + arg(0)
	case format == "structural cycle":
		return "refers to something that contains it"
	}
	return plain(said(e))
}

// startsWith reports whether value is what is written at the first position of
// an error; CUE names the values of a conflict in an order of its own.
func (w words) startsWith(e cueerrors.Error, value string) bool {
	positions := slices.DeleteFunc(cueerrors.Positions(e), func(pos token.Pos) bool { return w.position(pos) == "" })
	if len(positions) == 0 {
		return false
	}
	first := slices.MinFunc(positions, func(a, b token.Pos) int { return comparePositions(w.position(a), w.position(b)) })
	text, offset := w.text(w.show(first.Filename())), first.Offset()
	return offset <= len(text) && bytes.HasPrefix(text[offset:], []byte(value))
}

// said is CUE's text for an error, with that of the errors it wraps.
func said(err error) string {
	e, ok := err.(cueerrors.Error) //nolint:errorlint // the errors it wraps are looked at one by one
	if !ok {
		return err.Error()
	}
	format, args := e.Msg()
	text := fmt.Sprintf(format, args...)
	switch inner := errors.Unwrap(err); {
	case inner == nil:
		return text
	case text == "":
		return said(inner)
	default:
		return text + ": " + said(inner)
	}
}

// unknownName is the format of CUE's error for a name that is not defined.
const unknownName = "reference %q not found"

// plain is CUE's text without the names that only CUE knows.
func plain(text string) string {
	text = strings.NewReplacer("#Spec.", "", "#kinds.", "", "non-concrete value", "undecided value").Replace(text)
	return oneLine(text)
}

// oneLine makes text from outside fit for one line of a terminal: no control
// characters, and not too long.
func oneLine(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || !unicode.IsGraphic(r) {
			return ' '
		}
		return r
	}, text)
	text = strings.Join(strings.Fields(text), " ")
	if r := []rune(text); len(r) > 300 {
		text = string(r[:299]) + "…"
	}
	return text
}

// bounded is text for the middle of a message.
func bounded(text string) string {
	if r := []rune(text); len(r) > 80 {
		text = string(r[:79]) + "…"
	}
	return oneLine(text)
}

// quoted is a text of the user's for the middle of a message.
func quoted(text string) string {
	if r := []rune(text); len(r) > 80 {
		text = string(r[:79]) + "…"
	}
	return strconv.Quote(text)
}

// showPath is a path in a spec as CUE would write it.
func showPath(labels []string) string {
	var b strings.Builder
	for i, l := range labels {
		if ast.IsValidIdent(l) {
			if i > 0 {
				b.WriteByte('.')
			}
			b.WriteString(l)
			continue
		}
		if i > 0 {
			b.WriteByte('.')
		}
		b.WriteString(strconv.Quote(l))
	}
	return b.String()
}

// unquoted is a path of CUE's errors as plain labels.
func unquoted(path []string) []string {
	out := make([]string, 0, len(path))
	for i, l := range path {
		if i == 0 && l == "#Spec" {
			continue
		}
		if s, err := strconv.Unquote(l); err == nil && strings.HasPrefix(l, `"`) {
			l = s
		}
		out = append(out, l)
	}
	return out
}
