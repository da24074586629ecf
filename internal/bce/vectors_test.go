package bce

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"
)

// vector is one case of testdata/signing-vectors.json.
type vector struct {
	Name              string `json:"name"`
	AccessKeyID       string `json:"access_key_id"`
	SecretAccessKey   string `json:"secret_access_key"`
	Timestamp         string `json:"timestamp"`
	ExpirationSeconds int    `json:"expiration_seconds"`
	Method            string `json:"method"`
	Path              string `json:"path_decoded"`
	WireQuery         string `json:"query_on_the_wire"`
	Query             []struct {
		Key       string `json:"key"`
		Value     string `json:"value"`
		HasEquals bool   `json:"has_equals"`
	} `json:"query_decoded"`
	Headers            []Header `json:"headers"`
	HeadersToSign      []string `json:"headers_to_sign"`
	CanonicalURI       string   `json:"canonical_uri"`
	CanonicalQuery     string   `json:"canonical_query"`
	CanonicalHeaders   string   `json:"canonical_headers"`
	CanonicalRequest   string   `json:"canonical_request"`
	SignedHeaders      string   `json:"signed_headers"`
	Prefix             string   `json:"auth_string_prefix"`
	SigningKey         string   `json:"signing_key"`
	Signature          string   `json:"signature"`
	Authorization      string   `json:"authorization"`
	PublishedSignature string   `json:"published_signature"`
}

func readVectors(t *testing.T) []vector {
	t.Helper()
	text, err := os.ReadFile("testdata/signing-vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Vectors []vector `json:"vectors"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	if got, want := len(file.Vectors), 44; got != want {
		t.Fatalf("got %d vectors; want %d", got, want)
	}
	return file.Vectors
}

func (v vector) time(t *testing.T) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, v.Timestamp)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func (v vector) credentials() Credentials {
	return Credentials{AccessKeyID: v.AccessKeyID, SecretAccessKey: v.SecretAccessKey}
}

func (v vector) input(t *testing.T) SigningInput {
	t.Helper()
	in := SigningInput{
		Method:     v.Method,
		Path:       v.Path,
		Headers:    v.Headers,
		Sign:       v.HeadersToSign,
		Timestamp:  v.time(t),
		Expiration: time.Duration(v.ExpirationSeconds) * time.Second,
	}
	for _, q := range v.Query {
		in.Query = append(in.Query, Param(q))
	}
	return in
}

// request builds the vector as a server would get it.
func (v vector) request(t *testing.T) *http.Request {
	t.Helper()
	path := v.Path
	if path == "" {
		path = "/"
	}
	r := &http.Request{
		Method: v.Method,
		URL:    &url.URL{Path: path, RawQuery: v.WireQuery},
		Header: http.Header{"Authorization": {v.Authorization}},
	}
	for _, h := range v.Headers {
		if h.Name == "Host" {
			r.Host = h.Value
			continue
		}
		r.Header.Add(h.Name, h.Value)
	}
	return r
}

func TestSigningFollowsTheVectors(t *testing.T) {
	for _, v := range readVectors(t) {
		t.Run(v.Name, func(t *testing.T) {
			in := v.input(t)
			headers, _ := appendHeaders(nil, nil, in.Headers, in.Sign)
			request, names := appendRequest(nil, nil, in)
			prefix := appendPrefix(nil, v.AccessKeyID, in.Timestamp, in.Expiration)
			key := signingKey(v.SecretAccessKey, prefix)
			signature := hexMAC(key[:], request)
			for _, c := range []struct{ what, got, want string }{
				{"canonical URI", string(appendURI(nil, in.Path)), v.CanonicalURI},
				{"canonical query", string(appendQuery(nil, in.Query)), v.CanonicalQuery},
				{"canonical headers", string(headers), v.CanonicalHeaders},
				{"signed headers", string(names), v.SignedHeaders},
				{"canonical request", string(request), v.CanonicalRequest},
				{"prefix", string(prefix), v.Prefix},
				{"signing key", string(key[:]), v.SigningKey},
				{"signature", string(signature[:]), v.Signature},
				{"authorization", Sign(v.credentials(), in), v.Authorization},
			} {
				if c.got != c.want {
					t.Errorf("%s: got %q; want %q", c.what, c.got, c.want)
				}
			}
			if v.PublishedSignature != "" && string(signature[:]) != v.PublishedSignature {
				t.Errorf("signature: got %s; want the published %s", signature, v.PublishedSignature)
			}
		})
	}
}

// TestParsingTheWireQueryGivesTheDecodedOne holds the way back: what Verify
// reads from a request line is what was signed.
func TestParsingTheWireQueryGivesTheDecodedOne(t *testing.T) {
	for _, v := range readVectors(t) {
		got := parseQuery(v.WireQuery)
		if len(got) != len(v.Query) {
			t.Errorf("%s: got %d parameters; want %d", v.Name, len(got), len(v.Query))
			continue
		}
		for i, q := range v.Query {
			if got[i] != Param(q) {
				t.Errorf("%s: got %+v; want %+v", v.Name, got[i], q)
			}
		}
	}
}

func TestVerifyAcceptsTheVectors(t *testing.T) {
	for _, v := range readVectors(t) {
		t.Run(v.Name, func(t *testing.T) {
			secret := func(id string) (string, bool) { return v.SecretAccessKey, id == v.AccessKeyID }
			if err := Verify(v.request(t), secret, v.time(t).Add(time.Second)); err != nil {
				t.Errorf("got %v; want a good signature", err)
			}
			// The published form leaves the signed headers out: the default set.
			if v.HeadersToSign == nil {
				r := v.request(t)
				r.Header.Set("Authorization", v.Prefix+"//"+v.Signature)
				if err := Verify(r, secret, v.time(t)); err != nil {
					t.Errorf("signed headers left out: got %v; want a good signature", err)
				}
			}
		})
	}
}

func TestVerifyRefusesWhatIsNotAsSigned(t *testing.T) {
	for _, v := range readVectors(t) {
		t.Run(v.Name, func(t *testing.T) {
			known := func(id string) (string, bool) { return v.SecretAccessKey, id == v.AccessKeyID }
			start := v.time(t)
			life := time.Duration(v.ExpirationSeconds) * time.Second
			check := func(what, code string, status int, r *http.Request, secret func(string) (string, bool), now time.Time) {
				t.Helper()
				err := Verify(r, secret, now)
				if err == nil {
					t.Errorf("%s: got a good signature; want %s", what, code)
				} else if err.Code != code || err.HTTPStatus != status {
					t.Errorf("%s: got %d %s; want %d %s", what, err.HTTPStatus, err.Code, status, code)
				}
			}
			check("wrong secret", "SignatureDoesNotMatch", 400, v.request(t),
				func(string) (string, bool) { return v.SecretAccessKey + "x", true }, start)
			check("unknown key", "InvalidAccessKeyId", 403, v.request(t),
				func(string) (string, bool) { return "", false }, start)

			r := v.request(t)
			last := v.Authorization[len(v.Authorization)-1]
			r.Header.Set("Authorization", v.Authorization[:len(v.Authorization)-1]+string('0'+(last-'0'+1)%10))
			check("altered signature", "SignatureDoesNotMatch", 400, r, known, start)

			r = v.request(t)
			r.URL.Path += "x"
			check("altered path", "SignatureDoesNotMatch", 400, r, known, start)
			r = v.request(t)
			r.URL.RawQuery += "&x=1"
			check("altered query", "SignatureDoesNotMatch", 400, r, known, start)
			r = v.request(t)
			r.Method = "DELETE"
			check("altered method", "SignatureDoesNotMatch", 400, r, known, start)
			r = v.request(t)
			r.Host = "evil." + r.Host
			check("altered host", "SignatureDoesNotMatch", 400, r, known, start)

			// The published vectors live for 30 minutes, which is also the most
			// that clocks may differ; both bounds are passed by a second here.
			check("expired", "RequestExpired", 400, v.request(t), known, start.Add(min(life, MaxClockSkew)+time.Second))
			check("from the future", "RequestExpired", 400, v.request(t), known, start.Add(-MaxClockSkew-time.Second))
		})
	}
}

func TestVerifyRefusesMalformedRequests(t *testing.T) {
	v := readVectors(t)[3] // a renewal that signs host and x-bce-date
	known := func(id string) (string, bool) { return v.SecretAccessKey, id == v.AccessKeyID }
	signed := func(edit func(*SigningInput)) func(*http.Request) {
		return func(r *http.Request) {
			in := v.input(t)
			edit(&in)
			r.Header.Set("Authorization", Sign(v.credentials(), in))
		}
	}
	replace := func(from, to string) func(*http.Request) {
		return func(r *http.Request) {
			r.Header.Set("Authorization", strings.Replace(v.Authorization, from, to, 1))
		}
	}
	for _, c := range []struct {
		name   string
		edit   func(*http.Request)
		code   string
		status int
	}{
		{"no Authorization", func(r *http.Request) { r.Header.Del("Authorization") }, "InvalidHTTPAuthHeader", 400},
		{"another scheme", replace("bce-auth-v1", "bce-auth-v2"), "InvalidHTTPAuthHeader", 400},
		{"a field too few", replace("/1800", ""), "InvalidHTTPAuthHeader", 400},
		{"no key id", replace(v.AccessKeyID, ""), "InvalidHTTPAuthHeader", 400},
		{"a timestamp without a zone", replace("Z/", "/"), "InvalidHTTPAuthHeader", 400},
		{"a life of nothing", replace("/1800/", "/0/"), "InvalidHTTPAuthHeader", 400},
		{"an endless life", replace("/1800/", "/-1/"), "InvalidHTTPAuthHeader", 400},
		{"a life that overflows", replace("/1800/", "/99999999999/"), "InvalidHTTPAuthHeader", 400},
		{"a short signature", func(r *http.Request) {
			r.Header.Set("Authorization", v.Authorization[:len(v.Authorization)-1])
		}, "InvalidHTTPAuthHeader", 400},
		{"a signed header that is not there", replace("host;x-bce-date", "content-length;host;x-bce-date"), "IamSignatureInvalid", 400},
		{"host not signed", replace("host;x-bce-date", "x-bce-date"), "IamSignatureInvalid", 400},
		{"no date at all", func(r *http.Request) {
			r.Header.Del("X-Bce-Date")
			signed(func(in *SigningInput) { in.Sign = []string{"host"} })(r)
		}, "IamSignatureInvalid", 400},
		{"an unreadable date", func(r *http.Request) { r.Header.Set("X-Bce-Date", "yesterday") }, "IamSignatureInvalid", 400},
		{"a date far from a good signature", func(r *http.Request) {
			r.Header.Set("X-Bce-Date", v.time(t).Add(31*time.Minute).Format(timeLayout))
		}, "RequestExpired", 400},
		{"a signature from the far future", signed(func(in *SigningInput) {
			in.Timestamp = in.Timestamp.Add(31 * time.Minute)
		}), "RequestExpired", 400},
		{"an altered date", func(r *http.Request) {
			r.Header.Set("X-Bce-Date", v.time(t).Add(time.Second).Format(timeLayout))
		}, "SignatureDoesNotMatch", 400},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := v.request(t)
			c.edit(r)
			err := Verify(r, known, v.time(t))
			if err == nil {
				t.Fatalf("got a good signature; want %s", c.code)
			}
			if err.Code != c.code || err.HTTPStatus != c.status {
				t.Errorf("got %d %s; want %d %s", err.HTTPStatus, err.Code, c.status, c.code)
			}
			if err.Message == "" || strings.Contains(err.Error(), v.Signature) {
				t.Errorf("got message %q; want one without the signature", err.Error())
			}
		})
	}
}

func TestVerifyReadsDateWithoutXBceDate(t *testing.T) {
	v := readVectors(t)[0]
	in := v.input(t)
	in.Sign = []string{"host"}
	r := v.request(t)
	r.Header.Del("X-Bce-Date")
	r.Header.Set("Authorization", Sign(v.credentials(), in))
	known := func(string) (string, bool) { return v.SecretAccessKey, true }
	if err := Verify(r, known, v.time(t)); err != nil {
		t.Errorf("got %v; want the Date header to count", err)
	}
	r.Header.Set("Date", v.time(t).Add(31*time.Minute).Format(http.TimeFormat))
	if err := Verify(r, known, v.time(t)); err == nil || err.Code != "RequestExpired" {
		t.Errorf("got %v; want RequestExpired", err)
	}
}
