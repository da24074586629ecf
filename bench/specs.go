package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// Sizes from which measuring costs more than it shows: cue export of a hundred
// thousand resources takes a minute.
const (
	onceFrom        = 50_000
	exponentFrom    = 1_000
	ratioTargetFrom = 10_000
)

// measureSpecs measures validate and plan --offline beside cue export.
func measureSpecs(ctx context.Context, l *lab) ([]row, error) {
	if err := l.needCue(ctx); err != nil {
		return nil, err
	}
	var rows []row
	for _, form := range l.forms {
		took := make(map[int]cost) // by size
		for _, n := range l.sizes {
			some, validate, err := l.measureSpec(ctx, form, n)
			if err != nil {
				return nil, fmt.Errorf("%s, %d resources: %w", form, n, err)
			}
			took[n] = validate
			rows = append(rows, some...)
		}
		rows = append(rows, growth(form, took)...)
	}
	return rows, nil
}

// measureSpec measures one spec, and also returns what validate took.
func (l *lab) measureSpec(ctx context.Context, form string, n int) ([]row, cost, error) {
	dir, err := os.MkdirTemp(l.dir, "fleet-")
	if err != nil {
		return nil, cost{}, err
	}
	defer os.RemoveAll(dir)
	files, err := l.writeFleet(dir, form, n)
	if err != nil {
		return nil, cost{}, err
	}
	slices.Sort(files)
	runs := l.runs
	if n >= onceFrom {
		runs = 1
	}
	took, err := l.beside(ctx, runs, dir,
		append([]string{l.renewplan, "validate"}, files...),
		append([]string{l.renewplan, "plan", "--offline"}, files...),
		append([]string{l.cue, "export", "schema.cue", "use.cue"}, files...),
	)
	if err != nil {
		return nil, cost{}, err
	}
	target, most := 0.35, 0.7
	if form == "computed" {
		target, most = 1.0, 2.0
	}
	if n < ratioTargetFrom {
		target, most = 0, 2.5 // starting counts as much as the spec
	}
	var rows []row
	for i, command := range []string{"validate", "plan --offline"} {
		what := fmt.Sprintf("%s, %s, %d", command, form, n)
		rows = append(rows,
			row{what + ": time", took[i].String(), took[2].String(), ratio(took[i].wall, took[2].wall), target, 0},
			row{what + ": CPU", "", "", ratio(took[i].cpu, took[2].cpu), target, most},
		)
		// A child begins with the peak of this process, so small ones are not told.
		if took[2].peak > 0 && n >= onceFrom {
			rows = append(rows, row{what: what + ": memory", figure: float64(took[i].peak) / float64(took[2].peak), target: 0.35})
		}
	}
	return rows, took[0], nil
}

// growth is the exponent of validate's CPU time, from the least size that is not
// all start-up to the largest.
func growth(form string, took map[int]cost) []row {
	var sizes []int
	for n := range took {
		if n >= exponentFrom {
			sizes = append(sizes, n)
		}
	}
	if len(sizes) < 2 {
		return nil
	}
	a, b := slices.Min(sizes), slices.Max(sizes)
	r := row{
		what:   fmt.Sprintf("validate, %s, %d to %d: exponent", filepath.Base(form), a, b),
		figure: exponent(a, b, took[a].cpu, took[b].cpu),
	}
	if form != "computed" {
		r.target, r.most = 1.1, 1.4
	}
	return []row{r}
}
