package plan

import (
	"cmp"
	"iter"
)

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

// inTwoRegions goes over n keys and yields each whose kind and id stand before it
// with another region, and where. The cloud gives an id once; but at an endpoint,
// where requests name no region, such keys are the same resource, with a
// clientToken each. An empty region is another mistake, and not compared.
func inTwoRegions(n int, key func(i int) Key) iter.Seq2[int, int] {
	return func(yield func(int, int) bool) {
		second := 1 // where another region begins; most plans have one, and need no index
		for second < n && key(second).Region == key(0).Region {
			second++
		}
		if second >= n {
			return
		}
		first := make(map[Key]int, n)
		for i := range n {
			k := key(i)
			name := Key{Kind: k.Kind, ID: k.ID}
			if at, known := first[name]; !known {
				first[name] = i
			} else if k.Region != "" && key(at).Region != "" && k.Region != key(at).Region && !yield(i, at) {
				return
			}
		}
	}
}
