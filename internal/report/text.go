package report

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/graphemes"
	"github.com/olekukonko/tablewriter/pkg/twwidth"
)

// cutMark ends a text that was cut. It is ASCII like all furniture here: the
// width of "…" and of box lines depends on the terminal's language.
const cutMark = "..."

// maxMarks is how many combining marks may stand on one character; more are
// written out, lest they cover the neighbouring lines.
const maxMarks = 6

// clean makes text from outside harmless and one line long: whatever is not
// printable (controls, escape sequences, bidi overrides, invisible characters,
// odd blanks, broken UTF-8) is written out as in a Go string, such as \x1b.
// Cleaning twice is the same as once.
func clean(s string) string {
	if isPlain(s) {
		return s
	}
	var b strings.Builder
	var prev rune
	marks := 0
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if unicode.In(r, unicode.Mn, unicode.Me) && r != textStyle && r != emojiStyle {
			marks++
		} else {
			marks = 0
		}
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
			r = 0
		case shown(r, prev) && marks <= maxMarks:
			b.WriteRune(r)
		default:
			writeOut(&b, r)
			r = 0
		}
		prev = r
		i += n
	}
	return b.String()
}

const (
	joiner     = '\u200d'
	nonJoiner  = '\u200c'
	textStyle  = '\ufe0e'
	emojiStyle = '\ufe0f'
	keycap     = '\u20e3'
	wideBlank  = '\u3000' // of Chinese and Japanese text
)

// shown reports whether r may stand as it is, after prev (0 at the beginning).
// Joiners are for scripts and emoji that need them, never inside an ASCII word.
func shown(r, prev rune) bool {
	switch r {
	case joiner, nonJoiner:
		return prev >= utf8.RuneSelf && prev != joiner && prev != nonJoiner && prev != wideBlank
	case textStyle, emojiStyle:
		return prev != 0 && prev != textStyle && prev != emojiStyle
	case wideBlank:
		return true
	}
	return unicode.IsPrint(r) && !unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

func writeOut(b *strings.Builder, r rune) {
	switch {
	case strings.ContainsRune("\n\r\t", r):
		b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
	case r < 0x80:
		fmt.Fprintf(b, `\x%02x`, r)
	case r <= 0xffff:
		fmt.Fprintf(b, `\u%04x`, r)
	default:
		fmt.Fprintf(b, `\U%08x`, r)
	}
}

// isPlain reports whether s is printable ASCII throughout.
func isPlain(s string) bool {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] > 0x7e {
			return false
		}
	}
	return true
}

// steady rewrites emoji about whose width terminals disagree to what has the
// same width everywhere: joined ones as their parts, without skin tone and
// style, flags as their two letters. Tables need it to be aligned; s is clean.
func steady(s string) string {
	if isPlain(s) {
		return s
	}
	var b strings.Builder
	var prev rune
	for _, r := range s {
		isText := unicode.In(prev, unicode.L, unicode.M)
		switch {
		case r == textStyle || r == emojiStyle || r == keycap:
			continue
		case (r == joiner || r == nonJoiner) && !isText:
			continue
		case r >= 0x1f3fb && r <= 0x1f3ff && prev != 0 && prev != ' ': // skin tones
			continue
		case r >= 0x1f1e6 && r <= 0x1f1ff:
			b.WriteRune('A' + r - 0x1f1e6)
		default:
			b.WriteRune(r)
		}
		prev = r
	}
	return b.String()
}

// width is how many columns of a terminal s takes. Unlike the table writer's
// own measure it never looks at the locale; escape sequences count as nothing.
func width(s string) int {
	if isPlain(s) {
		return len(s)
	}
	return twwidth.WidthWithOptions(s, twwidth.Options{})
}

// head splits s after as many whole characters as fit into columns.
func head(s string, columns int) (fits, rest string) {
	used := 0
	g := graphemes.FromString(s)
	for g.Next() {
		used += width(g.Value())
		if used > columns {
			return s[:g.Start()], s[g.Start():]
		}
	}
	return s, ""
}

// headRunes is head for a character that is wider than the columns because it
// is put together of many; it takes at least one piece.
func headRunes(s string, columns int) (fits, rest string) {
	used := 0
	for i, r := range s {
		used += width(string(r))
		if used > columns && i > 0 {
			return s[:i], s[i:]
		}
	}
	return s, ""
}

// cut shortens s to columns; a mark says so.
func cut(s string, columns int) string {
	if width(s) <= columns {
		return s
	}
	if columns <= len(cutMark) {
		s, _ = head(s, columns)
		return s
	}
	s, _ = head(s, columns-len(cutMark))
	return strings.TrimRight(s, " ") + cutMark
}

// wrap breaks s at blanks into lines of at most columns. A word that is wider
// than a line, or is written without blanks as Chinese is, is broken between
// characters. There is always at least one line; 0 columns or fewer means one.
func wrap(s string, columns int) []string {
	if columns <= 0 || width(s) <= columns {
		return []string{s}
	}
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(s) {
		switch {
		case line == "":
		case width(line)+1+width(word) <= columns:
			line += " " + word
			continue
		default:
			lines = append(lines, line)
		}
		for {
			fits, rest := head(word, columns)
			if fits == "" {
				fits, rest = headRunes(word, columns)
			}
			if rest == "" {
				line = word
				break
			}
			lines = append(lines, fits)
			word = rest
		}
	}
	return append(lines, line)
}
