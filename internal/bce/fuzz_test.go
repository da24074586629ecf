package bce

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// FuzzAnAnswerProvesNoMoreThanItSays: whatever comes, "refused" and "accepted"
// need what the design asks of them, for the one frees a row and the other
// settles it.
func FuzzAnAnswerProvesNoMoreThanItSays(f *testing.F) {
	for _, body := range []string{
		"", " ", "{}", "null", `{"orderId":"o-1"}`, `{"code":"NoSuchObject","message":"m","requestId":"r"}`,
		`{"code":"IdempotentParameterMismatch"}`, `{"code":1}`, `{"CODE":"x"}`, `[{"code":"x"}]`, "<html>",
		`{"code":"x"`, `{"a":{"code":"x"}}`, `{"code":"x"} {}`, "{\"code\":\"\xff\"}", `{"success":false}`, `{"code":" "}`,
		`{"code":500}`, `{"code":0}`, `{"success":0}`, `{"code":"x","code":""}`, `{"success":false,"success":true}`,
	} {
		for _, status := range []int{200, 204, 302, 400, 403, 404, 409, 422, 429, 500, 503} {
			f.Add(status, body, "")
		}
		f.Add(200, body, "gzip")
	}
	client, err := New(Config{Credentials: testCredentials()})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, status int, body, encoding string) {
		if status == 0 {
			t.Skip("0 is no answer")
		}
		rep := reply{status: status, body: []byte(body), header: http.Header{"Content-Encoding": {encoding}}}
		a := classify(rep, time.Time{}, client.clean)

		var fields map[string]any
		isJSON := json.Valid([]byte(body))
		_ = json.Unmarshal([]byte(body), &fields)
		code, _ := fields["code"].(string)
		switch a.Class {
		case Refused, Conflict:
			if !refusing(status) || !isJSON || strings.TrimSpace(code) == "" {
				t.Errorf("status %d, body %q: got %v; want unknown", status, body, a.Class)
			}
		case Accepted:
			if status < 200 || status > 299 || !isJSON && strings.Trim(body, " \t\r\n") != "" || strings.TrimSpace(code) != "" {
				t.Errorf("status %d, body %q: got accepted; want unknown", status, body)
			}
		case Throttled:
			if status != 429 && (status != 503 || !throttlingCode(code)) {
				t.Errorf("status %d, body %q: got throttled; want unknown", status, body)
			}
		case NotSent:
			t.Errorf("status %d, body %q: got not sent from an answer", status, body)
		case Unknown:
		}
		for _, text := range []string{a.Code, a.Message, a.RequestID, a.OrderID, a.String()} {
			if stripControls(text) != text && text != a.String() || len(text) > 4*maxText+200 {
				t.Errorf("status %d, body %q: got text %q; want it clean and bounded", status, body, text)
			}
		}
	})
}

// FuzzAPageProvesNoMoreThanItShows: whatever a page holds, what it proves of a
// wanted resource is what the detail reader would say of the same item, and the
// list ends.
func FuzzAPageProvesNoMoreThanItShows(f *testing.F) {
	for _, body := range []string{
		"", "{}", "null", "[]", `{"eipgroups":null}`, `{"eipgroups":[]}`, `{"eipgroups":[{}]}`,
		`{"eipgroups":[` + groupItem("eg-1", groupExpiry) + `]}`,
		`{"eipgroups":[` + groupItem("eg-1", groupExpiry) + "," + groupItem("eg-1", "2028-01-01T00:00:00Z") + `],"isTruncated":true,"nextMarker":"m"}`,
		`{"eipgroups":[` + groupItem("eg-1", "never") + "," + groupItem("eg-2", groupExpiry) + `],"isTruncated":"true","nextMarker":7}`,
		`{"eipgroups":[{"id":"eg-1","paymentTiming":"Postpaid","status":"x","name":null,"region":"bj"}],"nextMarker":""}`,
		`{"eipgroups":[{"id":"eg-2"}],"eipgroups":[{"id":"eg-1"}]}`,
		`{"eipgroups":[{"id":"eg-1","":"0","name":"","status":"","paymentTiming":"0","":""}]}`,
		`{"eipgroups":[{"id":"eg-1","paymentTiming":"Postpaid","status":"x","name":"","region":"cn-gz-bj"}]}`,
		`{"eipgroups":[{"id":"eg-1","paymentTiming":"Prepaid","paymentTiming":"Postpaid","status":"x","name":""}]}`,
	} {
		f.Add(body)
	}
	client, err := New(Config{Credentials: testCredentials()})
	if err != nil {
		f.Fatal(err)
	}
	k, _ := KindByName("eipgroup")
	f.Fuzz(func(t *testing.T, body string) {
		client.transport = roundTrip(func(r *http.Request) (*http.Response, error) {
			out := &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}
			if r.URL.Path != k.List.Path {
				out.StatusCode, out.Body = 404, http.NoBody
			}
			return out, nil
		})
		ids := []string{"eg-1", "eg-2", "eg-3"}
		b := NewBatch("bj", k, ids, nil)
		found, asked := drive(t, client, b)
		if len(asked) > 2*len(ids) {
			t.Errorf("got %q; want at most twice the ids", asked)
		}
		for _, id := range ids {
			f := found[id]
			if f.Err != nil {
				continue
			}
			// Every item of this id and region must say the same, read as a detail.
			var page map[string]json.RawMessage
			var items []json.RawMessage
			if json.Unmarshal([]byte(body), &page) != nil || json.Unmarshal(page["eipgroups"], &items) != nil {
				t.Fatalf("%q: got %+v from no list", body, f.State)
			}
			shown := 0
			for _, item := range items {
				var at map[string]any
				if json.Unmarshal(item, &at) != nil || at["id"] != id {
					continue
				}
				if region, ok := at["region"].(string); ok && region != "" && !strings.Contains("-"+strings.ToLower(region)+"-", "-bj-") {
					continue
				}
				shown++
				s, err := client.decodeState(reply{status: 200, header: http.Header{}, body: item}, k, id)
				if err != nil || s != f.State {
					t.Errorf("%q: got %+v; want %+v, %v as of item %s", body, f.State, s, err, item)
				}
			}
			if shown == 0 {
				t.Errorf("%q: got %+v for a group that is not in it", body, f.State)
			}
		}
	})
}
