package bce

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// sightings are what a list has shown of resources: states, and for what reason
// it proves none. A doubt outweighs a state, whichever came first.
type sightings struct {
	states map[string]State
	doubts map[string]string
}

// add takes a sighting in; doubt says why it proves nothing, "" if it does.
func (s *sightings) add(id string, state State, doubt string) {
	known, before := s.states[id]
	if before && doubt == "" && known != state {
		doubt = "it is there twice, and not alike"
	}
	switch {
	case doubt != "" && s.doubts == nil:
		s.doubts = map[string]string{id: doubt}
	case doubt != "":
		s.doubts[id] = doubt
	case s.states == nil:
		s.states = map[string]State{id: state}
	default:
		s.states[id] = state
	}
}

// merge takes the sightings of a further page in.
func (s *sightings) merge(more sightings) {
	for id, state := range more.states {
		s.add(id, state, "")
	}
	for id, doubt := range more.doubts {
		s.add(id, State{}, doubt)
	}
}

// has reports whether the resource was seen, be it in doubt.
func (s *sightings) has(id string) bool {
	_, proven := s.states[id]
	_, doubted := s.doubts[id]
	return proven || doubted
}

// see takes in an item of a list, if it is wanted. It is decoded as a detail
// answer is. A list may hold less than a detail: what lacks a field that a
// decision rests on proves nothing, and neither does an item of another region, or
// one that contradicts itself.
func (c *Client) see(seen *sightings, q Query, own []string, item []byte) {
	f, err := pickFields(item, own...)
	id := f.text(q.Kind.IDKeys)
	if _, wanted := slices.BinarySearch(q.wanted, id); !wanted {
		return
	}
	if err != nil {
		seen.add(id, State{}, "the item "+err.Error())
		return
	}
	if f.elsewhere(q.Kind, q.Region) {
		return
	}
	state, err := c.decodeFields(f, q.Kind, id)
	switch {
	case err != nil:
		seen.add(id, State{}, err.Error())
	default:
		seen.add(id, state, f.lacks(q.Kind, state))
	}
}

// elsewhere reports whether a resource says that it is in another region. A zone
// holds its region's name between hyphens.
func (f fields) elsewhere(k Kind, region string) bool {
	at := f.text(k.RegionKeys)
	return at != "" && !strings.Contains("-"+strings.ToLower(at)+"-", "-"+region+"-")
}

// surelyElsewhere is elsewhere where nobody asks again: only a region's own name,
// or a zone such as cn-gz-a, says that a resource is in another one.
func (f fields) surelyElsewhere(k Kind, region string) bool {
	at := strings.ToLower(f.text(k.RegionKeys))
	zone := strings.Split(at, "-")
	named := len(zone) == 1 && !strings.Contains(at, "zone")
	return f.elsewhere(k, region) && (named || len(zone) == 3 && zone[0] == "cn")
}

// lacks says which field an item of a list is missing that would have to be
// guessed. What is not prepaid is not renewed, whatever else is known of it.
func (f fields) lacks(k Kind, s State) string {
	switch {
	case !f.has(k.NameKeys):
		return "the list does not tell its name"
	case !f.has(k.StatusKeys):
		return "the list does not tell its status"
	case !s.Prepaid:
		return ""
	case len(k.AutoRenewKeys) > 0 && s.AutoRenew == AutoRenewNotVisible:
		return "the list does not tell whether it renews itself"
	case len(k.PlacementKeys) > 0 && !f.has(k.PlacementKeys),
		len(k.DedicatedHostKeys) > 0 && !f.has(k.DedicatedHostKeys):
		return "the list does not tell whether it is dedicated"
	}
	return ""
}

// paging is how a list goes on.
type paging struct {
	more bool
	next string
}

// decodePage hands each item of a page over, and says how the list goes on.
// Items that are no objects are the callee's to skip.
func decodePage(rep reply, itemsKey string, item func([]byte) error) (paging, error) {
	switch readable(rep) {
	case empty:
		return paging{}, errors.New("the answer is empty")
	case unreadable:
		return paging{}, describe(rep, parsedBody{})
	case otherJSON:
		return paging{}, fmt.Errorf("the answer %w", errNoObject)
	case object:
	}
	f, err := pickFields(rep.body, itemsKey, "isTruncated", "nextMarker")
	if err != nil {
		return paging{}, fmt.Errorf("the answer %w", err)
	}
	items := f[itemsKey]
	if items == nil {
		return paging{}, fmt.Errorf("the answer is no list (looked for %q)", itemsKey)
	}
	if kindOf(items) != '[' {
		return paging{}, fmt.Errorf("%q of the answer is no list", itemsKey)
	}
	n := 0
	for one := range elements(items) {
		if n++; n > maxItems {
			return paging{}, fmt.Errorf("%q of the answer holds more than %d items", itemsKey, maxItems)
		}
		if err := item(one); err != nil {
			return paging{}, err
		}
	}
	return f.paging(), nil
}

// paging reads isTruncated, a bool or its word, and nextMarker, a text or a
// number. Without the first, a marker alone says that there is more.
func (f fields) paging() paging {
	p := paging{next: f.text([]string{"nextMarker"})}
	if p.next == "" {
		p.next = jsonNumber(f["nextMarker"])
	}
	switch strings.ToLower(strings.Trim(string(f["isTruncated"]), `"`)) {
	case "true":
		p.more = true
	case "false":
	default:
		p.more = p.next != ""
	}
	return p
}
