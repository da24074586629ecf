package bce

import (
	"bytes"
	"slices"
	"strings"
)

// span is a part of a text that is being put together. The texts to be sorted
// stand one after another in one buffer, so that sorting moves no bytes.
type span struct{ from, to int }

// appendSorted appends the parts of text to dst in byte order, separated by sep.
func appendSorted(dst, text []byte, parts []span, sep byte) []byte {
	slices.SortFunc(parts, func(a, b span) int {
		return bytes.Compare(text[a.from:a.to], text[b.from:b.to])
	})
	for i, s := range parts {
		if i > 0 {
			dst = append(dst, sep)
		}
		dst = append(dst, text[s.from:s.to]...)
	}
	return dst
}

// appendURI appends the CanonicalURI of a decoded path: every byte but the
// unreserved ones and the slash escaped, nothing collapsed, "/" if it is empty.
func appendURI(dst []byte, path string) []byte {
	if !strings.HasPrefix(path, "/") {
		dst = append(dst, '/')
	}
	return appendEscaped(dst, path, true)
}

// appendQuery appends the CanonicalQueryString. What is sorted is the finished
// "key=value", not the key: digits come before "=". A parameter named
// authorization, in any case, is left out.
func appendQuery(dst []byte, query []Param) []byte {
	// Room for the usual request, on the stack; append finds more if need be.
	var textRoom [256]byte
	var partRoom [8]span
	text, parts := textRoom[:0], partRoom[:0]
	for _, q := range query {
		if strings.EqualFold(q.Key, "authorization") {
			continue
		}
		from := len(text)
		text = appendEscaped(text, q.Key, false)
		text = append(text, '=')
		text = appendEscaped(text, q.Value, false)
		parts = append(parts, span{from, len(text)})
	}
	return appendSorted(dst, text, parts, '&')
}

// appendHeaders appends the CanonicalHeaders to dst, and the names of the
// headers that are in them, joined by ";", to names. sign lists the headers to
// sign in any case; nil means the default set. A header whose value is empty
// is signed in neither case. Lines and names are sorted apart: a name that
// another one begins with comes first among the names and second among the lines.
func appendHeaders(dst, names []byte, headers []Header, sign []string) (canonical, signed []byte) {
	var lineRoom [512]byte
	var nameRoom [128]byte
	var partRoom [2][8]span
	lines, lineParts := lineRoom[:0], partRoom[0][:0]
	list, listParts := nameRoom[:0], partRoom[1][:0]
	for _, h := range headers {
		value := strings.TrimSpace(h.Value)
		if value == "" || !signedHeader(h.Name, sign) {
			continue
		}
		from := len(list)
		list = appendLower(list, h.Name)
		listParts = append(listParts, span{from, len(list)})
		name := list[from:]

		from = len(lines)
		lines = appendEscaped(lines, name, false)
		lines = append(lines, ':')
		lines = appendEscaped(lines, value, false)
		lineParts = append(lineParts, span{from, len(lines)})
	}
	return appendSorted(dst, lines, lineParts, '\n'), appendSorted(names, list, listParts, ';')
}

// signedHeader reports whether a header is to be signed.
func signedHeader(name string, sign []string) bool {
	if sign == nil {
		return defaultSigned(name)
	}
	for _, s := range sign {
		if strings.EqualFold(s, name) {
			return true
		}
	}
	return false
}

// defaultSigned reports whether a header belongs to the default set: host,
// content-length, content-type, content-md5 and every x-bce-* header but
// x-bce-request-id (which the official Go SDK leaves out).
func defaultSigned(name string) bool {
	const prefix = "x-bce-"
	switch {
	case strings.EqualFold(name, "host"),
		strings.EqualFold(name, "content-length"),
		strings.EqualFold(name, "content-type"),
		strings.EqualFold(name, "content-md5"):
		return true
	case len(name) < len(prefix) || !strings.EqualFold(name[:len(prefix)], prefix):
		return false
	}
	return !strings.EqualFold(name, "x-bce-request-id")
}

// appendLower appends an ASCII name in lower case.
func appendLower(dst []byte, name string) []byte {
	for i := range len(name) {
		c := name[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		dst = append(dst, c)
	}
	return dst
}

// appendEscaped appends s with every byte but A-Z a-z 0-9 - . _ ~ as %XX in
// upper case; a slash stays if keepSlash is set.
func appendEscaped[S string | []byte](dst []byte, s S, keepSlash bool) []byte {
	const hex = "0123456789ABCDEF"
	for i := range len(s) {
		c := s[i]
		if unreserved(c) || c == '/' && keepSlash {
			dst = append(dst, c)
			continue
		}
		dst = append(dst, '%', hex[c>>4], hex[c&15])
	}
	return dst
}

func unreserved(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' ||
		c == '-' || c == '.' || c == '_' || c == '~'
}
