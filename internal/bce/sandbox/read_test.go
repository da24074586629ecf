package sandbox_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"renewplan/internal/bce/sandbox"
)

func object(t *testing.T, text string) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		t.Fatalf("%v in %q", err, text)
	}
	return m
}

func TestADetailHasTheDocumentedForm(t *testing.T) {
	on := true
	rs := fleet()
	rs[3].AutoRenew, rs[3].Dedicated, rs[3].Tags = &on, true, map[string]string{"team": "web"}
	tests := map[string]map[string]any{
		"vpn": {
			"vpnId": "vpn-1", "vpnName": "办公室 VPN", "expiredTime": "2026-12-05T08:30:00Z", "paymentTiming": "Prepaid",
			"status": "active", "vpcId": "vpc-bj",
		},
		"nat":      {"id": "nat-1", "name": "egress", "expiredTime": "2026-12-05T08:30:00Z", "paymentTiming": "Prepaid", "status": "active"},
		"eipgroup": {"id": "eg-1", "name": "shared", "expireTime": "2026-12-05T08:30:00Z", "paymentTiming": "Prepaid", "status": "available"},
		"instance": {
			"id": "i-1", "name": "web", "expireTime": "2026-12-05T08:30:00Z", "paymentTiming": "Prepaid", "status": "Running",
			"autoRenew": true, "placementPolicy": "dedicatedHost", "dedicatedHostId": "d-i-1",
		},
	}
	for kind, want := range tests {
		t.Run(kind, func(t *testing.T) {
			for way, dial := range ways() {
				t.Run(way, func(t *testing.T) {
					s := open(t, sandbox.Config{Fleet: rs})
					c := dial(t, s)
					got := c.do(t, read(kind))
					wantAnswer(t, got, http.StatusOK, "")
					item := object(t, got.body)
					if kind == "instance" {
						item = item["instance"].(map[string]any)
						if diff := cmp.Diff([]any{map[string]any{"tagKey": "team", "tagValue": "web"}}, item["tags"]); diff != "" {
							t.Errorf("tags (-want +got):\n%s", diff)
						}
					}
					for name, value := range want {
						if diff := cmp.Diff(value, item[name]); diff != "" {
							t.Errorf("%s (-want +got):\n%s", name, diff)
						}
					}
					if has := strings.Contains(got.body, sandbox.Canary); has != (kind == "vpn") {
						t.Errorf("got the canary in %s: %v; want it in VPN gateways only", kind, has)
					}
				})
			}
		})
	}
}

func TestAPostpaidResourceShowsNoExpiry(t *testing.T) {
	rs := fleet()
	for i := range rs {
		rs[i].Payment, rs[i].Expiry = "Postpaid", time.Time{}
	}
	c := inProcess(open(t, sandbox.Config{Fleet: rs}))
	if got := c.do(t, read("instance")).body; !strings.Contains(got, `"expireTime":null`) {
		t.Errorf("got instance %s; want a null expiry", got)
	}
	if got := c.do(t, read("eipgroup")).body; strings.Contains(got, "expireTime") {
		t.Errorf("got EIP group %s; want no expiry", got)
	}
}

func TestAnExpiredResourceShowsItInItsStatus(t *testing.T) {
	s := open(t, sandbox.Config{})
	c := inProcess(s)
	later(s, c, 30*24*time.Hour)
	for kind, want := range map[string]string{"instance": "Expired", "eipgroup": "expired", "nat": "down", "vpn": "active"} {
		if got := c.do(t, read(kind)).body; !strings.Contains(got, `"status":"`+want+`"`) {
			t.Errorf("got %s; want status %s", got, want)
		}
	}
}

func TestAReadOfWhatIsNotThereIsNotFound(t *testing.T) {
	c := inProcess(open(t, sandbox.Config{}))
	wantAnswer(t, c.do(t, request{line: "GET /v1/vpn/vpn-9"}), http.StatusNotFound, "NoSuchObject")
	wantAnswer(t, c.do(t, request{line: "GET /v1/vpn/vpn-1?x=1"}), http.StatusBadRequest, "BadRequest")
	wantAnswer(t, c.do(t, request{line: "GET /v1/vpn/"}), http.StatusBadRequest, "InvalidURI")
}

func TestAReadFaultChangesWhatIsRead(t *testing.T) {
	whole := "2026-12-05T08:30:00Z"
	tests := map[sandbox.Fault]func(answer) bool{
		sandbox.ReadError:    func(a answer) bool { return a.status == 500 && a.code == "InternalError" },
		sandbox.ReadHTML:     func(a answer) bool { return a.status == 200 && strings.HasPrefix(a.body, "<html>") },
		sandbox.ReadLost:     func(a answer) bool { return errors.Is(a.err, io.EOF) || errors.Is(a.err, io.ErrUnexpectedEOF) },
		sandbox.ReadThrottle: func(a answer) bool { return a.status == 429 && a.header.Get("Retry-After") == "1" },
		sandbox.ReadNoExpiry: func(a answer) bool { return a.status == 200 && !strings.Contains(a.body, "expire") },
		sandbox.ReadNoZone: func(a answer) bool {
			return a.status == 200 && strings.Contains(a.body, `"2026-12-05T08:30:00"`) && !strings.Contains(a.body, whole)
		},
		sandbox.ReadOtherID: func(a answer) bool { return a.status == 200 && !strings.Contains(a.body, `"i-1"`) },
	}
	for fault, fits := range tests {
		t.Run(string(fault), func(t *testing.T) {
			for way, dial := range ways() {
				t.Run(way, func(t *testing.T) {
					s := open(t, sandbox.Config{Faults: script(once(fault))})
					c := dial(t, s)
					if got := c.do(t, read("instance")); !fits(got) {
						t.Errorf("got %d %q %v; want what %s says", got.status, got.body, got.err, fault)
					}
					if got := c.expiry(t, "instance"); !got.Equal(soon) {
						t.Errorf("got expiry %s from the next read; want %s", got, soon)
					}
				})
			}
		})
	}
}

func TestAReadMayBeSlowOrHang(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := sandbox.New(sandbox.Config{Fleet: fleet(), Now: clockAt(day), Faults: script(once(sandbox.ReadSlow), once(sandbox.ReadHang))})
		if err != nil {
			t.Fatal(err)
		}
		c := inProcess(s)
		begin := time.Now()
		wantAnswer(t, c.do(t, read("vpn")), http.StatusOK, "")
		if got := time.Since(begin); got != 2*time.Second {
			t.Errorf("got an answer after %s; want 2s", got)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		if got := c.doWith(t, ctx, read("vpn")); !errors.Is(got.err, context.DeadlineExceeded) {
			t.Errorf("got %d %v; want the deadline", got.status, got.err)
		}
	})
}

func TestFaultsOfReadsLeavePurchasesAlone(t *testing.T) {
	s := open(t, sandbox.Config{})
	setFaults(t, s, "read-5xx=1,lost-answer=next:1")
	c := inProcess(s)
	wantAnswer(t, c.do(t, read("vpn")), http.StatusInternalServerError, "InternalError")
	if got := c.do(t, renewal("vpn", "t", "1")); got.err == nil {
		t.Errorf("got %d; want a lost answer", got.status)
	}
	wantAnswer(t, c.do(t, renewal("vpn", "t", "1")), http.StatusOK, "")
	if got, want := s.Counts(), (sandbox.Counts{Purchases: 2, Reads: 1}); got != want {
		t.Errorf("got %+v; want %+v", got, want)
	}
}

// walk reads all pages of a list and returns the ids, in order.
func walk(t *testing.T, c *caller, in request, key, idKey string) []string {
	t.Helper()
	var ids []string
	line := in.line
	for range 100 {
		got := c.do(t, in)
		wantAnswer(t, got, http.StatusOK, "")
		page := object(t, got.body)
		for _, item := range page[key].([]any) {
			ids = append(ids, item.(map[string]any)[idKey].(string))
		}
		if page["isTruncated"] == false {
			return ids
		}
		in.line = line + "&marker=" + page["nextMarker"].(string)
	}
	t.Fatal("the list has no end")
	return nil
}

func TestListsArePaged(t *testing.T) {
	var rs []sandbox.Resource
	var all []string
	for i := range 25 {
		id := fmt.Sprintf("i-%02d", i)
		all = append(all, id)
		rs = append(rs, sandbox.Resource{Region: "bj", Kind: "instance", ID: id, Expiry: soon})
	}
	rs = append(rs, sandbox.Resource{Region: "gz", Kind: "instance", ID: "i-05", Expiry: soon})
	s := open(t, sandbox.Config{Fleet: rs})
	for _, size := range []int{1, 7, 25, 1000} {
		in := request{line: fmt.Sprint("GET /v2/instance?maxKeys=", size)}
		if diff := cmp.Diff(all, walk(t, inProcess(s), in, "instances", "id")); diff != "" {
			t.Errorf("pages of %d (-want +got):\n%s", size, diff)
		}
	}
	// Without a region in the host, the id that two regions have is there twice.
	if got := walk(t, overHTTP(t, s), request{line: "GET /v2/instance?maxKeys=1"}, "instances", "id"); len(got) != 26 {
		t.Errorf("got %d instances of all regions; want 26: %v", len(got), got)
	}
	got := object(t, inProcess(s).do(t, request{line: "GET /v2/instance"}).body)
	if got["maxKeys"] != 1000.0 || got["isTruncated"] != false {
		t.Errorf("got maxKeys %v, isTruncated %v; want the default 1000 and one page", got["maxKeys"], got["isTruncated"])
	}
}

func TestInstancesAreReadByTheirIDs(t *testing.T) {
	rs := fleet()
	rs = append(rs, sandbox.Resource{Region: "bj", Kind: "instance", ID: "i-2", Expiry: soon}, sandbox.Resource{Region: "bj", Kind: "instance", ID: "i-3", Expiry: soon})
	s := open(t, sandbox.Config{Fleet: rs})
	c := inProcess(s)
	in := request{line: "POST /v2/instance/listByInstanceId?maxKeys=1", body: `{"instanceIds":["i-3","i-1","i-none"]}`}
	if diff := cmp.Diff([]string{"i-1", "i-3"}, walk(t, c, in, "instances", "id")); diff != "" {
		t.Errorf("batch (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"i-2"}, walk(t, c, request{line: "GET /v2/instance?instanceIds=i-2,i-9"}, "instances", "id")); diff != "" {
		t.Errorf("list by ids (-want +got):\n%s", diff)
	}
	in.body = `{"instanceIds":["` + strings.Repeat(`i","`, 100) + `i"]}`
	wantAnswer(t, c.do(t, in), http.StatusBadRequest, "BadRequest")
	in.body = `{}`
	wantAnswer(t, c.do(t, in), http.StatusBadRequest, "InappropriateJSON")
	in.body = `{`
	wantAnswer(t, c.do(t, in), http.StatusBadRequest, "MalformedJSON")
	in.line = "POST /v2/instance/listByInstanceId?status=Running"
	wantAnswer(t, c.do(t, in), http.StatusBadRequest, "BadRequest")
}

func TestGatewaysAreListedByTheirVPC(t *testing.T) {
	rs := append(fleet(),
		sandbox.Resource{Region: "bj", Kind: "vpn", ID: "vpn-2", Expiry: soon, VPCID: "vpc-x"},
		sandbox.Resource{Region: "gz", Kind: "nat", ID: "nat-2", Expiry: soon},
	)
	s := open(t, sandbox.Config{Fleet: rs})
	c := inProcess(s)
	for _, test := range []struct {
		line, key, idKey string
		want             []string
	}{
		{"GET /v1/vpc?maxKeys=1", "vpcs", "vpcId", []string{"vpc-bj", "vpc-x"}},
		{"GET /v1/vpn?vpcId=vpc-bj", "vpns", "vpnId", []string{"vpn-1"}},
		{"GET /v1/vpn?vpcId=vpc-x", "vpns", "vpnId", []string{"vpn-2"}},
		{"GET /v1/nat?vpcId=vpc-bj", "nats", "id", []string{"nat-1"}},
		{"GET /v1/nat?vpcId=vpc-bj&natId=nat-7", "nats", "id", nil},
		{"GET /v2/instance?vpcId=vpc-bj", "instances", "id", []string{"i-1"}},
		{"GET /v2/instance?status=Stopped", "instances", "id", nil},
	} {
		if diff := cmp.Diff(test.want, walk(t, c, request{line: test.line}, test.key, test.idKey)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.line, diff)
		}
	}
	groups := request{line: "GET /v1/eipgroup?name=shared", service: "eip", region: "gz"}
	if diff := cmp.Diff([]string{"eg-1"}, walk(t, c, groups, "eipgroups", "id")); diff != "" {
		t.Errorf("EIP groups (-want +got):\n%s", diff)
	}
	wantAnswer(t, c.do(t, request{line: "GET /v1/vpn"}), http.StatusBadRequest, "BadRequest")
	wantAnswer(t, c.do(t, request{line: "GET /v1/nat?vpcId=vpc-bj&spec=small"}), http.StatusBadRequest, "BadRequest")
	wantAnswer(t, c.do(t, request{line: "GET /v2/instance?maxKeys=1001"}), http.StatusBadRequest, "BadRequest")
	wantAnswer(t, c.do(t, request{line: "GET /v2/instance?maxKeys=0"}), http.StatusBadRequest, "BadRequest")
}

func TestAReadFaultHitsOneItemOfAListByItsID(t *testing.T) {
	rs := append(fleet(), sandbox.Resource{Region: "bj", Kind: "instance", ID: "i-2", Expiry: soon})
	s := open(t, sandbox.Config{Fleet: rs})
	setFaults(t, s, "read-no-expiry=next:1@i-2,read-no-zone=next:1")
	c := inProcess(s)
	got := c.do(t, request{line: "GET /v2/instance"}).body
	if n := strings.Count(got, "expireTime"); n != 1 || !strings.Contains(got, `"2026-12-05T08:30:00"`) {
		t.Errorf("got %s; want one expiry, without a zone", got)
	}
	if got := c.do(t, request{line: "GET /v2/instance"}).body; strings.Count(got, `"2026-12-05T08:30:00Z"`) != 2 {
		t.Errorf("got %s from the next read; want both expiries", got)
	}
}
