package bce

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
)

// Answers are cut here, and only what is looked at is decoded: of a list of a
// thousand items that is little. The functions rest on readable, which asks once
// whether an answer is JSON in UTF-8; of other text they make something or nothing, but
// they end.

// fields are some fields of a JSON object, not yet decoded.
type fields map[string]json.RawMessage

// pickFields takes from a JSON object the fields of these names; the error says that
// the text is no object, and f is nil, or that a name is there twice and not alike:
// then f holds the last, and proves nothing. Answers hold pre-shared keys: what is
// not asked for is not touched.
func pickFields(text []byte, names ...string) (f fields, err error) {
	if kindOf(text) != '{' {
		return nil, errNoObject
	}
	f = make(fields, len(names))
	for key, value := range members(text) {
		i := slices.IndexFunc(names, func(name string) bool { return name == string(key) })
		if i < 0 {
			continue
		}
		if other, twice := f[names[i]]; twice && !bytes.Equal(other, value) {
			err = fmt.Errorf("holds %q twice, and not alike", names[i])
		}
		f[names[i]] = value
	}
	return f, err
}

// errNoObject and the other errors of pickFields follow the name of the text.
var errNoObject = errors.New("is no JSON object")

// members goes over a JSON object. Keys are decoded, values are not.
func members(object []byte) iter.Seq2[[]byte, json.RawMessage] {
	return func(yield func([]byte, json.RawMessage) bool) {
		for key, rest := cutValue(enter(object, '{')); len(key) > 1; key, rest = cutValue(rest) {
			var value []byte
			if value, rest = cutValue(rest); len(value) == 0 || !yield(unquote(key), value) {
				return
			}
		}
	}
}

// elements goes over a JSON array.
func elements(array []byte) iter.Seq[json.RawMessage] {
	return func(yield func(json.RawMessage) bool) {
		for value, rest := cutValue(enter(array, '[')); len(value) > 0; value, rest = cutValue(rest) {
			if !yield(value) {
				return
			}
		}
	}
}

// kindOf returns the byte that a JSON value begins with, which tells what it is; 0
// if there is none.
func kindOf(text []byte) byte {
	if text = skipBetween(text); len(text) == 0 {
		return 0
	}
	return text[0]
}

// enter returns what follows the bracket that text begins with, if it does.
func enter(text []byte, bracket byte) []byte {
	if kindOf(text) != bracket {
		return nil
	}
	return skipBetween(text)[1:]
}

// cutValue returns the next value of an object or array and what follows it; no
// value where the object or array ends.
func cutValue(text []byte) (value, rest []byte) {
	text = skipBetween(text)
	end := 0
	for depth := 0; end < len(text); {
		switch c := text[end]; {
		case c == '"':
			end += stringLength(text[end:])
			continue
		case c == '{', c == '[':
			depth++
		case depth == 0 && (between(c) || c == '}' || c == ']'):
			return text[:end], text[end:]
		case c == '}', c == ']':
			depth--
		}
		end++
	}
	return text, nil
}

// stringLength is how long the JSON string is that text begins with.
func stringLength(text []byte) int {
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(text)
}

// unquote decodes a JSON string; one without escapes is itself.
func unquote(text []byte) []byte {
	if bytes.IndexByte(text, '\\') < 0 {
		return text[1 : len(text)-1]
	}
	var s string
	_ = json.Unmarshal(text, &s) // "" of what is no JSON
	return []byte(s)
}

// jsonText decodes a JSON string; ok is false for anything else.
func jsonText(raw json.RawMessage) (s string, ok bool) {
	if len(raw) < 2 || raw[0] != '"' {
		return "", false
	}
	return string(unquote(raw)), true
}

// jsonNumber returns the digits of a JSON number, or "".
func jsonNumber(raw json.RawMessage) string {
	if c := kindOf(raw); c != '-' && (c < '0' || c > '9') {
		return ""
	}
	return string(raw)
}

func skipBetween(text []byte) []byte {
	for len(text) > 0 && between(text[0]) {
		text = text[1:]
	}
	return text
}

// between reports whether a byte stands between values.
func between(c byte) bool {
	return c == ',' || c == ':' || c == ' ' || c == '\n' || c == '\t' || c == '\r'
}
