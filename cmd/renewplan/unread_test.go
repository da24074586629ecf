package main

import (
	"slices"
	"testing"

	"renewplan/internal/plan"
)

func TestARegionThatNobodyKnowsIsAskedAboutOnce(t *testing.T) {
	row := func(region, id string) plan.Row {
		return plan.Row{
			Key: plan.Key{Region: region, Kind: "vpn", ID: id}, Decision: plan.Unread,
			Reason: "its state could not be read: there is no host bcc." + region + ".baidubce.com",
		}
	}
	pl := &plan.Plan{Cloud: "baidubce.com", Rows: []plan.Row{
		{Key: plan.Key{Region: "gzz", Kind: "vpn", ID: "vpn-0"}, Decision: plan.Lapse},
		row("bj", "vpn-1"), row("bjj", "vpn-2"), row("bjj", "vpn-3"), row("suu", "vpn-4"),
	}}
	pl.Totals.Unread = 4
	f := couldNotRead(pl, "; nothing was sent")
	want := "4 resources could not be read; nothing was sent; the first is bj/vpn/vpn-1: there is no host bcc.bj.baidubce.com"
	if f.Error() != want || f.status != statusError {
		t.Errorf("got %q, exit %d; want %q, exit 1", f, f.status, want)
	}
	hints := []string{
		`is the region "bjj" spelt right? Known are bd, bj, cd, fwh, gz, hkg, su; any other is tried all the same`,
		`is the region "suu" spelt right? Known are bd, bj, cd, fwh, gz, hkg, su; any other is tried all the same`,
	}
	if !slices.Equal(f.hints, hints) {
		t.Errorf("got hints %q; want %q", f.hints, hints)
	}
	pl.Cloud = "https://gate.example"
	if f := couldNotRead(pl, ""); len(f.hints) != 0 {
		t.Errorf("got hints %q; want none: an endpoint may have regions of its own", f.hints)
	}
}
