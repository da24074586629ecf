package bce

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestWhatAnAnswerProves goes through a real server, so that what net/http
// makes of an answer is part of it.
func TestWhatAnAnswerProves(t *testing.T) {
	const mismatch = `{"requestId":"r","code":"IdempotentParameterMismatch","message":"m"}`
	refusal := func(code string) string { return `{"requestId":"r-1","code":"` + code + `","message":"why"}` }
	for _, c := range []struct {
		name   string
		status int
		header string
		body   string
		want   Class
		check  func(Answer) bool
	}{
		{name: "200 without a body", status: 200, want: Accepted},
		{name: "200 with blanks only", status: 200, body: "\r\n", want: Accepted},
		{name: "200 with an order", status: 200, body: `{"orderId":"o-1"}`, want: Accepted, check: func(a Answer) bool { return a.OrderID == "o-1" }},
		{name: "200 with the order's number", status: 200, body: `{"orderId":123456789012345678}`, want: Accepted, check: func(a Answer) bool { return a.OrderID == "123456789012345678" }},
		{name: "200 with an object", status: 200, body: `{}`, want: Accepted},
		{name: "200 with an order that is null", status: 200, body: `{"orderId":null}`, want: Accepted},
		{name: "200 with success", status: 200, body: `{"success":true,"code":""}`, want: Accepted},
		{name: "200 with other JSON", status: 200, body: `["x"]`, want: Accepted},
		{name: "200 with null", status: 200, body: `null`, want: Accepted},
		{name: "201 with an order", status: 201, body: `{"orderId":"o-1"}`, want: Accepted},
		{name: "202 without a body", status: 202, want: Accepted},
		{name: "204", status: 204, want: Accepted},

		{name: "200 with half of an order", status: 200, body: `{"orderId":"o-`, want: Unknown},
		{name: "200 with two values", status: 200, body: `{"orderId":"o-1"}{"orderId":"o-2"}`, want: Unknown},
		{name: "200 with HTML", status: 200, header: "Content-Type: text/html", body: `<html>login</html>`, want: Unknown},
		{name: "200 with text", status: 200, body: `OK`, want: Unknown},
		{name: "200 that is not UTF-8", status: 200, body: "{\"orderId\":\"o-\xff\"}", want: Unknown},
		{name: "200 with an enormous body", status: 200, body: `{"orderId":"o-1","x":"` + strings.Repeat("x", maxRenewBody) + `"}`, want: Unknown},
		{name: "200 with an error", status: 200, body: refusal("NoSuchObject"), want: Unknown, check: func(a Answer) bool { return a.Code == "NoSuchObject" }},
		{name: "200 with an error and an order", status: 200, body: `{"code":"X","orderId":"o-1"}`, want: Unknown, check: func(a Answer) bool { return a.OrderID == "o-1" }},
		{name: "200 with an error in other letters", status: 200, body: `{"Code":"X"}`, want: Unknown},
		{name: "200 with a zero for a code", status: 200, body: `{"code":0,"success":1}`, want: Accepted},
		{name: "200 without success", status: 200, body: `{"success":false}`, want: Unknown},
		{name: "200 without success, as a number", status: 200, body: `{"success":0.0}`, want: Unknown},
		{name: "200 without success, and with it", status: 200, body: `{"success":false,"Success":true,"success":true}`, want: Unknown},
		{name: "200 with a number for a code", status: 200, body: `{"code":500}`, want: Unknown},
		{name: "200 with an enormous number for a code", status: 200, body: `{"code":1e999}`, want: Unknown},
		{name: "200 with a code, and with an empty one", status: 200, body: `{"code":"OperationDenied","code":""}`, want: Unknown},
		{name: "200 packed", status: 200, header: "Content-Encoding: gzip", body: packed(`{"orderId":"o-1"}`), want: Unknown},
		{name: "200 that says it is packed", status: 200, header: "Content-Encoding: gzip", body: `{"orderId":"o-1"}`, want: Unknown},

		{name: "400 with an error", status: 400, body: refusal("BadRequest"), want: Refused, check: func(a Answer) bool {
			return a.Code == "BadRequest" && a.Message == "why" && a.RequestID == "r-1" && a.HTTPStatus == 400 && !a.Account && a.Err == nil
		}},
		{name: "401 with an error", status: 401, body: refusal("Whatever"), want: Refused, check: func(a Answer) bool { return a.Account }},
		{name: "403 with an error", status: 403, body: refusal("Whatever"), want: Refused, check: func(a Answer) bool { return !a.Account }},
		{name: "404 with an error", status: 404, body: refusal("NoSuchObject"), want: Refused, check: func(a Answer) bool { return !a.Account }},
		{name: "409 with an error", status: 409, body: refusal("OperationDenied"), want: Refused},
		{name: "412 with an error", status: 412, body: refusal("PreconditionFailed"), want: Refused},
		{name: "the request id of the header", status: 400, header: "x-bce-request-id: h-1", body: refusal("BadRequest"), want: Refused, check: func(a Answer) bool { return a.RequestID == "h-1" }},

		{name: "400 without a body", status: 400, want: Unknown},
		{name: "401 without a body", status: 401, want: Unknown, check: func(a Answer) bool { return a.Account }},
		{name: "403 with HTML", status: 403, header: "Content-Type: text/html", body: `<html>blocked</html>`, want: Unknown},
		{name: "404 with JSON without a code", status: 404, body: `{"message":"no route"}`, want: Unknown},
		{name: "404 with an empty code", status: 404, body: `{"code":" ","message":"no route"}`, want: Unknown},
		{name: "404 with a number for a code", status: 404, body: `{"code":404}`, want: Unknown},
		{name: "404 with a code in capitals", status: 404, body: `{"Code":"NoSuchKey"}`, want: Unknown},
		{name: "404 with a list", status: 404, body: `[{"code":"NoSuchObject"}]`, want: Unknown},
		{name: "409 with half of an error", status: 409, body: `{"code":"OperationDenied"`, want: Unknown},
		{name: "409 packed", status: 409, header: "Content-Encoding: gzip", body: packed(refusal("OperationDenied")), want: Unknown},
		{name: "409 with an enormous error", status: 409, body: `{"code":"OperationDenied","message":"` + strings.Repeat("x", maxRenewBody) + `"}`, want: Unknown},
		{name: "402 with an error", status: 402, body: refusal("PaymentRequired"), want: Unknown},
		{name: "405 with an error", status: 405, body: refusal("MethodNotAllowed"), want: Unknown},
		{name: "408 with an error", status: 408, body: refusal("RequestTimeout"), want: Unknown},
		{name: "422 with an error", status: 422, body: refusal("Whatever"), want: Unknown},

		{name: "403 for a used token", status: 403, body: mismatch, want: Conflict, check: func(a Answer) bool { return !a.Account }},
		{name: "409 for a used token", status: 409, body: mismatch, want: Conflict},
		{name: "500 for a used token", status: 500, body: mismatch, want: Unknown},
		{name: "200 for a used token", status: 200, body: mismatch, want: Unknown},

		{name: "429 without a body", status: 429, header: "Retry-After: 7", want: Throttled, check: func(a Answer) bool { return a.RetryAfter == 7*time.Second }},
		{name: "429 with an error", status: 429, body: refusal("Whatever"), want: Throttled},
		{name: "429 with HTML", status: 429, body: `<html>`, want: Throttled},
		{name: "503 with a throttling code", status: 503, body: refusal("RequestLimitExceeded"), want: Throttled},
		{name: "503 with another code", status: 503, body: refusal("ServiceUnavailable"), want: Unknown},
		{name: "503 without a body", status: 503, header: "Retry-After: 86400", want: Unknown, check: func(a Answer) bool { return a.RetryAfter == 5*time.Minute }},
		{name: "503 with a throttling word in HTML", status: 503, body: `<html>Throttling</html>`, want: Unknown},
		{name: "503 for a quota", status: 503, body: refusal("QuotaExceeded"), want: Unknown},

		{name: "400 with a throttling code", status: 400, body: refusal("Throttling"), want: Refused},
		{name: "500 with a throttling code", status: 500, body: refusal("Throttling"), want: Unknown},
		{name: "500 that calls the request expired", status: 500, header: "Date: Tue, 01 Dec 2020 08:00:00 GMT", body: refusal("RequestExpired"), want: Unknown, check: func(a Answer) bool {
			return !a.Account && !a.ClockCorrected
		}},
		{name: "500 with an error", status: 500, body: refusal("InternalError"), want: Unknown},
		{name: "502 with HTML", status: 502, header: "Content-Type: text/html", body: `<html>bad gateway</html>`, want: Unknown, check: func(a Answer) bool { return strings.Contains(a.Err.Error(), "text/html") }},
		{name: "504 without a body", status: 504, want: Unknown},
		{name: "500 with a key's code", status: 500, body: refusal("AccessDenied"), want: Unknown, check: func(a Answer) bool { return !a.Account }},

		{name: "301", status: 301, header: "Location: /elsewhere", want: Unknown},
		{name: "302 to another host", status: 302, header: "Location: https://evil.example/x?y", want: Unknown, check: func(a Answer) bool {
			return strings.Contains(a.Err.Error(), `"evil.example"`)
		}},
		{name: "304", status: 304, want: Unknown},
		{name: "307", status: 307, header: "Location: /elsewhere", want: Unknown},
		{name: "308 with an error", status: 308, header: "Location: /elsewhere", body: refusal("BadRequest"), want: Unknown},

		{name: "an unknown key", status: 403, body: refusal("InvalidAccessKeyId"), want: Refused, check: func(a Answer) bool { return a.Account }},
		{name: "a wrong secret", status: 400, body: refusal("SignatureDoesNotMatch"), want: Refused, check: func(a Answer) bool { return a.Account }},
		{name: "a signature that the gateway refuses", status: 400, body: refusal("IamSignatureInvalid"), want: Refused, check: func(a Answer) bool { return a.Account }},
		{name: "a malformed Authorization", status: 400, body: refusal("InvalidHTTPAuthHeader"), want: Refused, check: func(a Answer) bool { return a.Account }},
		{name: "not permitted", status: 403, body: refusal("AccessDenied"), want: Refused, check: func(a Answer) bool { return a.Account }},
		{name: "a service not opened", status: 403, body: refusal("OptInRequired"), want: Refused, check: func(a Answer) bool { return a.Account }},
		{name: "no real name", status: 403, body: refusal("QualifyNotPass"), want: Refused, check: func(a Answer) bool { return a.Account }},
		{name: "no balance, by its code", status: 403, body: refusal("InsufficientBalance"), want: Refused, check: func(a Answer) bool { return a.Account && a.AboutBalance() }},
		{name: "arrears, by their code", status: 400, body: refusal("AccountInArrears"), want: Refused, check: func(a Answer) bool { return a.Account && a.AboutBalance() }},
		{name: "no balance, by the message", status: 400, body: `{"code":"OrderException","message":"账户余额不足"}`, want: Refused, check: func(a Answer) bool { return !a.Account && a.AboutBalance() }},
		{name: "a load balancer", status: 400, body: refusal("LoadBalancerNotFound"), want: Refused, check: func(a Answer) bool { return !a.Account && !a.AboutBalance() }},
	} {
		t.Run(c.name, func(t *testing.T) {
			url, requests := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if name, value, ok := strings.Cut(c.header, ": "); ok {
					w.Header().Set(name, value)
				}
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, c.body)
			})
			a := newClient(t, url).Renew(t.Context(), renewal(t, "vpn"))
			if a.Class != c.want {
				t.Errorf("got %v; want %v (%+v)", a.Class, c.want, a)
			}
			if a.HTTPStatus != c.status {
				t.Errorf("got status %d; want %d", a.HTTPStatus, c.status)
			}
			if c.check != nil && !c.check(a) {
				t.Errorf("got %+v, which is not as wanted", a)
			}
			if n := requests.Load(); n != 1 {
				t.Errorf("got %d requests; want exactly one", n)
			}
		})
	}
}

func packed(s string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = io.WriteString(w, s)
	w.Close()
	return b.String()
}

// TestABrokenConnectionProvesNothing: the request is whole on the other side in
// each of these cases, so it may have bought.
func TestABrokenConnectionProvesNothing(t *testing.T) {
	reset := func(c *net.TCPConn) { _ = c.SetLinger(0) }
	hang := func(c *net.TCPConn) { _, _ = io.Copy(io.Discard, c) }
	for _, c := range []struct {
		name   string
		answer func(*net.TCPConn)
		want   Class
	}{
		{"closed without an answer", func(*net.TCPConn) {}, Unknown},
		{"reset without an answer", reset, Unknown},
		{"no answer", hang, Unknown},
		{"closed in the status line", func(c *net.TCPConn) { write(c, "HTTP/1.1 20") }, Unknown},
		{"closed in the headers", func(c *net.TCPConn) { write(c, "HTTP/1.1 200 OK\nContent-Le") }, Unknown},
		{"hanging in the headers", func(c *net.TCPConn) { write(c, "HTTP/1.1 200 OK\nContent-Le"); hang(c) }, Unknown},
		{"not HTTP", func(c *net.TCPConn) { write(c, "SSH-2.0-OpenSSH_9.9\n") }, Unknown},
		{"endless headers", func(c *net.TCPConn) {
			write(c, "HTTP/1.1 200 OK\n"+strings.Repeat("X-Filler: "+strings.Repeat("x", 1000)+"\n", 100)+"\n")
		}, Unknown},
		{"cut before the first byte of the body", func(c *net.TCPConn) {
			write(c, "HTTP/1.1 200 OK\nContent-Length: 17\n\n")
		}, Unknown},
		{"cut where JSON would be whole", func(c *net.TCPConn) {
			write(c, "HTTP/1.1 200 OK\nContent-Length: 30\n\n{\"orderId\":\"o-1\"}")
		}, Unknown},
		{"reset in the body", func(c *net.TCPConn) {
			write(c, "HTTP/1.1 200 OK\nContent-Length: 30\n\n{\"orderId\":")
			reset(c)
		}, Unknown},
		{"hanging in the body", func(c *net.TCPConn) {
			write(c, "HTTP/1.1 200 OK\nContent-Length: 30\n\n{\"orderId\":")
			hang(c)
		}, Unknown},
		{"chunks without an end", func(c *net.TCPConn) {
			write(c, "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n11\n{\"orderId\":\"o-1\"}\n")
		}, Unknown},
		{"chunks with an end", func(c *net.TCPConn) {
			write(c, "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n11\n{\"orderId\":\"o-1\"}\n0\n\n")
		}, Accepted},
		{"a body until the end, whole", func(c *net.TCPConn) {
			write(c, "HTTP/1.0 200 OK\n\n{\"orderId\":\"o-1\"}")
		}, Accepted},
		{"a body until the end, cut", func(c *net.TCPConn) {
			write(c, "HTTP/1.0 200 OK\n\n{\"orderId\":\"o-")
		}, Unknown},
		{"a refusal that was cut", func(c *net.TCPConn) {
			write(c, "HTTP/1.1 409 Conflict\nContent-Length: 99\n\n{\"code\":\"OperationDenied\"}")
		}, Unknown},
		{"throttled and cut", func(c *net.TCPConn) {
			write(c, "HTTP/1.1 429 Slow Down\nContent-Length: 99\n\n{")
		}, Throttled},
		{"an endless body", func(c *net.TCPConn) {
			write(c, "HTTP/1.1 200 OK\n\n")
			_, _ = io.Copy(c, endless{})
		}, Unknown},
		{"an interim answer first", func(c *net.TCPConn) {
			write(c, "HTTP/1.1 103 Early Hints\n\nHTTP/1.1 200 OK\nContent-Length: 0\n\n")
		}, Accepted},
		{"another protocol", func(c *net.TCPConn) {
			write(c, "HTTP/1.1 101 Switching Protocols\nUpgrade: x\nConnection: Upgrade\n\n")
		}, Unknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			url, requests := serveRaw(t, c.answer)
			a := newClient(t, url, short).Renew(t.Context(), renewal(t, "instance"))
			if a.Class != c.want {
				t.Errorf("got %v (%v); want %v", a.Class, a.Err, c.want)
			}
			if c.want == Unknown && a.HTTPStatus != 101 && a.Err == nil {
				t.Errorf("got no error; want to hear what happened")
			}
			if n := requests.Load(); n != 1 {
				t.Errorf("got %d requests; want exactly one", n)
			}
		})
	}
}

// endless reads as JSON blanks that never end.
type endless struct{}

func (endless) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = ' '
	}
	return len(b), nil
}

func TestGivingUpOnASentRequestProvesNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	url, _ := serveRaw(t, func(c *net.TCPConn) {
		cancel()
		_, _ = io.Copy(io.Discard, c)
	})
	a := newClient(t, url).Renew(ctx, renewal(t, "vpn"))
	if a.Class != Unknown || !errors.Is(a.Err, context.Canceled) {
		t.Errorf("got %v (%v); want unknown, cancelled", a.Class, a.Err)
	}
}

// TestAKeptConnectionThatWasClosedProvesNothing: a server may close a kept
// connection just as the next request leaves on it.
func TestAKeptConnectionThatWasClosedProvesNothing(t *testing.T) {
	url, requests := serveRaw(t, func(c *net.TCPConn) {
		write(c, "HTTP/1.1 200 OK\nContent-Length: 0\n\n")
		b := make([]byte, 1)
		_, _ = c.Read(b) // the next request's first byte
		_ = c.SetLinger(0)
	})
	client := newClient(t, url)
	if a := client.Renew(t.Context(), renewal(t, "vpn")); a.Class != Accepted {
		t.Fatalf("got %v (%v); want accepted", a.Class, a.Err)
	}
	if a := client.Renew(t.Context(), renewal(t, "vpn")); a.Class != Unknown {
		t.Errorf("got %v (%v); want unknown", a.Class, a.Err)
	}
	if n := requests.Load(); n != 1 {
		t.Errorf("got %d whole requests; want the second not repeated", n)
	}
}

// TestConnectionsThatCloseNeverDoubleARequest: net/http may take another
// connection when the kept one turns out closed, and must not once a byte left.
func TestConnectionsThatCloseNeverDoubleARequest(t *testing.T) {
	var mu sync.Mutex
	seen := map[string]int{}
	count := func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		seen[r.URL.Query().Get("clientToken")]++
		swallow := len(seen)%3 == 0
		mu.Unlock()
		conn, out, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		defer conn.Close()
		if swallow {
			return
		}
		// The answer promises to keep the connection, which then closes.
		_, _ = out.WriteString("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
		out.Flush()
	}
	url, _ := serve(t, count)
	client := newClient(t, url)
	r := renewal(t, "vpn")
	for i := range 200 {
		r.ClientToken = fmt.Sprintf("token-%d", i)
		if a := client.Renew(t.Context(), r); a.Class != Accepted && a.Class != Unknown {
			t.Errorf("%s: got %v (%v); want accepted or unknown", r.ClientToken, a.Class, a.Err)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	for token, n := range seen {
		if n != 1 {
			t.Errorf("%s: got %d requests; want one", token, n)
		}
	}
	if len(seen) < 100 {
		t.Errorf("got %d of 200 tokens; want most to arrive", len(seen))
	}
}

func TestClassesAndProblemsHaveWords(t *testing.T) {
	for what, want := range map[fmt.Stringer]string{
		Unknown: "unknown", NotSent: "not sent", Throttled: "throttled", Refused: "refused",
		Conflict: "conflict", Accepted: "accepted", Class(99): "Class(99)",
		Other: "other", NotFound: "not found", ThrottledRead: "throttled", AccountProblem: "account problem",
		Transient: "transient", BadAnswer: "bad answer", Problem(99): "Problem(99)",
	} {
		if got := what.String(); got != want {
			t.Errorf("got %q; want %q", got, want)
		}
	}
	if (Answer{}).Class != Unknown {
		t.Errorf("got %v for an answer nobody classified; want unknown", Answer{}.Class)
	}
}

func TestAnAnswerInOneLine(t *testing.T) {
	for _, c := range []struct {
		answer Answer
		want   string
	}{
		{Answer{HTTPStatus: 409, Code: "OperationDenied", Message: "not now", RequestID: "r-1"}, "HTTP 409 OperationDenied: not now (request id r-1)"},
		{Answer{HTTPStatus: 504}, "HTTP 504"},
		{Answer{HTTPStatus: 502, Err: errors.New("the answer is not the cloud's JSON")}, "the answer is not the cloud's JSON: HTTP 502"},
		{Answer{Err: errors.New("no answer within 30s")}, "no answer within 30s"},
	} {
		if got := c.answer.String(); got != c.want {
			t.Errorf("got %q; want %q", got, c.want)
		}
	}
}

func TestRetryAfterIsBounded(t *testing.T) {
	now := time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Duration{
		"":                              0,
		"0":                             0,
		"12":                            12 * time.Second,
		" 12 ":                          12 * time.Second,
		"301":                           5 * time.Minute,
		"-5":                            0,
		"1.5":                           0,
		"99999999999999999999":          0,
		"Tue, 01 Dec 2026 08:00:30 GMT": 30 * time.Second,
		"Tue, 01 Dec 2026 07:00:00 GMT": 0,
		"Fri, 01 Dec 2028 08:00:00 GMT": 5 * time.Minute,
		"soon":                          0,
	} {
		if got := retryAfter(http.Header{"Retry-After": {text}}, now); got != want {
			t.Errorf("%q: got %v; want %v", text, got, want)
		}
	}
	wrong := http.Header{"Retry-After": {now.Add(time.Minute).Format(http.TimeFormat)}, "Date": {now.Format(http.TimeFormat)}}
	if got := retryAfter(wrong, now.Add(-time.Hour)); got != time.Minute {
		t.Errorf("got %v by a clock that is an hour behind; want 1m, by the answer's own Date", got)
	}
}
