package sandbox_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"renewplan/internal/bce/sandbox"
)

// soon is the expiry of the resources in tests.
var soon = time.Date(2026, 12, 5, 8, 30, 0, 0, time.UTC)

func TestAFleetFileIsRead(t *testing.T) {
	got, err := sandbox.ReadFleet(strings.NewReader(`{"resources":[
		{"region":"bj","kind":"vpn","id":"vpn-1","name":"办公室","payment":"Prepaid","status":"active","expiry":"2026-12-05T16:30:00+08:00","vpcId":"vpc-1","tags":{"a":"b"}},
		{"region":"gz","kind":"instance","id":"i-1","payment":"Postpaid","dedicated":true,"autoRenew":true}
	]}`))
	if err != nil {
		t.Fatal(err)
	}
	on := true
	want := sandbox.Fleet{Resources: []sandbox.Resource{
		{Region: "bj", Kind: "vpn", ID: "vpn-1", Name: "办公室", Payment: "Prepaid", Status: "active", Expiry: soon, VPCID: "vpc-1", Tags: map[string]string{"a": "b"}},
		{Region: "gz", Kind: "instance", ID: "i-1", Payment: "Postpaid", Dedicated: true, AutoRenew: &on, VPCID: "vpc-gz"},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("fleet (-want +got):\n%s", diff)
	}
	if at := got.Resources[0].Expiry.Location(); at != time.UTC {
		t.Errorf("got expiry in %s; want UTC", at)
	}
}

func TestABadFleetFileIsRefusedAndNamesTheResource(t *testing.T) {
	one := func(fields string) string { return `{"resources":[{` + fields + `}]}` }
	const good = `"region":"bj","kind":"vpn","id":"v1","expiry":"2026-12-05T08:30:00Z"`
	for text, want := range map[string]string{
		``:                                     "empty",
		`{"resources":[]} x`:                   "more after",
		`{"resource":[]}`:                      `unknown field "resource"; known are resources`,
		`[]`:                                   "the whole: got array; want an object",
		"{\n\"resources\": [x]}":               "line 2: it is no JSON: invalid character 'x'",
		`{"resources":[`:                       "it is no JSON: it ends too early",
		`{"resources":[7]}`:                    "resources[0]: the whole: got number; want an object",
		one(good + `,"expires":"x"`):           `resources[0] (id "v1"): unknown field "expires"; known are region, kind, id, name, payment, status, expiry, dedicated, autoRenew, vpcId, tags, attached`,
		one(good + `,"attached":[{"size":1}]`): `resources[0] (id "v1"): unknown field "size"; known are kind, id, name, payment, expiry, system, group`,
		one(good + `,"dedicated":"yes"`):       `resources[0] (id "v1"): dedicated: got string; want true or false`,
		one(`"id":7`):                          `resources[0]: id: got number; want a string`,
		`{"resources":[{` + good + `},{"kind":"vpn","id":"v2"}]}`:                     "resources[1]: resource /vpn/v2 needs a region",
		one(`"kind":"vpn","id":"v1"`):                                                 "/vpn/v1 needs a region",
		one(`"region":"bj","id":"v1"`):                                                "needs a region, a kind and an id",
		one(`"region":"bj","kind":"vpm","id":"v1"`):                                   `bj/vpm/v1: unknown kind "vpm"; want one of eipgroup, instance, nat, vpn`,
		one(`"region":"bj","kind":"vpn","id":"a/b"`):                                  "bj/vpn/a/b: an id cannot hold /",
		one(`"region":"bj","kind":"vpn","id":"v1"`):                                   "bj/vpn/v1 is prepaid and needs an expiry",
		one(good + `,"payment":"Postpaid"`):                                           "bj/vpn/v1 is postpaid and cannot have an expiry",
		one(good + `,"payment":"prepaid"`):                                            `unknown payment "prepaid"`,
		one(`"region":"bj","kind":"vpn","id":"v1","expiry":"2026-12-05T08:30:00.5Z"`): "not in whole seconds",
		one(`"region":"bj","kind":"vpn","id":"v1","expiry":"2026-12-05"`):             `resources[0] (id "v1"): expiry: "2026-12-05" is no moment; want one such as "2026-12-05T08:30:00Z"`,
		`{"resources":[{` + good + `},{` + good + `}]}`:                               "resources[1]: bj/vpn/v1 is listed twice",
	} {
		if _, err := sandbox.ReadFleet(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v; want %q", text, err, want)
		}
	}
}

func TestFilledExpiriesAreDueNowAndNotAfterAMonth(t *testing.T) {
	now := time.Date(2027, 1, 31, 17, 45, 12, 345, time.UTC)
	var rs []sandbox.Resource
	for i := range 2000 {
		rs = append(rs, sandbox.Resource{Region: "bj", Kind: "vpn", ID: fmt.Sprint("vpn-", i)})
	}
	seen := map[time.Time]bool{}
	for _, r := range sandbox.Fill(rs, now) {
		left := r.Expiry.Sub(now.Truncate(time.Second))
		if r.Payment != "Prepaid" || left < 3*24*time.Hour || left > 27*24*time.Hour || r.Expiry.Nanosecond() != 0 {
			t.Fatalf("got %+v, %s from now; want it prepaid, 3 to 27 days from now, in whole seconds", r, left)
		}
		seen[r.Expiry] = true
	}
	if len(seen) < 1900 {
		t.Errorf("got %d different expiries of 2000; want nearly all different", len(seen))
	}
	if diff := cmp.Diff(sandbox.Fill(rs, now), sandbox.Fill(rs, now)); diff != "" {
		t.Errorf("filled twice:\n%s", diff)
	}
	kept := []sandbox.Resource{
		{Region: "bj", Kind: "vpn", ID: "a", Payment: "Prepaid", Expiry: soon},
		{Region: "bj", Kind: "vpn", ID: "b", Payment: "Postpaid"},
	}
	if diff := cmp.Diff(kept, sandbox.Fill(kept, now)); diff != "" {
		t.Errorf("resources with a state (-want +got):\n%s", diff)
	}
	if rs[0].Payment != "" {
		t.Error("Fill changed its argument")
	}
}
