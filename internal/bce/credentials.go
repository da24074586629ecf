package bce

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"unicode"
)

// Errors of FindCredentials that callers may test for with errors.Is.
var (
	// ErrNoCredentials: no source holds both a key and a secret.
	ErrNoCredentials = errors.New("no credentials")
	// ErrUnclearCredentials: two sources hold different keys, and nobody said
	// which to use.
	ErrUnclearCredentials = errors.New("credentials are unclear")
)

// Credentials are an access key of the cloud. However they are printed, logged
// or encoded, only the masked key id shows.
type Credentials struct {
	AccessKeyID     string
	SecretAccessKey string
	SessionToken    string // of temporary (STS) credentials; "" for others
	Source          string // where they were found, for people
}

// MaskedID is the key id with its middle left out, such as "AKID…wxyz"; a
// short one keeps its first two characters only.
func (c Credentials) MaskedID() string {
	id := strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return -1
	}, c.AccessKeyID)
	letters := []rune(id)
	switch {
	case len(letters) == 0:
		return "(none)"
	case len(letters) < 12:
		return string(letters[:min(2, len(letters)-1)]) + "…"
	}
	return string(letters[:4]) + "…" + string(letters[len(letters)-4:])
}

// String is the masked key id and the source, such as "AKID…wxyz (profile prod)".
func (c Credentials) String() string {
	if c.Source == "" {
		return c.MaskedID()
	}
	return c.MaskedID() + " (" + c.Source + ")"
}

// GoString is String, so that %#v shows no secret.
func (c Credentials) GoString() string { return "bce.Credentials{" + c.String() + "}" }

// Format writes String for every verb, so that none shows a secret.
func (c Credentials) Format(s fmt.State, verb rune) {
	switch {
	case verb == 'q':
		fmt.Fprintf(s, "%q", c.String())
	case verb == 'v' && s.Flag('#'):
		fmt.Fprint(s, c.GoString())
	default:
		fmt.Fprint(s, c.String())
	}
}

// LogValue is String, for log/slog.
func (c Credentials) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalJSON encodes String.
func (c Credentials) MarshalJSON() ([]byte, error) { return json.Marshal(c.String()) }

// MarshalText is String, for encodings other than JSON.
func (c Credentials) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// check refuses credentials that cannot be signed with or sent. No error
// repeats a value.
func (c Credentials) check() error {
	where := ""
	if c.Source != "" {
		where = " of " + c.Source
	}
	switch {
	case c.AccessKeyID == "" || c.SecretAccessKey == "":
		return fmt.Errorf("%w: the access key id or the secret%s is empty", ErrNoCredentials, where)
	case !visible(c.AccessKeyID) || strings.Contains(c.AccessKeyID, "/"):
		return fmt.Errorf("the access key id%s holds blanks or other characters that no key id has", where)
	case strings.ContainsFunc(c.SecretAccessKey, unicode.IsControl):
		return fmt.Errorf("the secret%s holds a line end or another control character", where)
	case !visible(c.SessionToken):
		return fmt.Errorf("the session token%s holds blanks or other characters that no token has", where)
	}
	return nil
}

// visible reports whether s is visible ASCII throughout; "" is.
func visible(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}
