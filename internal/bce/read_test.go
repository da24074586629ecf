package bce

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// read reads one resource from a server that answers with status and body.
func read(t *testing.T, kind string, status int, body string) (State, error) {
	t.Helper()
	url, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Bce-Request-Id", "r-1")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	})
	r := renewal(t, kind)
	return newClient(t, url).Read(t.Context(), r.Region, r.Kind, r.ID)
}

// TestReadingTheDocumentedAnswers reads the samples of the four detail pages.
func TestReadingTheDocumentedAnswers(t *testing.T) {
	expiry := time.Date(2018, 8, 13, 8, 10, 59, 0, time.UTC)
	for _, c := range []struct {
		name, kind, body string
		want             State
	}{
		{
			"vpn", "vpn",
			`{"status":"active","eip":"","vpnId":"vpn-bir8biqwr45e","vpcId":"83edd0d2","description":"","expiredTime":"2018-08-13T08:10:59Z","paymentTiming":"Prepaid","vpnName":"v","bandwidthInMbps":5,"vpnConnNum":1,"vpnConns":[{"secretKey":"psk"}],"tags":[],"deleteProtect":false}`,
			State{ID: "vpn-bir8biqwr45e", Name: "v", Status: "active", Payment: "Prepaid", Prepaid: true, VPCID: "83edd0d2", Expiry: expiry},
		},
		{
			"vpn under its older names", "vpn",
			`{"status":"configuring","vpnId":"vpn-bir8biqwr45e","expiredTime":"2018-08-13T08:10:59Z","productType":"prepay"}`,
			State{ID: "vpn-bir8biqwr45e", Status: "configuring", Payment: "prepay", Prepaid: true, Busy: true, Expiry: expiry},
		},
		{
			"nat", "nat",
			`{"id":"nat-bir8biqwr45e","name":"mynat","vpcId":"vpc-13vuxu016dew","spec":"small","status":"unconfigured","eips":[],"paymentTiming":"Prepaid","expiredTime":"2018-08-13T08:10:59Z"}`,
			State{ID: "nat-bir8biqwr45e", Name: "mynat", Status: "unconfigured", Payment: "Prepaid", Prepaid: true, VPCID: "vpc-13vuxu016dew", Expiry: expiry},
		},
		{
			"nat with the older table's expiry", "nat",
			`{"id":"nat-bir8biqwr45e","status":"UPDATING","paymentTiming":"PREPAID","expiredTime":"","expireTime":"2018-08-13T08:10:59Z"}`,
			State{ID: "nat-bir8biqwr45e", Status: "UPDATING", Payment: "PREPAID", Prepaid: true, Busy: true, Expiry: expiry},
		},
		{
			"postpaid nat", "nat",
			`{"id":"nat-bir8biqwr45e","name":"mynat","status":"active","paymentTiming":"Postpaid","expiredTime":""}`,
			State{ID: "nat-bir8biqwr45e", Name: "mynat", Status: "active", Payment: "Postpaid"},
		},
		{
			"eipgroup", "eipgroup",
			`{"id":"eg-b2511000","name":"eipgroup-for-test","status":"available","bandwidthInMbps":20,"paymentTiming":"Prepaid","billingMethod":"ByBandwidth","createTime":"2016-03-08T08:13:09Z","expireTime":"2018-08-13T08:10:59Z","eips":[{"status":"updating","expireTime":"2030-01-01T00:00:00Z"}],"eipv6s":[],"region":"bj","routeType":"BGP","tags":[]}`,
			State{ID: "eg-b2511000", Name: "eipgroup-for-test", Status: "available", Payment: "Prepaid", Prepaid: true, Expiry: expiry},
		},
		{
			"postpaid instance", "instance",
			`{"instance":{"id":"i-YufwpQAe","name":"instance-x","status":"Stopped","paymentTiming":"Postpaid","createTime":"2015-07-09T12:19:40Z","expireTime":null,"vpcId":"vpc-1","zoneName":"cn-bj-a","tags":[]}}`,
			State{ID: "i-YufwpQAe", Name: "instance-x", Status: "Stopped", Payment: "Postpaid", Stopped: true},
		},
		{
			"instance", "instance",
			`{"instance":{"id":"i-YufwpQAe","status":"Running","paymentTiming":"Prepaid","expireTime":"2018-08-13T16:10:59.987+08:00","placementPolicy":"default","dedicatedHostId":"","autoRenew":true}}`,
			State{ID: "i-YufwpQAe", Status: "Running", Payment: "Prepaid", Prepaid: true, AutoRenew: AutoRenewOn, Expiry: expiry},
		},
		{
			"instance without its wrapping", "instance",
			`{"id":"i-YufwpQAe","status":"Scaling","paymentTiming":"Prepaid","expireTime":"2018-08-13T16:10:59+0800","dedicatedHostId":null,"autoRenew":"false"}`,
			State{ID: "i-YufwpQAe", Status: "Scaling", Payment: "Prepaid", Prepaid: true, Busy: true, AutoRenew: AutoRenewOff, Expiry: expiry},
		},
		{
			"instance placed on a dedicated host", "instance",
			`{"instance":{"id":"i-YufwpQAe","paymentTiming":"Prepaid","expireTime":"2018-08-13T08:10:59Z","placementPolicy":"dedicatedHost"}}`,
			State{ID: "i-YufwpQAe", Payment: "Prepaid", Prepaid: true, Dedicated: true, Expiry: expiry},
		},
		{
			"instance with a dedicated host's id", "instance",
			`{"instance":{"id":"i-YufwpQAe","paymentTiming":"Prepaid","expireTime":"2018-08-13T08:10:59Z","dedicatedHostId":"d-1","autoRenew":"maybe"}}`,
			State{ID: "i-YufwpQAe", Payment: "Prepaid", Prepaid: true, Dedicated: true, Expiry: expiry},
		},
		{
			"instance paid by bidding", "instance",
			`{"instance":{"id":"i-YufwpQAe","status":"Running","paymentTiming":"bidding"}}`,
			State{ID: "i-YufwpQAe", Status: "Running", Payment: "bidding"},
		},
		{
			"a name that would move the cursor", "nat",
			`{"id":"nat-bir8biqwr45e","name":"a\u001b[2Jb\u202ec | d","paymentTiming":"Postpaid"}`,
			State{ID: "nat-bir8biqwr45e", Name: "a[2Jbc | d", Payment: "Postpaid"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := read(t, c.kind, 200, c.body)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("state (-want +got):\n%s", diff)
			}
			if got.Expiry.Location() != time.UTC {
				t.Errorf("got an expiry in %v; want UTC", got.Expiry.Location())
			}
		})
	}
}

func TestEveryBusyStatusIsSeen(t *testing.T) {
	for _, k := range Kinds() {
		for _, status := range append([]string{k.Idle}, k.Busy...) {
			r := renewal(t, k.Name)
			body, err := json.Marshal(map[string]string{k.IDKeys[0]: r.ID, k.StatusKeys[0]: strings.ToUpper(status), k.PaymentKeys[0]: "Postpaid"})
			if err != nil {
				t.Fatal(err)
			}
			got, err := read(t, k.Name, 200, string(body))
			if err != nil {
				t.Fatal(err)
			}
			if want := status != k.Idle; got.Busy != want {
				t.Errorf("%s %s: got busy %v; want %v", k.Name, status, got.Busy, want)
			}
		}
	}
}

// TestAnswersThatCannotBeRight: none of them may become a baseline.
func TestAnswersThatCannotBeRight(t *testing.T) {
	const start = `{"id":"nat-bir8biqwr45e","paymentTiming":"Prepaid",`
	for _, c := range []struct{ name, body, want string }{
		{"no expiry", start + `"status":"active"}`, `no expiry (looked for "expiredTime" and "expireTime")`},
		{"null for an expiry", start + `"expiredTime":null}`, `no expiry`},
		{"an empty expiry", start + `"expiredTime":""}`, `no expiry`},
		{"an expiry without a zone", start + `"expiredTime":"2026-12-31T08:00:00"}`, `"2026-12-31T08:00:00" has no time zone`},
		{"an expiry in local writing", start + `"expiredTime":"2026-12-31 08:00:00"}`, `"2026-12-31 08:00:00" has no time zone`},
		{"a day for an expiry", start + `"expiredTime":"2026-12-31"}`, `"2026-12-31" has no time zone`},
		{"seconds for an expiry", start + `"expiredTime":1798704000}`, `the expiry 1798704000 is not a text`},
		{"a word for an expiry", start + `"expiredTime":"never"}`, `"never" is not a time`},
		{"a day that is not", start + `"expiredTime":"2026-02-30T00:00:00Z"}`, `"2026-02-30T00:00:00Z" is not a time`},
		{"the year 1", start + `"expiredTime":"0001-01-01T00:00:00Z"}`, `"0001-01-01T00:00:00Z" cannot be right`},
		{"the year 9999", start + `"expiredTime":"9999-12-31T23:59:59Z"}`, `cannot be right`},
		{"two expiries", start + `"expiredTime":"2026-12-31T08:00:00Z","expiredTime":"2027-12-31T08:00:00Z"}`, `the answer holds "expiredTime" twice, and not alike`},
		{"two payments", start + `"paymentTiming":"Postpaid"}`, `the answer holds "paymentTiming" twice, and not alike`},
		{"no payment", `{"id":"nat-bir8biqwr45e","expiredTime":"2026-12-31T08:00:00Z"}`, `does not say how the resource is paid`},
		{"a number for a payment", `{"id":"nat-bir8biqwr45e","paymentTiming":1,"expiredTime":"2026-12-31T08:00:00Z"}`, `does not say how`},
		{"another resource", `{"id":"nat-other","paymentTiming":"Prepaid","expiredTime":"2026-12-31T08:00:00Z"}`, `about another resource, "nat-other"`},
		{"no id", `{"paymentTiming":"Prepaid","expiredTime":"2026-12-31T08:00:00Z"}`, `names no resource (looked for "id" and "natId")`},
		{"an empty object", `{}`, `names no resource`},
		{"an error in a 200", `{"code":"NoSuchNat","message":"gone"}`, `names no resource (looked for "id" and "natId"): HTTP 200 NoSuchNat: gone`},
		{"nothing", ``, `the answer is empty`},
		{"HTML", `<html>log in</html>`, `not the cloud's JSON`},
		{"half an object", start, `not the cloud's JSON`},
		{"a list", `[` + start + `"x":1}]`, `no JSON object`},
		{"null", `null`, `no JSON object`},
		{"a text", `"nat"`, `no JSON object`},
		{"not UTF-8", start + "\"name\":\"\xff\"}", `not the cloud's JSON`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := read(t, "nat", 200, c.body)
			e, ok := errors.AsType[*Error](err)
			if !ok {
				t.Fatalf("got %+v, error %v; want an *Error", got, err)
			}
			if e.Problem != BadAnswer || e.HTTPStatus != 200 || e.RequestID != "r-1" {
				t.Errorf("got %v, status %d, request id %q; want bad answer, 200, r-1", e.Problem, e.HTTPStatus, e.RequestID)
			}
			if !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "reading bj/nat/nat-bir8biqwr45e: ") {
				t.Errorf("got %q; want it to name the resource and %q", err, c.want)
			}
			if (got != State{}) {
				t.Errorf("got %+v beside an error; want nothing", got)
			}
		})
	}
	t.Run("a wrapping that holds no object", func(t *testing.T) {
		_, err := read(t, "instance", 200, `{"instance":"i-YufwpQAe"}`)
		if err == nil || !strings.Contains(err.Error(), `"instance" of the answer is no JSON object`) {
			t.Errorf("got %v; want to hear about the wrapping", err)
		}
	})
	t.Run("a wrapping of two expiries", func(t *testing.T) {
		_, err := read(t, "instance", 200, `{"instance":{"id":"i-YufwpQAe","paymentTiming":"Prepaid","expireTime":"2026-12-31T08:00:00Z","expireTime":null}}`)
		if err == nil || !strings.Contains(err.Error(), `"instance" of the answer holds "expireTime" twice, and not alike`) {
			t.Errorf("got %v; want to hear about the expiries", err)
		}
	})
	t.Run("the same expiry twice", func(t *testing.T) {
		if got, err := read(t, "nat", 200, start+`"expiredTime":"2026-12-31T08:00:00Z","tags":1,"tags":2,"expiredTime":"2026-12-31T08:00:00Z"}`); err != nil || got.Expiry.IsZero() {
			t.Errorf("got %v, %v; want the expiry", got.Expiry, err)
		}
	})
	t.Run("an enormous answer", func(t *testing.T) {
		_, err := read(t, "nat", 200, start+`"x":"`+strings.Repeat("x", maxReadBody)+`"}`)
		if e, ok := errors.AsType[*Error](err); !ok || e.Problem != BadAnswer || !strings.Contains(err.Error(), "too long") {
			t.Errorf("got %v; want a bad answer that is too long", err)
		}
	})
}

// TestADetailIsTakenWhateverZoneItTells: a stand-in or a gateway may answer with the
// zone of the documentation's example.
func TestADetailIsTakenWhateverZoneItTells(t *testing.T) {
	for kind, tells := range map[string]string{"eipgroup": `"region":"gz"`, "instance": `"zoneName":"cn-gz-a"`, "nat": `"region":"gz"`} {
		s, err := read(t, kind, 200, `{"id":"`+renewal(t, kind).ID+`","paymentTiming":"Postpaid",`+tells+`}`)
		if err != nil || s.Payment != "Postpaid" {
			t.Errorf("%s that tells %s: got %+v, %v; want it taken", kind, tells, s, err)
		}
	}
}

func TestWhatAFailedReadMeans(t *testing.T) {
	refusal := func(code string) string { return `{"requestId":"r-2","code":"` + code + `","message":"why"}` }
	for _, c := range []struct {
		name   string
		status int
		body   string
		want   Problem
	}{
		{"404 with a code", 404, refusal("NoSuchObject"), NotFound},
		{"404 with any code", 404, refusal("Whatever"), NotFound},
		{"404 without a body", 404, "", NotFound},
		{"404 with HTML, which is a wrong endpoint", 404, "<html>", BadAnswer},
		{"404 for the version", 404, refusal("InvalidVersion"), Other},
		{"403 that means not found", 403, refusal("Forbidden.InstanceNotFound"), NotFound},
		{"400 that means not found", 400, refusal("InvalidInstanceId.NotFound"), NotFound},
		{"400 NoSuchNat", 400, refusal("NoSuchNat"), NotFound},
		{"400 EipNotFound", 400, refusal("EipNotFound"), NotFound},
		{"400 ResourceNotFound", 400, refusal("ResourceNotFound"), NotFound},
		{"500 NoSuchNat", 500, refusal("NoSuchNat"), Transient},
		{"429", 429, "", ThrottledRead},
		{"503 with a throttling code", 503, refusal("TooManyRequests"), ThrottledRead},
		{"400 with a throttling code", 400, refusal("Throttling.User"), ThrottledRead},
		{"401", 401, "", AccountProblem},
		{"403 AccessDenied", 403, refusal("AccessDenied"), AccountProblem},
		{"400 SignatureDoesNotMatch", 400, refusal("SignatureDoesNotMatch"), AccountProblem},
		{"500", 500, refusal("InternalError"), Transient},
		{"502 with HTML", 502, "<html>", Transient},
		{"503", 503, "", Transient},
		{"408", 408, "", Transient},
		{"400 with another code", 400, refusal("BadRequest"), Other},
		{"403 without a body", 403, "", Other},
		{"403 with HTML", 403, "<html>", BadAnswer},
		{"302", 302, "", BadAnswer},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := read(t, "nat", c.status, c.body)
			e, ok := errors.AsType[*Error](err)
			if !ok {
				t.Fatalf("got %v; want an *Error", err)
			}
			if e.Problem != c.want || e.HTTPStatus != c.status {
				t.Errorf("got %v, status %d; want %v, %d (%v)", e.Problem, e.HTTPStatus, c.want, c.status, err)
			}
		})
	}
	t.Run("message", func(t *testing.T) {
		_, err := read(t, "nat", 404, refusal("NoSuchNat"))
		if got, want := err.Error(), "reading bj/nat/nat-bir8biqwr45e: HTTP 404 NoSuchNat: why (request id r-1)"; got != want {
			t.Errorf("got %q; want %q", got, want)
		}
	})
}

func TestANetworkThatFailsIsWorthAnotherRead(t *testing.T) {
	r := renewal(t, "nat")
	check := func(t *testing.T, url, want string) {
		t.Helper()
		_, err := newClient(t, url, short).Read(t.Context(), r.Region, r.Kind, r.ID)
		e, ok := errors.AsType[*Error](err)
		if !ok || e.Problem != Transient || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v; want a transient error with %q", err, want)
		}
		if errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, which looks like the caller's own deadline", err)
		}
	}
	t.Run("refused", func(t *testing.T) {
		l := listen(t)
		l.Close()
		check(t, "http://"+l.Addr().String(), "refused")
	})
	t.Run("reset", func(t *testing.T) {
		url, _ := serveRaw(t, func(c *net.TCPConn) { _ = c.SetLinger(0) })
		check(t, url, "")
	})
	t.Run("no answer", func(t *testing.T) {
		url, _ := serveRaw(t, func(c *net.TCPConn) { _, _ = io.Copy(io.Discard, c) })
		check(t, url, "no answer within 600ms")
	})
	t.Run("a body that was cut", func(t *testing.T) {
		url, _ := serveRaw(t, func(c *net.TCPConn) { write(c, "HTTP/1.1 200 OK\nContent-Length: 9\n\n{}") })
		check(t, url, "reading the answer")
	})
	t.Run("a body that hangs", func(t *testing.T) {
		url, _ := serveRaw(t, func(c *net.TCPConn) {
			write(c, "HTTP/1.1 200 OK\nContent-Length: 9\n\n{}")
			_, _ = io.Copy(io.Discard, c)
		})
		check(t, url, "reading the answer: no answer within 600ms")
	})
}

func TestAReadThatTheCallerGaveUpIsNotTransient(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	url, _ := serveRaw(t, func(c *net.TCPConn) {
		cancel()
		_, _ = io.Copy(io.Discard, c)
	})
	r := renewal(t, "nat")
	_, err := newClient(t, url).Read(ctx, r.Region, r.Kind, r.ID)
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Problem == Transient || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v; want the caller's own cancellation", err)
	}
}

func TestWhatCannotBeReadIsNeverAsked(t *testing.T) {
	url, requests := serve(t, func(http.ResponseWriter, *http.Request) {})
	client := newClient(t, url)
	vpn := kindNamed(t, "vpn")
	for _, c := range []struct {
		region, id string
		kind       Kind
	}{
		{"", "vpn-1", vpn},
		{"bj.evil.example", "vpn-1", vpn},
		{"bj", "", vpn},
		{"bj", ".", vpn},
		{"bj", "vpn\x00", vpn},
		{"bj", strings.Repeat("v", 257), vpn},
		{"bj", "vpn-1", Kind{Name: "other"}},
	} {
		_, err := client.Read(t.Context(), c.region, c.kind, c.id)
		if _, ok := errors.AsType[*Error](err); !ok {
			t.Errorf("%q %q %q: got %v; want an *Error", c.region, c.kind.Name, c.id, err)
		}
	}
	if n := requests.Load(); n != 0 {
		t.Errorf("got %d requests; want none", n)
	}
}

func TestAReadCorrectsTheClockAndTriesOnceMore(t *testing.T) {
	for _, c := range []struct {
		name     string
		ahead    time.Duration
		forgives bool
		requests int64
		ok       bool
	}{
		{"a clock that is 3 hours slow", 3 * time.Hour, true, 2, true},
		{"a clock that is 3 hours fast", -3 * time.Hour, true, 2, true},
		{"a server that never agrees", 3 * time.Hour, false, 2, false},
		{"a clock that was right", 0, false, 1, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			url, requests := serve(t, func(w http.ResponseWriter, r *http.Request) {
				now := time.Now().Add(c.ahead)
				w.Header().Set("Date", now.UTC().Format(http.TimeFormat))
				err := Verify(r, func(string) (string, bool) { return testSecret, true }, now)
				if err != nil || !c.forgives {
					w.WriteHeader(400)
					_, _ = io.WriteString(w, `{"code":"RequestExpired","message":"late"}`)
					return
				}
				_, _ = io.WriteString(w, `{"id":"nat-bir8biqwr45e","paymentTiming":"Postpaid"}`)
			})
			r := renewal(t, "nat")
			client := newClient(t, url)
			_, err := client.Read(t.Context(), r.Region, r.Kind, r.ID)
			if (err == nil) != c.ok {
				t.Errorf("got %v; want success: %v", err, c.ok)
			}
			if e, ok := errors.AsType[*Error](err); ok && e.Problem != AccountProblem {
				t.Errorf("got %v; want an account problem", e.Problem)
			}
			if n := requests.Load(); n != c.requests {
				t.Errorf("got %d requests; want %d", n, c.requests)
			}
		})
	}
}

func TestReadingIsAPlainGet(t *testing.T) {
	got := make(chan *http.Request, 1)
	url, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		got <- r
		_, _ = io.WriteString(w, `{"instance":{"id":"i-YufwpQAe","paymentTiming":"Postpaid"}}`)
	})
	r := renewal(t, "instance")
	if _, err := newClient(t, url).Read(t.Context(), r.Region, r.Kind, r.ID); err != nil {
		t.Fatal(err)
	}
	request := <-got
	if request.Method != "GET" || request.RequestURI != "/v2/instance/i-YufwpQAe" || request.ContentLength != 0 {
		t.Errorf("got %s %s with %d bytes; want GET /v2/instance/i-YufwpQAe without a body", request.Method, request.RequestURI, request.ContentLength)
	}
}
