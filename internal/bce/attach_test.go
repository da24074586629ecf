package bce

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// attachmentOf returns a sort of attachments of instances.
func attachmentOf(t *testing.T, name string) Attachment {
	t.Helper()
	sorts := kindNamed(t, "instance").Attachments
	i := slices.IndexFunc(sorts, func(a Attachment) bool { return a.Kind.Name == name })
	if i < 0 {
		t.Fatalf("there is no attachment %q", name)
	}
	return sorts[i]
}

// driveAttached plays a batch to its end, one query after the other.
func driveAttached(t *testing.T, c *Client, b *AttachedBatch) (found map[string]AttachedFound, asked []string) {
	t.Helper()
	found = map[string]AttachedFound{}
	for q, ok := b.Next(); ok; q, ok = b.Next() {
		asked = append(asked, q.String())
		page := c.Query(t.Context(), q)
		for _, f := range b.Take(q, page) {
			if _, twice := found[f.ID]; twice {
				t.Errorf("got %s twice", f.ID)
			}
			found[f.ID] = f
		}
		if again := b.Take(q, page); again != nil {
			t.Errorf("got %v from a query that was taken before", again)
		}
	}
	if !b.Done() || len(b.Open()) != 0 {
		t.Fatalf("the batch has nothing to ask and is not done: %v", b.Open())
	}
	return found, asked
}

// diskItem is an item as of the page of the disk list.
func diskItem(id, payment, expiry string, holders ...string) string {
	var at []string
	for _, h := range holders {
		at = append(at, `{"volumeId":"`+id+`","instanceId":"`+h+`","device":"/dev/vdb","serial":"s"}`)
	}
	return `{"id":"` + id + `","name":"data","status":"InUse","type":"Cds","storageType":"hp1","diskSizeInGB":50,"paymentTiming":"` + payment +
		`","expireTime":"` + expiry + `","isSystemVolume":false,"zoneName":"cn-bj-a","attachments":[` + strings.Join(at, ",") + `]}`
}

// addressItem is an item as of the page of the list of EIPs.
func addressItem(address, payment, expiry, holder string) string {
	return `{"name":"eip-1","eip":"` + address + `","eipId":"ip-xxxxxxxx","status":"binded","instanceType":"BCC","instanceId":"` + holder +
		`","shareGroupId":"eg-0c31c93a","eipInstanceType":"shared","bandwidthInMbps":5,"paymentTiming":"` + payment +
		`","billingMethod":null,"createTime":"2016-03-08T08:13:09Z","expireTime":"` + expiry + `","region":"bj","routeType":"BGP","tags":[],"deleteProtect":true}`
}

var attachedExpiry = time.Date(2027, 1, 1, 8, 0, 0, 0, time.UTC)

func diskOf(id string) Attached {
	return Attached{Sort: "CDS", ID: id, Name: "data", Status: "InUse", Payment: "Prepaid", Expiry: attachedExpiry}
}

// TestAttachmentsAreAskedForAsTheirPagesSay holds each request byte by byte.
func TestAttachmentsAreAskedForAsTheirPagesSay(t *testing.T) {
	var mu sync.Mutex
	var got []string
	system := strings.Replace(diskItem("v-0", "Prepaid", groupExpiry, "i-1"), `"isSystemVolume":false`, `"isSystemVolume":true`, 1)
	url, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		got = append(got, r.Method+" "+r.RequestURI)
		mu.Unlock()
		if err := Verify(r, func(string) (string, bool) { return testSecret, true }, time.Now()); err != nil {
			t.Errorf("%s: %v", r.RequestURI, err)
		}
		switch one := r.URL.Query().Get("instanceId"); {
		case r.URL.Path == "/v2/volume" && one == "" && r.URL.Query().Get("marker") == "":
			_, _ = io.WriteString(w, `{"volumes":[`+system+`,`+diskItem("v-1", "Prepaid", groupExpiry, "i-1")+`],"isTruncated":true,"nextMarker":"v-2"}`)
		case r.URL.Path == "/v2/volume" && one == "":
			_, _ = io.WriteString(w, `{"volumes":[`+diskItem("v-2", "Prepaid", groupExpiry, "i-1", "i-2")+`,`+diskItem("v-9", "Prepaid", groupExpiry)+`]}`)
		case r.URL.Path == "/v2/volume":
			_, _ = io.WriteString(w, `{"volumes":[`+diskItem("v-1", "Prepaid", groupExpiry, "i-1")+`,`+diskItem("v-3", "Postpaid", "", "i-1")+`]}`)
		case r.URL.Path == "/v1/eip":
			_, _ = io.WriteString(w, `{"eipList":[`+addressItem("180.181.3.133", "Prepaid", groupExpiry, "i-1")+`,`+addressItem("180.181.3.134", "Postpaid", "", "i-1")+`]}`)
		}
	})
	ip := Attached{Sort: "EIP", ID: "180.181.3.133", Name: "eip-1", Status: "binded", Payment: "Prepaid", Expiry: attachedExpiry, Group: "eg-0c31c93a"}
	systemDisk := diskOf("v-0")
	systemDisk.System = true
	for _, c := range []struct {
		sort string
		ids  []string
		want []string
		held map[string][]Attached
	}{
		{"CDS", []string{"i-1"}, []string{"GET /v2/volume?instanceId=i-1&maxKeys=1000"}, map[string][]Attached{"i-1": {diskOf("v-1")}}},
		{
			"CDS",
			[]string{"i-2", "i-1", "i-3"},
			[]string{"GET /v2/volume?chargeFilter=prepay&maxKeys=1000", "GET /v2/volume?chargeFilter=prepay&marker=v-2&maxKeys=1000"},
			map[string][]Attached{"i-1": {systemDisk, diskOf("v-1"), diskOf("v-2")}, "i-2": {diskOf("v-2")}, "i-3": nil},
		},
		{"EIP", []string{"i-1"}, []string{"GET /v1/eip?instanceType=BCC&instanceId=i-1&maxKeys=1000"}, map[string][]Attached{"i-1": {ip}}},
		{"EIP", []string{"i-1", "i-2"}, []string{"GET /v1/eip?instanceType=BCC&maxKeys=1000"}, map[string][]Attached{"i-1": {ip}, "i-2": nil}},
	} {
		got = nil
		b := NewAttachedBatch("bj", kindNamed(t, "instance"), attachmentOf(t, c.sort), c.ids, nil)
		found, _ := driveAttached(t, newClient(t, url), b)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s of %v: requests (-want +got):\n%s", c.sort, c.ids, diff)
		}
		for id, f := range found {
			if diff := cmp.Diff(c.held[id], f.Attached); diff != "" || f.Err != nil || f.At.IsZero() {
				t.Errorf("%s of %s: %v (-want +got):\n%s", c.sort, id, f.Err, diff)
			}
		}
		if len(found) != len(c.ids) || len(b.Notes()) != 0 {
			t.Errorf("%s: got %d outcomes, notes %q; want %d and none", c.sort, len(found), b.Notes(), len(c.ids))
		}
	}
}

func TestAttachmentsAreAskedForAtTheirOwnHosts(t *testing.T) {
	client := newClient(t, "")
	for sort, want := range map[string]string{"CDS": "bcc.gz.baidubce.com", "EIP": "eip.gz.baidubce.com"} {
		q, _ := NewAttachedBatch("gz", kindNamed(t, "instance"), attachmentOf(t, sort), []string{"i-1"}, nil).Next()
		if got := client.Host(q.Region, q.Kind); got != want {
			t.Errorf("%s: got %s; want %s", sort, got, want)
		}
	}
}

// TestWhatTheListOfAllDoesNotProveIsAskedForSingly: each hostile list of the disks
// of three instances, of which i-1 has one disk, and what is asked after it.
func TestWhatTheListOfAllDoesNotProveIsAskedForSingly(t *testing.T) {
	one := diskItem("v-1", "Prepaid", groupExpiry, "i-1")
	page := func(items ...string) string { return `{"volumes":[` + strings.Join(items, ",") + `]}` }
	for _, c := range []struct {
		name   string
		list   string
		singly string // holders that are asked for
		note   string
	}{
		{"honest", page(one, diskItem("v-9", "Prepaid", groupExpiry, "i-9"), diskItem("v-8", "Prepaid", groupExpiry)), "", ""},
		{"the same disk twice", page(one, one), "", ""},
		{"postpaid disks in spite of the filter", page(one, diskItem("v-2", "Postpaid", "", "i-2")), "", ""},
		{"a disk of another region", page(one, strings.Replace(diskItem("v-2", "Prepaid", groupExpiry, "i-2"), "cn-bj-a", "cn-gz-a", 1)), "", ""},
		{"a disk twice, and not alike", page(one, diskItem("v-1", "Prepaid", "2028-01-01T00:00:00Z", "i-1")), "i-1", ""},
		{"an unreadable expiry", page(one, diskItem("v-2", "Prepaid", "soon", "i-2")), "i-2", ""},
		{"an expiry without a zone", page(one, diskItem("v-2", "Prepaid", "2027-01-01T08:00:00", "i-2", "i-3")), "i-2 i-3", ""},
		{"no payment", page(one, strings.Replace(diskItem("v-2", "x", groupExpiry, "i-2"), "paymentTiming", "paid", 1)), "i-2", ""},
		{"two payments", page(one, strings.Replace(diskItem("v-2", "Prepaid", groupExpiry, "i-2"), "{", `{"paymentTiming":"Postpaid",`, 1)), "i-1 i-2 i-3", `an item of the list holds "paymentTiming" twice, and not alike`},
		{"a holder with two ids", page(one, strings.Replace(diskItem("v-2", "Prepaid", groupExpiry, "i-2"), `"instanceId"`, `"instanceId":"i-9","instanceId"`, 1)), "i-1 i-2 i-3", "does not tell what its items hang on"},
		{"no id", page(one, strings.Replace(diskItem("v-2", "Prepaid", groupExpiry, "i-2"), `{"id"`, `{"x"`, 1)), "i-2", ""},
		{"items that do not tell what they hang on", page(one, strings.Replace(diskItem("v-2", "Prepaid", groupExpiry, "i-2"), `"attachments"`, `"x"`, 1)), "i-1 i-2 i-3", "does not tell what its items hang on"},
		{"a holder without an id", page(one, strings.Replace(diskItem("v-2", "Prepaid", groupExpiry, "i-2"), `"instanceId"`, `"x"`, 1)), "i-1 i-2 i-3", "does not tell what its items hang on"},
		{"holders that are no list", page(one, strings.Replace(diskItem("v-2", "Prepaid", groupExpiry), `[]`, `{}`, 1)), "i-1 i-2 i-3", "does not tell what its items hang on"},
		{"a null for holders", page(one, strings.Replace(diskItem("v-2", "Prepaid", groupExpiry), `[]`, `null`, 1)), "", ""},
		{"only disks of others", page(diskItem("v-9", "Prepaid", groupExpiry, "1060b348-b9e4")), "i-1 i-2 i-3", "the list of bj/CDS names none of the instances that are wanted, but others"},
		{"a marker that is none", `{"isTruncated":true,"volumes":[` + one + `]}`, "i-1 i-2 i-3", "gave up the list of bj/CDS after page 1: its next marker is of no use"},
		{"no list", `{}`, "i-1 i-2 i-3", `no list (looked for "volumes")`},
		{"HTML", `<html>`, "i-1 i-2 i-3", "not the cloud's JSON"},
	} {
		t.Run(c.name, func(t *testing.T) {
			url, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
				switch r.URL.Query().Get("instanceId") {
				case "":
					_, _ = io.WriteString(w, c.list)
				case "i-1":
					_, _ = io.WriteString(w, page(one))
				default:
					_, _ = io.WriteString(w, page())
				}
			})
			atlas := &Atlas{}
			b := NewAttachedBatch("bj", kindNamed(t, "instance"), attachmentOf(t, "CDS"), []string{"i-1", "i-2", "i-3"}, atlas)
			found, asked := driveAttached(t, newClient(t, url), b)
			want := []string{"the list of bj/CDS"}
			for id := range strings.FieldsSeq(c.singly) {
				want = append(want, "the CDS of bj/instance/"+id)
			}
			wantAsked(t, asked, want...)
			for id, things := range map[string][]Attached{"i-1": {diskOf("v-1")}, "i-2": nil, "i-3": nil} {
				if diff := cmp.Diff(things, found[id].Attached); diff != "" || found[id].Err != nil {
					t.Errorf("%s: %v (-want +got):\n%s", id, found[id].Err, diff)
				}
			}
			notes := strings.Join(b.Notes(), "\n")
			if !strings.Contains(notes, c.note) || (c.note == "") != (notes == "") {
				t.Errorf("got notes %q; want %q", notes, c.note)
			}
			again, _ := NewAttachedBatch("bj", kindNamed(t, "instance"), attachmentOf(t, "CDS"), []string{"i-1", "i-2"}, atlas).Next()
			if listed := again.what == allThat; listed != (c.note == "") {
				t.Errorf("got %s first the next time; want the list: %v", again, c.note == "")
			}
		})
	}
}

// TestAListOfOneInstancesDisksIsTakenAtItsWord, where it says what it hangs on.
func TestAListOfOneInstancesDisksIsTakenAtItsWord(t *testing.T) {
	mine := diskItem("v-1", "Prepaid", groupExpiry, "i-1")
	for _, c := range []struct {
		name, list string
		held       []Attached
		want       string // in the error
	}{
		{"its own", `{"volumes":[` + mine + `]}`, []Attached{diskOf("v-1")}, ""},
		{"none", `{"volumes":[]}`, nil, ""},
		{"others as well, so the filter was not heeded", `{"volumes":[` + mine + `,` + diskItem("v-9", "Prepaid", groupExpiry, "i-9") + `]}`, []Attached{diskOf("v-1")}, ""},
		{"without saying whose", `{"volumes":[` + strings.Replace(mine, "attachments", "x", 1) + `]}`, []Attached{diskOf("v-1")}, ""},
		{"an unreadable expiry", `{"volumes":[` + diskItem("v-1", "Prepaid", "soon", "i-1") + `]}`, nil, `reading the CDS of bj/instance/i-1: CDS v-1: the expiry "soon" is not a time`},
		{"two expiries", `{"volumes":[` + strings.Replace(mine, "{", `{"expireTime":"2028-01-01T00:00:00Z",`, 1) + `]}`, nil, `reading the CDS of bj/instance/i-1: an item of the list holds "expireTime" twice, and not alike`},
		{"an unreadable expiry of another's", `{"volumes":[` + mine + `,` + diskItem("v-9", "Prepaid", "soon", "i-9") + `]}`, []Attached{diskOf("v-1")}, ""},
		{"more than a page", `{"isTruncated":true,"nextMarker":"v-2","volumes":[` + mine + `]}`, nil, "its list does not end at the first page of 1000"},
		{"an error", `{"code":"InternalError","message":"why"}`, nil, "no list"},
	} {
		t.Run(c.name, func(t *testing.T) {
			url, requests := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, c.list) })
			b := NewAttachedBatch("bj", kindNamed(t, "instance"), attachmentOf(t, "CDS"), []string{"i-1", "i-1"}, nil)
			found, _ := driveAttached(t, newClient(t, url), b)
			f := found["i-1"]
			if diff := cmp.Diff(c.held, f.Attached); diff != "" || requests.Load() != 1 {
				t.Errorf("%d requests (-want +got):\n%s", requests.Load(), diff)
			}
			e, failed := errors.AsType[*Error](f.Err)
			if failed != (c.want != "") || failed && (e.Problem != BadAnswer || !strings.Contains(e.Error(), c.want)) {
				t.Errorf("got %v; want %q", f.Err, c.want)
			}
		})
	}
}

// TestALongListOfAllIsGivenUp: a million disks, of which ten pages are read for
// ten instances, and then those of each.
func TestALongListOfAllIsGivenUp(t *testing.T) {
	var page strings.Builder
	for i := range 1000 {
		page.WriteString(diskItem(fmt.Sprint("v-", i), "Prepaid", groupExpiry, fmt.Sprint("i-x", i)) + ",")
	}
	client := newClient(t, "", func(cfg *Config) {
		cfg.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
			id := r.URL.Query().Get("instanceId")
			body := `{"volumes":[` + diskItem("v-1", "Prepaid", groupExpiry, id) + `]}`
			if id == "" {
				body = `{"isTruncated":true,"nextMarker":"` + r.URL.Query().Get("marker") + `m","volumes":[` + page.String() + diskItem("v-0", "Prepaid", groupExpiry) + `]}`
			}
			return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}, nil
		})
	})
	b := NewAttachedBatch("bj", kindNamed(t, "instance"), attachmentOf(t, "CDS"), idsOf("i", 10), nil)
	found, asked := driveAttached(t, client, b)
	if len(asked) != 20 || len(found) != 10 || len(found["i-000003"].Attached) != 1 || len(b.held.of) != 0 {
		t.Errorf("got %d queries, %d outcomes, %d kept; want 10 pages and 10 single lists", len(asked), len(found), len(b.held.of))
	}
}

// TestTheListOfAllEnds, at a marker that was there before, and is as old as its
// first page.
func TestTheListOfAllEnds(t *testing.T) {
	for _, c := range []struct {
		next []string // of each page; "" ends the list
		asks int
	}{
		{[]string{"a", ""}, 2},
		{[]string{"a", "b", "a"}, 3 + 4},
		{[]string{"a", "a"}, 2 + 4},
	} {
		b := NewAttachedBatch("bj", kindNamed(t, "instance"), attachmentOf(t, "EIP"), idsOf("i", 4), nil)
		n := 0
		for q, ok := b.Next(); ok; q, ok = b.Next() {
			p := Page{At: time.Unix(int64(n), 0), held: &holdings{}}
			if n < len(c.next) {
				p.next, p.more = c.next[n], c.next[n] != ""
			}
			n++
			for _, f := range b.Take(q, p) {
				if n <= len(c.next) && !f.At.Equal(time.Unix(0, 0)) {
					t.Errorf("%v: got the time of %v; want that of the first page", c.next, f.At)
				}
			}
		}
		if n != c.asks || !b.Done() {
			t.Errorf("%v: got %d queries; want %d", c.next, n, c.asks)
		}
	}
}

// TestOneSingleListDecidesForTheOthers: where the list of all fails.
func TestOneSingleListDecidesForTheOthers(t *testing.T) {
	for _, c := range []struct {
		name           string
		list, single   int
		queries, fails int
	}{
		{"the cloud is down", 500, 500, 2, 5},
		{"not permitted at all", 403, 403, 2, 5},
		{"the list of all alone is not permitted", 403, 200, 6, 0},
		{"nobody knows these instances", 500, 404, 6, 5},
	} {
		t.Run(c.name, func(t *testing.T) {
			url, requests := serve(t, func(w http.ResponseWriter, r *http.Request) {
				status := c.single
				if r.URL.Query().Get("instanceId") == "" {
					status = c.list
				}
				w.WriteHeader(status)
				if status == 200 {
					_, _ = io.WriteString(w, `{"eipList":[]}`)
				} else {
					_, _ = io.WriteString(w, `{"code":"`+map[int]string{500: "InternalError", 403: "AccessDenied", 404: "NoSuchObject"}[status]+`"}`)
				}
			})
			b := NewAttachedBatch("bj", kindNamed(t, "instance"), attachmentOf(t, "EIP"), idsOf("i", 5), nil)
			found, _ := driveAttached(t, newClient(t, url), b)
			fails := 0
			for _, f := range found {
				if f.Err != nil {
					fails++
				}
			}
			if int(requests.Load()) != c.queries || fails != c.fails || len(found) != 5 {
				t.Errorf("got %d requests, %d of %d failed; want %d and %d", requests.Load(), fails, len(found), c.queries, c.fails)
			}
			if c.queries == 2 && !strings.HasPrefix(found["i-000004"].Err.Error(), "reading the EIP of bj/instance/i-000004: not asked, because reading the EIP of bj/instance/i-000000 failed: ") {
				t.Errorf("got %q; want it to say that it was not asked for", found["i-000004"].Err)
			}
		})
	}
	t.Run("and a passing failure is forgotten", func(t *testing.T) {
		for status, want := range map[int]what{500: allThat, 403: thoseOf} {
			url, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
			atlas := &Atlas{}
			k, sort := kindNamed(t, "instance"), attachmentOf(t, "EIP")
			driveAttached(t, newClient(t, url), NewAttachedBatch("bj", k, sort, []string{"i-1", "i-2"}, atlas))
			if q, _ := NewAttachedBatch("bj", k, sort, []string{"i-1", "i-2"}, atlas).Next(); q.what != want {
				t.Errorf("%d: got %s first the next time", status, q)
			}
		}
	})
	t.Run("an id that cannot be asked for", func(t *testing.T) {
		b := NewAttachedBatch("bj", kindNamed(t, "instance"), attachmentOf(t, "EIP"), []string{"i\x001"}, nil)
		found, _ := driveAttached(t, newClient(t, "https://127.0.0.1:1"), b)
		if err := found["i\x001"].Err; err == nil || !strings.Contains(err.Error(), "control characters") {
			t.Errorf("got %v; want the id refused", err)
		}
	})
}

// TestADiskThatProvesNothingHidesNoOther: what was read stands beside what was not.
func TestADiskThatProvesNothingHidesNoOther(t *testing.T) {
	url, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"volumes":[`+diskItem("v-1", "Prepaid", "2027-01-01T08:00:00", "i-1")+`,`+
			diskItem("v-2", "Prepaid", groupExpiry, "i-1")+`,`+
			diskItem("v-3", "Prepaid", groupExpiry, "i-1")+`,`+diskItem("v-3", "Prepaid", "2028-01-01T00:00:00Z", "i-1")+`]}`)
	})
	b := NewAttachedBatch("bj", kindNamed(t, "instance"), attachmentOf(t, "CDS"), []string{"i-1"}, nil)
	found, _ := driveAttached(t, newClient(t, url), b)
	f := found["i-1"]
	if diff := cmp.Diff([]Attached{diskOf("v-2")}, f.Attached); diff != "" || f.Err == nil {
		t.Errorf("got error %v; want one, and (-want +got):\n%s", f.Err, diff)
	}
}
