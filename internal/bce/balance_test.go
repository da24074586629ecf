package bce

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestABalanceIsReadToTheFen(t *testing.T) {
	for _, c := range []struct {
		body string
		fen  int64
		want string // in the error; "" for none
	}{
		{`{"cashBalance":850.0000}`, 85000, ""}, // the page's own sample
		{`{"cashBalance":"850.0000"}`, 85000, ""},
		{`{"cashBalance":0}`, 0, ""},
		{`{"cashBalance":0.29}`, 29, ""}, // 28.999999999999996 as a float times 100
		{`{"cashBalance":1.0099}`, 100, ""},
		{`{"cashBalance":-0.001}`, -1, ""},
		{`{"cashBalance":-12.34}`, -1234, ""},
		{`{"cashBalance":9007199254740.9919}`, 900719925474099, ""},
		{`{"cashBalance":90071992547409.92}`, 1 << 53, ""},
		{`{"cashBalance":8.5E+2}`, 85000, ""},
		{`{"cashBalance":85000e-2}`, 85000, ""},
		{`{"cashBalance":850,"code":"","requestId":"r"}`, 85000, ""},
		{`{"cashBalance":850,"cashBalance":850}`, 85000, ""},
		{`{"cashBalance":850,"cashBalance":900}`, 0, `the answer holds "cashBalance" twice, and not alike`},
		{`{"cashBalance":90071992547409.93}`, 0, `the balance "90071992547409.93" cannot be right`},
		{`{"cashBalance":1e99}`, 0, `the balance "1e99" cannot be right`},
		{`{"cashBalance":1e999999999}`, 0, `the balance "1e999999999" is not an amount`},
		{`{"cashBalance":"850 CNY"}`, 0, `the balance "850 CNY" is not an amount`},
		{`{"cashBalance":"1,850.00"}`, 0, `is not an amount`},
		{`{"cashBalance":"0x10"}`, 0, `is not an amount`},
		{`{"cashBalance":"1/3"}`, 0, `is not an amount`},
		{`{"cashBalance":"\u001b[2J"}`, 0, `the balance "[2J" is not an amount`},
		{`{"cashBalance":true}`, 0, `the balance "true" is not an amount`},
		{`{"cashBalance":[1]}`, 0, `is not an amount`},
		{`{"cashBalance":""}`, 0, `the answer tells no balance (looked for "cashBalance")`},
		{`{"cashBalance":null}`, 0, `the answer tells no balance`},
		{`{"balance":850}`, 0, `the answer tells no balance`},
		{`{"code":"AccessDenied","message":"no"}`, 0, `the answer tells no balance (looked for "cashBalance"): HTTP 200 AccessDenied: no`},
		{``, 0, `the answer tells no balance`},
		{`850`, 0, `the answer tells no balance`},
		{`<html>log in</html>`, 0, `the answer is not the cloud's JSON`},
		{`{"cashBalance":850`, 0, `the answer is not the cloud's JSON`},
		{`{"cashBalance":850,"x":"` + strings.Repeat("x", maxRenewBody) + `"}`, 0, `the answer is too long`},
	} {
		url, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, c.body) })
		fen, err := newClient(t, url).Balance(t.Context())
		switch e, ok := errors.AsType[*Error](err); {
		case c.want == "" && (err != nil || fen != c.fen):
			t.Errorf("%s: got %d, %v; want %d", c.body, fen, err, c.fen)
		case c.want != "" && (!ok || e.Problem != BadAnswer || fen != 0 || !strings.HasPrefix(err.Error(), "reading the account's balance: ") || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%.80s: got %d, %v; want a bad answer with %q", c.body, fen, err, c.want)
		}
	}
}

func TestABalanceIsAskedForAtTheGlobalHost(t *testing.T) {
	var got *http.Request
	var body string
	client := newClient(t, "", func(cfg *Config) {
		cfg.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
			b, _ := io.ReadAll(r.Body)
			got, body = r, string(b)
			return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(`{"cashBalance":1}`))}, nil
		})
	})
	if _, err := client.Balance(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got.Method != "POST" || got.URL.String() != "https://billing.baidubce.com/v1/finance/cash/balance" || client.BillingHost() != got.Host ||
		got.Header.Get("Content-Type") != "application/json" || body != "{}" || got.ContentLength != 2 {
		t.Errorf("got %s %s of %s, %d bytes %q; want the page's request", got.Method, got.URL, client.BillingHost(), got.ContentLength, body)
	}
	if err := Verify(got, func(string) (string, bool) { return testSecret, true }, time.Now()); err != nil {
		t.Errorf("got a signature that does not verify: %v", err)
	}
	if client := newClient(t, "https://gateway.example:8443/base"); client.BillingHost() != "gateway.example:8443" {
		t.Errorf("got %s with an endpoint; want the endpoint's host", client.BillingHost())
	}
}

func TestWhatAFailedBalanceMeans(t *testing.T) {
	for _, c := range []struct {
		status int
		body   string
		want   Problem
	}{
		{403, `{"code":"AccessDenied","message":"no"}`, AccountProblem},
		{429, ``, ThrottledRead},
		{500, `{"code":"InternalError"}`, Transient},
		{404, `<html>`, BadAnswer},
		{302, ``, BadAnswer},
		{400, `{"code":"BadRequest"}`, Other},
	} {
		url, requests := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(c.status)
			_, _ = io.WriteString(w, c.body)
		})
		_, err := newClient(t, url).Balance(t.Context())
		if e, ok := errors.AsType[*Error](err); !ok || e.Problem != c.want || requests.Load() != 1 {
			t.Errorf("%d %s: got %v after %d requests; want %v after one", c.status, c.body, err, requests.Load(), c.want)
		}
	}
}
