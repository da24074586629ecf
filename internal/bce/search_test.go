package bce

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// play plays a batch against an answering function, one query after the other.
func play(t *testing.T, b *Batch, answer func(Query) Page) (found map[string]Found, asked []string) {
	t.Helper()
	found = map[string]Found{}
	for q, ok := b.Next(); ok; q, ok = b.Next() {
		asked = append(asked, q.String())
		for _, f := range b.Take(q, answer(q)) {
			found[f.ID] = f
		}
		if len(asked) > 1000 {
			t.Fatal("the batch has no end")
		}
	}
	if !b.Done() {
		t.Fatalf("the batch has nothing to ask and is not done: %v", b.Open())
	}
	return found, asked
}

// single answers a single read.
func single(q Query) (p Page) {
	p.seen.add(q.id, State{ID: q.id, Name: "singly"}, "")
	return p
}

// shown is a page that shows the resources.
func shown(ids ...string) (p Page) {
	for _, id := range ids {
		p.seen.add(id, State{ID: id, Name: "listed"}, "")
	}
	return p
}

func wantAsked(t *testing.T, got []string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
}

// searchOf is a batch of four gateways whose VPCs nobody knows.
func searchOf(t *testing.T, atlas *Atlas) *Batch {
	t.Helper()
	return NewBatch("bj", kindNamed(t, "nat"), []string{"a", "b", "c", "d"}, atlas)
}

func singles(ids string) []string {
	var out []string
	for id := range strings.FieldsSeq(ids) {
		out = append(out, "bj/nat/"+id)
	}
	return out
}

func TestASearchGoesThroughVPCsWhileThatPays(t *testing.T) {
	const vpcs = "the VPCs of bj"
	const in = "the list of bj/nat in "
	for _, c := range []struct {
		name  string
		pages map[string]Page // by what is asked; singles are always answered
		want  []string
	}{
		{"all in the first", map[string]Page{
			vpcs: {vpcs: []string{"v1", "v2", "v3"}}, in + "v1": shown("a", "b", "c", "d"),
		}, []string{vpcs, in + "v1"}},
		{"no VPC at all", map[string]Page{vpcs: {}}, append([]string{vpcs}, singles("a b c d")...)},
		{
			"as many VPCs as gateways",
			map[string]Page{vpcs: {vpcs: []string{"v1", "v2", "v3", "v4"}}},
			append([]string{vpcs}, singles("a b c d")...),
		},
		{"nothing in the first two of three", map[string]Page{ // 3 spent, 4 lost: the last is worth its request
			vpcs: {vpcs: []string{"v1", "v2", "v3"}}, in + "v3": shown("a", "b", "c", "d"),
		}, []string{vpcs, in + "v1", in + "v2", in + "v3"}},
		{"one in the first, nothing in the second", map[string]Page{ // 3 spent, 3 lost
			vpcs: {vpcs: []string{"v1", "v2", "v3"}}, in + "v1": shown("a"),
		}, append([]string{vpcs, in + "v1", in + "v2"}, singles("b c d")...)},
		{"all in doubt in the first", map[string]Page{
			vpcs: {vpcs: []string{"v1", "v2", "v3"}}, in + "v1": doubted("a", "b", "c", "d"),
		}, append([]string{vpcs, in + "v1"}, singles("a b c d")...)},
		{"a list that fails ends it", map[string]Page{
			vpcs: {vpcs: []string{"v1", "v2"}}, in + "v1": {Err: &Error{Problem: Transient}},
		}, append([]string{vpcs, in + "v1"}, singles("a b c d")...)},
		{"the list of VPCs fails", map[string]Page{vpcs: {Err: &Error{Problem: AccountProblem, HTTPStatus: 403}}}, append([]string{vpcs}, singles("a b c d")...)},
		{"too many VPCs on the first page", map[string]Page{
			vpcs: {vpcs: []string{"v1", "v2", "v3", "v4"}, more: true, next: "v5"},
		}, append([]string{vpcs}, singles("a b c d")...)},
		{"a list of VPCs that stays where it is", map[string]Page{
			vpcs: {vpcs: []string{"v1"}, more: true, next: "m"},
		}, append([]string{vpcs, vpcs}, singles("a b c d")...)},
	} {
		t.Run(c.name, func(t *testing.T) {
			found, asked := play(t, searchOf(t, nil), func(q Query) Page {
				if q.what == aResource {
					return single(q)
				}
				return c.pages[q.String()]
			})
			wantAsked(t, asked, c.want...)
			if len(found) != 4 {
				t.Errorf("got %v; want four", found)
			}
		})
	}
	t.Run("pages of VPCs without end and without VPCs", func(t *testing.T) {
		b := searchOf(t, nil)
		_, asked := play(t, b, func(q Query) Page {
			if q.what == aResource {
				return single(q)
			}
			return Page{more: true, next: q.marker + "m"}
		})
		wantAsked(t, asked, append([]string{vpcs, vpcs, vpcs, vpcs}, singles("a b c d")...)...)
		if notes := strings.Join(b.Notes(), "\n"); notes != "gave up the VPCs of bj after page 4: it is long" {
			t.Errorf("got notes %q; want to hear about the VPCs", notes)
		}
	})
}

// TestTheLostAreFoundInListsThatAreReadForOthers: all VPCs are read anyway.
func TestTheLostAreFoundInListsThatAreReadForOthers(t *testing.T) {
	atlas := &Atlas{}
	atlas.setVPCs("bj", []string{"v1", "v2"})
	for id, vpc := range map[string]string{"k1": "v1", "k2": "v1", "k3": "v2", "k4": "v2"} {
		atlas.setHome(place{"bj", "nat", id}, vpc)
	}
	b := NewBatch("bj", kindNamed(t, "nat"), []string{"a", "b", "c", "k1", "k2", "k3", "k4"}, atlas)
	_, asked := play(t, b, func(q Query) Page {
		switch q.vpc {
		case "v1":
			return shown("k1", "k2", "a")
		case "v2":
			return shown("k3", "k4", "b")
		}
		return single(q)
	})
	const in = "the list of bj/nat in "
	wantAsked(t, asked, in+"v1", in+"v2", "bj/nat/c")
}

// TestWhatIsReadSinglyIsNotSearchedFor: the first of three lists shows three of
// four gateways in doubt, so that the last one is not worth a list.
func TestWhatIsReadSinglyIsNotSearchedFor(t *testing.T) {
	atlas := &Atlas{}
	atlas.setVPCs("bj", []string{"v1", "v2", "v3"})
	b := searchOf(t, atlas)
	q, _ := b.Next()
	b.Take(q, doubted("a", "b", "c"))
	var asked []string
	for q, ok := b.Next(); ok; q, ok = b.Next() {
		asked = append(asked, q.String())
	}
	wantAsked(t, asked, singles("a b c d")...)
}

// doubted is a page that shows the resources and proves nothing.
func doubted(ids ...string) (p Page) {
	for _, id := range ids {
		p.seen.add(id, State{}, "unreadable")
	}
	return p
}

// TestASearchWithManyUnderWayIsBounded: however the lists' pages come back, the
// search costs no more than there are gateways.
func TestASearchWithManyUnderWayIsBounded(t *testing.T) {
	atlas := &Atlas{}
	atlas.setVPCs("bj", idsOf("v", 9))
	b := NewBatch("bj", kindNamed(t, "vpn"), idsOf("vpn", 10), atlas)
	lists, all := 0, 0
	var under []Query
	for {
		for q, ok := b.Next(); ok; q, ok = b.Next() {
			under = append(under, q)
		}
		if len(under) == 0 {
			break
		}
		q := under[0]
		under = under[1:]
		all++
		if q.what == aResource {
			b.Take(q, single(q))
			continue
		}
		lists++
		b.Take(q, Page{more: true, next: q.marker + "m"})
	}
	if lists > 10 || all != lists+10 || !b.Done() {
		t.Errorf("got %d lists, %d queries in all; want at most 10 lists and 10 single reads", lists, all)
	}
}

// TestASearchLeavesOutWhatIsReadAnyway: two gateways are known to be in v1.
func TestASearchLeavesOutWhatIsReadAnyway(t *testing.T) {
	nat := kindNamed(t, "nat")
	atlas := &Atlas{}
	atlas.setVPCs("bj", []string{"v1", "v2"})
	for _, id := range []string{"x", "y"} {
		atlas.Learn("bj", nat, State{ID: id, VPCID: "v1"})
	}
	b := NewBatch("bj", nat, []string{"a", "b", "x", "y"}, atlas)
	found, asked := play(t, b, func(q Query) Page {
		if q.vpc == "v1" {
			return shown("x", "y", "a") // one of the lost is here
		}
		return shown("b")
	})
	wantAsked(t, asked, "the list of bj/nat in v1", "the list of bj/nat in v2")
	if len(found) != 4 {
		t.Errorf("got %v; want all four", found)
	}
}

// TestWhatOneListDoubtsNoOtherProves: a gateway that is expected in v1 is
// unreadable there and readable in v2.
func TestWhatOneListDoubtsNoOtherProves(t *testing.T) {
	nat := kindNamed(t, "nat")
	for _, order := range [][]int{{0, 1}, {1, 0}} {
		atlas := &Atlas{}
		for id, vpc := range map[string]string{"a": "v1", "b": "v1", "c": "v2", "d": "v2"} {
			atlas.Learn("bj", nat, State{ID: id, VPCID: vpc})
		}
		b := NewBatch("bj", nat, []string{"a", "b", "c", "d"}, atlas)
		first, _ := b.Next()
		second, _ := b.Next()
		doubt := shown("b")
		doubt.seen.add("a", State{}, "unreadable")
		pages := []Page{doubt, shown("c", "d")}
		b.Take([]Query{first, second}[order[0]], pages[order[0]])
		b.Take([]Query{first, second}[order[1]], pages[order[1]])
		found, asked := play(t, b, single)
		wantAsked(t, asked, "bj/nat/a")
		if found["a"].State.Name != "singly" {
			t.Errorf("got %+v; want the single read's", found["a"])
		}
	}
	t.Run("which is under way already", func(t *testing.T) {
		atlas := &Atlas{}
		for id, vpc := range map[string]string{"a": "v1", "b": "v1", "c": "v2", "d": "v2"} {
			atlas.Learn("bj", nat, State{ID: id, VPCID: vpc})
		}
		b := NewBatch("bj", nat, []string{"a", "b", "c", "d"}, atlas)
		first, _ := b.Next()
		second, _ := b.Next()
		doubt := shown("b")
		doubt.seen.add("a", State{}, "unreadable")
		b.Take(first, doubt)
		b.Take(second, shown("a", "c", "d")) // v2 shows it, too
		found, _ := play(t, b, single)
		if found["a"].State.Name != "singly" {
			t.Errorf("got %+v; want the single read's", found["a"])
		}
	})
}

// TestADoubtedResourceSpeaksForItself: page 1 shows c in doubt, page 2 fails, and
// so does the read of a, which goes first; c's own read is under way.
func TestADoubtedResourceSpeaksForItself(t *testing.T) {
	b := NewBatch("bj", kindNamed(t, "eipgroup"), []string{"a", "b", "c", "d"}, nil)
	q, _ := b.Next()
	p := doubted("c")
	p.more, p.next = true, "m"
	b.Take(q, p)
	q, _ = b.Next()
	b.Take(q, Page{Err: &Error{Problem: Transient}})
	ofC, _ := b.Next()
	ofA, _ := b.Next()
	wantAsked(t, []string{ofC.String(), ofA.String()}, "bj/eipgroup/c", "bj/eipgroup/a")
	failed := b.Take(ofA, Page{Err: &Error{Problem: Transient}})
	if ids := idsIn(failed); !slices.Equal(ids, []string{"a", "b", "d"}) {
		t.Errorf("got %v with a; want a, b and d", ids)
	}
	if found := b.Take(ofC, single(ofC)); len(found) != 1 || found[0].Err != nil || !b.Done() {
		t.Errorf("got %v; want c's own outcome", found)
	}
}

func idsIn(found []Found) (ids []string) {
	for _, f := range found {
		ids = append(ids, f.ID)
	}
	return ids
}

// TestAListIsAsOldAsItsFirstPage: what a caller does with a state rests on it.
func TestAListIsAsOldAsItsFirstPage(t *testing.T) {
	b := NewBatch("bj", kindNamed(t, "eipgroup"), []string{"a", "b", "c", "d"}, nil)
	n := int64(0)
	found, asked := play(t, b, func(q Query) Page {
		n++
		p := shown("a", "b")
		if n == 2 {
			p = shown("c", "d")
		}
		p.At = time.Unix(n, 0)
		p.more, p.next = true, q.marker+"m" // nothing more is wanted after page 2
		return p
	})
	if notes := b.Notes(); notes != nil {
		t.Errorf("got notes %q; want none, for nothing was given up", notes)
	}
	wantAsked(t, asked, "the list of bj/eipgroup", "the list of bj/eipgroup")
	for id := range found {
		if got := found[id].At; !got.Equal(time.Unix(1, 0)) {
			t.Errorf("%s: got the time of %v; want that of the first page", id, got)
		}
	}
}

// TestWhatTheNextBatchKnows: a list that failed in passing is tried again, one
// that failed for good is not, and a VPC whose list showed a gateway outweighs
// what its detail says.
func TestWhatTheNextBatchKnows(t *testing.T) {
	groups := kindNamed(t, "eipgroup")
	for _, c := range []struct {
		name string
		err  *Error
		want string
	}{
		{"a 500", &Error{Problem: Transient, HTTPStatus: 500}, "the list of bj/eipgroup"},
		{"throttled", &Error{Problem: ThrottledRead, HTTPStatus: 429}, "the list of bj/eipgroup"},
		{"given up by its caller", &Error{Problem: Other}, "the list of bj/eipgroup"},
		{"not permitted", &Error{Problem: AccountProblem, HTTPStatus: 403}, "bj/eipgroup/a"},
		{"no list", &Error{Problem: BadAnswer, HTTPStatus: 200}, "bj/eipgroup/a"},
	} {
		t.Run(c.name, func(t *testing.T) {
			atlas := &Atlas{}
			play(t, NewBatch("bj", groups, []string{"a", "b"}, atlas), func(q Query) Page {
				if q.what == aList {
					return Page{Err: c.err}
				}
				return single(q)
			})
			if q, _ := NewBatch("bj", groups, []string{"a", "b"}, atlas).Next(); q.String() != c.want {
				t.Errorf("got %s first; want %s", q, c.want)
			}
			if q, _ := NewBatch("gz", groups, []string{"a", "b"}, atlas).Next(); q.String() != "the list of gz/eipgroup" {
				t.Errorf("got %s first in another region; want its list", q)
			}
		})
	}
	t.Run("a VPC under two names", func(t *testing.T) {
		nat := kindNamed(t, "nat")
		atlas := &Atlas{}
		atlas.setVPCs("bj", []string{"vpc-1"})
		play(t, NewBatch("bj", nat, []string{"a", "b"}, atlas), func(q Query) (p Page) {
			for _, id := range []string{"a", "b"} {
				p.seen.add(id, State{ID: id, VPCID: "83edd0d2-8a68"}, "")
			}
			return p
		})
		atlas.Learn("bj", nat, State{ID: "a", VPCID: "83edd0d2-8a68"})
		_, asked := play(t, NewBatch("bj", nat, []string{"a", "b"}, atlas), func(Query) Page { return shown("a", "b") })
		wantAsked(t, asked, "the list of bj/nat in vpc-1")
	})
	t.Run("a VPC under a name that its lists do not know", func(t *testing.T) {
		nat := kindNamed(t, "nat")
		atlas := &Atlas{}
		for _, id := range []string{"a", "b"} {
			atlas.Learn("bj", nat, State{ID: id, VPCID: "83edd0d2-8a68"})
		}
		for i, want := range [][]string{{"the list of bj/nat in 83edd0d2-8a68", "bj/nat/a", "bj/nat/b"}, {"bj/nat/a", "bj/nat/b"}} {
			_, asked := play(t, NewBatch("bj", nat, []string{"a", "b"}, atlas), func(q Query) Page {
				if q.what == aList {
					return Page{}
				}
				return single(q)
			})
			if !slices.Equal(asked, want) {
				t.Errorf("batch %d: asked %q; want %q", i+1, asked, want)
			}
		}
	})
}

func TestAPageOfAnotherQueryIsNoOutcome(t *testing.T) {
	b := NewBatch("bj", kindNamed(t, "nat"), []string{"a"}, nil)
	q, _ := b.Next()
	found := b.Take(q, shown("b"))
	if e, ok := errors.AsType[*Error](found[0].Err); !ok || e.Problem != BadAnswer || found[0].ID != "a" {
		t.Errorf("got %+v; want an error", found)
	}
}
