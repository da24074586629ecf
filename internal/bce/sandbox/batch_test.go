package sandbox_test

import (
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"renewplan/internal/bce"
	"renewplan/internal/bce/sandbox"
)

// readAll reads resources of a kind in bj with a batch, and counts the requests.
func readAll(t *testing.T, c *bce.Client, kind string, ids []string, atlas *bce.Atlas) (map[string]bce.Found, int) {
	t.Helper()
	k, ok := bce.KindByName(kind)
	if !ok {
		t.Fatalf("no kind %s", kind)
	}
	b := bce.NewBatch("bj", k, ids, atlas)
	found, requests := map[string]bce.Found{}, 0
	for q, ok := b.Next(); ok; q, ok = b.Next() {
		page := c.Query(t.Context(), q)
		requests += page.Requests
		for _, f := range b.Take(q, page) {
			found[f.ID] = f
		}
	}
	if !b.Done() {
		t.Fatalf("the batch is not done: %v", b.Open())
	}
	return found, requests
}

// manyOf is n resources of a kind in bj, spread over some VPCs.
func manyOf(kind, prefix string, n, vpcs int) (rs []sandbox.Resource) {
	for i := range n {
		rs = append(rs, sandbox.Resource{
			Region: "bj", Kind: kind, ID: fmt.Sprintf("%s-%04d", prefix, i), Name: fmt.Sprint("n", i),
			Expiry: day.AddDate(0, 0, 1+i), VPCID: fmt.Sprint("vpc-", i%vpcs),
		})
	}
	return rs
}

// TestABatchReadsWhatSingleReadsWouldWithFewerRequests, of every kind, over
// HTTP and in process.
func TestABatchReadsWhatSingleReadsWouldWithFewerRequests(t *testing.T) {
	for _, test := range []struct {
		kind, prefix string
		n, vpcs      int
		first, again int // requests
	}{
		{"instance", "i", 250, 1, 3, 3},
		{"eipgroup", "eg", 1200, 1, 2, 2},
		{"vpn", "vpn", 30, 3, 4, 3},
		{"nat", "nat", 4, 1, 3, 1},
	} {
		t.Run(test.kind, func(t *testing.T) {
			rs := manyOf(test.kind, test.prefix, test.n, test.vpcs)
			gone := rs[0]
			gone.Region = "gz"
			s := open(t, sandbox.Config{Fleet: append(rs[1:], gone), Now: time.Now})
			server := httptest.NewServer(s)
			t.Cleanup(server.Close)
			k, _ := bce.KindByName(test.kind)
			var ids []string
			for _, r := range rs {
				ids = append(ids, r.ID)
			}
			for name, c := range map[string]*bce.Client{
				"over HTTP":  newClient(t, bce.Config{Endpoint: server.URL}),
				"in process": newClient(t, bce.Config{Transport: s.Transport()}),
			} {
				var atlas bce.Atlas
				for i, want := range []int{test.first, test.again} {
					found, requests := readAll(t, c, test.kind, ids[1:], &atlas)
					if requests != want || len(found) != test.n-1 {
						t.Errorf("%s, batch %d: got %d resources with %d requests; want %d with %d", name, i+1, len(found), requests, test.n-1, want)
					}
					for _, id := range []string{ids[1], ids[test.n-1]} {
						single, err := c.Read(t.Context(), "bj", k, id)
						if f := found[id]; err != nil || f.Err != nil || f.State != single {
							t.Errorf("%s: %s: got %+v; want what its detail says, %+v, %v", name, id, f, single, err)
						}
					}
				}
			}
			// In process, the host names the region, and what is in another is not there.
			found, _ := readAll(t, newClient(t, bce.Config{Transport: s.Transport()}), test.kind, ids, nil)
			if e, ok := errors.AsType[*bce.Error](found[ids[0]].Err); !ok || e.Problem != bce.NotFound {
				t.Errorf("got %+v for what is in another region; want it not found", found[ids[0]])
			}
		})
	}
}

// TestNoFaultOfAListHidesAResource: whatever happens to the first request, every
// resource is read in the end, and as it is.
func TestNoFaultOfAListHidesAResource(t *testing.T) {
	requests := map[sandbox.Fault]int{ // for three EIP groups
		sandbox.ReadError: 4, sandbox.ReadHTML: 4, sandbox.ReadLost: 4, sandbox.ReadHang: 4, sandbox.ReadThrottle: 4, sandbox.ReadForbid: 4,
		sandbox.ReadNoExpiry: 4, sandbox.ReadNoZone: 4, sandbox.ReadOtherID: 4, sandbox.ReadMiss: 4, sandbox.ReadTwice: 4,
		sandbox.ReadSlow: 4,
		sandbox.ReadLoop: 1, // the first page shows all, so no other is asked for
	}
	wantEveryFault(t, true, requests)
	rs := manyOf("eipgroup", "eg", 3, 1)
	for fault, want := range requests {
		t.Run(string(fault), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := script(once(fault))
				f.SlowBy = sandbox.Duration(time.Minute)
				s := open(t, sandbox.Config{Fleet: rs, Faults: f, Now: time.Now})
				c := newClient(t, bce.Config{Transport: s.Transport(), Timeout: 20 * time.Second})
				found, got := readAll(t, c, "eipgroup", []string{"eg-0000", "eg-0001", "eg-0002"}, nil)
				if got != want {
					t.Errorf("got %d requests; want %d", got, want)
				}
				for _, r := range rs {
					if f := found[r.ID]; f.Err != nil || !f.State.Expiry.Equal(r.Expiry) || f.State.Name != r.Name {
						t.Errorf("%s: got %+v; want %+v", r.ID, f, r)
					}
				}
			})
		})
	}
}

// TestALoopInAListEnds: one group is not there, and every page leads to the next.
func TestALoopInAListEnds(t *testing.T) {
	s := open(t, sandbox.Config{Fleet: manyOf("eipgroup", "eg", 6, 1), Now: time.Now, Faults: sandbox.Faults{Chance: map[sandbox.Fault]float64{sandbox.ReadLoop: 1}}})
	ids := []string{"eg-0000", "eg-0001", "eg-0002", "eg-0003", "eg-0004", "eg-9998", "eg-9999"}
	found, requests := readAll(t, newClient(t, bce.Config{Transport: s.Transport()}), "eipgroup", ids, nil)
	if e, ok := errors.AsType[*bce.Error](found["eg-9999"].Err); !ok || e.Problem != bce.NotFound || requests != 4 || len(found) != 7 {
		t.Errorf("got %+v, %d requests; want two pages and two single reads of what is not there", found, requests)
	}
}

// TestAFaultOfOneResourceIsItsOwnInAList: its item is left out where the fault is
// for a whole answer, and its own read is hit.
func TestAFaultOfOneResourceIsItsOwnInAList(t *testing.T) {
	s := open(t, sandbox.Config{Fleet: manyOf("instance", "i", 4, 1), Now: time.Now})
	setFaults(t, s, "read-html=next:1@i-0001,read-miss=next:1@i-0002,read-no-zone=next:2@i-0003")
	found, requests := readAll(t, newClient(t, bce.Config{Transport: s.Transport()}), "instance", []string{"i-0000", "i-0001", "i-0002", "i-0003"}, nil)
	for id, want := range map[string]string{"i-0000": "", "i-0001": "not the cloud's JSON", "i-0002": "", "i-0003": "has no time zone"} {
		err := found[id].Err
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v; want %q", id, err, want)
		}
	}
	if requests != 4 {
		t.Errorf("got %d requests; want a list and three single reads", requests)
	}
}
