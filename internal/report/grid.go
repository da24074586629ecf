package report

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"
)

// grid is a table whose cells have been cleaned and fitted; a cell may have
// several lines.
type grid struct {
	head, foot []string
	right      []bool // columns that are aligned to the right
	rows       [][]string
}

// draw writes the grid without frame and without trailing blanks.
func (g grid) draw() (string, error) {
	align := make([]tw.Align, len(g.right))
	for i, right := range g.right {
		align[i] = tw.AlignLeft
		if right {
			align[i] = tw.AlignRight
		}
	}
	// The writer neither wraps nor shortens nor rewrites: what it would do to a
	// cell depends on all the others, and would hit ids.
	part := tw.CellConfig{
		Formatting: tw.CellFormatting{AutoWrap: tw.WrapNone, AutoFormat: tw.Off},
		Alignment:  tw.CellAlignment{PerColumn: align},
		Padding:    tw.CellPadding{Global: tw.Padding{Right: strings.Repeat(" ", gap), Overwrite: true}},
	}
	var b strings.Builder
	t := tablewriter.NewTable(&b,
		tablewriter.WithConfig(tablewriter.Config{
			Header: part, Row: part, Footer: part,
			Behavior: tw.Behavior{TrimSpace: tw.Off, TrimLine: tw.Off},
		}),
		tablewriter.WithEastAsian(tw.Off), // else the locale changes the widths
		tablewriter.WithRenderer(renderer.NewBlueprint(tw.Rendition{
			Borders:  tw.BorderNone,
			Symbols:  tw.NewSymbols(tw.StyleNone),
			Settings: tw.Settings{Lines: tw.LinesNone, Separators: tw.SeparatorsNone},
		})),
	)
	t.Header(g.head)
	for _, row := range g.rows {
		if err := t.Append(row); err != nil {
			return "", fmt.Errorf("writing a table: %w", err)
		}
	}
	if g.foot != nil {
		t.Footer(g.foot)
	}
	if err := t.Render(); err != nil {
		return "", fmt.Errorf("writing a table: %w", err)
	}
	return trimLines(b.String()), nil
}

// strayReset is what the writer adds behind a padded cell that has a colour.
var strayReset = regexp.MustCompile(`(\x1b\[0m *)\x1b\[0m`)

// trimLines removes the blanks at the ends of lines.
func trimLines(s string) string {
	if strings.Contains(s, reset) {
		s = strayReset.ReplaceAllString(s, "$1")
	}
	var b strings.Builder
	b.Grow(len(s))
	for l := range strings.Lines(s) {
		b.WriteString(strings.TrimRight(l, " \n"))
		b.WriteByte('\n')
	}
	return b.String()
}
