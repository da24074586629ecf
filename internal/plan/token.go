package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"time"
)

// Token returns the clientToken of a renewal: the UUID, version 8, made of the
// first 16 bytes of SHA-256 over
//
//	"renewplan/1\n" region "\n" kind "\n" id "\n" baseline "\n" attempt
//
// with the baseline as RFC 3339 in UTC and whole seconds. This is fixed for all
// time: the same renewal has the same token on every machine, so that the cloud
// sees a repetition as one.
//
// The months are left out on purpose. Two plans that renew the same period by
// different lengths then collide at the cloud instead of both being paid.
func Token(k Key, baseline time.Time, attempt int) string {
	text := make([]byte, 0, 128)
	text = append(text, "renewplan/1\n"...)
	text = append(text, k.Region...)
	text = append(text, '\n')
	text = append(text, k.Kind...)
	text = append(text, '\n')
	text = append(text, k.ID...)
	text = append(text, '\n')
	text = baseline.UTC().AppendFormat(text, instantLayout)
	text = append(text, '\n')
	text = strconv.AppendInt(text, int64(attempt), 10)

	sum := sha256.Sum256(text)
	id := sum[:16]
	id[6] = id[6]&0x0f | 0x80 // version 8: the content is the maker's own
	id[8] = id[8]&0x3f | 0x80 // the variant of RFC 9562

	out := make([]byte, 36)
	hex.Encode(out[0:8], id[0:4])
	out[8] = '-'
	hex.Encode(out[9:13], id[4:6])
	out[13] = '-'
	hex.Encode(out[14:18], id[6:8])
	out[18] = '-'
	hex.Encode(out[19:23], id[8:10])
	out[23] = '-'
	hex.Encode(out[24:36], id[10:16])
	return string(out)
}
