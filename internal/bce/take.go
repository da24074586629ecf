package bce

import (
	"errors"
	"fmt"
	"maps"
	"slices"
)

// The methods here hold Batch.mu.

// page is the query for a page of a list.
func (b *Batch) page(l *listing, marker string) Query {
	l.markers = append(l.markers, marker)
	q := Query{Region: b.region, Kind: b.kind, what: aList, vpc: l.vpc, wanted: b.ids, marker: marker, list: l}
	if b.kind.List.Scope == ByIDs {
		q.ask = l.ids
	}
	return q
}

// single is the query for one resource.
func (b *Batch) single(id string) Query {
	return Query{Region: b.region, Kind: b.kind, what: aResource, id: id}
}

// readSingly plans single reads of resources that have none. From then on, no
// list settles them.
func (b *Batch) readSingly(ids ...string) {
	for _, id := range ids {
		if b.open[id] && !b.singly[id] {
			b.singly[id] = true
			b.queue = append(b.queue, b.single(id))
		}
	}
}

// readFirstThenRest reads one resource, and the others unless that fails for a
// reason that they share.
func (b *Batch) readFirstThenRest(ids []string) {
	ids = slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !b.open[id] })
	if len(ids) > 0 {
		b.behind[ids[0]] = append(b.behind[ids[0]], ids[1:]...)
		b.readSingly(ids[0])
	}
}

// release has those read that waited for a resource.
func (b *Batch) release(id string) {
	waited := b.behind[id]
	delete(b.behind, id)
	b.readSingly(waited...)
}

func (b *Batch) takeSingle(q Query, p Page) (found []Found) {
	state, ok := p.seen.states[q.id]
	if !ok && p.Err == nil {
		p.Err = &Error{Op: "reading " + q.String(), Problem: BadAnswer, Err: errors.New("the page is not of this query")}
	}
	if b.open[q.id] {
		found = append(found, b.find(q.id, state, p))
	}
	if !concernsOthers(p.Err) {
		b.release(q.id)
		return found
	}
	for _, id := range b.behind[q.id] {
		if b.open[id] && !b.singly[id] {
			found = append(found, b.find(id, State{}, Page{At: p.At, Err: unasked(b.single(id), p.Err)}))
		}
	}
	delete(b.behind, q.id)
	return found
}

// find settles one resource.
func (b *Batch) find(id string, s State, p Page) Found {
	delete(b.open, id)
	if p.Err != nil {
		return Found{ID: id, At: p.At, Err: bare(p.Err)}
	}
	b.atlas.Learn(b.region, b.kind, s)
	return Found{ID: id, State: s, At: p.At}
}

// concernsOthers reports whether a single read failed for a reason that other
// resources of its kind and region share.
func concernsOthers(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && (passing(e) || e.Problem == AccountProblem)
}

// passing reports whether an error may be another one the next time.
func passing(e *Error) bool {
	return e.HTTPStatus == 0 || e.Problem == ThrottledRead || e.Problem == Transient
}

// unasked is the error of a query that fails with another.
func unasked(q Query, err error) *Error {
	e := &Error{Op: "reading " + q.String()}
	cause, ok := errors.AsType[*Error](err)
	if !ok {
		e.Err = fmt.Errorf("not asked, because of %w", err)
		return e
	}
	e.Problem, e.RetryAfter = cause.Problem, cause.RetryAfter
	e.Err = fmt.Errorf("not asked, because %s failed: %w", cause.Op, bare(err))
	return e
}

// bare is an error that does not say what was being done.
func bare(err error) error {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return err
	}
	b := *e
	b.Op = ""
	return &b
}

func (b *Batch) takeList(q Query, p Page) []Found {
	l := q.list
	spent := l.pages + 1
	if l.search {
		b.search.under--
		b.search.spent++
		spent = b.search.spent + b.search.under
	}
	if p.Err != nil {
		return b.giveUp(l, p.Err)
	}
	if l.pages++; l.pages == 1 {
		l.began = p.At
	}
	l.seen.merge(p.seen)
	missing := 0
	for _, id := range l.ids {
		if b.open[id] && !l.seen.has(id) {
			missing++
		}
	}
	switch {
	case missing == 0 || !p.more:
		return b.endList(l)
	case !validMarker(p.next) || slices.Contains(l.markers, p.next):
		b.note(q, l, "its next marker is of no use")
		return b.endList(l)
	case !goOn(spent, missing):
		b.note(q, l, "it is long")
		return b.endList(l)
	}
	if l.search {
		b.search.under++
	}
	b.queue = append(b.queue, b.page(l, p.next))
	return nil
}

// validMarker reports whether a marker can be asked for.
func validMarker(m string) bool {
	return m != "" && len(m) <= maxMarker && stripControls(m) == m
}

// note keeps a line about a list that is given up.
func (b *Batch) note(q Query, l *listing, why string) {
	b.notes = append(b.notes, fmt.Sprintf("gave up %s after page %d: %s", q, l.pages, why))
}

// giveUp ends a list of which a page could not be read.
func (b *Batch) giveUp(l *listing, err error) []Found {
	b.notes = append(b.notes, err.Error())
	if e, ok := errors.AsType[*Error](err); ok && !passing(e) {
		b.atlas.mistrust(b.region, b.kind, l.vpc)
	}
	found := b.settle(l)
	if l.search {
		b.search.failed = true
	} else {
		b.lists--
		b.readFirstThenRest(l.ids)
	}
	return found
}

// endList ends a list. What it did not show is read singly, or searched for
// elsewhere. A list that has proven no more resources than it cost requests is
// not read again.
func (b *Batch) endList(l *listing) []Found {
	found := b.settle(l)
	if !l.search {
		b.lists--
		if len(found) <= l.pages {
			b.atlas.mistrust(b.region, b.kind, l.vpc)
		}
		b.readSingly(l.ids...)
	}
	return found
}

// settle finds what a list has proven, wherever it was expected.
func (b *Batch) settle(l *listing) (found []Found) {
	b.readSingly(slices.Sorted(maps.Keys(l.seen.doubts))...)
	for id, state := range l.seen.states {
		if b.open[id] && !b.singly[id] {
			if l.vpc != "" {
				b.atlas.setHome(place{b.region, b.kind.Name, id}, l.vpc)
			}
			found = append(found, b.find(id, state, Page{At: l.began}))
		}
	}
	return found
}
