package bce

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
)

// verbs are the ways to print anything that go vet lets through. (For %p of a
// struct and %w of what is no error, fmt asks no method.)
func verbs() []string {
	return []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%T", "%10.3s"}
}

// printed is a value in every form that fmt, encoding/json and log/slog know.
func printed(t *testing.T, what any) string {
	t.Helper()
	var b bytes.Buffer
	for _, verb := range verbs() {
		fmt.Fprintf(&b, verb+"\n", what)
		fmt.Fprintf(&b, verb+"\n", []any{what})
		fmt.Fprintf(&b, verb+"\n", map[string]any{"x": what})
	}
	if text, err := json.Marshal(what); err == nil {
		b.Write(text)
	}
	for _, h := range []slog.Handler{slog.NewTextHandler(&b, nil), slog.NewJSONHandler(&b, nil)} {
		slog.New(h).Info("x", "what", what, slog.Group("g", "what", what))
	}
	return b.String()
}

// shows reports which part of the credentials a text shows, in plain, in hex or
// escaped.
func shows(text string, c Credentials) string {
	for name, secret := range map[string]string{"secret": c.SecretAccessKey, "token": c.SessionToken, "key id": c.AccessKeyID} {
		if secret == "" {
			continue
		}
		for _, form := range []string{
			secret, fmt.Sprintf("%x", secret), fmt.Sprintf("%X", secret),
			fmt.Sprintf("%d", []byte(secret)), string(appendEscaped(nil, secret, false)),
		} {
			if strings.Contains(text, form) {
				return name
			}
		}
	}
	return ""
}

func TestCredentialsNeverShow(t *testing.T) {
	creds := testCredentials()
	creds.SessionToken = testToken
	type holder struct {
		Creds   Credentials
		Pointer *Credentials
	}
	client := newClient(t, "", func(cfg *Config) { cfg.Credentials = creds })
	for name, what := range map[string]any{
		"credentials":            creds,
		"a pointer to them":      &creds,
		"a struct of them":       holder{creds, &creds},
		"a list":                 []Credentials{creds},
		"a map":                  map[string]Credentials{"a": creds},
		"the configuration":      Config{Credentials: creds},
		"the client":             client,
		"an error around them":   fmt.Errorf("x: %v", creds),
		"an error of the client": errors.Join(fmt.Errorf("%+v", client)),
	} {
		if part := shows(printed(t, what), creds); part != "" {
			t.Errorf("%s: got the %s shown", name, part)
		}
	}
	if got, want := fmt.Sprint(creds), "AKID…wxyz (a test)"; got != want {
		t.Errorf("got %q; want %q", got, want)
	}
	if text, err := creds.MarshalText(); err != nil || string(text) != "AKID…wxyz (a test)" {
		t.Errorf("got %q, %v; want the masked key", text, err)
	}
}

func TestMaskedIDsKeepEnoughToTellThemApart(t *testing.T) {
	for id, want := range map[string]string{
		"":                                 "(none)",
		"a":                                "…",
		"ab":                               "a…",
		"sandbox":                          "sa…",
		"AKIDxxxxwxyz":                     "AKID…wxyz",
		"4df6da5b832211e8a106475a8496ca04": "4df6…ca04",
		"AKID\x1b[2Jabcdefwxyz":            "AKID…wxyz",
	} {
		if got := (Credentials{AccessKeyID: id}).MaskedID(); got != want {
			t.Errorf("%q: got %q; want %q", id, got, want)
		}
	}
}

// TestFailingRequestsShowNoSecret: a server that echoes all it got, and a
// network that fails in every way, at the most talkative log level.
func TestFailingRequestsShowNoSecret(t *testing.T) {
	creds := testCredentials()
	creds.SessionToken = testToken
	var last atomic.Value // the Authorization of the last request
	last.Store("")
	echo := func(status int, form func(r *http.Request) string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			last.Store(r.Header.Get("Authorization"))
			w.Header().Set("X-Bce-Request-Id", r.Header.Get("Authorization"))
			w.WriteHeader(status)
			_, _ = io.WriteString(w, form(r))
		}
	}
	quote := func(s string) string { b, _ := json.Marshal(s); return string(b) }
	body := func(r *http.Request) string {
		authorization := r.Header.Get("Authorization")
		seen := authorization + " " + r.Header.Get("X-Bce-Security-Token") + " " + testSecret +
			" x-bce-security-token:" + string(appendEscaped(nil, testToken, false)) + " " + authorization[len(authorization)-64:]
		return `{"code":` + quote("Bad "+seen) + `,"message":` + quote(strings.Repeat("x", 200)+seen) + `,"requestId":` + quote(seen) + `,"orderId":` + quote(seen) +
			`,"id":` + quote(seen) + `,"name":` + quote(seen) + `,"status":` + quote(seen) + `,"paymentTiming":"Prepaid","expiredTime":` + quote(seen) + `}`
	}
	right := func(r *http.Request) string {
		return strings.Replace(strings.Replace(body(r), `,"id":`, `,"x":`, 1), `,"name"`, `,"id":"nat-bir8biqwr45e","name"`, 1)
	}
	endpoints := map[string]string{}
	for name, h := range map[string]http.HandlerFunc{
		"200": echo(200, body), "200 of the right id": echo(200, right), "400": echo(400, body), "403": echo(403, body),
		"429": echo(429, body), "500": echo(500, body), "HTML": echo(502, func(r *http.Request) string { return "<html>" + body(r) }),
		"a redirect": func(w http.ResponseWriter, r *http.Request) {
			last.Store(r.Header.Get("Authorization"))
			w.Header().Set("Location", "https://"+testSecret+"/"+r.Header.Get("Authorization"))
			w.WriteHeader(302)
		},
	} {
		endpoints[name], _ = serve(t, h)
	}
	endpoints["reset"], _ = serveRaw(t, func(c *net.TCPConn) { _ = c.SetLinger(0) })
	endpoints["not HTTP"], _ = serveRaw(t, func(c *net.TCPConn) { write(c, testSecret+" "+testToken+"\n\n") })

	for name, url := range endpoints {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			client := newClient(t, url, func(cfg *Config) {
				cfg.Credentials = creds
				cfg.Logger = slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug, AddSource: true}))
			})
			r := renewal(t, "nat")
			answer := client.Renew(t.Context(), r)
			first := last.Load().(string)
			state, err := client.Read(t.Context(), r.Region, r.Kind, r.ID)
			if err == nil {
				t.Errorf("got state %+v; want an error", state)
			}
			if log.Len() == 0 {
				t.Errorf("got no debug lines; want one for each request")
			}
			all := printed(t, answer) + printed(t, answer.Err) + printed(t, err) + printed(t, state) + log.String()
			// The key id is no secret, and a cloud may name the one it refuses.
			if part := shows(all, Credentials{SecretAccessKey: testSecret, SessionToken: testToken}); part != "" {
				t.Errorf("got the %s shown in:\n%s", part, all)
			}
			for _, auth := range []string{first, last.Load().(string)} {
				if auth != "" && (strings.Contains(all, auth) || strings.Contains(all, auth[len(auth)-64:])) {
					t.Errorf("got a signature shown in:\n%s", all)
				}
			}
		})
	}
}

func TestDebugLinesSayWhatIsNeededAndNoMore(t *testing.T) {
	var log bytes.Buffer
	url, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Bce-Request-Id", "r-1")
		_, _ = io.WriteString(w, `{"vpnId":"vpn-bir8biqwr45e","paymentTiming":"Postpaid","vpnConns":[{"secretKey":"canary-psk"}]}`)
	})
	client := newClient(t, url, func(cfg *Config) {
		cfg.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	r := renewal(t, "vpn")
	if _, err := client.Read(t.Context(), r.Region, r.Kind, r.ID); err != nil {
		t.Fatal(err)
	}
	line := log.String()
	for _, want := range []string{"method=GET", "host=127.0.0.1:", "path=/v1/vpn/vpn-bir8biqwr45e", "status=200", "requestId=r-1", "took="} {
		if !strings.Contains(line, want) {
			t.Errorf("got %q; want %q in it", line, want)
		}
	}
	if strings.Contains(line, "canary") || strings.Contains(line, "bce-auth") {
		t.Errorf("got %q, which shows the answer or the signature", line)
	}
}

func TestTextsFromOutsideAreMadeSafe(t *testing.T) {
	client := newClient(t, "")
	for _, c := range []struct{ name, in, want string }{
		{"plain", "余额 is fine", "余额 is fine"},
		{"line ends and tabs", " a\r\nb\tc\u2028d ", "a  b c d"},
		{"escape sequences", "\x1b[31mred\x1b[0m\x07", "[31mred[0m"},
		{"direction overrides", "a\u202eb\u200fc\u2066d", "abcd"},
		{"not UTF-8", "a\xff\xfeb", "a\ufffdb"},
		{"the secret", "x " + testSecret + " y", "x [redacted] y"},
		{"the secret, escaped", "x canary-secret-7Jq2%2B%2Fx y", "x [redacted] y"},
		{"the secret in pieces", "x canary-\x00secret-7Jq2+/x y", "x [redacted] y"},
		{"a signature", `Authorization="bce-auth-v1/a/2026-12-01T08:00:00Z/60/host/ab",x`, `Authorization="[redacted]",x`},
		{"hex digits of a signature", "got " + strings.Repeat("a1", 32) + ".", "got [redacted]."},
		{"fewer hex digits", "got " + strings.Repeat("a1", 20), "got " + strings.Repeat("a1", 20)},
		{"a secret across the bound", strings.Repeat("x", 290) + testSecret, strings.Repeat("x", 290) + "[redacted]"},
	} {
		if got := client.clean(c.in); got != c.want {
			t.Errorf("%s: got %q; want %q", c.name, got, c.want)
		}
	}
	long := client.clean(strings.Repeat("余", 1000))
	if len(long) > maxText || !strings.HasSuffix(long, "余…") {
		t.Errorf("got %d bytes ending in %q; want at most %d, cut between characters", len(long), long[len(long)-6:], maxText)
	}
}
