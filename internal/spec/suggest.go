package spec

import (
	"slices"
	"strconv"
	"strings"
)

// didYouMean is ` (did you mean "x"?)` for the candidate that got most likely
// stands for, or "" if none is near.
func didYouMean(got string, candidates []string) string {
	if best := nearest(got, candidates); best != "" {
		return " (did you mean " + strconv.Quote(best) + "?)"
	}
	return ""
}

// nearest is the candidate that differs from got by the fewest slips of a
// keyboard, at most one for every three letters; "" if none does.
func nearest(got string, candidates []string) string {
	if len(got) > 64 {
		return ""
	}
	best, least := "", 1+max(1, len(got)/3)
	for _, c := range candidates {
		if strings.EqualFold(c, got) {
			return c
		}
		if d := slips(strings.ToLower(got), strings.ToLower(c)); d < least {
			best, least = c, d
		}
	}
	return best
}

// slips counts the letters left out, added, replaced or swapped with their
// neighbour between a and b.
func slips(a, b string) int {
	x, y := []rune(a), []rune(b)
	var before []int
	last := make([]int, len(y)+1)
	for j := range last {
		last[j] = j
	}
	for i := range x {
		row := make([]int, len(y)+1)
		row[0] = i + 1
		for j := range y {
			cost := 1
			if x[i] == y[j] {
				cost = 0
			}
			row[j+1] = min(last[j]+cost, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && x[i] == y[j-1] && x[i-1] == y[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last = last, row
	}
	return last[len(y)]
}

// quoteAll is names as messages list them: quoted, sorted, and not more than a
// line can hold.
func quoteAll(names []string) string {
	const most = 12
	names = slices.Sorted(slices.Values(names))
	var b strings.Builder
	for i, n := range names {
		if i == most {
			b.WriteString(", … (" + strconv.Itoa(len(names)) + " in all)")
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(strconv.Quote(n))
	}
	return b.String()
}
