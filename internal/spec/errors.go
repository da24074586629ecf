package spec

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// ErrGivenUp says that reading the spec took longer, or more memory, than
// Options allow. The evaluation cannot be stopped and goes on behind the
// caller's back: end the process.
var ErrGivenUp = errors.New("evaluation given up")

// Error is one mistake in a spec.
type Error struct {
	// Position is "file:line:col", the file relative to the working directory;
	// only the file where there is no better; empty if no file is to blame.
	Position string
	// Path is the place inside the spec, such as resources.vpn."vpn-1".region;
	// empty if the mistake concerns a whole file.
	Path string
	// Message says what is wrong and what is wanted, in one line.
	Message string
	// Also holds the second places of a conflict, as Position.
	Also []string

	path []string // Path as plain labels, where it is known
}

// Error is "file:line:col: path: message", in one line, without Also.
func (e *Error) Error() string {
	var b strings.Builder
	for _, part := range []string{e.Position, e.Path} {
		if part != "" {
			b.WriteString(part)
			b.WriteString(": ")
		}
	}
	b.WriteString(e.Message)
	return b.String()
}

// Errors are all mistakes of a spec, sorted by position and never empty.
type Errors []*Error

// Error is the mistakes, one a line, each followed by its second places on
// lines that begin with a tab.
func (es Errors) Error() string {
	var lines []string
	for _, e := range es {
		lines = append(lines, e.Error())
		for _, also := range e.Also {
			lines = append(lines, "\t"+also+": here too")
		}
	}
	return strings.Join(lines, "\n")
}

// tidy sorts mistakes by position and path, drops repetitions, and folds those
// that one position causes at many paths, such as a default for a whole kind,
// into the first of them.
func tidy(es Errors) Errors {
	slices.SortStableFunc(es, func(a, b *Error) int {
		return cmp.Or(
			comparePositions(a.Position, b.Position),
			cmp.Compare(a.Path, b.Path),
			cmp.Compare(a.Message, b.Message),
		)
	})
	type cause struct{ position, message, also string }
	first := make(map[cause]*Error)
	repeats := make(map[*Error]int)
	var out Errors
	for _, e := range es {
		c := cause{e.Position, e.Message, strings.Join(e.Also, ",")}
		seen := first[c]
		switch {
		case seen == nil || e.Position == "":
			first[c] = e
			out = append(out, e)
		case seen.Path != e.Path:
			repeats[seen]++
		}
	}
	for e, n := range repeats {
		places := "places"
		if n == 1 {
			places = "place"
		}
		e.Message += fmt.Sprintf(" (and at %d more %s of the spec)", n, places)
	}
	return out
}

// comparePositions orders "file:line:col" by file, then by number.
func comparePositions(a, b string) int {
	fileA, lineA, colA := splitPosition(a)
	fileB, lineB, colB := splitPosition(b)
	return cmp.Or(cmp.Compare(fileA, fileB), cmp.Compare(lineA, lineB), cmp.Compare(colA, colB))
}

// splitPosition takes "file:line:col" or "file" apart.
func splitPosition(s string) (file string, line, col int) {
	rest, last, ok := cutLast(s)
	n, err := strconv.Atoi(last)
	if !ok || err != nil {
		return s, 0, 0
	}
	file, middle, ok := cutLast(rest)
	m, err := strconv.Atoi(middle)
	if !ok || err != nil {
		return rest, n, 0
	}
	return file, m, n
}

func cutLast(s string) (before, after string, ok bool) {
	i := strings.LastIndexByte(s, ':')
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}
