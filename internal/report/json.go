package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf16"
)

// jsonVersion is the version of every document that this package writes. It
// changes only if a field is taken away or changes its meaning; fields are added
// without. docs/output.md describes them.
const jsonVersion = 1

// jsonHead begins every document.
type jsonHead struct {
	Version int    `json:"version"`
	Kind    string `json:"kind"`
	Summary string `json:"summary"`
}

// writeJSON writes a document: indented, with a newline at the end, and with
// all that is not printable as \u escapes. So a value is exact for a program,
// and a terminal that shows the document is not steered by it.
func writeJSON(w io.Writer, v any) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	return write(w, printable(b.String()))
}

// printable writes what is not printable in JSON text as \u escapes.
func printable(s string) string {
	hidden := func(r rune) bool { return r > 0x7e && !shown(r, 0) }
	if strings.IndexFunc(s, hidden) < 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + len(s)/8)
	for _, r := range s {
		switch {
		case !hidden(r):
			b.WriteRune(r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

// orNull is null in JSON for an empty text: not known, or not there.
func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// jsonTime is RFC 3339 in UTC, with a fraction only where there is one; null
// for the zero time.
func jsonTime(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	return orNull(t.UTC().Format(time.RFC3339Nano))
}

// orEmpty makes a list without items [] instead of null.
func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
