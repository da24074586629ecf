package main

import (
	"context"
	"fmt"
	"os"
)

// measureStart measures commands that have next to nothing to do.
func measureStart(ctx context.Context, l *lab) ([]row, error) {
	if err := l.needCue(ctx); err != nil {
		return nil, err
	}
	validate := []string{l.renewplan, "validate", "fleet.cue"}
	vet := []string{l.cue, "vet", "-c", "fleet.cue", "schema.cue", "use.cue"}
	var rows []row
	for _, c := range []struct {
		what         string
		form         string // of the 10 resources in the folder
		ours, theirs []string
	}{
		{"version beside cue version", "one", []string{l.renewplan, "version"}, []string{l.cue, "version"}},
		{"validate of 10 resources beside cue vet", "one", validate, vet},
		{"the same with a default for every kind", "defaults", validate, vet},
		{"the same, computed", "computed", validate, vet},
	} {
		dir, err := os.MkdirTemp(l.dir, "start-")
		if err != nil {
			return nil, err
		}
		if _, err := l.writeFleet(dir, c.form, 10); err != nil {
			return nil, err
		}
		took, err := l.beside(ctx, max(10, l.runs), dir, c.ours, c.theirs)
		if err != nil {
			return nil, err
		}
		show := func(c cost) string {
			return fmt.Sprintf("%d ms, %d ms CPU", c.wall.Milliseconds(), c.cpu.Milliseconds())
		}
		rows = append(rows,
			row{c.what + ": time", show(took[0]), show(took[1]), ratio(took[0].wall, took[1].wall), 1.0, 0},
			row{c.what + ": CPU", "", "", ratio(took[0].cpu, took[1].cpu), 1.0, 2.5},
		)
	}
	return rows, nil
}
