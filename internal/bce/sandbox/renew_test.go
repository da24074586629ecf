package sandbox_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"renewplan/internal/bce/sandbox"
)

func TestEachKindIsRenewedOnceAndSaysSo(t *testing.T) {
	for _, kind := range []string{"vpn", "nat", "eipgroup", "instance"} {
		t.Run(kind, func(t *testing.T) {
			for way, dial := range ways() {
				t.Run(way, func(t *testing.T) {
					s := open(t, sandbox.Config{})
					c := dial(t, s)
					got := c.do(t, renewal(kind, "token-1", "2"))
					wantAnswer(t, got, http.StatusOK, "")
					if got.header.Get("X-Bce-Request-Id") == "" || got.header.Get("Date") != "Fri, 20 Nov 2026 00:00:00 GMT" {
						t.Errorf("got headers %v; want a request id and the sandbox's date", got.header)
					}
					after := time.Date(2027, 2, 5, 8, 30, 0, 0, time.UTC)
					if got := c.expiry(t, kind); !got.Equal(after) {
						t.Errorf("got expiry %s; want %s", got, after)
					}
					wantCharges(t, s, 1)
					charge := s.Charges()[0]
					if charge.OrderID == "" || kind == "instance" != strings.Contains(got.body, charge.OrderID) || kind != "instance" && got.body != "" {
						t.Errorf("got body %q and order %q; want the order for instances and nothing for others", got.body, charge.OrderID)
					}
					charge.OrderID = ""
					want := sandbox.Charge{Kind: kind, Months: 2, Token: "token-1", Before: soon, After: after, At: day}
					for _, r := range fleet() {
						if r.Kind == kind {
							want.Region, want.ID = r.Region, r.ID
						}
					}
					if diff := cmp.Diff(want, charge); diff != "" {
						t.Errorf("charge (-want +got):\n%s", diff)
					}
				})
			}
		})
	}
}

func TestAMalformedRenewalIsRefused(t *testing.T) {
	good := renewal("vpn", "token-1", "1")
	body := func(s string) request { return request{line: good.line, body: s} }
	line := func(s string) request { return request{line: s, body: good.body} }
	tests := map[string]struct {
		in     request
		status int
		code   string
	}{
		"without the action":             {line("PUT /v1/vpn/vpn-1?clientToken=t"), 400, "BadRequest"},
		"an action with a value":         {line("PUT /v1/vpn/vpn-1?purchaseReserved=1"), 400, "BadRequest"},
		"an unknown query parameter":     {line("PUT /v1/vpn/vpn-1?purchaseReserved&token=t"), 400, "BadRequest"},
		"a parameter twice":              {line("PUT /v1/vpn/vpn-1?purchaseReserved&clientToken=a&clientToken=b"), 400, "BadRequest"},
		"a flag for a gateway":           {line("PUT /v1/vpn/vpn-1?purchaseReserved&relatedRenewFlag="), 400, "BadRequest"},
		"an unknown flag":                {line("PUT /v2/instance/i-1?purchaseReserved&clientToken=t&relatedRenewFlag=ALL"), 400, "BadRequest"},
		"an instance without token":      {line("PUT /v2/instance/i-1?purchaseReserved"), 400, "BadRequest"},
		"a token of 65 characters":       {line("PUT /v1/vpn/vpn-1?purchaseReserved&clientToken=" + strings.Repeat("x", 65)), 400, "BadRequest"},
		"a token that is not ASCII":      {line("PUT /v1/vpn/vpn-1?purchaseReserved&clientToken=" + url.QueryEscape("é")), 400, "BadRequest"},
		"an unknown path":                {line("PUT /v1/vpm/vpn-1?purchaseReserved"), 400, "InvalidURI"},
		"a path with more behind the id": {line("PUT /v1/vpn/vpn-1/x?purchaseReserved"), 400, "InvalidURI"},
		"another version":                {line("PUT /v3/vpn/vpn-1?purchaseReserved"), 404, "InvalidVersion"},
		"another method":                 {line("POST /v1/vpn/vpn-1?purchaseReserved"), 400, "InvalidURI"},
		"a resource that is not there":   {line("PUT /v1/vpn/vpn-9?purchaseReserved"), 404, "NoSuchObject"},
		"another content type":           {request{line: good.line, body: good.body, header: http.Header{"Content-Type": {"text/plain"}}}, 400, "InvalidHTTPRequest"},
		"another charset":                {request{line: good.line, body: good.body, header: http.Header{"Content-Type": {"application/json; charset=gbk"}}}, 400, "InvalidHTTPRequest"},
		"no body":                        {body(""), 400, "MalformedJSON"},
		"half a body":                    {body(good.body[:20]), 400, "MalformedJSON"},
		"two bodies":                     {body(good.body + good.body), 400, "MalformedJSON"},
		"a list":                         {body("[]"), 400, "InappropriateJSON"},
		"no billing":                     {body("{}"), 400, "InappropriateJSON"},
		"billing in another case":        {body(strings.Replace(good.body, "billing", "Billing", 1)), 400, "InappropriateJSON"},
		"no reservation":                 {body(`{"billing":{}}`), 400, "InappropriateJSON"},
		"a null reservation":             {body(`{"billing":{"reservation":null}}`), 400, "InappropriateJSON"},
		"ten months":                     {renewal("vpn", "t", "10"), 400, "InappropriateJSON"},
		"no months":                      {renewal("vpn", "t", "0"), 400, "InappropriateJSON"},
		"one and a half months":          {renewal("vpn", "t", "1.5"), 400, "InappropriateJSON"},
		"months as a string":             {renewal("vpn", "t", `"1"`), 400, "InappropriateJSON"},
		"years":                          {body(strings.Replace(good.body, "month", "year", 1)), 400, "InappropriateJSON"},
		"no unit":                        {body(`{"billing":{"reservation":{"reservationLength":1}}}`), 400, "InappropriateJSON"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := open(t, sandbox.Config{})
			wantAnswer(t, overHTTP(t, s).do(t, test.in), test.status, test.code)
			wantCharges(t, s, 0)
			if got, want := s.Counts(), (sandbox.Counts{Rejected: 1}); got != want {
				t.Errorf("got counts %+v; want %+v", got, want)
			}
		})
	}
}

func TestWhatIsDocumentedAsOptionalIsOptional(t *testing.T) {
	good := renewal("vpn", "", "1")
	tests := map[string]request{
		"a gateway without token":    {line: "PUT /v1/vpn/vpn-1?purchaseReserved", body: good.body},
		"an action with equals sign": {line: "PUT /v1/nat/nat-1?purchaseReserved=", body: good.body},
		"a charset":                  {line: good.line, body: good.body, header: http.Header{"Content-Type": {"application/json;charset=utf-8"}}},
		"the unit in upper case":     {line: good.line, body: strings.Replace(good.body, "month", "MONTH", 1)},
		"an instance without flag":   {line: "PUT /v2/instance/i-1?purchaseReserved&clientToken=t", body: good.body},
		"a flag":                     {line: "PUT /v2/instance/i-1?purchaseReserved&clientToken=t&relatedRenewFlag=CDS_EIP", body: good.body},
		"items that nobody knows":    {line: good.line, body: `{"relatedRenewFlag":"","cdsCustomPeriod":null,` + good.body[1:]},
		"a token of 64 characters":   {line: good.line + strings.Repeat("x", 64), body: good.body},
		"thirty-six months":          renewal("nat", "t", "36"),
	}
	for name, in := range tests {
		t.Run(name, func(t *testing.T) {
			s := open(t, sandbox.Config{})
			wantAnswer(t, overHTTP(t, s).do(t, in), http.StatusOK, "")
			wantCharges(t, s, 1)
		})
	}
}

func TestTheFlagIsInTheCharge(t *testing.T) {
	s := open(t, sandbox.Config{})
	in := renewal("instance", "t", "1")
	in.line = strings.Replace(in.line, "relatedRenewFlag=", "relatedRenewFlag=CDS_EIP_MKT", 1)
	wantAnswer(t, inProcess(s).do(t, in), http.StatusOK, "")
	if got := s.Charges()[0].RelatedRenewFlag; got != "CDS_EIP_MKT" {
		t.Errorf("got flag %q; want CDS_EIP_MKT", got)
	}
}

func TestAStrictUnitIsThatOfTheKindsPage(t *testing.T) {
	s := open(t, sandbox.Config{UnitStrict: true})
	c := inProcess(s)
	wantAnswer(t, c.do(t, renewal("vpn", "a", "1")), http.StatusOK, "")
	wantAnswer(t, c.do(t, renewal("instance", "b", "1")), http.StatusBadRequest, "InappropriateJSON")
	in := renewal("instance", "b", "1")
	in.body = strings.Replace(in.body, "month", "Month", 1)
	wantAnswer(t, c.do(t, in), http.StatusOK, "")
}

func TestWhatCannotBeRenewedIsRefused(t *testing.T) {
	tests := map[string]struct {
		change func(*sandbox.Resource)
		kind   string
		status int
		code   string
	}{
		"a postpaid NAT gateway": {func(r *sandbox.Resource) { r.Payment, r.Expiry = "Postpaid", time.Time{} }, "nat", 400, "BadRequest"},
		"a scaling instance":     {func(r *sandbox.Resource) { r.Status = "Scaling" }, "instance", 409, "OperationDenied"},
		"a resized bandwidth":    {func(r *sandbox.Resource) { r.Status = "updating" }, "eipgroup", 409, "OperationDenied"},
		"a dedicated instance":   {func(r *sandbox.Resource) { r.Dedicated = true }, "instance", 409, "OperationDenied"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			rs := fleet()
			for i := range rs {
				if rs[i].Kind == test.kind {
					test.change(&rs[i])
				}
			}
			s := open(t, sandbox.Config{Fleet: rs})
			wantAnswer(t, inProcess(s).do(t, renewal(test.kind, "t", "1")), test.status, test.code)
			wantCharges(t, s, 0)
		})
	}
}

func TestAnExpiredResourceIsRenewedFromItsExpiryOrFromNow(t *testing.T) {
	past := day.Add(-3 * 24 * time.Hour).Add(time.Hour)
	tests := map[string]time.Time{
		"":       time.Date(2026, 12, 17, 1, 0, 0, 0, time.UTC),
		"expiry": time.Date(2026, 12, 17, 1, 0, 0, 0, time.UTC),
		"now":    time.Date(2026, 12, 20, 0, 0, 0, 0, time.UTC),
	}
	for from, want := range tests {
		t.Run(from, func(t *testing.T) {
			s := open(t, sandbox.Config{RenewFrom: from, Fleet: []sandbox.Resource{
				{Region: "bj", Kind: "instance", ID: "i-1", Expiry: past, Status: "Expired"},
			}})
			c := inProcess(s)
			wantAnswer(t, c.do(t, renewal("instance", "t", "1")), http.StatusOK, "")
			if got := c.expiry(t, "instance"); !got.Equal(want) {
				t.Errorf("got expiry %s; want %s", got, want)
			}
			if got := c.do(t, read("instance")).body; !strings.Contains(got, `"status":"Running"`) {
				t.Errorf("got %s; want it to run again", got)
			}
		})
	}
}

func TestARenewalBeforeTheExpiryNeverShortensIt(t *testing.T) {
	s := open(t, sandbox.Config{RenewFrom: "now"})
	c := inProcess(s)
	c.do(t, renewal("vpn", "t", "1"))
	want := time.Date(2027, 1, 5, 8, 30, 0, 0, time.UTC)
	if got := c.expiry(t, "vpn"); !got.Equal(want) {
		t.Errorf("got expiry %s; want %s", got, want)
	}
}

func TestARenewalMovesTheExpiryToTheUnifiedDay(t *testing.T) {
	s := open(t, sandbox.Config{UnifiedDay: 15})
	c := inProcess(s)
	c.do(t, renewal("vpn", "t", "1"))
	want := time.Date(2027, 1, 15, 8, 30, 0, 0, time.UTC)
	if got := c.expiry(t, "vpn"); !got.Equal(want) {
		t.Errorf("got expiry %s; want %s", got, want)
	}
}

func TestAnInstanceShowsItsRenewalAfterADelay(t *testing.T) {
	for way, dial := range ways() {
		t.Run(way, func(t *testing.T) {
			s := open(t, sandbox.Config{InstanceDelay: 3 * time.Minute})
			c := dial(t, s)
			wantAnswer(t, c.do(t, renewal("instance", "a", "1")), http.StatusOK, "")
			wantAnswer(t, c.do(t, renewal("vpn", "b", "1")), http.StatusOK, "")
			s.Advance(3*time.Minute - time.Second)
			c.now = c.now.Add(3*time.Minute - time.Second)
			if got := c.expiry(t, "instance"); !got.Equal(soon) {
				t.Errorf("got expiry %s before the delay; want the old one %s", got, soon)
			}
			if got := c.expiry(t, "vpn"); !got.After(soon) {
				t.Errorf("got expiry %s of a synchronous kind; want it moved", got)
			}
			s.Advance(time.Second)
			if got := c.expiry(t, "instance"); !got.After(soon) {
				t.Errorf("got expiry %s after the delay; want it moved", got)
			}
		})
	}
}

func TestAHostNamesServiceAndRegion(t *testing.T) {
	rs := append(fleet(), sandbox.Resource{Region: "gz", Kind: "vpn", ID: "vpn-1", Expiry: soon})
	s := open(t, sandbox.Config{Fleet: rs})
	c := inProcess(s)

	in := renewal("vpn", "t", "1")
	in.region = "gz"
	wantAnswer(t, c.do(t, in), http.StatusOK, "")
	if got := s.Charges()[0].Region; got != "gz" {
		t.Errorf("got a charge in %s; want gz", got)
	}
	in.region = "su"
	wantAnswer(t, c.do(t, in), http.StatusNotFound, "NoSuchObject")
	in = renewal("eipgroup", "t", "1")
	in.service = "bcc"
	wantAnswer(t, c.do(t, in), http.StatusBadRequest, "InvalidURI")

	got := overHTTP(t, s).do(t, renewal("vpn", "t", "1"))
	wantAnswer(t, got, http.StatusBadRequest, "BadRequest")
	if !strings.Contains(got.body, "several regions") {
		t.Errorf("got %s; want it to say that the id is in several regions", got.body)
	}
	wantCharges(t, s, 1)
}

func TestTheRateLimitRefusesAndSaysWhenToComeAgain(t *testing.T) {
	for way, dial := range ways() {
		t.Run(way, func(t *testing.T) {
			s := open(t, sandbox.Config{Rate: 0.001})
			c := dial(t, s)
			wantAnswer(t, c.do(t, renewal("vpn", "a", "1")), http.StatusOK, "")
			got := c.do(t, renewal("nat", "b", "1"))
			wantAnswer(t, got, http.StatusTooManyRequests, "RequestLimitExceeded")
			if got := got.header.Get("Retry-After"); got != "1" {
				t.Errorf("got Retry-After %q; want 1", got)
			}
			wantCharges(t, s, 1)
		})
	}
}

func TestErrorsHaveTheDocumentedForm(t *testing.T) {
	s := open(t, sandbox.Config{})
	got := inProcess(s).do(t, request{line: "PUT /v1/vpn/none?purchaseReserved", body: renewal("vpn", "", "1").body})
	var form map[string]string
	if err := json.Unmarshal([]byte(got.body), &form); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"code": "NoSuchObject", "requestId": got.header.Get("X-Bce-Request-Id"),
		"message": "The specified object is not found or resource do not exist: vpn none.",
	}
	if diff := cmp.Diff(want, form); diff != "" || want["requestId"] == "" {
		t.Errorf("error (-want +got):\n%s", diff)
	}
	if got := got.header.Get("Content-Type"); got != "application/json;charset=UTF-8" {
		t.Errorf("got content type %q; want JSON", got)
	}
}
