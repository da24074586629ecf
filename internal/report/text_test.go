package report

import (
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/displaywidth"
	"github.com/google/go-cmp/cmp"
)

func TestTextFromOutsideIsMadeHarmless(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"plain text stays", "egress-1 (prod)", "egress-1 (prod)"},
		{"Chinese stays", "华北出口　网关（生产）", "华北出口　网关（生产）"},
		{"accents and combined accents stay", "Zürich Zu\u0308rich", "Zürich Zu\u0308rich"},
		{"joined emoji stay", "👨‍👩‍👧 ❤️", "👨‍👩‍👧 ❤️"},
		{"joiners of a script stay", "می\u200cخواهم", "می\u200cخواهم"},
		{"an escape sequence is written out", "a\x1b[31mb", `a\x1b[31mb`},
		{"a window title is written out", "\x1b]0;x\x07", `\x1b]0;x\x07`},
		{"an eight-bit escape is written out", "a\u009b31m", `a\u009b31m`},
		{"line ends and tabs are written out", "a\r\nb\tc", `a\r\nb\tc`},
		{"Unicode line ends are written out", "a\u2028b\u0085c", `a\u2028b\u0085c`},
		{"bidi overrides are written out", "\u202egpj.exe\u2066", `\u202egpj.exe\u2066`},
		{"invisible characters are written out", "a\u200bb\ufeffc\u00add\u3164e", `a\u200bb\ufeffc\u00add\u3164e`},
		{"a joiner in an ASCII word is written out", "pr\u200dod", `pr\u200dod`},
		{"odd blanks are written out", "a\u00a0b", `a\u00a0b`},
		{"tags are written out", "a\U000e0041", `a\U000e0041`},
		{"broken UTF-8 is written out", "a\xff\xc0b", `a\xff\xc0b`},
		{"towers of marks are written out", "e" + strings.Repeat("\u0301", 8), "e" + strings.Repeat("\u0301", 6) + `\u0301\u0301`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := clean(tt.in)
			if got != tt.want {
				t.Errorf("clean(%q): got %q; want %q", tt.in, got, tt.want)
			}
			if again := clean(got); again != got {
				t.Errorf("cleaning twice: got %q; want %q", again, got)
			}
		})
	}
}

// Terminals disagree on joined emoji, styles, skin tones and flags. What stands
// in tables has the same width whether a terminal counts runes or clusters.
func TestWidthsInTablesAreTheSameByEveryMeasure(t *testing.T) {
	for _, s := range []string{chinese, family, escape, injection, "1️⃣ 🏴‍☠️ 🏳️‍🌈 👩🏽‍💻 ☁️ ①②", "Zu\u0308rich"} {
		got := steady(clean(s))
		if runes, clusters := width(got), displaywidth.String(got); runes != clusters {
			t.Errorf("%q became %q: got width %d by runes and %d by clusters; want the same", s, got, runes, clusters)
		}
	}
	if got, want := steady("🇨🇳"), "CN"; got != want {
		t.Errorf("a flag: got %q; want %q", got, want)
	}
}

func TestCutKeepsWholeCharacters(t *testing.T) {
	for _, tt := range []struct {
		in      string
		columns int
		want    string
	}{
		{"gateway", 7, "gateway"},
		{"gateway", 6, "gat..."},
		{"gateway", 2, "ga"},
		{"gateway", 0, ""},
		{"出口网关", 8, "出口网关"},
		{"出口网关", 7, "出口..."},
		{"出口网关", 6, "出..."},
		{"payment gateway", 11, "payment..."},
	} {
		if got := cut(tt.in, tt.columns); got != tt.want {
			t.Errorf("cut(%q, %d): got %q; want %q", tt.in, tt.columns, got, tt.want)
		}
	}
}

func TestWrapLosesNothing(t *testing.T) {
	for _, tt := range []struct {
		in      string
		columns int
		want    []string
	}{
		{"due in 11 days", 0, []string{"due in 11 days"}},
		{"due in 11 days", 14, []string{"due in 11 days"}},
		{"due in 11 days", 7, []string{"due in", "11 days"}},
		{"vpn-bir8biqwr45e is due", 9, []string{"vpn-bir8b", "iqwr45e", "is due"}},
		{"按月续费到期", 5, []string{"按月", "续费", "到期"}},
		{"按", 1, []string{"按"}},
		{"按月", 1, []string{"按", "月"}},
		{"", 5, []string{""}},
	} {
		if diff := cmp.Diff(tt.want, wrap(tt.in, tt.columns)); diff != "" {
			t.Errorf("wrap(%q, %d) differs (-want +got):\n%s", tt.in, tt.columns, diff)
		}
	}
}

// A name of a megabyte takes milliseconds; what grows with its square, hours.
func TestLongTextsTakeLinearTime(t *testing.T) {
	for _, s := range []string{"x", "网", "x ", ".", "@", "\x1b", "👩‍👩"} {
		s = strings.Repeat(s, 1<<20/len(s))
		start := time.Now()
		wrap(steady(clean(s)), 10)
		cut(s, 10)
		escapeMarkdown(s)
		if took := time.Since(start); took > 30*time.Second {
			t.Errorf("a megabyte of %q: got %s; want less than 30s", s[:4], took)
		}
	}
}

func FuzzText(f *testing.F) {
	for _, s := range []string{chinese, family, escape, injection, long, "a\xff\u200d\ufe0f"} {
		f.Add(s, 10)
	}
	f.Fuzz(func(t *testing.T, s string, columns int) {
		c := clean(s)
		if clean(c) != c {
			t.Errorf("cleaning %q twice: got %q; want %q", c, clean(c), c)
		}
		if !utf8.ValidString(c) || strings.ContainsFunc(c, dangerous) {
			t.Errorf("clean(%q): got %q; want nothing dangerous", s, c)
		}
		if columns < 2 || columns > 200 {
			return
		}
		c = steady(c)
		if got := cut(c, columns); width(got) > columns {
			t.Errorf("cut(%q, %d): got %q, %d wide", c, columns, got, width(got))
		}
		lines := wrap(c, columns)
		for _, l := range lines {
			if width(l) > columns {
				t.Errorf("wrap(%q, %d): got the line %q, %d wide", c, columns, l, width(l))
			}
		}
		squeeze := func(s string) string { return strings.Join(strings.Fields(s), "") }
		if got, want := squeeze(strings.Join(lines, "")), squeeze(c); got != want {
			t.Errorf("wrap(%q, %d): got %q; want all of it", c, columns, got)
		}
		if md := escapeMarkdown(s); strings.ContainsFunc(md, dangerous) || unescapedPipes(md) > 0 || strings.ContainsAny(md, "<>") {
			t.Errorf("escapeMarkdown(%q): got %q; want no markup", s, md)
		}
	})
}

// dangerous reports whether a terminal may act upon r, or a reader be fooled.
func dangerous(r rune) bool {
	return unicode.Is(unicode.Cc, r) || unicode.In(r, unicode.Bidi_Control, unicode.Zl, unicode.Zp) ||
		r == '\u200b' || r == '\ufeff' || unicode.Is(unicode.Co, r)
}
