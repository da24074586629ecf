package bce

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// idsOf makes n ids of a kind, in order.
func idsOf(prefix string, n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("%s-%06d", prefix, i)
	}
	return ids
}

// TestTheCheapestWayToRead: how many requests a batch means to make, and which.
func TestTheCheapestWayToRead(t *testing.T) {
	homes := map[string]string{"a1": "vpc-a", "a2": "vpc-a", "a3": "vpc-a", "b1": "vpc-b", "p1": "vpc-poor", "p2": "vpc-poor"}
	home := func(id string) (string, bool) { return homes[id], homes[id] != "vpc-poor" }
	useless := func(string) (string, bool) { return "", false }
	for _, c := range []struct {
		name    string
		kind    string
		ids     []string
		home    func(string) (string, bool)
		lists   []string // as VPC and ids
		singles []string
		lost    []string
	}{
		{name: "nothing", kind: "vpn", home: home},
		{name: "one instance", kind: "instance", ids: []string{"i-1"}, home: home, singles: []string{"i-1"}},
		{name: "two instances", kind: "instance", ids: []string{"i-1", "i-2"}, home: home, lists: []string{"[i-1 i-2]"}},
		{
			name: "more instances than one request may name", kind: "instance", ids: idsOf("i", 201), home: home,
			lists:   []string{fmt.Sprint(idsOf("i", 201)[:100]), fmt.Sprint(idsOf("i", 201)[100:200])},
			singles: []string{"i-000200"},
		},
		{name: "instances whose list was no use", kind: "instance", ids: []string{"i-1", "i-2"}, home: useless, singles: []string{"i-1", "i-2"}},
		{name: "an id that is none", kind: "instance", ids: []string{"..", "i-1", "i-2"}, home: home, lists: []string{"[i-1 i-2]"}, singles: []string{".."}},
		{name: "one EIP group", kind: "eipgroup", ids: []string{"eg-1"}, home: home, singles: []string{"eg-1"}},
		{name: "many EIP groups", kind: "eipgroup", ids: []string{"eg-1", "eg-2", "eg-3"}, home: home, lists: []string{"[eg-1 eg-2 eg-3]"}},
		{
			name: "gateways of known VPCs", kind: "nat", ids: []string{"a1", "a2", "a3", "b1", "p1", "p2", "x1", "x2"}, home: home,
			lists: []string{"vpc-a[a1 a2 a3]"}, singles: []string{"b1", "p1", "p2"}, lost: []string{"x1", "x2"},
		},
		{name: "a gateway of an unknown VPC", kind: "vpn", ids: []string{"x1"}, home: home, lost: []string{"x1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := outlineOf(kindNamed(t, c.kind), c.ids, c.home)
			var lists []string
			for _, l := range o.lists {
				lists = append(lists, l.vpc+fmt.Sprint(l.ids))
			}
			if diff := cmp.Diff(c.lists, lists); diff != "" {
				t.Errorf("lists (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.singles, o.singles); diff != "" {
				t.Errorf("single reads (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.lost, o.lost); diff != "" {
				t.Errorf("in unknown VPCs (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("a kind without lists", func(t *testing.T) {
		k := kindNamed(t, "vpn")
		k.List = List{}
		if o := outlineOf(k, []string{"a1", "a2"}, home); len(o.singles) != 2 || len(o.lists)+len(o.lost) != 0 {
			t.Errorf("got %+v; want two single reads", o)
		}
	})
}

// TestTheSearchForVPCsIsWorthItsRequests: what a fresh batch of gateways asks
// first, by how many there are.
func TestTheSearchForVPCsIsWorthItsRequests(t *testing.T) {
	k := kindNamed(t, "nat")
	known := &Atlas{}
	known.setVPCs("bj", []string{"vpc-a", "vpc-b", "vpc-c"})
	for _, c := range []struct {
		name  string
		n     int
		atlas *Atlas
		first string
	}{
		{"three, of VPCs nobody knows", 3, nil, "bj/nat/nat-000000"},
		{"four, of VPCs nobody knows", 4, nil, "the VPCs of bj"},
		{"three, in a region of three VPCs", 3, known, "bj/nat/nat-000000"},
		{"four, in a region of three VPCs", 4, known, "the list of bj/nat in vpc-a"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := NewBatch("bj", k, idsOf("nat", c.n), c.atlas)
			if q, ok := b.Next(); !ok || q.String() != c.first {
				t.Errorf("got %q first; want %q", q, c.first)
			}
		})
	}
}
