package bce

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"
)

// AttachedBatch reads what hangs on several resources of one kind and region,
// one sort of things at a time, with few requests: by the list of all that there
// are in the region, as long as that is cheaper than asking for each resource's
// own. It is played like a [Batch], with Next, Client.Query and Take, and each
// resource is found once. Its queries go to the host of their own Kind.
//
// What hangs on a resource is not told by the list of all until that is read
// whole, and is asked for singly where that list goes astray, shows a thing
// twice and not alike or without its expiry, or shows things that hang on
// other resources only: they may be named otherwise there.
//
// Safe for concurrent use. NewAttachedBatch makes one.
type AttachedBatch struct {
	region string
	holder string // the kind of the resources
	sort   *Attachment
	ids    []string // sorted, each there once
	atlas  *Atlas

	mu     sync.Mutex
	open   map[string]bool // ids without an outcome
	behind []string        // ids that wait for the single query of another
	probe  string          // that one; "" if there is none
	queue  []Query
	under  map[int]Query
	serial int
	held   holdings // of the list of all
	notes  []string
}

// AttachedFound is the outcome for one resource.
type AttachedFound struct {
	ID       string     // the resource
	Attached []Attached // the prepaid things of the sort that hang on it, in order of id
	At       time.Time  // as in Found
	Err      error      // nil or an *Error: what hangs on it is not known, or not all of it
}

// NewAttachedBatch plans to read what hangs on the resources of a kind in a
// region: sort is one of the kind's Attachments. The atlas is as in NewBatch.
func NewAttachedBatch(region string, k Kind, sort Attachment, ids []string, atlas *Atlas) *AttachedBatch {
	if atlas == nil {
		atlas = &Atlas{}
	}
	b := &AttachedBatch{
		region: region, holder: k.Name, sort: &sort, atlas: atlas,
		ids:   slices.Compact(slices.Sorted(slices.Values(ids))),
		open:  make(map[string]bool, len(ids)),
		under: map[int]Query{},
	}
	for _, id := range b.ids {
		b.open[id] = true
	}
	if _, useful := atlas.homeOf(region, sort.Kind, ""); useful && len(b.ids) > 1 {
		b.queue = append(b.queue, b.page(&listing{}, ""))
	} else {
		b.askEach(b.ids)
	}
	return b
}

// page is the query for a page of the list of all.
func (b *AttachedBatch) page(l *listing, marker string) Query {
	l.markers = append(l.markers, marker)
	return Query{Region: b.region, Kind: b.sort.Kind, what: allThat, wanted: b.ids, marker: marker, list: l, sort: b.sort}
}

// single is the query for what hangs on one resource.
func (b *AttachedBatch) single(id string) Query {
	return Query{Region: b.region, Kind: b.sort.Kind, what: thoseOf, id: id, wanted: []string{id}, holder: b.holder, sort: b.sort}
}

func (b *AttachedBatch) askEach(ids []string) {
	for _, id := range ids {
		b.queue = append(b.queue, b.single(id))
	}
}

// askFirstThenRest asks for one resource's, and for the others' unless that fails
// for a reason that they share.
func (b *AttachedBatch) askFirstThenRest(ids []string) {
	if len(ids) > 0 {
		b.probe, b.behind = ids[0], ids[1:]
		b.askEach(ids[:1])
	}
}

// Next is as Batch.Next.
func (b *AttachedBatch) Next() (Query, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.queue) == 0 {
		return Query{}, false
	}
	q := b.queue[0]
	b.queue = b.queue[1:]
	b.serial++
	q.serial = b.serial
	b.under[q.serial] = q
	return q, true
}

// Take is as Batch.Take.
func (b *AttachedBatch) Take(q Query, p Page) []AttachedFound {
	b.mu.Lock()
	defer b.mu.Unlock()
	q, ok := b.under[q.serial]
	if !ok {
		return nil
	}
	delete(b.under, q.serial)
	if p.held == nil && p.Err == nil {
		p.Err = &Error{Op: "reading " + q.String(), Problem: BadAnswer, Err: errors.New("the page is not of this query")}
	}
	if q.what == allThat {
		return b.takePage(q, p)
	}
	return b.takeSingle(q, p)
}

// Done is as Batch.Done.
func (b *AttachedBatch) Done() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.open) == 0
}

// Open is as Batch.Open.
func (b *AttachedBatch) Open() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Sorted(maps.Keys(b.open))
}

// Notes is as Batch.Notes.
func (b *AttachedBatch) Notes() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.notes)
}

// The methods below hold b.mu.

func (b *AttachedBatch) takeSingle(q Query, p Page) (found []AttachedFound) {
	var things []Attached // also beside what is in doubt
	switch {
	case p.Err != nil:
	case p.more:
		p.Err = b.failed(q, "its list does not end at the first page of "+pageSize+": there are more, or it goes round in circles")
	default:
		things = p.held.list(q.id)
		if why := p.held.doubts[q.id]; why != "" {
			p.Err = b.failed(q, why)
		}
	}
	found = append(found, b.find(q.id, things, p))
	if q.id != b.probe {
		return found
	}
	rest := b.behind
	b.probe, b.behind = "", nil
	if !concernsOthers(p.Err) {
		b.askEach(rest)
		return found
	}
	for _, id := range rest {
		cause := p
		cause.Err = unasked(b.single(id), p.Err)
		found = append(found, b.find(id, nil, cause))
	}
	return found
}

// failed is the error of an answer that tells nothing.
func (b *AttachedBatch) failed(q Query, why string) *Error {
	return &Error{Op: "reading " + q.String(), Problem: BadAnswer, Err: errors.New(why)}
}

func (b *AttachedBatch) find(id string, things []Attached, p Page) AttachedFound {
	delete(b.open, id)
	return AttachedFound{ID: id, Attached: things, At: p.At, Err: p.Err}
}

func (b *AttachedBatch) takePage(q Query, p Page) []AttachedFound {
	l := q.list
	if p.Err != nil {
		return b.giveUp(p.Err.Error(), p.Err)
	}
	if l.pages++; l.pages == 1 {
		l.began = p.At
	}
	b.held.merge(p.held)
	switch {
	case !p.more:
		return b.endList(q)
	case !validMarker(p.next) || slices.Contains(l.markers, p.next):
		return b.giveUp(fmt.Sprintf("gave up %s after page %d: its next marker is of no use", q, l.pages), nil)
	case !goOn(l.pages, len(b.open)):
		return b.giveUp(fmt.Sprintf("gave up %s after page %d: it is long", q, l.pages), nil)
	}
	b.queue = append(b.queue, b.page(l, p.next))
	return nil
}

// giveUp ends the list of all, which tells nothing unless it is whole.
func (b *AttachedBatch) giveUp(note string, err error) []AttachedFound {
	b.notes = append(b.notes, note)
	e, ok := errors.AsType[*Error](err)
	if !ok || !passing(e) {
		b.atlas.mistrust(b.region, b.sort.Kind, "")
	}
	if ok {
		b.askFirstThenRest(b.ids)
	} else {
		b.askEach(b.ids)
	}
	return nil
}

// endList takes in what the whole list of all has told.
func (b *AttachedBatch) endList(q Query) (found []AttachedFound) {
	if len(b.held.of)+len(b.held.doubts) == 0 && b.held.others {
		return b.giveUp(q.String()+" names none of the "+b.holder+"s that are wanted, but others", nil)
	}
	for _, id := range b.ids {
		if b.held.doubts[id] != "" {
			b.askEach([]string{id})
			continue
		}
		found = append(found, b.find(id, b.held.list(id), Page{At: q.list.began}))
	}
	return found
}
