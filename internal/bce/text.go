package bce

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxText bounds every text from outside, in bytes.
const maxText = 300

const redacted = "[redacted]"

// signaturePattern finds what an echoing server may send back of a request's
// signature: an Authorization value, or 64 hex digits.
var signaturePattern = regexp.MustCompile(authVersion + `/[^\s"',]*|\b[0-9a-fA-F]{64}\b`)

// clean makes a text from outside safe to show: no control characters, nothing
// of the credentials, at most maxText bytes.
func (c *Client) clean(s string) string {
	if s == "" {
		return ""
	}
	return shorten(c.redact(stripControls(s)), maxText)
}

// redact takes the credentials' secrets out of a text, also as they look when
// escaped for signing, and anything that looks like a signature.
func (c *Client) redact(s string) string {
	creds := c.creds()
	for _, secret := range []string{creds.SecretAccessKey, creds.SessionToken} {
		if secret == "" {
			continue
		}
		s = strings.ReplaceAll(s, secret, redacted)
		s = strings.ReplaceAll(s, string(appendEscaped(nil, secret, false)), redacted)
	}
	return signaturePattern.ReplaceAllString(s, redacted)
}

// stripControls drops control and formatting characters (escape sequences,
// direction overrides), turns line ends and tabs into blanks, and makes the
// text valid UTF-8.
func stripControls(s string) string {
	s = strings.ToValidUTF8(s, string(utf8.RuneError))
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, s))
}

// shorten cuts a text to at most n bytes, at the start of a character.
func shorten(s string, n int) string {
	const more = "…"
	if len(s) <= n {
		return s
	}
	cut := n - len(more)
	for !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + more
}
