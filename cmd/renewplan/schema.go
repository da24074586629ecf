package main

import (
	"io"

	"github.com/spf13/cobra"

	"renewplan/internal/spec"
)

func newSchemaCommand(p *process) *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the CUE schema of specs",
		Long: `Print the CUE schema of specs: every field, its rule and what it means. Its root
is #Spec, so that "cue vet -d '#Spec'" gives the same verdict as validate, names of
reservations aside.`,
		Example:     "  renewplan schema > renewal.cue",
		Args:        noArguments,
		Annotations: exits(statusDone, statusError),
		RunE: func(*cobra.Command, []string) error {
			_, err := io.WriteString(p.stdout, spec.Schema())
			return err
		},
	}
}
