package bce

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestARenewalOnTheWire holds every byte of a renewal, against the examples of
// the four pages.
func TestARenewalOnTheWire(t *testing.T) {
	for _, c := range []struct {
		kind, flag, token string
		host              string
		requestLine       string
		body              string
	}{
		{
			kind: "vpn", token: "dc31ef8c-5e41-4e38-9ds0-9de7250ds5b20", host: "bcc.bj.baidubce.com",
			requestLine: "PUT /v1/vpn/vpn-bir8biqwr45e?purchaseReserved&clientToken=dc31ef8c-5e41-4e38-9ds0-9de7250ds5b20 HTTP/1.1",
			body:        `{"billing":{"reservation":{"reservationLength":1,"reservationTimeUnit":"month"}}}`,
		},
		{
			kind: "nat", token: "dc31ef8c-5e41-4e38-9ds0-9de7250ds5b20", host: "bcc.bj.baidubce.com",
			requestLine: "PUT /v1/nat/nat-bir8biqwr45e?purchaseReserved&clientToken=dc31ef8c-5e41-4e38-9ds0-9de7250ds5b20 HTTP/1.1",
			body:        `{"billing":{"reservation":{"reservationLength":1,"reservationTimeUnit":"month"}}}`,
		},
		{
			kind: "eipgroup", token: "be31b98c-5e41-4838-9830-9be700de5a20", host: "eip.bj.baidubce.com",
			requestLine: "PUT /v1/eipgroup/eg-b2511000?purchaseReserved&clientToken=be31b98c-5e41-4838-9830-9be700de5a20 HTTP/1.1",
			body:        `{"billing":{"reservation":{"reservationLength":1,"reservationTimeUnit":"Month"}}}`,
		},
		{
			kind: "instance", flag: "CDS_EIP_MKT", token: "be31b98c-5e41-4838-9830-9be700de5a20", host: "bcc.bj.baidubce.com",
			requestLine: "PUT /v2/instance/i-YufwpQAe?purchaseReserved&clientToken=be31b98c-5e41-4838-9830-9be700de5a20&relatedRenewFlag=CDS_EIP_MKT HTTP/1.1",
			body:        `{"billing":{"reservation":{"reservationLength":1,"reservationTimeUnit":"Month"}}}`,
		},
		{
			kind: "instance", token: "be31b98c-5e41-4838-9830-9be700de5a20", host: "bcc.bj.baidubce.com",
			requestLine: "PUT /v2/instance/i-YufwpQAe?purchaseReserved&clientToken=be31b98c-5e41-4838-9830-9be700de5a20&relatedRenewFlag= HTTP/1.1",
			body:        `{"billing":{"reservation":{"reservationLength":1,"reservationTimeUnit":"Month"}}}`,
		},
	} {
		t.Run(c.kind+" "+c.flag, func(t *testing.T) {
			wire := make(chan string, 1)
			client := newClient(t, "", func(cfg *Config) {
				cfg.Transport = recorder(wire)
			})
			client.clock.now = func() time.Time { return time.Date(2026, 12, 1, 8, 0, 0, 999, time.UTC) }
			r := renewal(t, c.kind)
			r.RelatedRenewFlag, r.ClientToken = c.flag, c.token
			if a := client.Renew(t.Context(), r); a.Class != Accepted {
				t.Fatalf("got %v (%v); want accepted", a.Class, a.Err)
			}
			query, _, _ := strings.Cut(c.requestLine[strings.Index(c.requestLine, "?")+1:], " ")
			path, _, _ := strings.Cut(c.requestLine[len("PUT "):], "?")
			authorization := Sign(testCredentials(), SigningInput{
				Method: "PUT", Path: path, Query: parseQuery(query),
				Headers:    []Header{{"host", c.host}, {"x-bce-date", "2026-12-01T08:00:00Z"}},
				Timestamp:  client.now(),
				Expiration: time.Minute,
			})
			if want := "bce-auth-v1/AKIDtestkeywxyz/2026-12-01T08:00:00Z/60/host;x-bce-date/"; !strings.HasPrefix(authorization, want) {
				t.Errorf("got authorization %q; want it to begin with %q", authorization, want)
			}
			want := strings.Join([]string{
				c.requestLine,
				"Host: " + c.host,
				"User-Agent: renewplan",
				"Content-Length: 81",
				"Authorization: " + authorization,
				"Content-Type: application/json",
				"X-Bce-Date: 2026-12-01T08:00:00Z",
				"", c.body,
			}, "\r\n")
			if diff := cmp.Diff(want, <-wire); diff != "" {
				t.Errorf("on the wire (-want +got):\n%s", diff)
			}
		})
	}
}

// recorder is a transport that answers 200 and hands on the request's bytes.
func recorder(wire chan<- string) http.RoundTripper {
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		var b strings.Builder
		if err := r.Write(&b); err != nil {
			return nil, err
		}
		wire <- b.String()
		return &http.Response{StatusCode: 200, Body: http.NoBody, Header: http.Header{}}, nil
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestASessionTokenIsSentAndSigned(t *testing.T) {
	got := make(chan *http.Request, 1)
	url, _ := serve(t, func(w http.ResponseWriter, r *http.Request) { got <- r })
	client := newClient(t, url, func(cfg *Config) { cfg.Credentials.SessionToken = testToken })
	if a := client.Renew(t.Context(), renewal(t, "vpn")); a.Class != Accepted {
		t.Fatalf("got %v (%v); want accepted", a.Class, a.Err)
	}
	r := <-got
	if got := r.Header.Get("X-Bce-Security-Token"); got != testToken {
		t.Errorf("got token %q; want %q", got, testToken)
	}
	if auth := r.Header.Get("Authorization"); !strings.Contains(auth, "/host;x-bce-date;x-bce-security-token/") {
		t.Errorf("got %q; want the token among the signed headers", auth)
	}
	if err := Verify(r, func(string) (string, bool) { return testSecret, true }, time.Now()); err != nil {
		t.Errorf("got %v; want a good signature", err)
	}
}

func TestIDsAreEscapedAndSignedAsDecoded(t *testing.T) {
	got := make(chan *http.Request, 1)
	url, _ := serve(t, func(w http.ResponseWriter, r *http.Request) { got <- r })
	client := newClient(t, url+"/gate/")
	r := renewal(t, "nat")
	r.ID = "a/../b?c#d e%2F+测"
	if a := client.Renew(t.Context(), r); a.Class != Accepted {
		t.Fatalf("got %v (%v); want accepted", a.Class, a.Err)
	}
	request := <-got
	want := "/gate/v1/nat/a%2F..%2Fb%3Fc%23d%20e%252F%2B%E6%B5%8B?purchaseReserved&clientToken=" + r.ClientToken
	if request.RequestURI != want {
		t.Errorf("got %q; want %q", request.RequestURI, want)
	}
	if err := Verify(request, func(string) (string, bool) { return testSecret, true }, time.Now()); err != nil {
		t.Errorf("got %v; want a good signature", err)
	}
}

func TestTheBodyIsTheSameAtEveryTryAndTheSignatureIsNot(t *testing.T) {
	type seen struct{ body, authorization string }
	got := make(chan seen, 2)
	url, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		b := make([]byte, r.ContentLength)
		_, _ = r.Body.Read(b)
		sum := sha256.Sum256(b)
		got <- seen{hex.EncodeToString(sum[:]), r.Header.Get("Authorization")}
	})
	client := newClient(t, url)
	now := time.Now()
	client.clock.now = func() time.Time { now = now.Add(2 * time.Second); return now }
	r := renewal(t, "eipgroup")
	client.Renew(t.Context(), r)
	client.Renew(t.Context(), r)
	first, second := <-got, <-got
	sum := sha256.Sum256(r.Body())
	if want := hex.EncodeToString(sum[:]); first.body != want || second.body != want {
		t.Errorf("got bodies %s and %s; want twice %s", first.body, second.body, want)
	}
	if first.authorization == second.authorization {
		t.Errorf("got twice %q; want each try signed afresh", first.authorization)
	}
}

func TestWhatCannotBeRenewedIsNeverSent(t *testing.T) {
	url, requests := serve(t, func(w http.ResponseWriter, r *http.Request) {})
	client := newClient(t, url)
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		name string
		ctx  context.Context
		edit func(*Renewal)
	}{
		{"a cancelled context", cancelled, func(*Renewal) {}},
		{"no token", nil, func(r *Renewal) { r.ClientToken = "" }},
		{"a token of 65 characters", nil, func(r *Renewal) { r.ClientToken = strings.Repeat("a", 65) }},
		{"a token beyond ASCII", nil, func(r *Renewal) { r.ClientToken = "tökén" }},
		{"no months", nil, func(r *Renewal) { r.Months = 0 }},
		{"10 months", nil, func(r *Renewal) { r.Months = 10 }},
		{"minus one month", nil, func(r *Renewal) { r.Months = -1 }},
		{"a flag where there is none", nil, func(r *Renewal) { r.RelatedRenewFlag = "CDS" }},
		{"an unknown flag", nil, func(r *Renewal) { r.Kind = kindNamed(t, "instance"); r.RelatedRenewFlag = "cds" }},
		{"no kind", nil, func(r *Renewal) { r.Kind = Kind{} }},
		{"no id", nil, func(r *Renewal) { r.ID = "" }},
		{"an id that climbs", nil, func(r *Renewal) { r.ID = ".." }},
		{"an id with a line end", nil, func(r *Renewal) { r.ID = "a\nb" }},
		{"no region", nil, func(r *Renewal) { r.Region = "" }},
		{"a region that is a host", nil, func(r *Renewal) { r.Region = "evil.example/" }},
		{"a region in capitals", nil, func(r *Renewal) { r.Region = "BJ" }},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := renewal(t, "vpn")
			c.edit(&r)
			ctx := c.ctx
			if ctx == nil {
				ctx = t.Context()
			}
			a := client.Renew(ctx, r)
			if a.Class != NotSent || a.Err == nil {
				t.Errorf("got %v, error %v; want not sent and why", a.Class, a.Err)
			}
		})
	}
	if n := requests.Load(); n != 0 {
		t.Errorf("got %d requests; want none", n)
	}
}

func TestLengthsAreThoseOnSale(t *testing.T) {
	url, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {})
	client := newClient(t, url)
	var got []int
	r := renewal(t, "vpn")
	for r.Months = -1; r.Months <= 61; r.Months++ {
		if client.Renew(t.Context(), r).Class == Accepted {
			got = append(got, r.Months)
		}
	}
	if diff := cmp.Diff([]int{1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 24, 36}, got); diff != "" {
		t.Errorf("lengths that are sent (-want +got):\n%s", diff)
	}
}

// TestNothingIsSentWithoutAConnection: only then may a row go on as if nothing
// had happened.
func TestNothingIsSentWithoutAConnection(t *testing.T) {
	l := listen(t)
	closed := l.Addr().String()
	l.Close()
	plain, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {})

	for _, c := range []struct{ name, endpoint string }{
		{"connection refused", "http://" + closed},
		{"TLS against a plain server", strings.Replace(plain, "http://", "https://", 1)},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := newClient(t, c.endpoint).Renew(t.Context(), renewal(t, "vpn"))
			if a.Class != NotSent || a.Err == nil {
				t.Errorf("got %v, error %v; want not sent and why", a.Class, a.Err)
			}
		})
	}
	t.Run("a certificate that nobody vouches for", func(t *testing.T) {
		url, requests := serveTLS(t)
		a := newClient(t, url).Renew(t.Context(), renewal(t, "vpn"))
		if a.Class != NotSent || a.Err == nil || requests.Load() != 0 {
			t.Errorf("got %v, error %v, %d requests; want not sent, why, none", a.Class, a.Err, requests.Load())
		}
	})
	t.Run("a handshake that hangs", func(t *testing.T) {
		l := listen(t)
		defer l.Close()
		a := newClient(t, "https://"+l.Addr().String(), short).Renew(t.Context(), renewal(t, "vpn"))
		if a.Class != NotSent || a.Err == nil || !strings.Contains(a.Err.Error(), "no connection to "+l.Addr().String()+" within 600ms") {
			t.Errorf("got %v, error %v; want not sent and the time-out", a.Class, a.Err)
		}
	})
	t.Run("a transport of others that says so", func(t *testing.T) {
		client := newClient(t, "", func(cfg *Config) {
			cfg.Transport = roundTripper(func(*http.Request) (*http.Response, error) {
				return nil, &net.OpError{Op: "dial", Err: errors.New("no route")}
			})
		})
		if a := client.Renew(t.Context(), renewal(t, "vpn")); a.Class != NotSent {
			t.Errorf("got %v; want not sent", a.Class)
		}
	})
	t.Run("a transport of others that does not say so", func(t *testing.T) {
		client := newClient(t, "", func(cfg *Config) {
			cfg.Transport = roundTripper(func(*http.Request) (*http.Response, error) {
				return nil, errors.New("no route")
			})
		})
		if a := client.Renew(t.Context(), renewal(t, "vpn")); a.Class != Unknown {
			t.Errorf("got %v; want unknown", a.Class)
		}
	})
}
