package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"renewplan/internal/bce/sandbox"
)

func TestEstateHasAsManyOfEveryKindInFewNetworks(t *testing.T) {
	count, networks := map[string]int{}, map[string]bool{}
	for _, r := range estate(80) {
		count[r.Kind]++
		networks[r.VPCID] = true
		if r.Expiry.IsZero() {
			t.Errorf("%s %s: got no expiry; want one that is due", r.Kind, r.ID)
		}
	}
	if diff := cmp.Diff(map[string]int{"vpn": 20, "nat": 20, "eipgroup": 20, "instance": 20}, count); diff != "" {
		t.Errorf("kinds (-want +got):\n%s", diff)
	}
	if len(networks) != vpcs {
		t.Errorf("got %d networks; want %d", len(networks), vpcs)
	}
	for _, r := range estate(10, "nat") {
		if r.Kind != "nat" {
			t.Errorf("got a %s; want NAT gateways only", r.Kind)
		}
	}
}

func TestCloudAnswersAfterTheLatencyAndCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		box, err := sandbox.New(sandbox.Config{Rate: 3})
		if err != nil {
			t.Fatal(err)
		}
		cloud := &toll{cloud: box, latency: 50 * time.Millisecond}
		began := time.Now()
		for _, method := range []string{http.MethodPut, http.MethodGet, http.MethodGet, http.MethodGet} {
			cloud.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), method, "/v1/vpn/vpn-1", strings.NewReader("")))
		}
		told := httptest.NewRecorder()
		cloud.ServeHTTP(told, httptest.NewRequestWithContext(t.Context(), http.MethodGet, tallyPath, http.NoBody))
		var got tally
		if err := json.Unmarshal(told.Body.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		want := tally{
			Purchases: 1, Reads: 3, Throttled: 1,
			First: began, Last: began.Add(200 * time.Millisecond), Took: 200 * time.Millisecond,
		}
		if diff := cmp.Diff(want, got, cmp.Comparer(time.Time.Equal)); diff != "" {
			t.Errorf("tally (-want +got):\n%s", diff)
		}
		if cloud.tally != (tally{}) {
			t.Errorf("after it was told: got %+v; want a tally that begins anew", cloud.tally)
		}
	})
}

func TestLatencyLimitIsAllRequestsAndOneRound(t *testing.T) {
	got := latencyLimit(1000, latencyCase{200 * time.Millisecond, 100})
	if want := 2800 * time.Millisecond; got.Round(time.Microsecond) != want {
		t.Errorf("got %v; want %v: 11 rounds of 100 requests and 3 requests", got, want)
	}
}

func TestMedianOfTwoIsTheFaster(t *testing.T) {
	for want, runs := range map[time.Duration][]cost{2: {{wall: 3}, {wall: 2}}, 3: {{wall: 3}, {wall: 9}, {wall: 2}}, 7: {{wall: 7}}} {
		if got := median(runs); got.wall != want {
			t.Errorf("of %v: got %d; want %d", runs, got.wall, want)
		}
	}
}
