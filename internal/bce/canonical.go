package bce

import (
	"bytes"
	"slices"
	"strings"
)

// pieces collects texts in one buffer, to be sorted by byte value and joined.
// A request has a handful of them, so the room for eight is on the stack.
type pieces struct {
	text  []byte
	spans []span
	room  [8]span
}

type span struct{ from, to int }

func (p *pieces) init(text []byte) {
	p.text = text[:0]
	p.spans = p.room[:0]
}

// end closes the piece that began at from.
func (p *pieces) end(from int) {
	p.spans = append(p.spans, span{from, len(p.text)})
}

// appendSorted appends the pieces to dst in byte order, separated by sep.
func (p *pieces) appendSorted(dst []byte, sep byte) []byte {
	slices.SortFunc(p.spans, func(a, b span) int {
		return bytes.Compare(p.text[a.from:a.to], p.text[b.from:b.to])
	})
	for i, s := range p.spans {
		if i > 0 {
			dst = append(dst, sep)
		}
		dst = append(dst, p.text[s.from:s.to]...)
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
	var p pieces
	var scratch [256]byte
	p.init(scratch[:])
	for _, q := range query {
		if strings.EqualFold(q.Key, "authorization") {
			continue
		}
		from := len(p.text)
		p.text = appendEscaped(p.text, q.Key, false)
		p.text = append(p.text, '=')
		p.text = appendEscaped(p.text, q.Value, false)
		p.end(from)
	}
	return p.appendSorted(dst, '&')
}

// appendHeaders appends the CanonicalHeaders to dst, and the names of the
// headers that are in them, joined by ";", to names. sign lists the headers to
// sign in any case; nil means the default set. A header whose value is empty
// is signed in neither case. Lines and names are sorted apart: a name that
// another one begins with comes first among the names and second among the lines.
func appendHeaders(dst, names []byte, headers []Header, sign []string) (canonical, signed []byte) {
	var lines, list pieces
	var lineScratch [512]byte
	var nameScratch [128]byte
	lines.init(lineScratch[:])
	list.init(nameScratch[:])
	for _, h := range headers {
		value := strings.TrimSpace(h.Value)
		if value == "" || !signedHeader(h.Name, sign) {
			continue
		}
		from := len(list.text)
		list.text = appendLower(list.text, h.Name)
		list.end(from)
		name := list.text[from:]

		from = len(lines.text)
		lines.text = appendEscaped(lines.text, name, false)
		lines.text = append(lines.text, ':')
		lines.text = appendEscaped(lines.text, value, false)
		lines.end(from)
	}
	return lines.appendSorted(dst, '\n'), list.appendSorted(names, ';')
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
