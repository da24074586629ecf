package report

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// escapeMarkdown makes text from outside inert in Markdown, in a table cell as
// well as in a paragraph: it shows as it is written and is neither markup, nor
// HTML, nor a link, nor a mention that notifies somebody.
func escapeMarkdown(s string) string {
	s = clean(s)
	var b strings.Builder
	for i, r := range s {
		next, _ := utf8.DecodeRuneInString(s[i+utf8.RuneLen(r):])
		prev, _ := utf8.DecodeLastRuneInString(s[:i])
		switch r {
		case '\\', '`', '*', '[', ']', '|', '~', '$':
			b.WriteByte('\\')
			b.WriteRune(r)
		case '_': // inside a word it means nothing, and ids stay as they are
			if !isWord(prev) || !isWord(next) {
				b.WriteByte('\\')
			}
			b.WriteRune(r)
		case '<':
			b.WriteString("&lt;")
		case '>':
			b.WriteString("&gt;")
		case '&':
			b.WriteString("&amp;")
		case '@', '#', ':': // mentions, references, links: broken by a blank of no width
			b.WriteRune(r)
			if isWord(next) && r != ':' || next == '/' {
				b.WriteString(noWidth)
			}
		case '.': // www.
			b.WriteRune(r)
			if strings.EqualFold(s[max(i-3, 0):i], "www") {
				b.WriteString(noWidth)
			}
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

const noWidth = "&#8203;"

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// codeMarkdown writes a command as code; one that could break out of a code
// span is escaped as text instead.
func codeMarkdown(s string) string {
	s = clean(s)
	if strings.ContainsAny(s, "`|<>\\") {
		return escapeMarkdown(s)
	}
	return "`" + s + "`"
}

// markdown renders the table with a line per row. It is written here and not by
// the table writer, which escapes nothing and pads every cell: a comment on a
// pull request holds 65,536 characters.
func (t table) markdown(b *strings.Builder) {
	line := func(cells []string) {
		b.WriteString("| " + strings.Join(cells, " | ") + " |\n")
	}
	cells := make([]string, len(t.fields))
	for i, f := range t.fields {
		cells[i] = strings.ToUpper(f.head[:1]) + f.head[1:]
	}
	line(cells)
	for i, f := range t.fields {
		cells[i] = "---"
		if f.right {
			cells[i] = "---:"
		}
	}
	line(cells)
	for _, row := range t.rows {
		for i, c := range row {
			if cells[i] = escapeMarkdown(c.text); strings.TrimSpace(cells[i]) == "" {
				cells[i] = none
			}
		}
		line(cells)
	}
	if t.foot != nil {
		for i, s := range t.foot {
			if cells[i] = escapeMarkdown(s); s != "" {
				cells[i] = "**" + cells[i] + "**"
			}
		}
		line(cells)
	}
}
