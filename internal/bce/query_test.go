package bce

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// drive plays a batch to its end, one query after the other, and says what was
// asked, in words.
func drive(t *testing.T, c *Client, b *Batch) (found map[string]Found, asked []string) {
	t.Helper()
	found = map[string]Found{}
	for q, ok := b.Next(); ok; q, ok = b.Next() {
		asked = append(asked, q.String())
		for _, f := range b.Take(q, c.Query(t.Context(), q)) {
			found[f.ID] = f
		}
	}
	if !b.Done() {
		t.Fatalf("the batch has nothing to ask and is not done: %v", b.Open())
	}
	return found, asked
}

// natItem is an item of a list of NAT gateways, or a detail answer.
func natItem(id string) string {
	return `{"id":"` + id + `","name":"egress","vpcId":"vpc-1","status":"active","paymentTiming":"Prepaid","expiredTime":"2027-01-01T08:00:00Z"}`
}

// groupItem is an item of a list of EIP groups, or a detail answer.
func groupItem(id, expiry string) string {
	return `{"id":"` + id + `","name":"shared","status":"available","paymentTiming":"Prepaid","expireTime":"` + expiry + `","region":"bj"}`
}

const groupExpiry = "2027-01-01T08:00:00Z"

func groupState(id string) State {
	return State{
		ID: id, Name: "shared", Status: "available", Payment: "Prepaid", Prepaid: true,
		Expiry: time.Date(2027, 1, 1, 8, 0, 0, 0, time.UTC),
	}
}

// TestListsAreAskedForAsTheirPagesSay holds each request byte by byte, but for
// its signature, which a verifier checks.
func TestListsAreAskedForAsTheirPagesSay(t *testing.T) {
	var mu sync.Mutex
	var got []string
	url, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		got = append(got, r.Method+" "+r.RequestURI+" "+r.Header.Get("Content-Type")+" "+string(body))
		mu.Unlock()
		if err := Verify(r, func(string) (string, bool) { return testSecret, true }, time.Now()); err != nil {
			t.Errorf("%s %s: %v", r.Method, r.RequestURI, err)
		}
		switch {
		case r.URL.Path == "/v1/vpc" && r.URL.Query().Get("marker") == "":
			_, _ = io.WriteString(w, `{"vpcs":[{"vpcId":"vpc-1"}],"isTruncated":true,"nextMarker":"vpc-2 /+"}`)
		case r.URL.Path == "/v1/vpc":
			_, _ = io.WriteString(w, `{"vpcs":[{"vpcId":"vpc-2"}],"isTruncated":false}`)
		case r.URL.Path == "/v1/nat":
			_, _ = io.WriteString(w, `{"nats":[`+natItem("nat-1")+`,`+natItem("nat-2")+`,`+natItem("nat-3")+`,`+natItem("nat-4")+`]}`)
		case r.URL.Path == "/v1/vpn":
			_, _ = io.WriteString(w, `{"vpns":[{"vpnId":"vpn-1","vpnName":"","status":"active","paymentTiming":"Postpaid"},{"vpnId":"vpn-2","vpnName":"","status":"active","paymentTiming":"Postpaid"}]}`)
		case r.URL.Path == "/v1/eipgroup" && r.URL.Query().Get("marker") == "":
			_, _ = io.WriteString(w, `{"eipgroups":[`+groupItem("eg-1", groupExpiry)+`],"isTruncated":true,"nextMarker":"eg-2","maxKeys":1000,"marker":"eg-1"}`)
		case r.URL.Path == "/v1/eipgroup":
			_, _ = io.WriteString(w, `{"eipgroups":[`+groupItem("eg-2", groupExpiry)+`,`+groupItem("eg-3", groupExpiry)+`]}`)
		case r.URL.Path == "/v2/instance/listByInstanceId":
			_, _ = io.WriteString(w, `{"marker":"","isTruncated":false,"maxKeys":1000,"instances":[{"id":"i-1","name":"a","status":"Running","paymentTiming":"Postpaid","zoneName":"cn-bj-d"},{"id":"i-2","name":"b","status":"Running","paymentTiming":"Postpaid"}]}`)
		}
	})
	vpnHome := &Atlas{}
	vpn := kindNamed(t, "vpn")
	vpnHome.Learn("bj", vpn, State{ID: "vpn-1", VPCID: "vpc-1"})
	vpnHome.Learn("bj", vpn, State{ID: "vpn-2", VPCID: "vpc-1"})
	for _, c := range []struct {
		kind  string
		ids   []string
		atlas *Atlas
		want  []string
	}{
		{"nat", []string{"nat-1", "nat-2", "nat-3", "nat-4"}, nil, []string{
			"GET /v1/vpc?maxKeys=1000 application/json ",
			"GET /v1/vpc?marker=vpc-2%20%2F%2B&maxKeys=1000 application/json ",
			"GET /v1/nat?vpcId=vpc-1&maxKeys=1000 application/json ",
		}},
		{"vpn", []string{"vpn-1", "vpn-2"}, vpnHome, []string{"GET /v1/vpn?vpcId=vpc-1&maxKeys=1000 application/json "}},
		{"eipgroup", []string{"eg-3", "eg-1", "eg-2"}, nil, []string{
			"GET /v1/eipgroup?maxKeys=1000 application/json ",
			"GET /v1/eipgroup?marker=eg-2&maxKeys=1000 application/json ",
		}},
		{"instance", []string{"i-2", "i-1", "i-2"}, nil, []string{
			`POST /v2/instance/listByInstanceId?maxKeys=1000 application/json {"instanceIds":["i-1","i-2"]}`,
		}},
	} {
		t.Run(c.kind, func(t *testing.T) {
			got = nil
			found, _ := drive(t, newClient(t, url), NewBatch("bj", kindNamed(t, c.kind), c.ids, c.atlas))
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
			for id, f := range found {
				if f.Err != nil || f.State.ID != id || f.At.IsZero() {
					t.Errorf("%s: got %+v; want its state", id, f)
				}
			}
		})
	}
}

// TestListsGoToTheHostOfTheirKind: the key of a rate limiter must be the host
// that the request goes to.
func TestListsGoToTheHostOfTheirKind(t *testing.T) {
	for kind, want := range map[string]string{
		"vpn": "bcc.gz.baidubce.com", "nat": "bcc.gz.baidubce.com", "instance": "bcc.gz.baidubce.com", "eipgroup": "eip.gz.baidubce.com",
	} {
		client := newClient(t, "", func(cfg *Config) {
			cfg.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
				if r.URL.Host != want || r.Host != want || r.URL.Scheme != "https" {
					t.Errorf("%s: got %s; want %s", kind, r.URL, want)
				}
				return nil, errors.New("no")
			})
		})
		b := NewBatch("gz", kindNamed(t, kind), idsOf("x", 5), nil)
		q, _ := b.Next()
		p := client.Query(t.Context(), q)
		if e, ok := errors.AsType[*Error](p.Err); !ok || e.Problem != Transient || p.Requests != 1 || client.Host(q.Region, q.Kind) != want {
			t.Errorf("%s: got %v after %d requests to %s; want a transient error of one to %s", kind, p.Err, p.Requests, client.Host(q.Region, q.Kind), want)
		}
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestAListCorrectsTheClockAndTriesOnceMore(t *testing.T) {
	url, requests := serve(t, func(w http.ResponseWriter, r *http.Request) {
		now := time.Now().Add(3 * time.Hour)
		w.Header().Set("Date", now.UTC().Format(http.TimeFormat))
		if err := Verify(r, func(string) (string, bool) { return testSecret, true }, now); err != nil {
			w.WriteHeader(400)
			_, _ = io.WriteString(w, `{"code":"RequestExpired","message":"late"}`)
			return
		}
		_, _ = io.WriteString(w, `{"eipgroups":[`+groupItem("eg-1", groupExpiry)+`,`+groupItem("eg-2", groupExpiry)+`]}`)
	})
	b := NewBatch("bj", kindNamed(t, "eipgroup"), []string{"eg-1", "eg-2"}, nil)
	q, _ := b.Next()
	p := newClient(t, url).Query(t.Context(), q)
	if found := b.Take(q, p); p.Err != nil || p.Requests != 2 || len(found) != 2 || requests.Load() != 2 {
		t.Errorf("got %v, %d requests, %v; want both groups after two requests", p.Err, p.Requests, found)
	}
}

func TestAListThatIsCutIsWorthAnotherQuery(t *testing.T) {
	tries := 0
	url, _ := serveRaw(t, func(c *net.TCPConn) {
		if tries++; tries == 1 {
			write(c, "HTTP/1.1 200 OK\nContent-Length: 900\n\n{}")
			return
		}
		body := `{"eipgroups":[` + groupItem("eg-1", groupExpiry) + `,` + groupItem("eg-2", groupExpiry) + `]}`
		write(c, fmt.Sprintf("HTTP/1.1 200 OK\nContent-Length: %d\nConnection: close\n\n%s", len(body), body))
	})
	client := newClient(t, url)
	b := NewBatch("bj", kindNamed(t, "eipgroup"), []string{"eg-1", "eg-2"}, nil)
	q, _ := b.Next()
	p := client.Query(t.Context(), q)
	if e, ok := errors.AsType[*Error](p.Err); !ok || e.Problem != Transient || len(p.seen.states) != 0 {
		t.Fatalf("got %+v; want a transient error and nothing seen", p)
	}
	if p = client.Query(t.Context(), q); p.Err != nil || len(b.Take(q, p)) != 2 || !b.Done() {
		t.Errorf("got %+v; want both groups from the same query", p)
	}
}

func TestAListNeverKeepsAPreSharedKey(t *testing.T) {
	const item = `{"vpnId":"vpn-%d","vpnName":"v","status":"active","paymentTiming":"Prepaid","expiredTime":"%s","vpnConns":[{"secretKey":"canary-psk"}]}`
	url, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1/vpn" {
			_, _ = fmt.Fprintf(w, `{"vpns":[`+item+","+item+`]}`, 1, groupExpiry, 2, "canary")
			return
		}
		w.WriteHeader(500)
	})
	atlas := &Atlas{}
	for _, id := range []string{"vpn-1", "vpn-2"} {
		atlas.Learn("bj", kindNamed(t, "vpn"), State{ID: id, VPCID: "vpc-1"})
	}
	b := NewBatch("bj", kindNamed(t, "vpn"), []string{"vpn-1", "vpn-2"}, atlas)
	q, _ := b.Next()
	p := newClient(t, url).Query(t.Context(), q)
	if text := fmt.Sprintf("%+v %#v", p, b.Take(q, p)); strings.Contains(text, "canary-psk") {
		t.Errorf("got %s; want no pre-shared key", text)
	}
}
