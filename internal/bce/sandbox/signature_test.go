package sandbox_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"renewplan/internal/bce/sandbox"
)

func TestEveryCallOfTheAPINeedsARightSignature(t *testing.T) {
	calls := map[string]request{
		"renewal": renewal("instance", "t", "1"),
		"detail":  read("instance"),
		"list":    {line: "GET /v2/instance"},
		"batch":   {line: "POST /v2/instance/listByInstanceId", body: `{"instanceIds":["i-1"]}`},
		"nothing": {line: "GET /"},
	}
	tests := map[string]struct {
		spoil  func(c *caller, in *request)
		status int
		code   string
	}{
		"no signature":         {func(c *caller, in *request) { in.unsigned = true }, 400, "InvalidHTTPAuthHeader"},
		"an unknown key":       {func(c *caller, in *request) { c.key = "nobody" }, 403, "InvalidAccessKeyId"},
		"a wrong secret":       {func(c *caller, in *request) { c.secret = "sandbox-secret " }, 400, "SignatureDoesNotMatch"},
		"an old signature":     {func(c *caller, in *request) { c.now = day.Add(-61 * time.Second) }, 400, "RequestExpired"},
		"a signature to come":  {func(c *caller, in *request) { c.now = day.Add(31 * time.Minute) }, 400, "RequestExpired"},
		"another query signed": {func(c *caller, in *request) { c.client = tamper(c.client, "&x=1") }, 400, "SignatureDoesNotMatch"},
	}
	for what, in := range calls {
		for name, test := range tests {
			t.Run(name+" for a "+what, func(t *testing.T) {
				for way, dial := range ways() {
					t.Run(way, func(t *testing.T) {
						s := open(t, sandbox.Config{})
						c := dial(t, s)
						in := in
						test.spoil(c, &in)
						wantAnswer(t, c.do(t, in), test.status, test.code)
						if got, want := s.Counts(), (sandbox.Counts{Rejected: 1}); got != want {
							t.Errorf("got %+v; want %+v", got, want)
						}
					})
				}
			})
		}
	}
}

// tamper makes a client that adds to the query after it was signed.
func tamper(c *http.Client, query string) *http.Client {
	next := c.Transport
	return &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		r.URL.RawQuery = strings.TrimPrefix(r.URL.RawQuery+query, "&")
		return next.RoundTrip(r)
	})}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestTheSandboxJudgesSignaturesByItsOwnClock(t *testing.T) {
	s := open(t, sandbox.Config{})
	c := inProcess(s)
	s.Advance(2 * time.Hour)
	wantAnswer(t, c.do(t, read("vpn")), http.StatusBadRequest, "RequestExpired")
	c.now = day.Add(2 * time.Hour)
	wantAnswer(t, c.do(t, read("vpn")), http.StatusOK, "")
}

// vector is a case of the signing vectors that package bce is tested with.
type vector struct {
	Name            string    `json:"name"`
	AccessKeyID     string    `json:"access_key_id"`
	SecretAccessKey string    `json:"secret_access_key"`
	Timestamp       time.Time `json:"timestamp"`
	Method          string    `json:"method"`
	Path            string    `json:"path_decoded"`
	Query           string    `json:"query_on_the_wire"`
	Headers         []struct{ Name, Value string }
	Authorization   string
	Signature       string
}

func vectors(t *testing.T) []vector {
	t.Helper()
	text, err := os.ReadFile("../testdata/signing-vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Vectors []vector }
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Vectors) != 44 {
		t.Fatalf("got %d vectors; want 44", len(file.Vectors))
	}
	return file.Vectors
}

func TestTheSandboxAcceptsTheVectorsAndNothingNearThem(t *testing.T) {
	badSignature := []string{"InvalidHTTPAuthHeader", "InvalidAccessKeyId", "IamSignatureInvalid", "RequestExpired", "SignatureDoesNotMatch"}
	send := func(t *testing.T, v vector) answer {
		t.Helper()
		s := open(t, sandbox.Config{Keys: map[string]string{v.AccessKeyID: v.SecretAccessKey}, Now: clockAt(v.Timestamp)})
		r := &http.Request{Method: v.Method, URL: &url.URL{Path: v.Path, RawQuery: v.Query}, Header: http.Header{}, Body: http.NoBody}
		for _, h := range v.Headers {
			if strings.EqualFold(h.Name, "host") {
				r.Host = h.Value
			} else {
				r.Header.Set(h.Name, h.Value)
			}
		}
		r.Header.Set("Authorization", v.Authorization)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		code, _ := object(t, w.Body.String())["code"].(string)
		return answer{status: w.Code, code: code, body: w.Body.String()}
	}
	for _, v := range vectors(t) {
		t.Run(v.Name, func(t *testing.T) {
			// The vectors' resources are not there, and their bodies are left out, so
			// all but a plain list of addresses are refused: for that, and not for
			// their signature.
			if got := send(t, v); slices.Contains(badSignature, got.code) {
				t.Errorf("got %s; want the signature accepted", got.body)
			}
			near := v
			near.Authorization = strings.TrimSuffix(v.Authorization, v.Signature) + strings.Repeat("0", 64)
			if got := send(t, near); got.code != "SignatureDoesNotMatch" {
				t.Errorf("got %d %s for another signature; want SignatureDoesNotMatch", got.status, got.code)
			}
			near = v
			near.Method = "DELETE"
			if got := send(t, near); got.code != "SignatureDoesNotMatch" {
				t.Errorf("got %d %s for another method; want SignatureDoesNotMatch", got.status, got.code)
			}
		})
	}
}
