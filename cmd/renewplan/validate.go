package main

import (
	"github.com/spf13/cobra"
)

func newValidateCommand(p *process) *cobra.Command {
	var opt specFlags
	cmd := &cobra.Command{
		Use:   "validate [SPEC...]",
		Short: "Check a spec; print nothing but mistakes",
		Long: `Check a spec against the schema and print every mistake, one line each, to stderr:
file:line:col: path: what is wrong and what is wanted. A spec without a mistake prints
nothing. Nothing is read but the spec's own files, and no network is used.

An evaluation that takes more than 5 minutes, or more than 4 GiB of memory or of what
GOMEMLIMIT allows, is given up.`,
		Example: `  renewplan validate
  renewplan validate examples/plans/network
  renewplan validate base.cue prod.yaml -t team=edge`,
		Annotations: exits(statusDone, statusError, statusInterrupted),
		RunE: func(cmd *cobra.Command, args []string) error {
			_, err := p.loadSpec(cmd.Context(), args, opt.tags)
			return err
		},
	}
	opt.bind(cmd)
	return cmd
}
