package report

import "strings"

// table is rows of raw text with what is needed to lay them out. Its cells are
// cleaned when it is rendered.
type table struct {
	fields []field
	// folds are ways to lay the fields out in fewer columns, widest first: for
	// every column the fields that stand in it, one below the other. They are
	// tried where the fields do not fit side by side.
	folds [][][]int
	title int // the field that heads a row when not even a fold fits
	rows  [][]cell
	foot  []string // nil, or one text per field; "" is left blank
}

// field is one piece of every row.
type field struct {
	head  string // as in a sentence: "new expiry (UTC)"
	right bool   // numbers
	give  give
	least int // columns that a field which gives way shall keep, if it needs them
}

// give says how a field gives way when the terminal is narrow.
type give int

const (
	never give = iota // ids, dates, numbers: always whole
	cuts              // shortened
	wraps             // goes on in the next line
)

// ofSome is a table of some of the rows, whose footer is no total.
func (t table) ofSome() table {
	t.foot = nil
	return t
}

type cell struct {
	text string
	tint tint
}

// tint is a colour that repeats what the words say.
type tint string

const (
	plain  tint = ""
	green  tint = "\x1b[32m"
	yellow tint = "\x1b[33m"
	red    tint = "\x1b[31m"
	reset       = "\x1b[0m"
)

// none stands for a value that there is not, so that every column of a line
// has a word.
const none = "-"

// gap is the blank columns between two columns of a table.
const gap = 2

// text renders the table as lines without trailing blanks. With columns 0
// nothing is cut, wrapped or folded.
func (t table) text(columns int, color bool) (string, error) {
	t = t.cleaned()
	natural := t.natural()
	side := make([][]int, len(t.fields))
	for i := range t.fields {
		side[i] = []int{i}
	}
	if columns <= 0 {
		return t.render(side, natural, color)
	}
	for _, fold := range append([][][]int{side}, t.folds...) {
		if widths, ok := t.fit(fold, natural, columns); ok {
			return t.render(fold, widths, color)
		}
	}
	return t.list(columns, color), nil
}

// cleaned is the table with harmless cells of steady width and no empty ones.
func (t table) cleaned() table {
	rows := make([][]cell, len(t.rows))
	for i, row := range t.rows {
		rows[i] = make([]cell, len(row))
		for j, c := range row {
			c.text = steady(clean(c.text))
			if strings.TrimSpace(c.text) == "" {
				c.text = none
			}
			rows[i][j] = c
		}
	}
	t.rows = rows
	return t
}

// natural is the width that every field would like to have.
func (t table) natural() []int {
	ws := make([]int, len(t.fields))
	for i, f := range t.fields {
		ws[i] = width(f.head)
		if t.foot != nil {
			ws[i] = max(ws[i], width(t.foot[i]))
		}
	}
	for _, row := range t.rows {
		for i, c := range row {
			ws[i] = max(ws[i], width(c.text))
		}
	}
	return ws
}

// fit shares the columns out among the fields of a fold; ok is false if the
// fold needs more.
func (t table) fit(fold [][]int, natural []int, columns int) (widths []int, ok bool) {
	now, want := make([]int, len(fold)), make([]int, len(fold))
	spare := columns - gap*(len(fold)-1)
	for i, fields := range fold {
		for _, f := range fields {
			need := natural[f]
			if t.fields[f].give != never {
				need = min(need, max(t.fields[f].least, width(t.fields[f].head), t.word(f)))
			}
			now[i], want[i] = max(now[i], need), max(want[i], natural[f])
		}
		spare -= now[i]
	}
	if spare < 0 {
		return nil, false
	}
	for spare > 0 {
		given := false
		for i := range fold {
			if spare > 0 && now[i] < want[i] {
				now[i]++
				spare--
				given = true
			}
		}
		if !given {
			break
		}
	}
	widths = make([]int, len(t.fields))
	for i, fields := range fold {
		for _, f := range fields {
			widths[f] = now[i]
		}
	}
	return widths, true
}

// maxWord is how long a word may be and still be kept in one line.
const maxWord = 40

// word is the width of the longest word of a field that wraps, so that the ids
// and sums in it stay whole.
func (t table) word(f int) int {
	longest := 0
	if t.fields[f].give != wraps {
		return longest
	}
	look := func(s string) {
		for w := range strings.FieldsSeq(s) {
			if len(w) > longest && len(w) <= maxWord && isPlain(w) {
				longest = len(w)
			}
		}
	}
	for _, row := range t.rows {
		look(row[f].text)
	}
	if t.foot != nil {
		look(t.foot[f])
	}
	return longest
}

// render lays the table out as the fold says, each field in its width.
func (t table) render(fold [][]int, widths []int, color bool) (string, error) {
	g := grid{right: make([]bool, len(fold))}
	folded := false
	for i, fields := range fold {
		g.right[i] = t.fields[fields[0]].right
		folded = folded || len(fields) > 1
		var heads, feet []string
		for _, f := range fields {
			heads = append(heads, strings.ToUpper(t.fields[f].head))
			if t.foot != nil {
				feet = append(feet, t.fields[f].fitted(t.foot[f], widths[f])...)
			}
		}
		g.head = append(g.head, strings.Join(heads, "\n"))
		if t.foot != nil {
			g.foot = append(g.foot, strings.TrimRight(strings.Join(feet, "\n"), "\n"))
		}
	}
	for n, row := range t.rows {
		if folded && n > 0 {
			g.rows = append(g.rows, make([]string, len(fold)))
		}
		line := make([]string, len(fold))
		for i, fields := range fold {
			line[i] = t.stack(row, fields, widths, color)
		}
		g.rows = append(g.rows, line)
	}
	if folded && t.foot != nil && len(t.rows) > 0 {
		g.rows = append(g.rows, make([]string, len(fold)))
	}
	return g.draw()
}

// stack writes the fields of one column below each other; what is missing at
// the end takes no line.
func (t table) stack(row []cell, fields, widths []int, color bool) string {
	last := len(fields)
	for last > 1 && row[fields[last-1]].text == none {
		last--
	}
	var lines []string
	for _, f := range fields[:last] {
		for _, l := range t.fields[f].fitted(row[f].text, widths[f]) {
			lines = append(lines, paint(l, row[f].tint, color))
		}
	}
	return strings.Join(lines, "\n")
}

func (f field) fitted(s string, columns int) []string {
	switch f.give {
	case cuts:
		return []string{cut(s, columns)}
	case wraps:
		return wrap(s, columns)
	case never:
	}
	return []string{s}
}

func paint(s string, c tint, color bool) string {
	if !color || c == plain {
		return s
	}
	return string(c) + s + reset
}

// list writes one field a line, for terminals that are too narrow for columns.
// Only a title that is wider than the terminal goes beyond it.
func (t table) list(columns int, color bool) string {
	var b strings.Builder
	for n, row := range t.rows {
		if n > 0 {
			b.WriteString("\n")
		}
		b.WriteString(row[t.title].text + "\n")
		for i, c := range row {
			if i == t.title || c.text == none {
				continue
			}
			label := t.fields[i].head + ": "
			lines := wrap(label+c.text, columns-gap)
			if t.fields[i].give == never && len(lines) > 1 { // an id is not broken
				lines = []string{strings.TrimSpace(label), c.text}
			}
			for _, l := range lines {
				if rest, ok := strings.CutPrefix(l, label); ok {
					l = label + paint(rest, c.tint, color)
				}
				b.WriteString("  " + l + "\n")
			}
		}
	}
	if t.foot != nil {
		b.WriteString("\n")
		for _, l := range wrap(t.footLine(), columns) {
			b.WriteString(l + "\n")
		}
	}
	return b.String()
}

// footLine is the footer as a sentence.
func (t table) footLine() string {
	var parts []string
	for i, s := range t.foot {
		switch {
		case s == "":
		case t.fields[i].right:
			parts = append(parts, t.fields[i].head+" "+s)
		default:
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, ", ")
}
