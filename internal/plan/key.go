package plan

import "cmp"

// Kind names a kind of resource: the path segment of its API, such as "vpn".
type Kind string

// Key names one resource. Plans are sorted by it: region, then kind, then id.
type Key struct {
	Region string // "bj"; never empty in a plan
	Kind   Kind
	ID     string
}

// String is "bj/vpn/vpn-bir8biqwr45e", the form messages use.
func (k Key) String() string { return k.Region + "/" + string(k.Kind) + "/" + k.ID }

// Compare orders keys by region, kind and id, byte by byte.
func (k Key) Compare(o Key) int {
	return cmp.Or(
		cmp.Compare(k.Region, o.Region),
		cmp.Compare(k.Kind, o.Kind),
		cmp.Compare(k.ID, o.ID),
	)
}
