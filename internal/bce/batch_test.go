package bce

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// world is a region as a batch may find it, answered without a wire.
type world struct {
	r        *rand.Rand
	states   map[string]State
	vpcs     []string
	pageSize int
	queries  int
	chance   func(what) bool // whether a list lies, misses or fails this time
}

// answer makes a page as Client.Query does.
func (w *world) answer(q Query) Page {
	w.queries++
	p := Page{At: time.Unix(int64(w.queries), 0), Requests: 1}
	fail := func(problem Problem, status int) Page {
		return Page{At: p.At, Requests: 1, Err: &Error{Op: "reading " + q.String(), Problem: problem, HTTPStatus: status}}
	}
	switch q.what {
	case aResource:
		s, there := w.states[q.id]
		if !there {
			return fail(NotFound, 404)
		}
		p.seen.add(q.id, s, "")
	case theVPCs:
		if w.chance(theVPCs) {
			return fail(Transient, 500)
		}
		begin := 0
		if q.marker != "" {
			begin, _ = slices.BinarySearch(w.vpcs, q.marker)
		}
		end := min(begin+w.pageSize, len(w.vpcs))
		p.vpcs = w.vpcs[begin:end]
		if end < len(w.vpcs) {
			p.more, p.next = true, w.vpcs[end]
		}
	case aList:
		w.list(q, &p)
		if p.Err == nil && w.chance(aList) {
			return fail([]Problem{Transient, BadAnswer, Other, ThrottledRead}[w.r.IntN(4)], 400)
		}
	}
	return p
}

func (w *world) list(q Query, p *Page) {
	var all []string
	for id, s := range w.states {
		if id >= q.marker && (q.vpc == "" || s.VPCID == q.vpc) && (q.ask == nil || slices.Contains(q.ask, id)) {
			all = append(all, id)
		}
	}
	slices.Sort(all)
	for i, id := range all {
		if i == w.pageSize {
			p.more, p.next = true, id
			return
		}
		if _, wanted := slices.BinarySearch(q.wanted, id); !wanted {
			continue
		}
		s := w.states[id]
		switch {
		case w.chance(aList): // the list misses it
		case w.chance(aList):
			p.seen.add(id, State{}, "unreadable")
		case w.chance(aList):
			p.seen.add(id, s, "")
			s.Name += "?"
			p.seen.add(id, s, "")
		default:
			p.seen.add(id, s, "")
		}
	}
	if w.chance(aList) {
		p.more, p.next = true, q.marker // a loop
	}
}

// TestABatchFindsEverythingOnceAndTruly plays worlds whose lists lie, miss and
// fail, with several queries under way that come back in any order.
func TestABatchFindsEverythingOnceAndTruly(t *testing.T) {
	const seed = 20261122
	kinds := Kinds()
	for round := range 1500 {
		r := rand.New(rand.NewPCG(seed, uint64(round)))
		k := kinds[r.IntN(len(kinds))]
		evil := []float64{0, 0, 0.02, 0.2, 0.7}[r.IntN(5)]
		w := &world{r: r, states: map[string]State{}, pageSize: 1 + r.IntN(40), chance: func(what) bool { return r.Float64() < evil }}
		for i := range 1 + r.IntN(8) {
			w.vpcs = append(w.vpcs, fmt.Sprintf("vpc-%d", i))
		}
		atlas := &Atlas{}
		var ids []string
		for i := range r.IntN(150) {
			id := fmt.Sprintf("x-%03d", i)
			s := State{ID: id, Name: fmt.Sprint(r.IntN(9)), VPCID: w.vpcs[r.IntN(len(w.vpcs))]}
			if r.IntN(10) > 0 {
				w.states[id] = s
			}
			if r.IntN(3) > 0 {
				ids = append(ids, id)
			}
			if r.IntN(3) == 0 {
				atlas.Learn("bj", k, s)
			}
		}
		r.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
		for range 2 { // the second batch knows what the first has learned
			checkBatch(t, fmt.Sprintf("round %d of seed %d, %s", round, seed, k.Name), w, NewBatch("bj", k, ids, atlas), ids)
		}
		if t.Failed() {
			return
		}
	}
}

// checkBatch plays a batch to its end and checks what it promises.
func checkBatch(t *testing.T, name string, w *world, b *Batch, ids []string) {
	t.Helper()
	w.queries = 0
	found := map[string]Found{}
	var under []Query
	for width := 1 + w.r.IntN(9); ; {
		for len(under) < width {
			q, ok := b.Next()
			if !ok {
				break
			}
			under = append(under, q)
		}
		if len(under) == 0 {
			break
		}
		i := w.r.IntN(len(under))
		q := under[i]
		under = slices.Delete(under, i, i+1)
		page := w.answer(q)
		now := b.Take(q, page)
		if !slices.IsSortedFunc(now, func(a, b Found) int { return slices.Compare([]string{a.ID}, []string{b.ID}) }) {
			t.Errorf("%s: got %v; want them in order", name, now)
		}
		if again := b.Take(q, page); again != nil {
			t.Errorf("%s: got %v from a query that was taken before; want nothing", name, again)
		}
		for _, f := range now {
			if _, twice := found[f.ID]; twice {
				t.Errorf("%s: got %s twice", name, f.ID)
			}
			found[f.ID] = f
		}
	}
	if !b.Done() || len(b.Open()) != 0 {
		t.Errorf("%s: got open %v with nothing to ask; want it done", name, b.Open())
	}
	if len(found) != len(ids) {
		t.Errorf("%s: got %d of %d", name, len(found), len(ids))
	}
	if w.queries > 2*len(ids) {
		t.Errorf("%s: got %d queries for %d ids; want at most twice the ids", name, w.queries, len(ids))
	}
	for id, f := range found {
		s, there := w.states[id]
		e, _ := errors.AsType[*Error](f.Err)
		switch {
		case f.Err == nil && (!there || f.State != s):
			t.Errorf("%s: got %+v; want %+v", name, f.State, s)
		case f.Err != nil && (there || e.Problem != NotFound):
			t.Errorf("%s: got %v for %s, which is there: %v", name, f.Err, id, there)
		case f.At.IsZero():
			t.Errorf("%s: got no time for %s", name, id)
		}
	}
}

// TestABatchMayBePlayedByManyAtOnce, under the race detector too.
func TestABatchMayBePlayedByManyAtOnce(t *testing.T) {
	ids := idsOf("nat", 500)
	atlas := &Atlas{}
	atlas.setVPCs("bj", idsOf("vpc", 50))
	b := NewBatch("bj", kindNamed(t, "nat"), ids, atlas)
	var mu sync.Mutex
	found := map[string]int{}
	var g sync.WaitGroup
	for range 8 {
		g.Go(func() {
			for !b.Done() {
				q, ok := b.Next()
				if !ok {
					runtime.Gosched() // another has the last one under way
					continue
				}
				p := single(q)
				if q.what == aList { // each VPC has every fiftieth, but for one that nobody shows
					p = Page{}
					for i, id := range q.wanted {
						if fmt.Sprintf("vpc-%06d", i%50) == q.vpc && i > 0 {
							p.seen.add(id, State{ID: id}, "")
						}
					}
				}
				for _, f := range b.Take(q, p) {
					mu.Lock()
					found[f.ID]++
					mu.Unlock()
				}
			}
		})
	}
	g.Wait()
	if len(found) != 500 || len(b.Open()) != 0 {
		t.Errorf("got %d found, open %v; want all 500", len(found), b.Open())
	}
	for id, n := range found {
		if n != 1 {
			t.Errorf("got %s %d times; want once", id, n)
		}
	}
}

// TestListsSaveRequests: what honest lists cost, in numbers of queries.
func TestListsSaveRequests(t *testing.T) {
	for _, c := range []struct {
		name          string
		kind          string
		n, vpcs, page int
		fresh, again  int // queries of the first batch, and of the second
	}{
		{"1,000 instances", "instance", 1000, 1, 1000, 10, 10},
		{"1,000 EIP groups", "eipgroup", 1000, 1, 1000, 1, 1},
		{"2,500 EIP groups", "eipgroup", 2500, 1, 1000, 3, 3},
		{"300 gateways in 3 VPCs", "nat", 300, 3, 1000, 4, 3},
		{"8 gateways in 8 VPCs", "vpn", 8, 8, 1000, 9, 8},
		{"3 gateways in 1 VPC", "vpn", 3, 1, 1000, 3, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := &world{states: map[string]State{}, pageSize: c.page, chance: func(what) bool { return false }}
			for i := range c.vpcs {
				w.vpcs = append(w.vpcs, fmt.Sprintf("vpc-%d", i))
			}
			ids := idsOf("x", c.n)
			for i, id := range ids {
				w.states[id] = State{ID: id, VPCID: w.vpcs[i%c.vpcs]}
			}
			atlas := &Atlas{}
			for i, want := range []int{c.fresh, c.again} {
				w.queries = 0
				b := NewBatch("bj", kindNamed(t, c.kind), ids, atlas)
				for q, ok := b.Next(); ok; q, ok = b.Next() {
					b.Take(q, w.answer(q))
				}
				if w.queries != want || !b.Done() {
					t.Errorf("batch %d: got %d queries, done %v; want %d", i+1, w.queries, b.Done(), want)
				}
			}
		})
	}
}

// TestOneSingleReadDecidesForTheRestOfAFailedList: where nothing can be read, a
// list's resources must not each be asked for.
func TestOneSingleReadDecidesForTheRestOfAFailedList(t *testing.T) {
	ids := idsOf("i", 100)
	for _, c := range []struct {
		name    string
		list    *Error
		single  *Error
		queries int
	}{
		{"the cloud is down", &Error{Problem: Transient, HTTPStatus: 500}, &Error{Problem: Transient, HTTPStatus: 500}, 2},
		{"the network is down", &Error{Problem: Transient}, &Error{Problem: Transient}, 2},
		{"the key is bad", &Error{Problem: AccountProblem, HTTPStatus: 403}, &Error{Problem: AccountProblem, HTTPStatus: 403}, 2},
		{"throttled", &Error{Problem: ThrottledRead, HTTPStatus: 429, RetryAfter: time.Second}, &Error{Problem: ThrottledRead, HTTPStatus: 429, RetryAfter: time.Second}, 2},
		{"the list alone may not be read", &Error{Problem: AccountProblem, HTTPStatus: 403}, nil, 101},
		{"the list alone is broken", &Error{Problem: BadAnswer, HTTPStatus: 200}, &Error{Problem: NotFound, HTTPStatus: 404}, 101},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := NewBatch("bj", kindNamed(t, "instance"), ids, nil)
			queries := 0
			found := map[string]Found{}
			for q, ok := b.Next(); ok; q, ok = b.Next() {
				queries++
				p := Page{Requests: 1, At: time.Unix(1, 0)}
				switch {
				case q.what == aList:
					p.Err = c.list
				case c.single != nil:
					failed := *c.single
					failed.Op = "reading " + q.String()
					p.Err = &failed
				default:
					p.seen.add(q.id, State{ID: q.id}, "")
				}
				for _, f := range b.Take(q, p) {
					found[f.ID] = f
				}
			}
			if queries != c.queries || len(found) != 100 || !b.Done() {
				t.Errorf("got %d queries for %d outcomes; want %d for 100", queries, len(found), c.queries)
			}
			e, ok := errors.AsType[*Error](found["i-000099"].Err)
			if (c.single == nil) != !ok {
				t.Fatalf("got %v; want %v", found["i-000099"].Err, c.single)
			}
			if ok && (e.Problem != c.single.Problem || e.RetryAfter != c.single.RetryAfter) {
				t.Errorf("got %v; want the problem %v", e, c.single.Problem)
			}
			if want := "not asked, because reading bj/instance/i-000000 failed: "; c.queries == 2 && !strings.HasPrefix(e.Error(), want) {
				t.Errorf("got %q; want it to name the read that failed", e)
			}
			if len(b.Notes()) != 1 {
				t.Errorf("got notes %q; want one", b.Notes())
			}
		})
	}
}
