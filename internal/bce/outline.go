package bce

import (
	"slices"
	"time"
)

// minSearch is the least number of resources in unknown VPCs for which the list
// of VPCs is read. That costs one request and may save all others but one; where
// it saves none, a quarter more is spent than without.
const minSearch = 4

// outline is how a batch begins.
type outline struct {
	lists   []*listing // each is read page by page
	singles []string   // read one by one
	lost    []string   // of a kind that is listed by VPC: those in unknown ones
}

// listing is a list that is being read.
type listing struct {
	ids     []string // the resources that are expected in it, sorted
	vpc     string   // of a kind that is listed by VPC
	search  bool     // ids may as well be elsewhere
	markers []string // of the pages asked for
	pages   int      // that were read
	began   time.Time
	seen    sightings
}

// outlineOf says how to read ids, which are sorted and each there once, with
// the fewest requests. A list that would show one of them only is not read: the
// detail is one request as well, and tells more. home says which VPC an id is
// in, "" if that is not known, and whether the list that holds it is of use.
func outlineOf(k Kind, ids []string, home func(id string) (vpc string, useful bool)) outline {
	var o outline
	var plain []string // to be listed, and not by VPC
	vpcs := map[string]*listing{}
	for _, id := range ids {
		vpc, useful := home(id)
		switch {
		case checkID(id) != nil, k.List.Scope == NoList, !useful:
			o.singles = append(o.singles, id)
		case k.List.Scope != ByVPC:
			plain = append(plain, id)
		case vpc == "":
			o.lost = append(o.lost, id)
		case vpcs[vpc] != nil:
			vpcs[vpc].ids = append(vpcs[vpc].ids, id)
		default:
			vpcs[vpc] = &listing{vpc: vpc, ids: []string{id}}
			o.lists = append(o.lists, vpcs[vpc])
		}
	}
	size := len(plain)
	if k.List.Scope == ByIDs {
		size = k.List.Most
	}
	for chunk := range slices.Chunk(plain, max(size, 1)) {
		o.lists = append(o.lists, &listing{ids: chunk})
	}
	o.lists = slices.DeleteFunc(o.lists, func(l *listing) bool {
		if len(l.ids) > 1 {
			return false
		}
		o.singles = append(o.singles, l.ids...)
		return true
	})
	slices.Sort(o.singles)
	return o
}

// searchPays reports whether reading one list each of this many VPCs is cheaper
// than reading so many resources one by one.
func searchPays(vpcs, lost int) bool { return vpcs < lost }

// goOn reports whether to read another page for resources that a list has not
// shown on the pages read so far. Nobody knows how long a list is. Going on
// until it has cost what reading the rest one by one will cost makes at most
// twice the requests of the better way, and comes to an end with every list.
func goOn(pages, missing int) bool { return pages < missing }
