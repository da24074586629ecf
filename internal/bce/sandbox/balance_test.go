package sandbox_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"renewplan/internal/bce"
	"renewplan/internal/bce/sandbox"
)

func TestTheClientReadsTheBalance(t *testing.T) {
	s := open(t, sandbox.Config{Now: time.Now, Balance: "850.0000"})
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	for name, c := range map[string]*bce.Client{
		"over HTTP":  newClient(t, bce.Config{Endpoint: server.URL}),
		"in process": newClient(t, bce.Config{Transport: s.Transport()}),
	} {
		for set, want := range map[string]int64{"850.0000": 85000, "-0.015": -2, "": 100000000} {
			if err := s.SetBalance(set); err != nil {
				t.Fatal(err)
			}
			if got, err := c.Balance(t.Context()); err != nil || got != want {
				t.Errorf("%s: got %d, %v of %q; want %d fen", name, got, err, set, want)
			}
		}
	}
	if got := s.Counts(); got.Reads != 6 || got.Rejected != 0 {
		t.Errorf("got %+v; want six reads", got)
	}
}

func TestTheBalanceIsHitByChanceOrByItsName(t *testing.T) {
	for faults, want := range map[string]bce.Problem{
		"read-forbid=next:1@balance":   bce.AccountProblem,
		"read-html=next:1@balance":     bce.BadAnswer,
		"read-5xx=next:1@balance":      bce.Transient,
		"read-throttle=next:1@balance": bce.ThrottledRead,
		"read-forbid=1":                bce.AccountProblem,
	} {
		s := open(t, sandbox.Config{Now: time.Now})
		setFaults(t, s, faults)
		_, err := newClient(t, bce.Config{Transport: s.Transport()}).Balance(t.Context())
		if e, ok := errors.AsType[*bce.Error](err); !ok || e.Problem != want {
			t.Errorf("%s: got %v; want %v", faults, err, want)
		}
	}
	s := open(t, sandbox.Config{Now: time.Now})
	setFaults(t, s, "read-html=next:1")
	c := newClient(t, bce.Config{Transport: s.Transport()})
	if _, err := c.Balance(t.Context()); err != nil || len(s.Faults().Script) != 1 {
		t.Errorf("got %v, script %v; want a step for any resource left to one", err, s.Faults().Script)
	}
}

func TestTheBalanceHasAHostOfItsOwn(t *testing.T) {
	s := open(t, sandbox.Config{})
	for line, in := range map[string]request{
		"InvalidURI":            {service: "bcc", line: "POST /v1/finance/cash/balance", body: "{}"},
		"BadRequest":            {service: "billing", line: "POST /v1/finance/cash/balance?region=bj", body: "{}"},
		"InvalidHTTPAuthHeader": {service: "billing", line: "POST /v1/finance/cash/balance", body: "{}", unsigned: true},
	} {
		c := inProcess(s)
		if in.service == "billing" {
			c.base = "https://billing.baidubce.com"
		}
		if got := c.do(t, in); got.code != line {
			t.Errorf("%+v: got %d %s; want %s", in, got.status, got.body, line)
		}
	}
	c := inProcess(s)
	c.base = "https://billing.baidubce.com"
	wantAnswer(t, c.do(t, request{line: "GET /v1/vpn/vpn-1"}), http.StatusBadRequest, "InvalidURI")
	if got := c.do(t, request{line: "POST /v1/finance/cash/balance"}); got.body != `{"cashBalance":1000000.0000}` {
		t.Errorf("got %s; want the default balance as a number", got.body)
	}
}

func TestTheBalanceIsSetByHand(t *testing.T) {
	s := open(t, sandbox.Config{})
	c := inProcess(s)
	if got, want := c.do(t, control("POST /sandbox/balance", `{"balance":"12.50"}`)).body, `{"balance":"12.50"}`+"\n"; got != want {
		t.Errorf("got %q; want %q", got, want)
	}
	for _, bad := range []string{"", "{}x", `{"balance":12}`, `{"balance":"12,50"}`, `{"balance":"1e9"}`, `{"balance":"01"}`} {
		if got := c.do(t, control("POST /sandbox/balance", bad)); got.status != http.StatusBadRequest {
			t.Errorf("%s: got %d %s; want 400", bad, got.status, got.body)
		}
	}
	if got := c.do(t, control("GET /sandbox/balance", "")).body; !strings.Contains(got, `"12.50"`) {
		t.Errorf("got %q; want the balance as it was", got)
	}
	if _, err := sandbox.New(sandbox.Config{Balance: "much"}); err == nil {
		t.Errorf("got a sandbox with a balance that is no amount; want an error")
	}
}
