package bce

import (
	"slices"
	"testing"
)

// TestTheTableIsWhole: an entry that lacks a part would send something else
// than its page says, or read nothing.
func TestTheTableIsWhole(t *testing.T) {
	names := []string{}
	for _, k := range Kinds() {
		names = append(names, k.Name)
		if k.Service == "" || k.Path == "" || k.Path[0] != '/' || k.Path[len(k.Path)-1] != '/' {
			t.Errorf("%s: got service %q, path %q; want both, the path between slashes", k.Name, k.Service, k.Path)
		}
		if k.Unit != "month" && k.Unit != "Month" {
			t.Errorf("%s: got unit %q; want month or Month", k.Name, k.Unit)
		}
		if !slices.IsSorted(k.Lengths) || len(k.Lengths) == 0 {
			t.Errorf("%s: got lengths %v; want some, ascending", k.Name, k.Lengths)
		}
		for what, keys := range map[string][]string{"id": k.IDKeys, "name": k.NameKeys, "expiry": k.ExpiryKeys, "payment": k.PaymentKeys, "status": k.StatusKeys} {
			if len(keys) == 0 {
				t.Errorf("%s: got no key for the %s", k.Name, what)
			}
		}
		if k.RelatedRenewFlag != (len(k.RelatedRenewFlags) > 0) {
			t.Errorf("%s: got flag %v with values %v", k.Name, k.RelatedRenewFlag, k.RelatedRenewFlags)
		}
		if k.Idle == "" || oneOf(k.Idle, k.Busy...) {
			t.Errorf("%s: got idle status %q; want one that is not busy", k.Name, k.Idle)
		}
		if l := k.List; l.Scope != NoList && (l.Path == "" || l.ItemsKey == "") ||
			(l.Scope == ByIDs) != (l.IDsKey != "" && l.Most > 1) || (l.Scope == ByVPC) != (len(k.VPCKeys) > 0) {
			t.Errorf("%s: got list %+v, VPC keys %v; want what its scope needs", k.Name, l, k.VPCKeys)
		}
		for _, a := range k.Attachments {
			if !slices.Contains(k.RelatedRenewFlags, a.Kind.Name) || checkTarget("bj", a.Kind) != nil || a.Kind.List.Path == "" ||
				a.Kind.List.ItemsKey == "" || len(a.HolderKeys) == 0 || len(a.Kind.IDKeys) == 0 || len(a.Kind.ExpiryKeys) == 0 || len(a.Kind.PaymentKeys) == 0 {
				t.Errorf("%s: got attachment %+v; want one that relatedRenewFlag names, with all its parts", k.Name, a)
			}
			if _, ok := KindByName(a.Kind.Name); ok {
				t.Errorf("%s: got attachment %s as a kind; want it to be none", k.Name, a.Kind.Name)
			}
		}
		if got, ok := KindByName(k.Name); !ok || got.Path != k.Path {
			t.Errorf("%s: got %q by its name; want %q", k.Name, got.Path, k.Path)
		}
	}
	if want := []string{"eipgroup", "instance", "nat", "vpn"}; !slices.Equal(names, want) {
		t.Errorf("got kinds %v; want %v", names, want)
	}
	if k, ok := KindByName("VPN"); ok {
		t.Errorf("got kind %q for VPN; want names to be exact", k.Name)
	}
}

func TestTheTableIsTheCallersOwn(t *testing.T) {
	Kinds()[0].Busy[0] = "changed"
	if got := Kinds()[0].Busy[0]; got == "changed" {
		t.Errorf("got a changed table; want each call to make its own")
	}
}
