package plan

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// reader reads JSON with the eyes of a reviewer: a field that is unknown,
// missing or written twice is noted, as is a value of the wrong type, and
// reading goes on, so that everything wrong with a file is said at once. Only a
// text that is not JSON stops it.
//
// The standard decoder cannot be asked to do this: it takes the last of two
// equal fields, and any spelling of upper and lower case, without a word.
type reader struct {
	text  string
	pos   int
	err   error // the syntax error that stopped the reader; then nothing more is read
	notes *notes
	where string // the object being read, with a dot: "limits."
	field string // the field being read
}

// field is one field of an object, and what reads its value.
type field struct {
	name string
	read func()
}

// stop ends the reading with a syntax error at the present position.
func (r *reader) stop(format string, args ...any) {
	if r.err != nil {
		return
	}
	before := r.text[:min(r.pos, len(r.text))]
	line := 1 + strings.Count(before, "\n")
	column := 1 + utf8.RuneCountInString(before[1+strings.LastIndexByte(before, '\n'):])
	r.err = fmt.Errorf("line %d, column %d: %s", line, column, fmt.Sprintf(format, args...))
	r.pos = len(r.text)
}

// peek is the next byte after white space, or 0 at the end, where it stops.
func (r *reader) peek() byte {
	for ; r.pos < len(r.text); r.pos++ {
		switch c := r.text[r.pos]; c {
		case ' ', '\n', '\t', '\r':
		default:
			return c
		}
	}
	r.stop("the text ends too early; it was cut short")
	return 0
}

// expect reads one given byte.
func (r *reader) expect(want byte) {
	if c := r.peek(); r.err == nil && c != want {
		r.stop("%s stands where %q is wanted", r.snippet(), want)
	}
	r.pos++
}

// more reports whether another entry follows in an object or array, and reads
// the comma before it or the bracket that ends it.
func (r *reader) more(first bool, end byte) bool {
	c := r.peek()
	if r.err != nil {
		return false
	}
	if c == end {
		r.pos++
		return false
	}
	if !first {
		r.expect(',')
	}
	return r.err == nil
}

// object reads an object that has exactly the fields given, of which those named
// optional may be missing.
func (r *reader) object(fields []field, optional ...string) {
	outer := r.where
	if r.peek() != '{' {
		r.mismatch("an object")
		return
	}
	if r.field != "" {
		r.where += r.field + "."
	}
	r.pos++
	var seen uint64
	next := 0 // the field that is expected to follow
	for first := true; r.more(first, '}'); first = false {
		r.peek()
		name := r.quoted()
		r.expect(':')
		r.peek()
		i := next
		if i >= len(fields) || fields[i].name != name {
			for i = 0; i < len(fields) && fields[i].name != name; i++ {
			}
		}
		r.field = name
		switch {
		case r.err != nil:
		case i == len(fields):
			r.note(r.snippet(), "no such field")
			r.skip()
		case seen&(1<<i) != 0:
			r.note(r.snippet()+" a second time", "this field once")
			r.skip()
		default:
			seen |= 1 << i
			next = i + 1
			fields[i].read()
		}
	}
	for i, f := range fields {
		if r.err == nil && seen&(1<<i) == 0 && !slices.Contains(optional, f.name) {
			r.field = f.name
			r.note("missing", "this field")
		}
	}
	r.where = outer
}

// array reads an array, each element by read.
func (r *reader) array(read func()) {
	if r.peek() != '[' {
		r.mismatch("an array")
		return
	}
	r.pos++
	for first := true; r.more(first, ']'); first = false {
		r.peek()
		read()
	}
}

// string reads a string.
func (r *reader) string() string {
	if r.peek() != '"' {
		r.mismatch("a string")
		return ""
	}
	return r.quoted()
}

// quoted reads a string that must stand here.
func (r *reader) quoted() string {
	if r.err != nil {
		return ""
	}
	if r.text[r.pos] != '"' {
		r.stop("%s stands where a string is wanted", r.snippet())
		return ""
	}
	start, escaped := r.pos+1, false
	for i := start; i < len(r.text); i++ {
		switch c := r.text[i]; {
		case c == '"' && !escaped:
			r.pos = i + 1
			return r.text[start:i]
		case c == '"':
			var s string
			if err := json.Unmarshal([]byte(r.text[start-1:i+1]), &s); err != nil {
				r.stop("not a string: %v", err)
				return ""
			}
			r.pos = i + 1
			return s
		case c == '\\':
			escaped = true
			i++
		case c < 0x20:
			r.pos = i
			r.stop("a control character stands inside a string")
			return ""
		}
	}
	r.pos = len(r.text)
	r.stop("the text ends inside a string; it was cut short")
	return ""
}

// number reads a whole number.
func (r *reader) number() int {
	c := r.peek()
	if c != '-' && (c < '0' || c > '9') {
		r.mismatch("a number")
		return 0
	}
	start := r.pos
	raw := r.skip()
	n, err := strconv.Atoi(raw)
	if err != nil && r.err == nil {
		r.pos = start
		r.mismatch("a whole number")
	}
	return n
}

// flag reads true or false.
func (r *reader) flag() bool {
	if c := r.peek(); c != 't' && c != 'f' {
		r.mismatch("true or false")
		return false
	}
	// Every row has one; as renewplan writes it, it needs no decoder.
	for _, word := range [...]string{"false\n", "true\n", "false,", "true,"} {
		if strings.HasPrefix(r.text[r.pos:], word) {
			r.pos += len(word) - 1
			return word[0] == 't'
		}
	}
	return r.skip() == "true"
}

// skip reads one value of any type and returns its text.
func (r *reader) skip() string {
	if r.peek(); r.err != nil {
		return ""
	}
	start := r.pos
	// A short number is by far the most usual; it needs no decoder.
	for end := start; end < len(r.text) && end < start+15; end++ {
		if c := r.text[end]; c < '0' || c > '9' {
			if (c == ',' || c == '\n') && end > start && (end == start+1 || r.text[start] != '0') {
				r.pos = end
				return r.text[start:end]
			}
			break
		}
	}
	d := json.NewDecoder(strings.NewReader(r.text[start:]))
	var raw json.RawMessage
	if err := d.Decode(&raw); err != nil {
		r.pos = min(len(r.text), start+int(d.InputOffset()))
		r.stop("not JSON: %v", err)
		return ""
	}
	r.pos = start + int(d.InputOffset())
	return r.text[start:r.pos]
}

// mismatch notes that a value of another type stands here, and skips it.
func (r *reader) mismatch(want string) {
	if r.err != nil {
		return
	}
	found := r.snippet()
	if r.skip(); r.err == nil {
		r.note(found, want)
	}
}

// note notes what is wrong with the field being read.
func (r *reader) note(found, want string) {
	r.notes.add(Difference{Field: cut(r.where + r.field), Found: found, Want: want})
}

// snippet is the start of what stands at the present position.
func (r *reader) snippet() string {
	rest := r.text[min(r.pos, len(r.text)):]
	rest, _, _ = strings.Cut(rest, "\n")
	return cut(strings.TrimRight(rest, ", \r"))
}

// cut shortens a text for a message, and makes it harmless.
func cut(s string) string {
	const most = 60
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return clean(s)
}
