package bce

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/baidubce/bce-sdk-go/auth"
	sdkhttp "github.com/baidubce/bce-sdk-go/http"
)

// sdkSign signs with the official SDK, v0.9.277. Its parameters and headers are
// maps, so none may stand twice, and it signs every x-bce-* header but
// x-bce-request-id, whatever is listed.
func sdkSign(c Credentials, in SigningInput) string {
	r := &sdkhttp.Request{}
	r.SetMethod(in.Method)
	r.SetUri(in.Path)
	for _, q := range in.Query {
		r.SetParam(q.Key, q.Value)
	}
	for _, h := range in.Headers {
		r.SetHeader(h.Name, h.Value)
	}
	names := auth.DEFAULT_HEADERS_TO_SIGN
	if in.Sign != nil {
		names = map[string]struct{}{}
		for _, name := range in.Sign {
			names[name] = struct{}{}
		}
	}
	(&auth.BceV1Signer{}).Sign(r, &auth.BceCredentials{AccessKeyId: c.AccessKeyID, SecretAccessKey: c.SecretAccessKey}, &auth.SignOptions{
		HeadersToSign: names,
		Timestamp:     in.Timestamp.Unix(),
		ExpireSeconds: int(in.Expiration / time.Second),
	})
	return r.Header("Authorization")
}

// randomInput makes an input that the SDK can express.
func randomInput(r *rand.Rand) (Credentials, SigningInput) {
	text := func(most int) string {
		const letters = "abcXYZ019-._~/+ =&%?#:;,@!*'()[]{}\"\\|^`<>$é测😀\x01\x7f"
		runes := []rune(letters)
		var b strings.Builder
		for range r.IntN(most + 1) {
			b.WriteRune(runes[r.IntN(len(runes))])
		}
		return b.String()
	}
	creds := Credentials{AccessKeyID: "AK" + text(8), SecretAccessKey: text(90)}
	in := SigningInput{
		Method:     []string{"GET", "PUT", "POST", "DELETE"}[r.IntN(4)],
		Path:       "/" + text(20),
		Timestamp:  time.Unix(r.Int64N(4e9), r.Int64N(1e9)),
		Expiration: time.Duration(1 + r.Int64N(int64(time.Hour))),
	}
	keys := map[string]bool{}
	for range r.IntN(12) {
		key := text(6)
		if key == "" || keys[key] {
			continue
		}
		keys[key] = true
		in.Query = append(in.Query, Param{Key: key, Value: text(10), HasEquals: true})
	}
	if r.IntN(3) == 0 {
		in.Query = append(in.Query, Param{Key: "AuthorizatioN", Value: text(5)})
	}
	names := []string{"Host", "content-LENGTH", "Content-Type", "Content-MD5", "X-Bce-Date", "x-bce-a", "x-bce-a-b", "x-bce-", "x-bce-request-id", "Date", "User-Agent"}
	r.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	for _, name := range names[:r.IntN(len(names)+1)] {
		in.Headers = append(in.Headers, Header{name, text(15)})
	}
	if r.IntN(2) == 0 {
		in.Sign = []string{"host", "date", "x-bce-date", "x-bce-a", "x-bce-a-b", "x-bce-", "user-agent"}
	}
	return creds, in
}

// TestSigningAgreesWithTheOfficialSDK is a second opinion, beside the vectors.
func TestSigningAgreesWithTheOfficialSDK(t *testing.T) {
	const seed = 20261122
	r := rand.New(rand.NewPCG(seed, seed))
	for i := range 5000 {
		creds, in := randomInput(r)
		if got, want := Sign(creds, in), sdkSign(creds, in); got != want {
			t.Fatalf("input %d of seed %d, %+v\n got %q;\nwant %q", i, seed, in, got, want)
		}
	}
}

// renewalInput is what one renewal of an instance signs.
func renewalInput() SigningInput {
	return SigningInput{
		Method: "PUT",
		Path:   "/v2/instance/i-YufwpQAe",
		Query: []Param{
			{Key: "purchaseReserved"},
			{Key: "clientToken", Value: "b8592139-2425-8bf7-9b84-4885efcf2678", HasEquals: true},
			{Key: "relatedRenewFlag", HasEquals: true},
		},
		Headers:    []Header{{"host", "bcc.bj.baidubce.com"}, {"x-bce-date", "2026-12-01T08:00:00Z"}},
		Timestamp:  time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC),
		Expiration: time.Minute,
	}
}

func BenchmarkSign(b *testing.B) {
	creds, in := testCredentials(), renewalInput()
	b.Run("own", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			Sign(creds, in)
		}
	})
	b.Run("sdk", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			sdkSign(creds, in)
		}
	})
}

func TestSigningAllocatesLittle(t *testing.T) {
	creds, in := testCredentials(), renewalInput()
	if got, most := testing.AllocsPerRun(100, func() { Sign(creds, in) }), 2.0; got > most {
		t.Errorf("got %v allocations; want at most %v", got, most)
	}
}

func TestTheMACIsHMACSHA256(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for n := range 300 {
		key, message := make([]byte, n), make([]byte, r.IntN(2000))
		for i := range key {
			key[i] = byte(r.Uint32())
		}
		for i := range message {
			message[i] = byte(r.Uint32())
		}
		mac := hmac.New(sha256.New, key)
		mac.Write(message)
		if got, want := hexMAC(key, message), hex.EncodeToString(mac.Sum(nil)); string(got[:]) != want {
			t.Fatalf("key of %d bytes, message of %d: got %s; want %s", n, len(message), got, want)
		}
	}
}
