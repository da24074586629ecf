package bce

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestWhatAListDoesNotProveIsReadSingly: each hostile list of three groups, and
// what is asked after it.
func TestWhatAListDoesNotProveIsReadSingly(t *testing.T) {
	one, two, three := groupItem("eg-1", groupExpiry), groupItem("eg-2", groupExpiry), groupItem("eg-3", groupExpiry)
	page := func(items ...string) string {
		return `{"isTruncated":false,"eipgroups":[` + strings.Join(items, ",") + `]}`
	}
	without := func(key string) string {
		return strings.Replace(two, `"`+key+`"`, `"was-`+key+`"`, 1)
	}
	with := func(field string) string { return strings.TrimSuffix(two, "}") + "," + field + "}" }
	for _, c := range []struct {
		name   string
		list   string
		singly string // ids that are read singly
		note   string // in the batch's notes
	}{
		{"honest", page(one, two, three), "", ""},
		{"in another order, with others", page(three, groupItem("eg-9", groupExpiry), two, one), "", ""},
		{"an id is missing", page(one, three), "eg-2", ""},
		{"nothing", page(), "eg-1 eg-2 eg-3", ""},
		{"the same item twice", page(one, two, two, three), "", ""},
		{"an item twice, and not alike", page(one, two, groupItem("eg-2", "2028-01-01T08:00:00Z"), two, three), "eg-2", ""},
		{"an item with two expiries", page(one, with(`"expireTime":"2028-01-01T08:00:00Z"`), three), "eg-2", ""},
		{"an item with two regions", page(one, strings.Replace(two, "{", `{"region":"gz",`, 1), three), "eg-2", ""},
		{"an item with two ids", page(with(`"id":"eg-1"`), two, three), "eg-1", ""},
		{"an item with the same id twice", page(one, with(`"id":"eg-2"`), three), "", ""},
		{"a list twice, and not alike", strings.Replace(page(one, two, three), "{", `{"eipgroups":[],`, 1), "eg-1 eg-2 eg-3", `the answer holds "eipgroups" twice, and not alike`},
		{"an unreadable expiry", page(one, groupItem("eg-2", "never"), three), "eg-2", ""},
		{"an expiry without a zone", page(one, groupItem("eg-2", "2027-01-01T08:00:00"), three), "eg-2", ""},
		{"no expiry", page(one, without("expireTime"), three), "eg-2", ""},
		{"no payment", page(one, without("paymentTiming"), three), "eg-2", ""},
		{"no status", page(one, without("status"), three), "eg-2", ""},
		{"no name", page(one, without("name"), three), "eg-2", ""},
		{"no id", page(one, without("id"), three), "eg-2", ""},
		{"an item of another region", page(one, strings.Replace(two, `"bj"`, `"gz"`, 1), three), "eg-2", ""},
		{"an item of this region and of another", page(one, strings.Replace(groupItem("eg-2", "2028-01-01T08:00:00Z"), `"bj"`, `"gz"`, 1), two, three), "", ""},
		{"items that are none", page(one, `null`, `7`, `"eg-2"`, `[`+two+`]`, two, three), "", ""},
		{"a list under another name", `{"isTruncated":false,"groups":[` + one + `]}`, "eg-1 eg-2 eg-3", `the answer is no list (looked for "eipgroups")`},
		{"no list", `{"eipgroups":{"eg-1":` + one + `}}`, "eg-1 eg-2 eg-3", `"eipgroups" of the answer is no list`},
		{"an error in a 200", `{"code":"InternalError","message":"why"}`, "eg-1 eg-2 eg-3", "HTTP 200 InternalError: why"},
		{"empty", ``, "eg-1 eg-2 eg-3", "the answer is empty"},
		{"HTML", `<html>log in</html>`, "eg-1 eg-2 eg-3", "not the cloud's JSON"},
		{"half of it", page(one, two, three)[:200], "eg-1 eg-2 eg-3", "not the cloud's JSON"},
		{"a list itself", `[` + one + `]`, "eg-1 eg-2 eg-3", "no JSON object"},
		{"more, without a marker", strings.Replace(page(one), "false", "true", 1), "eg-2 eg-3", "gave up the list of bj/eipgroup after page 1: its next marker is of no use"},
		{"more, with a null for a marker", `{"isTruncated":true,"nextMarker":null,"eipgroups":[` + one + `]}`, "eg-2 eg-3", "marker is of no use"},
		{"a marker with line ends", `{"isTruncated":true,"nextMarker":"a\r\nb","eipgroups":[` + one + `]}`, "eg-2 eg-3", "marker is of no use"},
		{"an enormous marker", `{"isTruncated":true,"nextMarker":"` + strings.Repeat("m", maxMarker+1) + `","eipgroups":[` + one + `]}`, "eg-2 eg-3", "marker is of no use"},
		{"an enormous page", page(one, strings.Repeat(" ", maxListBody), two, three), "eg-1 eg-2 eg-3", "the answer is too long"},
	} {
		t.Run(c.name, func(t *testing.T) {
			url, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/v1/eipgroup" {
					_, _ = io.WriteString(w, c.list)
					return
				}
				_, _ = io.WriteString(w, groupItem(strings.TrimPrefix(r.URL.Path, "/v1/eipgroup/"), groupExpiry))
			})
			b := NewBatch("bj", kindNamed(t, "eipgroup"), []string{"eg-1", "eg-2", "eg-3"}, nil)
			found, asked := drive(t, newClient(t, url), b)
			want := []string{"the list of bj/eipgroup"}
			for id := range strings.FieldsSeq(c.singly) {
				want = append(want, "bj/eipgroup/"+id)
			}
			if diff := cmp.Diff(want, asked); diff != "" {
				t.Errorf("asked (-want +got):\n%s", diff)
			}
			for _, id := range []string{"eg-1", "eg-2", "eg-3"} {
				if f := found[id]; f.Err != nil || f.State != groupState(id) {
					t.Errorf("%s: got %+v; want %+v", id, f, groupState(id))
				}
			}
			if notes := strings.Join(b.Notes(), "\n"); !strings.Contains(notes, c.note) || (c.note == "") != (notes == "") {
				t.Errorf("got notes %q; want %q", notes, c.note)
			}
		})
	}
}

// TestAnInstanceInAListMustTellAllThatMatters: a prepaid one that does not say
// whether it renews itself, or is dedicated, would be guessed at.
func TestAnInstanceInAListMustTellAllThatMatters(t *testing.T) {
	const whole = `{"id":"i-1","name":"a","status":"Running","paymentTiming":"Prepaid","expireTime":"2027-01-01T08:00:00Z","autoRenew":false,"placementPolicy":"default","dedicatedHostId":"","zoneName":"cn-bj-a"}`
	for _, c := range []struct {
		name, old, new string
		singly         bool
	}{
		{"all is told", "", "", false},
		{"auto-renewal as a word", `"autoRenew":false`, `"autoRenew":"false"`, false},
		{"no auto-renewal", `"autoRenew"`, `"x"`, true},
		{"a null for auto-renewal", `"autoRenew":false`, `"autoRenew":null`, true},
		{"no placement", `"placementPolicy"`, `"x"`, true},
		{"no dedicated host", `"dedicatedHostId"`, `"x"`, true},
		{"a null for the dedicated host", `"dedicatedHostId":""`, `"dedicatedHostId":null`, false},
		{"a zone of another region", `"cn-bj-a"`, `"cn-gz-a"`, true},
		{"no zone", `"zoneName"`, `"x"`, false},
		{"postpaid, and nothing else", whole, `{"id":"i-1","name":"a","status":"Running","paymentTiming":"Postpaid"}`, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			url, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
				item := strings.Replace(whole, c.old, c.new, 1)
				if r.Method == "POST" {
					_, _ = io.WriteString(w, `{"instances":[`+item+`,`+strings.Replace(whole, "i-1", "i-2", 1)+`]}`)
				} else {
					_, _ = io.WriteString(w, `{"instance":`+strings.Replace(item, "cn-gz-a", "cn-bj-a", 1)+`}`)
				}
			})
			b := NewBatch("bj", kindNamed(t, "instance"), []string{"i-1", "i-2"}, nil)
			found, asked := drive(t, newClient(t, url), b)
			if singly := len(asked) == 2; singly != c.singly || found["i-1"].Err != nil || found["i-2"].Err != nil {
				t.Errorf("asked %q, got %+v; want a single read: %v", asked, found, c.singly)
			}
		})
	}
}

func TestAnItemThatCannotBeReadIsAnErrorOfItsOwn(t *testing.T) {
	url, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/v1/eipgroup":
			_, _ = io.WriteString(w, `{"eipgroups":[`+groupItem("eg-1", groupExpiry)+`,`+groupItem("eg-2", "soon")+`]}`)
		case "/v1/eipgroup/eg-2":
			_, _ = io.WriteString(w, groupItem("eg-2", "soon"))
		default:
			w.WriteHeader(404)
			_, _ = io.WriteString(w, `{"code":"NoSuchObject","message":"gone"}`)
		}
	})
	found, _ := drive(t, newClient(t, url), NewBatch("bj", kindNamed(t, "eipgroup"), []string{"eg-1", "eg-2", "eg-3"}, nil))
	if f := found["eg-1"]; f.Err != nil || f.State != groupState("eg-1") {
		t.Errorf("eg-1: got %+v; want its state", f)
	}
	for id, want := range map[string]struct {
		problem Problem
		text    string
	}{
		"eg-2": {BadAnswer, `the expiry "soon" is not a time: HTTP 200`},
		"eg-3": {NotFound, "HTTP 404 NoSuchObject: gone"},
	} {
		e, ok := errors.AsType[*Error](found[id].Err)
		if !ok || e.Problem != want.problem || e.Error() != want.text {
			t.Errorf("%s: got %v; want %q", id, found[id].Err, want.text)
		}
	}
}

// TestListsWithoutEndAreGivenUp: a marker that comes again at once, and pages
// that never stop.
func TestListsWithoutEndAreGivenUp(t *testing.T) {
	for _, c := range []struct {
		name   string
		next   func(marker string) string
		pages  int // read of the list
		listed bool
	}{
		{"a marker that stays", func(string) string { return "m" }, 2, true},
		{"markers in a circle", func(m string) string { return map[string]string{"": "a", "a": "b", "b": "c", "c": "a"}[m] }, 4, true},
		{"a marker back to the start", func(string) string { return "" }, 1, true},
		{"pages without end", func(m string) string { return m + "m" }, 10, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			pages := 0
			url, requests := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/v1/eipgroup" {
					pages++
					_, _ = fmt.Fprintf(w, `{"eipgroups":[],"isTruncated":true,"nextMarker":%q}`, c.next(r.URL.Query().Get("marker")))
					return
				}
				_, _ = io.WriteString(w, groupItem(strings.TrimPrefix(r.URL.Path, "/v1/eipgroup/"), groupExpiry))
			})
			atlas := &Atlas{}
			ids := idsOf("eg", 10)
			b := NewBatch("bj", kindNamed(t, "eipgroup"), ids, atlas)
			found, _ := drive(t, newClient(t, url), b)
			if pages != c.pages || int(requests.Load()) != c.pages+10 || len(found) != 10 || len(b.Notes()) != 1 {
				t.Errorf("got %d pages, %d requests, %d found, notes %q; want %d pages, 10 single reads, a note", pages, requests.Load(), len(found), b.Notes(), c.pages)
			}
			// The run has learned that this list is no use.
			if _, asked := drive(t, newClient(t, url), NewBatch("bj", kindNamed(t, "eipgroup"), ids, atlas)); len(asked) != 10 {
				t.Errorf("got %q the next time; want 10 single reads", asked)
			}
		})
	}
}

// TestAMillionGroupsFitInLittleMemory: only what is wanted is kept, and the list
// is read on only as long as that is cheaper than single reads may be.
func TestAMillionGroupsFitInLittleMemory(t *testing.T) {
	const size, total = 1000, 1_000_000
	var page strings.Builder
	for i := range size {
		if i > 0 {
			page.WriteByte(',')
		}
		page.WriteString(groupItem(fmt.Sprintf("eg-%%[1]d-%d", i), groupExpiry))
	}
	format := `{"isTruncated":true,"nextMarker":"%[1]d.","eipgroups":[` + page.String() + `]}`
	client := newClient(t, "", func(cfg *Config) {
		cfg.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
			n := 0
			_, _ = fmt.Sscanf(r.URL.Query().Get("marker"), "%d.", &n)
			body := fmt.Sprintf(format, n+1)
			if n == total/size-1 {
				body = strings.Replace(body, "true", "false", 1)
			}
			if id, single := strings.CutPrefix(r.URL.Path, "/v1/eipgroup/"); single {
				body = groupItem(id, groupExpiry)
			}
			return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}, nil
		})
	})
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	ids := make([]string, 0, 40)
	for i := range 40 { // the first 20 on the first 20 pages, the others at the end
		ids = append(ids, fmt.Sprintf("eg-%d-%d", 1+i+i/20*(total/size-60), i))
	}
	b := NewBatch("bj", kindNamed(t, "eipgroup"), ids, nil)
	found, asked := drive(t, client, b)
	runtime.GC()
	runtime.ReadMemStats(&after)
	for _, id := range ids {
		if f := found[id]; f.Err != nil || f.State != groupState(id) {
			t.Errorf("%s: got %+v; want its state", id, f)
		}
	}
	if len(asked) != 40 || !strings.Contains(strings.Join(b.Notes(), ""), "after page 20: it is long") {
		t.Errorf("got %d queries, notes %q; want 20 pages and 20 single reads", len(asked), b.Notes())
	}
	if kept := int64(after.HeapAlloc) - int64(before.HeapAlloc); kept > 4<<20 {
		t.Errorf("got %d bytes more in use; want next to none", kept)
	}
	runtime.KeepAlive(b)
}

func TestAPageWithAMillionItemsIsRefused(t *testing.T) {
	for _, c := range []struct {
		name string
		item string
		n    int
		want string // in the error
	}{
		{"50,000 items", `{"id":"x"}`, 50_000, ""},
		{"a million items of a few bytes", `{"id":"x"}`, 1_000_000, `"eipgroups" of the answer holds more than 100000 items`},
		{"a million items of some more", `{"id":"eg-00000000","x":"` + strings.Repeat("x", 40) + `"}`, 1_000_000, "the answer is too long"},
	} {
		t.Run(c.name, func(t *testing.T) {
			body := `{"eipgroups":[` + strings.Repeat(c.item+",", c.n) + groupItem("eg-1", groupExpiry) + "," + groupItem("eg-2", groupExpiry) + `]}`
			client := newClient(t, "", func(cfg *Config) {
				cfg.Transport = roundTrip(func(*http.Request) (*http.Response, error) {
					return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}, nil
				})
			})
			q, _ := NewBatch("bj", kindNamed(t, "eipgroup"), []string{"eg-1", "eg-2"}, nil).Next()
			p := client.Query(t.Context(), q)
			if c.want == "" && (p.Err != nil || len(p.seen.states) != 2 || len(p.seen.doubts) != 0) {
				t.Errorf("got %v, %+v; want the two that are wanted", p.Err, p.seen)
			}
			if e, ok := errors.AsType[*Error](p.Err); c.want != "" && (!ok || e.Problem != BadAnswer || len(p.seen.states) != 0 ||
				!strings.HasPrefix(e.Error(), "reading the list of bj/eipgroup: ") || !strings.Contains(e.Error(), c.want)) {
				t.Errorf("got %v; want it refused: %s", p.Err, c.want)
			}
		})
	}
}
