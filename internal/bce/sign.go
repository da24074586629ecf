package bce

import (
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
	// A plan of thousands signs tens of thousands of requests: the room for the
	// usual one is on the stack.
	var requestRoom, outRoom [512]byte
	var nameRoom [128]byte
	request, names := appendRequest(requestRoom[:0], nameRoom[:0], in)
	out := appendPrefix(outRoom[:0], c.AccessKeyID, in.Timestamp, in.Expiration)
	key := signingKey(c.SecretAccessKey, out)
	digits := hexMAC(key[:], request)
	out = append(out, '/')
	out = append(out, names...)
	out = append(out, '/')
	out = append(out, digits[:]...)
	return string(out)
}

// appendRequest appends the canonical request to dst, and the signed headers'
// names to names.
func appendRequest(dst, names []byte, in SigningInput) (request, signed []byte) {
	dst = append(dst, in.Method...)
	dst = append(dst, '\n')
	dst = appendURI(dst, in.Path)
	dst = append(dst, '\n')
	dst = appendQuery(dst, in.Query)
	dst = append(dst, '\n')
	return appendHeaders(dst, names, in.Headers, in.Sign)
}

// appendPrefix appends the authStringPrefix.
func appendPrefix(dst []byte, accessKeyID string, timestamp time.Time, expiration time.Duration) []byte {
	dst = append(dst, authVersion...)
	dst = append(dst, '/')
	dst = append(dst, accessKeyID...)
	dst = append(dst, '/')
	dst = timestamp.UTC().AppendFormat(dst, timeLayout)
	dst = append(dst, '/')
	return strconv.AppendInt(dst, int64(expiration/time.Second), 10)
}

// signingKey is the key of a signature: its 64 hex digits are used as such.
func signingKey(secret string, prefix []byte) [64]byte {
	var room [64]byte
	return hexMAC(append(room[:0], secret...), prefix)
}

// hexMAC is HMAC-SHA256 (RFC 2104) in lower-case hex. crypto/hmac says the same
// and allocates ten times on the way, which is most of what signing costs.
func hexMAC(key, message []byte) (digits [2 * sha256.Size]byte) {
	var block [sha256.BlockSize]byte
	if len(key) > len(block) {
		sum := sha256.Sum256(key)
		key = append(block[:0], sum[:]...)
	}
	copy(block[:], key)

	var innerRoom [640]byte
	inner := innerRoom[:0]
	for _, b := range block {
		inner = append(inner, b^0x36)
	}
	sum := sha256.Sum256(append(inner, message...))

	var outer [sha256.BlockSize + sha256.Size]byte
	for i, b := range block {
		outer[i] = b ^ 0x5c
	}
	copy(outer[len(block):], sum[:])
	sum = sha256.Sum256(outer[:])
	hex.Encode(digits[:], sum[:])
	return digits
}
