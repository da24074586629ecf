package exec

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"renewplan/internal/bce"
	"renewplan/internal/bce/sandbox"
)

// wire is the way to a sandbox: every request takes a while, and some come too
// fast for the limit that is kept there.
type wire struct {
	next    http.RoundTripper
	latency time.Duration
	limit   limit // nil for none
	status  int   // of throttled answers; 0 means 429
	after   time.Duration

	mu        sync.Mutex
	came      []time.Time
	throttled int
}

// limit is one style of throttling; calls are in order of time.
type limit interface{ allow(now time.Time) bool }

// RoundTrip passes a request on.
func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	time.Sleep(w.latency / 2)
	w.mu.Lock()
	w.came = append(w.came, time.Now())
	ok := w.limit == nil || w.limit.allow(time.Now())
	if !ok {
		w.throttled++
	}
	w.mu.Unlock()
	if !ok {
		time.Sleep(w.latency - w.latency/2)
		return w.refuse(r), nil
	}
	resp, err := w.next.RoundTrip(r)
	time.Sleep(w.latency - w.latency/2)
	return resp, err
}

func (w *wire) refuse(r *http.Request) *http.Response {
	status, header := w.status, http.Header{"Content-Type": {"application/json"}}
	if status == 0 {
		status = http.StatusTooManyRequests
	}
	if w.after > 0 {
		header.Set("Retry-After", strconv.Itoa(int(w.after/time.Second)))
	}
	const body = `{"code":"RequestLimitExceeded","message":"too fast","requestId":"r"}`
	return &http.Response{
		StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: header,
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), Request: r,
	}
}

// through puts a wire between the world and its cloud.
func (w *world) through(wire *wire) *wire {
	w.t.Helper()
	wire.next = w.sb.Transport()
	c, err := bce.New(bce.Config{
		Credentials: bce.Credentials{AccessKeyID: sandbox.AccessKeyID, SecretAccessKey: sandbox.SecretAccessKey},
		Transport:   wire,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.cfg.Cloud = oneHost{c}
	return wire
}

// oneHost is a cloud behind one gateway.
type oneHost struct{ Cloud }

func (oneHost) Host(string, bce.Kind) string { return "gateway" }

// bucket is a token bucket: perSecond, of which burst may be saved up.
type bucket struct {
	perSecond, burst float64
	tokens           float64
	at               time.Time
}

func (b *bucket) allow(now time.Time) bool {
	if b.at.IsZero() {
		b.tokens = b.burst
	} else {
		b.tokens = min(b.burst, b.tokens+now.Sub(b.at).Seconds()*b.perSecond)
	}
	b.at = now
	if b.tokens < 1-1e-9 {
		return false
	}
	b.tokens--
	return true
}

// window allows so many in each second of the clock.
type window struct {
	perSecond int
	second    int64
	n         int
}

func (w *window) allow(now time.Time) bool {
	if s := now.Unix(); s != w.second {
		w.second, w.n = s, 0
	}
	w.n++
	return w.n <= w.perSecond
}

// changing is one limit, and another one after so many requests.
type changing struct {
	first  limit
	served int
	then   limit
}

func (c *changing) allow(now time.Time) bool {
	if c.served <= 0 {
		return c.then.allow(now)
	}
	ok := c.first.allow(now)
	if ok {
		c.served--
	}
	return ok
}

// closed allows nothing.
type closed struct{}

func (closed) allow(time.Time) bool { return false }

// estate is n resources of the kinds, or of all, spread over regions, with four
// VPCs in each.
func estate(n int, regions []string, kinds ...string) []sandbox.Resource {
	expiry := time.Now().UTC().Truncate(time.Second).AddDate(0, 0, 10)
	if len(kinds) == 0 {
		for _, k := range bce.Kinds() {
			kinds = append(kinds, k.Name)
		}
	}
	fleet := make([]sandbox.Resource, n)
	for i := range fleet {
		kind, at := kinds[i%len(kinds)], i/len(kinds)
		region := regions[at%len(regions)]
		fleet[i] = sandbox.Resource{
			Region: region, Kind: kind, ID: kind + "-" + strconv.Itoa(i), Payment: "Prepaid", Expiry: expiry,
			VPCID: "vpc-" + region + "-" + strconv.Itoa(at/len(regions)%4),
		}
	}
	return fleet
}

func oneRegion() []string    { return []string{"bj"} }
func threeRegions() []string { return []string{"bj", "gz", "su"} }

// trial is what an apply took in a world of its own.
type trial struct {
	took      time.Duration
	reads     int
	sends     int
	throttled int
	report    Report
}

func (w *world) trial(wire *wire) (tr trial) {
	w.t.Helper()
	p := w.plan()
	w.through(wire)
	before := w.sb.Counts()
	began := time.Now()
	tr.report = w.run(p)
	tr.took = time.Since(began)
	after := w.sb.Counts()
	tr.reads, tr.sends, tr.throttled = after.Reads-before.Reads, after.Purchases-before.Purchases, wire.throttled
	return tr
}

func (tr trial) requests() int { return tr.reads + tr.sends + tr.throttled }

func (tr trial) log(t *testing.T, limit time.Duration) {
	t.Helper()
	t.Logf("took %v, limit %v, ratio %.3f; %d sends, %d reads, %d throttled (%.2f%%)", tr.took.Round(time.Millisecond), limit,
		tr.took.Seconds()/limit.Seconds(), tr.sends, tr.reads, tr.throttled, 100*float64(tr.throttled)/float64(tr.requests()))
}
