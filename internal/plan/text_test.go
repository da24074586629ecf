package plan

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestCleanMakesOneHarmlessLine(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"plain text stays", "egress gateway", "egress gateway"},
		{"Chinese stays", "生产环境 VPN", "生产环境 VPN"},
		{"emoji with a joiner stays", "👩‍💻", "👩‍💻"},
		{"Markdown and HTML are the report's business", "|a|<b>`", "|a|<b>`"},
		{"a terminal escape loses its escape", "\x1b[31mred", "�[31mred"},
		{"line breaks go", "a\nb\r\nc", "a�b��c"},
		{"a tab goes", "a\tb", "a�b"},
		{"NUL and DEL go", "a\x00b\x7f", "a�b�"},
		{"C1 controls go", "a\u0085b\u009bc", "a�b�c"},
		{"overrides of direction go", "a\u202eb\u2066c\u2069", "a�b�c�"},
		{"Unicode line breaks go", "a\u2028b\u2029", "a�b�"},
		{"invalid UTF-8 goes", "a\xffb\xc3", "a�b�"},
		{"invalid UTF-8 after Chinese goes", "环\xe7境", "环�境"},
		{"empty stays", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := clean(tt.in)
			if got != tt.want {
				t.Errorf("clean(%q): got %q; want %q", tt.in, got, tt.want)
			}
			if !isClean(got) || clean(got) != got {
				t.Errorf("clean(%q) is %q, which is not clean", tt.in, got)
			}
		})
	}
}

func TestCleanShortBoundsATextByCharacters(t *testing.T) {
	for _, tt := range []struct {
		name, in, want string
	}{
		{"as long as may be", strings.Repeat("x", 300), strings.Repeat("x", 300)},
		{"one more", strings.Repeat("x", 301), strings.Repeat("x", 299) + "…"},
		{"many bytes and few characters", strings.Repeat("环", 300), strings.Repeat("环", 300)},
		{"many characters", strings.Repeat("环", 500), strings.Repeat("环", 299) + "…"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := cleanShort(tt.in); got != tt.want {
				t.Errorf("got %d characters %q; want %d", utf8.RuneCountInString(got), got, utf8.RuneCountInString(tt.want))
			}
		})
	}
}

func TestFormatDurationWritesWhatASpecWrites(t *testing.T) {
	for _, tt := range []struct {
		d    time.Duration
		want string
	}{
		{30 * day, "30d"}, {72 * time.Hour, "3d"}, {36 * time.Hour, "36h"}, {90 * time.Minute, "1h30m0s"}, {0, "0d"}, {-day, "-1d"},
	} {
		if got := FormatDuration(tt.d); got != tt.want {
			t.Errorf("FormatDuration(%v): got %q; want %q", tt.d, got, tt.want)
		}
		if got, ok := parseDuration(tt.want); tt.d >= 0 && (!ok || got != tt.d) {
			t.Errorf("parseDuration(%q): got %v, %v; want %v", tt.want, got, ok, tt.d)
		}
	}
	for _, bad := range []string{"", "d", "1.5d", "-1d", "99999999999999999999d", "200000d", "1w", "30"} {
		if got, ok := parseDuration(bad); ok {
			t.Errorf("parseDuration(%q): got %v; want it refused", bad, got)
		}
	}
}
