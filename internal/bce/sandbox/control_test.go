package sandbox_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"renewplan/internal/bce/sandbox"
)

func control(line, body string) request { return request{line: line, body: body, unsigned: true} }

func TestChargesAreListedWithoutASignature(t *testing.T) {
	for way, dial := range ways() {
		t.Run(way, func(t *testing.T) {
			s := open(t, sandbox.Config{})
			c := dial(t, s)
			if got := c.do(t, control("GET /sandbox/charges", "")); got.body != "[]\n" {
				t.Errorf("got %q; want an empty list", got.body)
			}
			c.do(t, renewal("vpn", "t", "1"))
			c.do(t, renewal("nat", "u", "3"))
			var got []sandbox.Charge
			if err := json.Unmarshal([]byte(c.do(t, control("GET /sandbox/charges", "")).body), &got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(s.Charges(), got); diff != "" || len(got) != 2 {
				t.Errorf("charges (-want +got):\n%s", diff)
			}
			if got, want := c.do(t, control("GET /sandbox/requests", "")).body, `{"purchases":2,"reads":0,"rejected":0}`+"\n"; got != want {
				t.Errorf("got %q; want %q", got, want)
			}
		})
	}
}

func TestTheClockIsMovedForward(t *testing.T) {
	s := open(t, sandbox.Config{})
	c := inProcess(s)
	if got, want := c.do(t, control("POST /sandbox/clock", `{"advance":"24h"}`)).body, `{"now":"2026-11-21T00:00:00Z"}`+"\n"; got != want {
		t.Errorf("got %q; want %q", got, want)
	}
	for _, body := range []string{``, `{}`, `{"advance":"-1h"}`, `{"advance":"tomorrow"}`, `{"advance":"1h","x":1}`} {
		if got := c.do(t, control("POST /sandbox/clock", body)); got.status != http.StatusBadRequest {
			t.Errorf("got %d for %s; want 400", got.status, body)
		}
	}
	if got := c.do(t, control("GET /sandbox/clock", "")).body; !strings.Contains(got, "2026-11-21T00:00:00Z") {
		t.Errorf("got %q; want the clock where it was", got)
	}
}

func TestAResourceIsChangedByHand(t *testing.T) {
	for way, dial := range ways() {
		t.Run(way, func(t *testing.T) {
			s := open(t, sandbox.Config{InstanceDelay: time.Hour})
			c := dial(t, s)
			c.do(t, renewal("instance", "t", "1")) // not shown yet, and then forgotten
			got := c.do(t, control("POST /sandbox/resources", `{"kind":"instance","id":"i-1","region":"bj","expiry":"2027-03-01T00:00:00Z"}`))
			if got.status != http.StatusOK || !strings.Contains(got.body, `"name":"web"`) {
				t.Errorf("got %d %s; want the resource with the name it had", got.status, got.body)
			}
			want := time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC)
			if got := c.expiry(t, "instance"); !got.Equal(want) {
				t.Errorf("got expiry %s; want %s", got, want)
			}
			c.do(t, control("POST /sandbox/resources", `{"kind":"instance","id":"i-1","region":"bj","status":"Scaling"}`))
			wantAnswer(t, c.do(t, renewal("instance", "u", "1")), http.StatusConflict, "OperationDenied")
			later(s, c, 2*time.Hour)
			if got := c.expiry(t, "instance"); !got.Equal(want) {
				t.Errorf("got expiry %s later; want %s still", got, want)
			}
			c.do(t, control("POST /sandbox/resources", `{"region":"bj","kind":"vpn","id":"vpn-0"}`))
			if got := c.do(t, request{line: "GET /v1/vpn/vpn-0"}); got.status != http.StatusOK || !strings.Contains(got.body, "Prepaid") {
				t.Errorf("got %d %s; want the added resource, prepaid", got.status, got.body)
			}
			for _, body := range []string{
				`{"kind":"vpn","id":"vpn-1","expires":"2027-03-01T00:00:00Z"}`, `{"kind":"blb","id":"x","region":"bj"}`,
				`{"kind":"vpn","id":"vpn-1","payment":"Postpaid"}`, `{"kind":"vpn","id":"new"}`, `[]`,
			} {
				if got := c.do(t, control("POST /sandbox/resources", body)); got.status != http.StatusBadRequest {
					t.Errorf("got %d for %s; want 400", got.status, body)
				}
			}
			var rs []sandbox.Resource
			if err := json.Unmarshal([]byte(c.do(t, control("GET /sandbox/resources", "")).body), &rs); err != nil || len(rs) != 5 {
				t.Errorf("got %d resources, %v; want 5", len(rs), err)
			}
		})
	}
}

func TestFaultsAreSetAsObjectOrAsText(t *testing.T) {
	s := open(t, sandbox.Config{})
	c := inProcess(s)
	for _, body := range []string{
		`{"script":[{"faults":["lost-answer"],"times":2}],"chance":{"slow":0.5},"slowBy":"90s"}`,
		`"lost-answer=next:2,slow=0.5,slow-by=90s"`,
	} {
		got := c.do(t, control("POST /sandbox/faults", body))
		want := sandbox.Faults{
			Chance: map[sandbox.Fault]float64{sandbox.Slow: 0.5}, SlowBy: sandbox.Duration(90 * time.Second),
			Script: []sandbox.Step{{Faults: []sandbox.Fault{sandbox.LostAnswer}, Times: 2}},
		}
		if diff := cmp.Diff(want, s.Faults()); diff != "" {
			t.Errorf("%s: faults (-want +got):\n%s", body, diff)
		}
		var echoed sandbox.Faults
		if err := json.Unmarshal([]byte(got.body), &echoed); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, echoed); diff != "" {
			t.Errorf("%s: answer (-want +got):\n%s", body, diff)
		}
	}
	for _, body := range []string{``, `"lost-answers=1"`, `{"chance":{"slow":2}}`, `{"unknown":1}`} {
		if got := c.do(t, control("POST /sandbox/faults", body)); got.status != http.StatusBadRequest {
			t.Errorf("got %d for %s; want 400", got.status, body)
		}
	}
}

func TestTheControlEndpointsAnswerToLoopbackOnly(t *testing.T) {
	s := open(t, sandbox.Config{})
	for from, want := range map[string]int{
		"127.0.0.1:1234": 200, "[::1]:1234": 200, "192.0.2.1:1234": 403, "[2001:db8::1]:1234": 403, "[fe80::1%eth0]:1234": 403,
	} {
		w := httptest.NewRecorder()
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/sandbox/charges", nil)
		r.RemoteAddr = from
		s.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("got %d from %s; want %d", w.Code, from, want)
		}
	}
}

func TestAnUnknownControlEndpointIsNotFound(t *testing.T) {
	c := inProcess(open(t, sandbox.Config{}))
	for _, line := range []string{"GET /sandbox/", "GET /sandbox/charge", "DELETE /sandbox/charges"} {
		if got := c.do(t, control(line, "")); got.status != http.StatusNotFound {
			t.Errorf("got %d for %s; want 404", got.status, line)
		}
	}
}
