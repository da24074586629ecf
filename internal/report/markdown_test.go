package report

import (
	"strings"
	"testing"
)

func TestMarkdownFromOutsideIsInert(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"an id stays", "nat-bir8biqwr45e", "nat-bir8biqwr45e"},
		{"an id with an underscore stays", "eip_group_1", "eip_group_1"},
		{"a pipe does not end the cell", "a|b", `a\|b`},
		{"a backslash does not undo the escape", `a\|b`, `a\\\|b`},
		{"backticks make no code", "`rm`", "\\`rm\\`"},
		{"stars and underscores make no emphasis", "**a** _b_", `\*\*a\*\* \_b\_`},
		{"HTML is text", "<img src=x>&lt;", "&lt;img src=x&gt;&amp;lt;"},
		{"a link is text", "[x](y)", `\[x\](y)`},
		{"an image is text", "![x](y)", `!\[x\](y)`},
		{"an address makes no link", "http://evil.example", "http:&#8203;//evil.example"},
		{"a bare address makes no link", "www.evil.example", "www.&#8203;evil.example"},
		{"a mention notifies nobody", "@root", "@&#8203;root"},
		{"a number refers to nothing", "#12", "#&#8203;12"},
		{"a line break makes no row", "a\n| b |", `a\\n\| b \|`},
		{"a strike is text", "~~a~~", `\~\~a\~\~`},
		{"a formula is text", "$x$", `\$x\$`},
		{"an escape sequence is written out", "\x1b[31m", `\\x1b\[31m`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := escapeMarkdown(tt.in); got != tt.want {
				t.Errorf("escapeMarkdown(%q): got %q; want %q", tt.in, got, tt.want)
			}
		})
	}
}

func TestMarkdownTablesKeepTheirColumns(t *testing.T) {
	for name, text := range markdownPages(t, Options{}) {
		cells := 0
		for line := range strings.Lines(text) {
			if !strings.HasPrefix(line, "|") {
				cells = 0
				continue
			}
			n := unescapedPipes(line)
			if cells != 0 && n != cells {
				t.Errorf("%s: got %d bars in a row; want %d:\n%s", name, n, cells, line)
			}
			cells = n
		}
		// What could open a link has a backslash before it: \[x\](http…
		for _, bad := range []string{"<script", "x](http", "\x1b", "\u202e", "\u009b", "@root"} {
			if strings.Contains(text, bad) {
				t.Errorf("%s: got %q; want it neutralised", name, bad)
			}
		}
	}
}

func unescapedPipes(s string) int {
	n := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '|':
			n++
		}
	}
	return n
}

func TestACommandCannotLeaveItsCodeSpan(t *testing.T) {
	for in, want := range map[string]string{
		"renewplan apply network.plan.json": "`renewplan apply network.plan.json`",
		"renewplan apply 'a`b'":             "renewplan apply 'a\\`b'",
		"renewplan apply 'a|b'":             `renewplan apply 'a\|b'`,
	} {
		if got := codeMarkdown(in); got != want {
			t.Errorf("codeMarkdown(%q): got %q; want %q", in, got, want)
		}
	}
}

func TestArgumentsAreQuotedForTheShell(t *testing.T) {
	for in, want := range map[string]string{
		"vpn-bir8biqwr45e":  "vpn-bir8biqwr45e",
		"plans/a.plan.json": "plans/a.plan.json",
		"two words":         "'two words'",
		"$(reboot)":         "'$(reboot)'",
		"it's":              `'it'\''s'`,
		"网关":                "'网关'",
		"":                  "''",
		"a\nb":              `'a\nb'`,
	} {
		if got := shellWord(in); got != want {
			t.Errorf("shellWord(%q): got %s; want %s", in, got, want)
		}
	}
}
