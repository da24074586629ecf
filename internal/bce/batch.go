package bce

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// Batch reads the states of several resources of one kind and region with few
// requests: by lists where those save some, one by one otherwise. It decides
// what to ask and what the answers prove, and asks nothing itself: its caller
// pays for each request, repeats those that fail if it likes, and makes as many
// at once as it likes:
//
//	for q, ok := b.Next(); ok; q, ok = b.Next() {
//		page := client.Query(ctx, q) // again, if page.Err is worth it
//		for _, found := range b.Take(q, page) { … }
//	}
//
// While queries are under way, Next may have nothing now and something after a
// Take; Done tells. Every resource is found once.
//
// A list proves what it shows and nothing else. What it misses, shows twice and
// not alike, shows in another region, without a field that a decision rests on,
// or with one that cannot be read, is read singly, and only a single read brings
// an error or bce.NotFound for a resource. A list that goes astray (an error, an
// answer that is no list, a marker that comes again) is given up. What it did
// not show is read singly too; but one of them goes first after an error, and
// if that fails for a reason that is not its own (throttled, the network, the
// account), the others fail with it, unasked.
//
// A list's states are found when the list is over: when it has shown all that
// are expected in it, has ended, or has cost as many requests as reading the
// missing ones will. So a batch of n resources makes at most 2n requests,
// however long a list is, and holds no more than n states.
//
// Safe for concurrent use. NewBatch makes one.
type Batch struct {
	region string
	kind   Kind
	ids    []string // sorted, each there once
	atlas  *Atlas

	mu     sync.Mutex
	open   map[string]bool     // ids without an outcome
	singly map[string]bool     // ids that have, or had, a query of their own
	behind map[string][]string // ids that wait for the single read of another
	queue  []Query             // to be asked
	under  map[int]Query       // asked and not taken, by serial number
	serial int
	search *search  // nil if there is none, or no more
	listed []string // VPCs whose lists are read for what is known to be in them
	lists  int      // of these, how many are not over
	notes  []string
}

// Found is the outcome for one resource.
type Found struct {
	ID    string
	State State // zero if Err is not nil
	// At is when the request began that brought the outcome, by the wall and the
	// monotonic clock: the state is not older.
	At  time.Time
	Err error // nil or an *Error, without an Op: ID says what was read
}

// NewBatch plans to read the resources of a kind in a region, in any order; an
// id that is there twice is read once. The atlas saves requests for kinds that
// are listed by VPC and learns from the batch; nil is an empty one.
func NewBatch(region string, k Kind, ids []string, atlas *Atlas) *Batch {
	if atlas == nil {
		atlas = &Atlas{}
	}
	b := &Batch{
		region: region,
		kind:   k,
		ids:    slices.Compact(slices.Sorted(slices.Values(ids))),
		atlas:  atlas,
		open:   make(map[string]bool, len(ids)),
		singly: map[string]bool{},
		behind: map[string][]string{},
		under:  map[int]Query{},
	}
	for _, id := range b.ids {
		b.open[id] = true
	}
	o := outlineOf(k, b.ids, func(id string) (string, bool) { return atlas.homeOf(region, k, id) })
	for _, l := range o.lists {
		b.listed = append(b.listed, l.vpc)
		b.lists++
		b.queue = append(b.queue, b.page(l, ""))
	}
	for _, id := range o.singles {
		b.readSingly(id)
	}
	b.beginSearch(o.lost)
	return b
}

// Next returns a query to make now, and whether there is one. Each must be given
// to Take once, whatever came of it.
func (b *Batch) Next() (Query, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for len(b.queue) > 0 {
		q := b.queue[0]
		b.queue = b.queue[1:]
		if q.what == aResource && !b.open[q.id] { // it has failed with another
			b.release(q.id)
			continue
		}
		return b.handOut(q), true
	}
	if b.searching() {
		return b.handOut(b.nextOfSearch()), true
	}
	return Query{}, false
}

func (b *Batch) handOut(q Query) Query {
	b.serial++
	q.serial = b.serial
	b.under[q.serial] = q
	return q
}

// Take takes in what came of a query of Next and returns the outcomes that it
// settled, in order of id. An error of the page is final: to repeat a query,
// make it again before. A query that was taken before changes nothing.
func (b *Batch) Take(q Query, p Page) (found []Found) {
	b.mu.Lock()
	defer b.mu.Unlock()
	q, ok := b.under[q.serial]
	if !ok {
		return nil
	}
	delete(b.under, q.serial)
	switch q.what {
	case aResource:
		found = b.takeSingle(q, p)
	case aList:
		found = b.takeList(q, p)
	case theVPCs:
		b.takeVPCs(p)
	case allThat, thoseOf: // an AttachedBatch's
	}
	b.endSearch()
	slices.SortFunc(found, func(a, b Found) int { return strings.Compare(a.ID, b.ID) })
	return found
}

// Done reports whether every resource has its outcome.
func (b *Batch) Done() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.open) == 0
}

// Open returns the ids that have no outcome yet, sorted.
func (b *Batch) Open() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Sorted(maps.Keys(b.open))
}

// Notes says what was wrong with lists, a line each, for logs; as a rule there
// are none.
func (b *Batch) Notes() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.notes)
}
