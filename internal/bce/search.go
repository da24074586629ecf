package bce

import "slices"

// search is the search for resources whose VPC is not known: first the list of
// VPCs, then the lists of each of them, until all are found, the VPCs are
// through, or it has cost as much as reading the rest one by one will. The
// methods hold Batch.mu.
type search struct {
	ids     []string
	spent   int      // requests made
	under   int      // requests planned or under way
	vpcList *listing // the list of VPCs while it is read
	found   []string // VPCs on its pages so far
	vpcs    []string // whose lists are still to be read
	failed  bool     // a list could not be read
}

// beginSearch decides how the lost are looked for.
func (b *Batch) beginSearch(lost []string) {
	b.search = &search{ids: lost}
	if vpcs, known := b.atlas.vpcsOf(b.region, b.kind); known {
		b.searchThrough(vpcs)
	} else if len(lost) >= minSearch {
		b.search.vpcList = &listing{}
		b.readVPCs("")
	}
	b.endSearch()
}

// readVPCs plans the query for a page of the list of VPCs.
func (b *Batch) readVPCs(marker string) {
	l := b.search.vpcList
	l.markers = append(l.markers, marker)
	b.search.under++
	b.queue = append(b.queue, Query{Region: b.region, Kind: b.kind, what: theVPCs, marker: marker, list: l})
}

// searchThrough sets out to read the lists of VPCs, but for those that are read
// anyway, if that pays.
func (b *Batch) searchThrough(vpcs []string) {
	vpcs = slices.DeleteFunc(slices.Clone(vpcs), func(vpc string) bool { return slices.Contains(b.listed, vpc) })
	if searchPays(len(vpcs), b.lost()) {
		b.search.vpcs = vpcs
	}
}

// lost counts the resources that are still looked for.
func (b *Batch) lost() (n int) {
	for _, id := range b.search.ids {
		if b.open[id] && !b.singly[id] {
			n++
		}
	}
	return n
}

// searching reports whether the list of another VPC is worth its request.
func (b *Batch) searching() bool {
	s := b.search
	return s != nil && !s.failed && len(s.vpcs) > 0 && goOn(s.spent+s.under, b.lost())
}

// nextOfSearch is the query for the list of the next VPC.
func (b *Batch) nextOfSearch() Query {
	s := b.search
	l := &listing{vpc: s.vpcs[0], ids: s.ids, search: true}
	s.vpcs = s.vpcs[1:]
	s.under++
	return b.page(l, "")
}

// takeVPCs takes in a page of the list of VPCs.
func (b *Batch) takeVPCs(p Page) {
	s := b.search
	s.under--
	s.spent++
	if p.Err != nil {
		b.notes = append(b.notes, p.Err.Error())
		s.failed = true
		return
	}
	s.vpcList.pages++
	s.found = append(s.found, p.vpcs...)
	switch {
	case !p.more:
		s.vpcList = nil
		b.atlas.setVPCs(b.region, s.found)
		vpcs, _ := b.atlas.vpcsOf(b.region, b.kind)
		b.searchThrough(vpcs)
	case !validMarker(p.next) || slices.Contains(s.vpcList.markers, p.next):
		b.note(Query{Region: b.region, what: theVPCs}, s.vpcList, "its next marker is of no use")
	case !searchPays(len(s.found), b.lost()) || !goOn(s.spent, b.lost()):
		b.note(Query{Region: b.region, what: theVPCs}, s.vpcList, "it is long")
	default:
		b.readVPCs(p.next)
	}
}

// endSearch ends the search when it can bring no more, and has the rest read one
// by one. The lists that are read for others may show them as well.
func (b *Batch) endSearch() {
	s := b.search
	switch {
	case s == nil || s.under > 0 || b.searching() || b.lists > 0:
		return
	case s.failed:
		b.readFirstThenRest(s.ids)
	default:
		b.readSingly(s.ids...)
	}
	b.search = nil
}
