package bce

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"time"
)

const (
	authVersion = "bce-auth-v1"
	// timeLayout is the form of timestamps and of x-bce-date; always UTC.
	timeLayout = "2006-01-02T15:04:05Z"
)

// Header is one header to sign. Names are compared without case, values are
// trimmed.
type Header struct{ Name, Value string }

// Param is one parameter of a query, decoded. HasEquals says whether "=" stands
// on the wire; a parameter signs alike with it and without.
type Param struct {
	Key, Value string
	HasEquals  bool
}

// SigningInput is what a signature is made over. The body is not part of it:
// bce-auth-v1 covers a body only through content-md5.
type SigningInput struct {
	Method string
	Path   string // decoded; "" means "/"
	Query  []Param
	// Headers must hold every header that is to be signed, Host included, with
	// its port unless that is the scheme's default.
	Headers []Header
	// Sign names the headers to sign; nil means the default set: host,
	// content-length, content-type, content-md5 and every x-bce-* header but
	// x-bce-request-id.
	Sign       []string
	Timestamp  time.Time     // from when the signature is valid; whole seconds count
	Expiration time.Duration // for how long; whole seconds count
}

// Sign returns the value of the Authorization header, after bce-auth-v1
// (https://cloud.baidu.com/doc/Reference/s/njwvz1yfu). The session token of c
// is not added: it must stand among the headers. Safe for concurrent use.
func Sign(c Credentials, in SigningInput) (authorization string) {
	var room [1024]byte
	s := signature(c, in, room[:0])
	return string(s.authorization)
}

// signed holds a signature and what it was made of.
type signed struct {
	canonical     []byte // the canonical request
	names         []byte // signedHeaders
	prefix        []byte // authStringPrefix
	key           []byte // the signing key: 64 hex digits, used as such
	signature     []byte // 64 hex digits
	authorization []byte
}

// signature signs; buf is room to work in.
func signature(c Credentials, in SigningInput, buf []byte) signed {
	var s signed
	var namesRoom [128]byte

	buf = append(buf, in.Method...)
	buf = append(buf, '\n')
	buf = appendURI(buf, in.Path)
	buf = append(buf, '\n')
	buf = appendQuery(buf, in.Query)
	buf = append(buf, '\n')
	buf, s.names = appendHeaders(buf, namesRoom[:0], in.Headers, in.Sign)
	s.canonical = buf

	out := make([]byte, 0, 320)
	out = append(out, authVersion...)
	out = append(out, '/')
	out = append(out, c.AccessKeyID...)
	out = append(out, '/')
	out = in.Timestamp.UTC().AppendFormat(out, timeLayout)
	out = append(out, '/')
	out = strconv.AppendInt(out, int64(in.Expiration/time.Second), 10)
	s.prefix = out[:len(out):len(out)]

	s.key = hexMAC([]byte(c.SecretAccessKey), s.prefix)
	s.signature = hexMAC(s.key, s.canonical)

	out = append(out, '/')
	out = append(out, s.names...)
	out = append(out, '/')
	out = append(out, s.signature...)
	s.authorization = out
	return s
}

// hexMAC is HMAC-SHA256 in lower-case hex.
func hexMAC(key, message []byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write(message)
	var sum [sha256.Size]byte
	out := make([]byte, hex.EncodedLen(len(sum)))
	hex.Encode(out, mac.Sum(sum[:0]))
	return out
}
