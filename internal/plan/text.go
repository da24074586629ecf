package plan

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	// instantLayout is how a plan file writes a moment, which is always UTC.
	instantLayout = "2006-01-02T15:04:05Z"
	dayLayout     = time.DateOnly
	day           = 24 * time.Hour
)

// maxOutsideText is how much of one text from outside a plan keeps, in characters.
const maxOutsideText = 300

// clean makes one harmless line of a text that somebody else wrote (a name, a
// status, a problem): what is not valid UTF-8, every control character and
// line break, and every character that turns the direction of writing becomes
// U+FFFD, so that a plan cannot be made to look like another one on a screen.
// clean of a cleaned text is the same text.
func clean(s string) string {
	if isClean(s) {
		return s
	}
	var out strings.Builder
	out.Grow(len(s))
	for _, r := range s { // an invalid byte reads as U+FFFD
		if unclean(r) {
			r = utf8.RuneError
		}
		out.WriteRune(r)
	}
	return out.String()
}

// cleanShort is clean for a text whose length somebody else chose: more than
// maxOutsideText characters are cut, and end in an ellipsis.
func cleanShort(s string) string {
	if len(s) <= maxOutsideText {
		return clean(s)
	}
	n := 0
	for i := range s {
		if n++; n == maxOutsideText && utf8.RuneCountInString(s[i:]) > 1 {
			return clean(s[:i]) + "…"
		}
	}
	return clean(s)
}

// isClean reports whether clean would leave s as it is.
func isClean(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < 0x20 || c >= 0x7f {
			return utf8.ValidString(s[i:]) && !strings.ContainsFunc(s[i:], unclean)
		}
	}
	return true
}

func unclean(r rune) bool {
	switch {
	case r < 0x20, 0x7f <= r && r <= 0x9f: // C0, DEL and C1 controls
		return true
	case r == 0x2028, r == 0x2029: // line and paragraph separator
		return true
	case 0x202a <= r && r <= 0x202e, 0x2066 <= r && r <= 0x2069: // bidirectional embeddings, overrides, isolates
		return true
	}
	return false
}

// FormatDuration writes a duration as a spec does: "30d" where it is whole
// days, "36h" where it is whole hours, else as Go does.
func FormatDuration(d time.Duration) string {
	switch {
	case d%day == 0:
		return strconv.FormatInt(int64(d/day), 10) + "d"
	case d%time.Hour == 0:
		return strconv.FormatInt(int64(d/time.Hour), 10) + "h"
	}
	return d.String()
}

// parseDuration reads what FormatDuration writes, and more; who needs the
// canonical form compares.
func parseDuration(s string) (time.Duration, bool) {
	if days, ok := strings.CutSuffix(s, "d"); ok {
		n, err := strconv.ParseInt(days, 10, 64)
		if err != nil || n > int64(1<<63-1)/int64(day) || n < 0 {
			return 0, false
		}
		return time.Duration(n) * day, true
	}
	d, err := time.ParseDuration(s)
	return d, err == nil
}

// plural is the word for one or for another number.
func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// count is "1 day", "12 days".
func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}
