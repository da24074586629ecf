package sandbox_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"renewplan/internal/bce"
	"renewplan/internal/bce/sandbox"
)

// day is the sandbox's clock in tests, unless it is moved.
var day = time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)

func fleet() []sandbox.Resource {
	return []sandbox.Resource{
		{Region: "bj", Kind: "vpn", ID: "vpn-1", Name: "办公室 VPN", Expiry: soon},
		{Region: "bj", Kind: "nat", ID: "nat-1", Name: "egress", Expiry: soon},
		{Region: "gz", Kind: "eipgroup", ID: "eg-1", Name: "shared", Expiry: soon},
		{Region: "bj", Kind: "instance", ID: "i-1", Name: "web", Expiry: soon},
	}
}

// open makes a sandbox whose clock stands at day.
func open(t *testing.T, cfg sandbox.Config) *sandbox.Sandbox {
	t.Helper()
	if cfg.Now == nil {
		cfg.Now = func() time.Time { return day }
	}
	if cfg.Fleet == nil {
		cfg.Fleet = fleet()
	}
	s, err := sandbox.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("closing: %v", err)
		}
	})
	return s
}

// caller sends signed requests to a sandbox, and is as strict as a client can be
// simple: no retries, no redirects, a new connection each.
type caller struct {
	base   string // URL of the sandbox; "" means host names of the cloud, in process
	client *http.Client
	key    string
	secret string
	now    time.Time // by which it signs
}

func inProcess(s *sandbox.Sandbox) *caller {
	return &caller{client: &http.Client{Transport: s.Transport()}, key: "sandbox", secret: "sandbox-secret", now: day}
}

func overHTTP(t *testing.T, s http.Handler) *caller {
	t.Helper()
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return &caller{
		base: server.URL, client: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}},
		key: "sandbox", secret: "sandbox-secret", now: day,
	}
}

// ways are the two ways to a sandbox, which must not differ.
func ways() map[string]func(*testing.T, *sandbox.Sandbox) *caller {
	return map[string]func(*testing.T, *sandbox.Sandbox) *caller{
		"over HTTP":  func(t *testing.T, s *sandbox.Sandbox) *caller { t.Helper(); return overHTTP(t, s) },
		"in process": func(_ *testing.T, s *sandbox.Sandbox) *caller { return inProcess(s) },
	}
}

// answer is what a request got.
type answer struct {
	status int
	header http.Header
	body   string
	code   string // of a refusal
	err    error  // of the transport, or of reading the body
}

// request is one request, written as its method, path and query.
type request struct {
	service, region string // of the host, in process; empty means bcc and bj
	line            string // "PUT /v1/vpn/vpn-1?purchaseReserved"
	body            string
	header          http.Header
	unsigned        bool
}

func (c *caller) do(t *testing.T, in request) answer {
	t.Helper()
	return c.doWith(t, t.Context(), in)
}

func (c *caller) doWith(t *testing.T, ctx context.Context, in request) answer {
	t.Helper()
	method, target, _ := strings.Cut(in.line, " ")
	base := c.base
	if base == "" {
		base = "https://" + or(in.service, "bcc") + "." + or(in.region, "bj") + ".baidubce.com"
	}
	r, err := http.NewRequestWithContext(ctx, method, base+target, strings.NewReader(in.body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	maps.Copy(r.Header, in.header)
	if !in.unsigned {
		c.sign(r)
	}
	res, err := c.client.Do(r)
	if err != nil {
		return answer{err: err}
	}
	defer res.Body.Close()
	out := answer{status: res.StatusCode, header: res.Header}
	body, err := io.ReadAll(res.Body)
	out.body, out.err = string(body), err
	var refusal struct{ RequestID, Code, Message string }
	if json.Unmarshal(body, &refusal) == nil {
		out.code = refusal.Code
	}
	return out
}

// sign signs host and x-bce-date, for a minute.
func (c *caller) sign(r *http.Request) {
	date := c.now.UTC().Format("2006-01-02T15:04:05Z")
	r.Header.Set("X-Bce-Date", date)
	var query []bce.Param
	for part := range strings.SplitSeq(r.URL.RawQuery, "&") {
		if part != "" {
			k, v, eq := strings.Cut(part, "=")
			k, _ = url.PathUnescape(k)
			v, _ = url.PathUnescape(v)
			query = append(query, bce.Param{Key: k, Value: v, HasEquals: eq})
		}
	}
	r.Header.Set("Authorization", bce.Sign(
		bce.Credentials{AccessKeyID: c.key, SecretAccessKey: c.secret},
		bce.SigningInput{
			Method: r.Method, Path: r.URL.Path, Query: query, Timestamp: c.now, Expiration: time.Minute,
			Headers: []bce.Header{{Name: "host", Value: r.URL.Host}, {Name: "x-bce-date", Value: date}},
			Sign:    []string{"host", "x-bce-date"},
		}))
}

// renewal is a renewal of a resource of fleet, for a number of months as written.
func renewal(kind, token, months string) request {
	in := request{body: `{"billing":{"reservation":{"reservationLength":` + months + `,"reservationTimeUnit":"month"}}}`}
	switch kind {
	case "vpn":
		in.line = "PUT /v1/vpn/vpn-1?purchaseReserved&clientToken=" + token
	case "nat":
		in.line = "PUT /v1/nat/nat-1?purchaseReserved&clientToken=" + token
	case "eipgroup":
		in.line = "PUT /v1/eipgroup/eg-1?purchaseReserved&clientToken=" + token
		in.service, in.region = "eip", "gz"
	case "instance":
		in.line = "PUT /v2/instance/i-1?purchaseReserved&relatedRenewFlag=&clientToken=" + token
	}
	return in
}

// read is a read of a resource of fleet.
func read(kind string) request {
	in := renewal(kind, "", "1")
	in.body = ""
	in.line, _, _ = strings.Cut(strings.Replace(in.line, "PUT ", "GET ", 1), "?")
	return in
}

// expiry reads the expiry that a resource of fleet shows.
func (c *caller) expiry(t *testing.T, kind string) time.Time {
	t.Helper()
	got := c.do(t, read(kind))
	if got.status != http.StatusOK {
		t.Fatalf("reading %s: got %d %s %v; want 200", kind, got.status, got.body, got.err)
	}
	var item struct {
		ExpiredTime, ExpireTime time.Time
		Instance                struct{ ExpireTime time.Time }
	}
	if err := json.NewDecoder(bytes.NewReader([]byte(got.body))).Decode(&item); err != nil {
		t.Fatalf("reading %s: %v in %s", kind, err, got.body)
	}
	for _, e := range []time.Time{item.ExpiredTime, item.ExpireTime, item.Instance.ExpireTime} {
		if !e.IsZero() {
			return e
		}
	}
	t.Fatalf("reading %s: no expiry in %s", kind, got.body)
	return time.Time{}
}

func wantAnswer(t *testing.T, got answer, status int, code string) {
	t.Helper()
	if got.err != nil || got.status != status || got.code != code {
		t.Fatalf("got %d %q %s %v; want %d %q", got.status, got.code, got.body, got.err, status, code)
	}
}

func wantCharges(t *testing.T, s *sandbox.Sandbox, want int) {
	t.Helper()
	if got := s.Charges(); len(got) != want {
		t.Fatalf("got %d charges %+v; want %d", len(got), got, want)
	}
}

func or(s, def string) string {
	if s == "" {
		return def
	}
	return s
}

func script(steps ...sandbox.Step) sandbox.Faults { return sandbox.Faults{Script: steps} }

func once(faults ...sandbox.Fault) sandbox.Step { return sandbox.Step{Faults: faults} }
