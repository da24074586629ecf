package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"renewplan/internal/plan"
)

func newVersionCommand(p *process) *cobra.Command {
	return &cobra.Command{
		Use:         "version",
		Short:       "Print the version",
		Long:        "Print the version of renewplan, of the Go that built it, and of the plan files it reads.",
		Args:        noArguments,
		Annotations: exits(statusDone, statusError),
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintf(p.stdout, "renewplan %s %s %s/%s, plan file format %d\n",
				version(), runtime.Version(), runtime.GOOS, runtime.GOARCH, plan.Version)
			return err
		},
	}
}

// version is the module's version as built, "(devel)" for a working copy.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}
