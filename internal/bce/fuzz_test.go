package bce

import (
	"encoding/json"
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
