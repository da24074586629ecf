package report

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"
)

// Options say how a page is written.
type Options struct {
	// Width is the columns of the terminal; lines are fitted to it. 0 means a
	// pipe or a file: nothing is cut, and times are RFC 3339.
	Width int
	// Color repeats in colour what the words say.
	Color bool
	// All shows every row, however many there are, and of the ledger also what is
	// settled. Without it more than 500 rows are counted, and only those that
	// need attention are shown.
	All bool
	// AsOf is the day from which "within 14 days" counts; zero means the plan's own.
	AsOf time.Time
	// PlanFile is the plan file to name in the commands that help; empty means
	// the word PLANFILE.
	PlanFile string
	// Spec is the arguments with which plan finds the spec, flags of its own
	// included, for the command that plans anew; empty means that none are named.
	Spec []string
	// Ledger is the ledger to name in them; empty means the one that is found
	// without being named.
	Ledger string
}

// page is what one of the exported functions says, before it is known whether
// a terminal, a file or a pull request shows it. It holds raw text.
type page struct{ blocks []block }

// block is a piece of a page: one of its fields is set.
type block struct {
	lead  string // the summary
	para  string
	items []item
	table *table
}

// item is a sentence of a list, and the commands that go with it.
type item struct {
	text     string
	commands []string
}

func (p *page) lead(s string)      { p.blocks = append(p.blocks, block{lead: s}) }
func (p *page) para(s string)      { p.blocks = append(p.blocks, block{para: s}) }
func (p *page) list(items ...item) { p.blocks = append(p.blocks, block{items: items}) }
func (p *page) table(t table)      { p.blocks = append(p.blocks, block{table: &t}) }

// close repeats the summary that the page began with, unless nothing stands
// between.
func (p *page) close() {
	if len(p.blocks) > 1 {
		p.lead(p.blocks[0].lead)
	}
}

// writeText writes the page for a terminal or a pipe.
func (p *page) writeText(w io.Writer, opt Options) error {
	var b strings.Builder
	for i, bl := range p.blocks {
		if i > 0 {
			b.WriteString("\n")
		}
		switch {
		case bl.table != nil:
			s, err := bl.table.text(opt.Width, opt.Color)
			if err != nil {
				return err
			}
			b.WriteString(s)
		case bl.items != nil:
			for _, it := range bl.items {
				writeWrapped(&b, "  - ", "    ", it.text, opt.Width)
				for _, c := range it.commands {
					writeCommand(&b, c, opt.Width)
				}
			}
		default:
			writeWrapped(&b, "", "", bl.lead+bl.para, opt.Width)
		}
	}
	return write(w, b.String())
}

func write(w io.Writer, s string) error {
	if _, err := io.WriteString(w, s); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	return nil
}

// writeWrapped writes a sentence; first and next stand before its lines.
func writeWrapped(b *strings.Builder, first, next, s string, columns int) {
	if columns > 0 {
		columns = max(columns-len(next), 1)
	}
	for _, l := range wrap(steady(clean(s)), columns) {
		b.WriteString(first + l + "\n")
		first = next
	}
}

// writeCommand writes a command so that it can be copied, also where it does
// not fit into a line.
func writeCommand(b *strings.Builder, s string, columns int) {
	const indent = "      "
	if columns > 0 {
		columns = max(columns-len(indent)-len(` \`), 1)
	}
	for i, l := range wrap(clean(s), columns) {
		if i > 0 {
			b.WriteString(" \\\n")
		}
		b.WriteString(indent + l)
	}
	b.WriteString("\n")
}

// writeMarkdown writes the page for a pull request.
func (p *page) writeMarkdown(w io.Writer) error { return write(w, p.markdown()) }

func (p *page) markdown() string {
	var b strings.Builder
	for i, bl := range p.blocks {
		if i > 0 {
			b.WriteString("\n")
		}
		switch {
		case bl.table != nil:
			bl.table.markdown(&b)
		case bl.items != nil:
			for _, it := range bl.items {
				b.WriteString("- " + escapeMarkdown(it.text) + "\n")
				for _, c := range it.commands {
					b.WriteString("  - " + codeMarkdown(c) + "\n")
				}
			}
		case bl.lead != "":
			b.WriteString("**" + escapeMarkdown(bl.lead) + "**\n")
		default:
			b.WriteString(escapeMarkdown(bl.para) + "\n")
		}
	}
	return b.String()
}

// bounds are how much a page may hold before it is summarised.
type bounds struct {
	rows      int // in a table of all rows
	attention int // in a table of what needs attention; 0 means no bound
}

// textBounds are those of terminals and pipes.
var textBounds = bounds{rows: maxRows}

// maxMarkdown is how many characters a page in Markdown may have before more
// is left out: GitHub refuses comments of more than 65,536.
const maxMarkdown = 65_000

// comment makes the fullest page that fits into a comment on a pull request.
func comment(all bool, make func(bounds) *page) *page {
	pg := make(textBounds)
	for _, b := range []bounds{{}, {attention: 200}, {attention: 20}} {
		if all || utf8.RuneCountInString(pg.markdown()) <= maxMarkdown {
			break
		}
		pg = make(b)
	}
	return pg
}
