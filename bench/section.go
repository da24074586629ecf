package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// section is one thing to measure.
type section struct {
	name    string
	title   string
	measure func(context.Context, *lab) ([]row, error)
}

// sections are all there are, in the order of the table.
var sections = []section{
	{"specs", "Specs: validate and plan --offline beside cue export of the same files with the schema", measureSpecs},
	{"start", "Start: the CPU time of small commands", measureStart},
	{"signing", "Signing a request: beside bce-sdk-go's signer", measureSigning},
	{"latency", "Apply, bounded by latency: beside (1.1 x rows / parallelism + 3) x latency", measureLatency},
	{"rate", "Apply, bounded by a rate limit that it has to find: beside 1.1 x rows / rate", measureRate},
	{"requests", "Requests for each renewal of an apply", measureRequests},
	{"growth", "Plan and apply of ever more rows at no latency: milliseconds for each row, and growth", measureGrowth},
	{"sdk", "Apply at no latency: beside the same renewals by bce-sdk-go, without a ledger", measureSDK},
	{"terraform", "Plan and apply: beside terraform_data resources of Terraform", measureTerraform},
}

// choose finds sections by name.
func choose(names []string) ([]section, error) {
	var chosen []section
	for _, name := range names {
		found := false
		for _, s := range sections {
			if s.name == name {
				chosen, found = append(chosen, s), true
			}
		}
		if !found {
			return nil, fmt.Errorf("-sections: there is no section %q", name)
		}
	}
	return chosen, nil
}

// row is one figure beside its target.
type row struct {
	what         string
	ours, theirs string  // in the units of the section, for people
	figure       float64 // a ratio of ours to theirs, or an exponent
	// target is the most that figure should be; 0 if there is none.
	target float64
	// most is what figure must never be, on a busy machine and in small sizes: over
	// it, -check fails. 0 means that it is not checked.
	most float64
}

// show prints the rows of a section as a table.
func show(w io.Writer, s section, rows []row) error {
	if len(rows) == 0 {
		return nil
	}
	fmt.Fprintf(w, "\n%s\n\n", s.title)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "what\tours\ttheirs\tfigure\ttarget\t")
	for _, r := range rows {
		target, verdict := "", ""
		if r.target > 0 {
			target = fmt.Sprintf("%.2f", r.target)
			if r.figure > r.target {
				verdict = "missed"
			}
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%.3f\t%s\t%s\n", r.what, r.ours, r.theirs, r.figure, target, verdict)
	}
	return t.Flush()
}

// gross is an error that names the rows that are over their most.
func gross(rows []row) error {
	var bad []string
	for _, r := range rows {
		if r.most > 0 && r.figure > r.most {
			bad = append(bad, fmt.Sprintf("%s: %.2f; it must not exceed %.2f", r.what, r.figure, r.most))
		}
	}
	if len(bad) > 0 {
		return fmt.Errorf("slower than it must ever be:\n%s", strings.Join(bad, "\n"))
	}
	return nil
}
