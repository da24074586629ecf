package main

import (
	"fmt"
	"slices"
	"strings"

	"renewplan/internal/bce"
	"renewplan/internal/plan"
)

// couldNotRead is the failure of a plan with resources that could not be read:
// how many, what was not done because of it ("; nothing was sent"), and why the
// first of them was not. A region that nobody knows is asked about, once.
func couldNotRead(pl *plan.Plan, notDone string) *failure {
	why := ""
	var strange []string
	for _, row := range pl.Rows {
		if row.Decision != plan.Unread {
			continue
		}
		if why == "" {
			// The decision has been said: not once more in its reason.
			why = fmt.Sprintf("; the first is %s: %s", row.Key, strings.TrimPrefix(row.Reason, "its state could not be read: "))
		}
		if !slices.Contains(bce.KnownRegions(), row.Region) && !slices.Contains(strange, row.Region) {
			strange = append(strange, row.Region)
		}
	}
	f := failed("%s could not be read%s%s", counted(pl.Totals.Unread, "resource"), notDone, why)
	if pl.Cloud != bce.Domain {
		return f // an endpoint may have regions of its own
	}
	for _, region := range strange {
		f = f.hint("is the region %q spelt right? Known are %s; any other is tried all the same", region, strings.Join(bce.KnownRegions(), ", "))
	}
	return f
}
