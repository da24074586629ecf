package sandbox_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"renewplan/internal/bce"
	"renewplan/internal/bce/sandbox"
)

var later1, later2 = soon.AddDate(0, 2, 0), soon.AddDate(0, 0, -3)

// webServer is an instance with a system disk, a disk of its own expiry, a
// postpaid one, an address, and one of a shared bandwidth.
func webServer() sandbox.Resource {
	return sandbox.Resource{Region: "bj", Kind: "instance", ID: "i-1", Name: "web", Expiry: soon, Attached: []sandbox.Attached{
		{Kind: "cds", ID: "v-0", System: true},
		{Kind: "cds", ID: "v-1", Name: "data", Expiry: later1},
		{Kind: "cds", ID: "v-2", Payment: "Postpaid"},
		{Kind: "eip", ID: "203.0.113.1", Expiry: later2},
		{Kind: "eip", ID: "203.0.113.2", Payment: "Postpaid"},
		{Kind: "eip", ID: "203.0.113.3", Expiry: soon, Group: "eg-1"},
	}}
}

// attachedTo reads what hangs on instances, in words, and counts the requests.
func attachedTo(t *testing.T, c *bce.Client, sort string, ids ...string) (map[string]string, int) {
	t.Helper()
	k, _ := bce.KindByName("instance")
	found, requests := map[string]string{}, 0
	for _, a := range k.Attachments {
		if a.Kind.Name != sort {
			continue
		}
		b := bce.NewAttachedBatch("bj", k, a, ids, nil)
		for q, ok := b.Next(); ok; q, ok = b.Next() {
			page := c.Query(t.Context(), q)
			requests += page.Requests
			for _, f := range b.Take(q, page) {
				var words []string
				for _, a := range f.Attached {
					word := a.ID + " " + a.Expiry.Format(time.DateOnly)
					if a.System {
						word += " system"
					}
					if a.Group != "" {
						word += " of " + a.Group
					}
					words = append(words, word)
				}
				found[f.ID] = strings.Join(words, ", ")
				if e, ok := errors.AsType[*bce.Error](f.Err); ok {
					found[f.ID] = e.Problem.String()
				}
			}
		}
		if !b.Done() {
			t.Fatalf("the batch is not done: %v", b.Open())
		}
	}
	return found, requests
}

func TestTheClientReadsWhatHangsOnInstances(t *testing.T) {
	bare := sandbox.Resource{Region: "bj", Kind: "instance", ID: "i-2", Expiry: soon}
	far := webServer()
	far.Region, far.ID = "gz", "i-3"
	s := open(t, sandbox.Config{Now: time.Now, Fleet: []sandbox.Resource{webServer(), bare, far}})
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	disks := fmt.Sprintf("v-0 %s system, v-1 %s", soon.Format(time.DateOnly), later1.Format(time.DateOnly))
	addresses := fmt.Sprintf("203.0.113.1 %s, 203.0.113.3 %s of eg-1", later2.Format(time.DateOnly), soon.Format(time.DateOnly))
	for name, c := range map[string]*bce.Client{
		"over HTTP":  newClient(t, bce.Config{Endpoint: server.URL}),
		"in process": newClient(t, bce.Config{Transport: s.Transport()}),
	} {
		for sort, want := range map[string]string{"CDS": disks, "EIP": addresses} {
			got, requests := attachedTo(t, c, sort, "i-1")
			if diff := cmp.Diff(map[string]string{"i-1": want}, got); diff != "" || requests != 1 {
				t.Errorf("%s, %s of one: %d requests (-want +got):\n%s", name, sort, requests, diff)
			}
			got, requests = attachedTo(t, c, sort, "i-1", "i-2")
			if diff := cmp.Diff(map[string]string{"i-1": want, "i-2": ""}, got); diff != "" || requests != 1 {
				t.Errorf("%s, %s of two: %d requests (-want +got):\n%s", name, sort, requests, diff)
			}
		}
	}
}

// TestWhatIsRenewedAlong: disks always or by the flag, addresses by the flag,
// nothing that is postpaid; and it shows when the instance's expiry does.
func TestWhatIsRenewedAlong(t *testing.T) {
	for _, test := range []struct {
		flag   string
		byFlag bool
		months string
		disks  string
		ips    string
		along  []string
	}{
		{"", false, "1", "v-0 2027-01-05 system, v-1 2027-02-05", "203.0.113.1 2026-12-02, 203.0.113.3 2026-12-05 of eg-1", []string{"v-0"}},
		{"", false, "12", "v-0 2027-12-05 system, v-1 2027-12-05", "203.0.113.1 2026-12-02, 203.0.113.3 2026-12-05 of eg-1", []string{"v-0", "v-1"}},
		{"", true, "12", "v-0 2027-12-05 system, v-1 2027-02-05", "203.0.113.1 2026-12-02, 203.0.113.3 2026-12-05 of eg-1", []string{"v-0"}},
		{"CDS", true, "12", "v-0 2027-12-05 system, v-1 2027-12-05", "203.0.113.1 2026-12-02, 203.0.113.3 2026-12-05 of eg-1", []string{"v-0", "v-1"}},
		{"EIP_MKT", true, "1", "v-0 2027-01-05 system, v-1 2027-02-05", "203.0.113.1 2027-01-02, 203.0.113.3 2027-01-05 of eg-1", []string{"v-0", "203.0.113.1", "203.0.113.3"}},
	} {
		t.Run(fmt.Sprintf("flag %q, by flag %v, %s months", test.flag, test.byFlag, test.months), func(t *testing.T) {
			s := open(t, sandbox.Config{Fleet: []sandbox.Resource{webServer()}, DisksByFlag: test.byFlag, InstanceDelay: time.Hour})
			c := inProcess(s)
			in := renewal("instance", "t", test.months)
			in.line = strings.Replace(in.line, "relatedRenewFlag=", "relatedRenewFlag="+test.flag, 1)
			wantAnswer(t, c.do(t, in), http.StatusOK, "")
			show := func() (disks, ips string) {
				for kind, line := range map[string]string{"volumes": "GET /v2/volume?instanceId=i-1&chargeFilter=prepay", "eipList": "GET /v1/eip?instanceType=BCC&instanceId=i-1"} {
					in := request{line: line}
					if kind == "eipList" {
						in.service = "eip"
					}
					got := c.do(t, in)
					wantAnswer(t, got, http.StatusOK, "")
					var words []string
					for _, item := range object(t, got.body)[kind].([]any) {
						m := item.(map[string]any)
						if m["paymentTiming"] != "Prepaid" {
							continue
						}
						id, _ := m["id"].(string)
						if kind == "eipList" {
							id = m["eip"].(string)
						}
						word := id + " " + m["expireTime"].(string)[:10]
						if m["isSystemVolume"] == true {
							word += " system"
						}
						if group, _ := m["shareGroupId"].(string); group != "" {
							word += " of " + group
						}
						words = append(words, word)
					}
					if kind == "volumes" {
						disks = strings.Join(words, ", ")
					} else {
						ips = strings.Join(words, ", ")
					}
				}
				return disks, ips
			}
			if disks, ips := show(); disks != "v-0 2026-12-05 system, v-1 2027-02-05" || ips != "203.0.113.1 2026-12-02, 203.0.113.3 2026-12-05 of eg-1" {
				t.Errorf("got %s; %s at once; want all as it was", disks, ips)
			}
			later(s, c, time.Hour)
			if disks, ips := show(); disks != test.disks || ips != test.ips {
				t.Errorf("got %s; %s later; want %s; %s", disks, ips, test.disks, test.ips)
			}
			if diff := cmp.Diff(test.along, s.Charges()[0].Along); diff != "" {
				t.Errorf("along (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhatHangsOnInstancesSurvivesARestart(t *testing.T) {
	cfg := sandbox.Config{Fleet: []sandbox.Resource{webServer()}, InstanceDelay: time.Hour, File: filepath.Join(t.TempDir(), "state.json"), Now: func() time.Time { return day }}
	s, err := sandbox.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	wantAnswer(t, inProcess(s).do(t, renewal("instance", "t", "12")), http.StatusOK, "")
	want := s.Resources()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	cfg.Fleet = []sandbox.Resource{} // all is in the file
	s = open(t, cfg)
	if diff := cmp.Diff(want, s.Resources()); diff != "" {
		t.Errorf("after a restart (-want +got):\n%s", diff)
	}
	c := inProcess(s)
	list := request{line: "GET /v2/volume?instanceId=i-1&usageFilter=data"}
	if got := c.do(t, list).body; !strings.Contains(got, later1.Format(time.RFC3339)) || strings.Contains(got, "v-0") {
		t.Errorf("got %s; want the data disk's old expiry, which still shows", got)
	}
	later(s, c, time.Hour)
	if got := c.do(t, list).body; !strings.Contains(got, "2027-12-05T08:30:00Z") {
		t.Errorf("got %s; want the new expiry", got)
	}
}

func TestListsOfWhatHangsOnInstancesArePagedAndStrict(t *testing.T) {
	s := open(t, sandbox.Config{Fleet: []sandbox.Resource{webServer()}})
	c := inProcess(s)
	for _, size := range []int{1, 2, 3, 1000} {
		in := request{line: fmt.Sprint("GET /v2/volume?maxKeys=", size)}
		if diff := cmp.Diff([]string{"v-0", "v-1", "v-2"}, walk(t, c, in, "volumes", "id")); diff != "" {
			t.Errorf("pages of %d (-want +got):\n%s", size, diff)
		}
	}
	for line, service := range map[string]string{
		"GET /v1/eip?instanceId=i-1": "eip", "GET /v2/volume?state=x": "bcc", "GET /v2/volume?maxKeys=0": "bcc",
	} {
		wantAnswer(t, c.do(t, request{line: line, service: service}), http.StatusBadRequest, "BadRequest")
	}
	wantAnswer(t, c.do(t, request{line: "GET /v2/volume", service: "eip"}), http.StatusBadRequest, "InvalidURI")
	wantAnswer(t, c.do(t, request{line: "GET /v1/eip"}), http.StatusBadRequest, "InvalidURI")
}

// TestFaultsOfWhatHangsOnInstances: by chance, by the list's path, or by an id.
func TestFaultsOfWhatHangsOnInstances(t *testing.T) {
	second := sandbox.Resource{Region: "bj", Kind: "instance", ID: "i-2", Expiry: soon, Attached: []sandbox.Attached{{Kind: "cds", ID: "v-9"}}}
	plain := fmt.Sprintf("v-0 %s system, v-1 %s", soon.Format(time.DateOnly), later1.Format(time.DateOnly))
	other := "v-9 " + soon.Format(time.DateOnly)
	for _, test := range []struct {
		faults   string
		one, two string
		requests int
	}{
		{"", plain, other, 1},
		{"read-5xx=next:1", plain, other, 1}, // for a resource's own read
		{"read-5xx=next:1@/v2/volume", plain, other, 3},
		{"read-forbid=next:9@/v2/volume", "account problem", "account problem", 2},
		{"read-loop=next:1@/v2/volume", plain, other, 2}, // the second page is the first again, and the last
		{"read-miss=next:1@v-1", plain[:21], other, 1},
		{"read-no-expiry=next:1@v-1", plain, other, 2},
		{"read-no-zone=next:2@v-1", "bad answer", other, 2},
		{"read-twice=next:1@v-9", plain, other, 2},
		{"read-html=1", "bad answer", "bad answer", 3},
	} {
		s := open(t, sandbox.Config{Now: time.Now, Fleet: []sandbox.Resource{webServer(), second}})
		setFaults(t, s, test.faults)
		got, requests := attachedTo(t, newClient(t, bce.Config{Transport: s.Transport()}), "CDS", "i-1", "i-2")
		if diff := cmp.Diff(map[string]string{"i-1": test.one, "i-2": test.two}, got); diff != "" || requests != test.requests {
			t.Errorf("%q: %d requests, want %d (-want +got):\n%s", test.faults, requests, test.requests, diff)
		}
	}
}

func TestBadAttachmentsAreRefused(t *testing.T) {
	on := func(kind string, things ...sandbox.Attached) sandbox.Resource {
		return sandbox.Resource{Region: "bj", Kind: kind, ID: "x", Expiry: soon, Attached: things}
	}
	v := sandbox.Attached{Kind: "cds", ID: "v-1"}
	for want, r := range map[string]sandbox.Resource{
		"only instances have something attached":      on("vpn", v),
		`unknown kind "disk" of something attached`:   on("instance", sandbox.Attached{Kind: "disk", ID: "v-1"}),
		"something attached has no id":                on("instance", sandbox.Attached{Kind: "cds"}),
		"cds v-1 is attached twice":                   on("instance", v, v),
		`unknown payment "Bidding"`:                   on("instance", sandbox.Attached{Kind: "cds", ID: "v-1", Payment: "Bidding"}),
		"postpaid, it cannot have one":                on("instance", sandbox.Attached{Kind: "cds", ID: "v-1", Payment: "Postpaid", Expiry: soon}),
		"expiry 2026-12-05T08:30:00.5Z is not in who": on("instance", sandbox.Attached{Kind: "cds", ID: "v-1", Expiry: soon.Add(time.Second / 2)}),
	} {
		if _, err := sandbox.New(sandbox.Config{Fleet: []sandbox.Resource{r}}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v; want %q", err, want)
		}
	}
	if _, err := sandbox.ReadFleet(strings.NewReader(`{"resources":[{"region":"bj","kind":"instance","id":"i-1","expiry":"2027-01-01T00:00:00Z","attached":[{"kind":"cds","id":"v-1","payment":"Prepaid","expiry":"2027-01-01T00:00:00Z"}]}]}`)); err != nil {
		t.Errorf("got %v; want the fleet read", err)
	}
}
