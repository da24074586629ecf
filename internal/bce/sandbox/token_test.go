package sandbox_test

import (
	"net/http"
	"testing"
	"time"

	"renewplan/internal/bce/sandbox"
)

// later moves the sandbox's clock and the caller's.
func later(s *sandbox.Sandbox, c *caller, d time.Duration) {
	s.Advance(d)
	c.now = c.now.Add(d)
}

func TestTheSameTokenBuysOnceAndGetsTheSameAnswer(t *testing.T) {
	for way, dial := range ways() {
		t.Run(way, func(t *testing.T) {
			s := open(t, sandbox.Config{})
			c := dial(t, s)
			first := c.do(t, renewal("instance", "t", "1"))
			in := renewal("instance", "t", "1")
			in.line = "PUT /v2/instance/i-1?clientToken=t&relatedRenewFlag&purchaseReserved=" // in another order and spelling
			again := c.do(t, in)
			if again.status != http.StatusOK || again.body != first.body || first.body == "" {
				t.Errorf("got %d %q; want the first answer %q again", again.status, again.body, first.body)
			}
			wantCharges(t, s, 1)
		})
	}
}

func TestTheSameTokenWithAnotherRequestIsAConflict(t *testing.T) {
	tests := map[string]request{
		"other months":   renewal("vpn", "t", "2"),
		"other resource": renewal("nat", "t", "1"),
		"other bytes of the same body": {
			line: "PUT /v1/vpn/vpn-1?purchaseReserved=&clientToken=t",
			body: ` {"billing":{"reservation":{"reservationLength":1,"reservationTimeUnit":"month"}}}`,
		},
	}
	for name, in := range tests {
		t.Run(name, func(t *testing.T) {
			s := open(t, sandbox.Config{})
			c := inProcess(s)
			wantAnswer(t, c.do(t, renewal("vpn", "t", "1")), http.StatusOK, "")
			wantAnswer(t, c.do(t, in), http.StatusForbidden, "IdempotentParameterMismatch")
			wantCharges(t, s, 1)
		})
	}
}

func TestATokenBelongsToItsUserAndService(t *testing.T) {
	s := open(t, sandbox.Config{Keys: map[string]string{"sandbox": "sandbox-secret", "other": "other-secret"}})
	c := inProcess(s)
	wantAnswer(t, c.do(t, renewal("vpn", "t", "1")), http.StatusOK, "")
	wantAnswer(t, c.do(t, renewal("eipgroup", "t", "1")), http.StatusOK, "")
	c.key, c.secret = "other", "other-secret"
	wantAnswer(t, c.do(t, renewal("nat", "t", "1")), http.StatusOK, "")
	wantCharges(t, s, 3)
}

func TestATokenIsKeptADayFromTheLastTimeItWasReceived(t *testing.T) {
	s := open(t, sandbox.Config{})
	c := inProcess(s)
	c.do(t, renewal("vpn", "t", "1"))
	later(s, c, sandbox.TokenLife-time.Second)
	c.do(t, renewal("vpn", "t", "1"))
	later(s, c, sandbox.TokenLife-time.Second)
	c.do(t, renewal("vpn", "t", "1"))
	wantCharges(t, s, 1)
	later(s, c, sandbox.TokenLife)
	c.do(t, renewal("vpn", "t", "1"))
	wantCharges(t, s, 2)
}

func TestARequestWithoutTokenBuysEachTime(t *testing.T) {
	s := open(t, sandbox.Config{})
	c := inProcess(s)
	c.do(t, renewal("vpn", "", "1"))
	c.do(t, renewal("vpn", "", "1"))
	wantCharges(t, s, 2)
}

func TestIgnoredTokensBuyTwice(t *testing.T) {
	for _, ignored := range []bool{false, true} {
		s := open(t, sandbox.Config{})
		if ignored {
			setFaults(t, s, "token-ignored=1")
		}
		c := inProcess(s)
		c.do(t, renewal("vpn", "t", "1"))
		c.do(t, renewal("vpn", "t", "1"))
		wantCharges(t, s, map[bool]int{false: 1, true: 2}[ignored])
	}
}

func TestForgottenTokensBuyTwiceAfterAnHour(t *testing.T) {
	for _, forgotten := range []bool{false, true} {
		s := open(t, sandbox.Config{})
		if forgotten {
			setFaults(t, s, "token-forgotten=1,forget-after=90m")
		}
		c := inProcess(s)
		c.do(t, renewal("vpn", "t", "1"))
		later(s, c, 90*time.Minute-time.Second)
		c.do(t, renewal("vpn", "t", "1"))
		wantCharges(t, s, 1)
		later(s, c, 90*time.Minute)
		c.do(t, renewal("vpn", "t", "1"))
		wantCharges(t, s, map[bool]int{false: 1, true: 2}[forgotten])
	}
}

func TestARefusalIsReplayedOnlyWithTheFault(t *testing.T) {
	for _, replayed := range []bool{false, true} {
		rs := fleet()
		rs[0].Status = "building"
		s := open(t, sandbox.Config{Fleet: rs})
		if replayed {
			setFaults(t, s, "replay-refusal=1")
		}
		c := inProcess(s)
		wantAnswer(t, c.do(t, renewal("vpn", "t", "1")), http.StatusConflict, "OperationDenied")
		rs[0].Status = ""
		if err := s.Set(rs[0]); err != nil {
			t.Fatal(err)
		}
		if replayed {
			wantAnswer(t, c.do(t, renewal("vpn", "t", "1")), http.StatusConflict, "OperationDenied")
			wantAnswer(t, c.do(t, renewal("vpn", "another", "1")), http.StatusOK, "")
		} else {
			wantAnswer(t, c.do(t, renewal("vpn", "t", "1")), http.StatusOK, "")
		}
		wantCharges(t, s, 1)
	}
}

func TestARefusalOfTheFaultIsReplayedToo(t *testing.T) {
	for text, status := range map[string]int{"refuse=next:1": http.StatusOK, "refuse+replay-refusal=next:1": http.StatusForbidden} {
		s := open(t, sandbox.Config{})
		setFaults(t, s, text)
		c := inProcess(s)
		wantAnswer(t, c.do(t, renewal("vpn", "t", "1")), http.StatusForbidden, "InsufficientBalance")
		if got := c.do(t, renewal("vpn", "t", "1")); got.status != status {
			t.Errorf("%s: got %d for the same token; want %d", text, got.status, status)
		}
	}
}

func setFaults(t *testing.T, s *sandbox.Sandbox, text string) {
	t.Helper()
	f, err := sandbox.ParseFaults(text)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.SetFaults(f); err != nil {
		t.Fatal(err)
	}
}
