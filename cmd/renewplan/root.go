package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// globalFlags are the flags that every command has.
type globalFlags struct {
	verbose   bool
	logFormat string
	color     string
}

const rootLong = `renewplan renews prepaid resources on Baidu AI Cloud from a spec in CUE.

It shows what is due and what would be bought (plan), writes that down as a
plan file to be reviewed, and buys exactly that (apply): one renewal per
resource and period, each read back from the cloud. What it did is in a ledger
(status), and what cannot be known is called open, never guessed (resolve).

A SPEC is a folder with one CUE package (default: the current one), or files
(.cue, .json, .yaml) that are read together.`

const rootExample = `  # see it work, without an account: plan and apply on the built-in sandbox
  renewplan apply --sandbox examples/plans/network

  # for real: write the plan, have it reviewed, apply what was reviewed
  renewplan plan --out network.plan.json
  renewplan apply network.plan.json`

// exitTexts is the meaning of every exit status, in the order of the numbers.
var exitTexts = []struct {
	status status
	text   string
}{
	{statusDone, "0    done, or nothing to do"},
	{statusError, "1    error, or stopped before anything was verified"},
	{statusDue, "2    only with --detailed-exitcode: there is something to renew"},
	{statusPartial, "3    some rows refused, stale or in conflict, or the run stopped early; the\n       rest is done. With apply SPEC, rows that the plan refused count too"},
	{statusRefused, "4    refused as a whole, nothing sent: limits, unreadable or altered plan file,\n       other cloud, changed spec, plan too old, credentials unclear"},
	{statusOpen, "5    money open: a row is unresolved, unverified or deviates"},
	{statusInterrupted, "130  interrupted; what was in flight is recorded"},
}

// exits lists the exit statuses of a command for its help.
func exits(statuses ...status) map[string]string {
	var b strings.Builder
	for _, e := range exitTexts {
		for _, s := range statuses {
			if s == e.status {
				b.WriteString("\n  " + e.text)
			}
		}
	}
	return map[string]string{"exits": b.String()}
}

// newRootCommand builds the whole command line.
func newRootCommand(p *process) *cobra.Command {
	root := &cobra.Command{
		Use:           "renewplan",
		Short:         "Renew prepaid resources on Baidu AI Cloud from a spec, exactly once",
		Long:          rootLong,
		Example:       rootExample,
		Args:          noArguments,
		SilenceErrors: true,
		SilenceUsage:  true,
		Annotations: exits(statusDone, statusError, statusDue, statusPartial, statusRefused,
			statusOpen, statusInterrupted),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	flags := root.PersistentFlags()
	flags.BoolVarP(&p.global.verbose, "verbose", "v", false, "log every step to stderr; never a secret")
	flags.Var(choice(&p.global.logFormat, "text", "json"), "log-format", "format of the log on stderr")
	flags.Var(choice(&p.global.color, "auto", "always", "never"), "color", "colour on stdout; auto: on a terminal without NO_COLOR")
	onlyOnce(flags)

	root.AddCommand(
		newValidateCommand(p),
		newPlanCommand(p),
		newShowCommand(p),
		newApplyCommand(p),
		newStatusCommand(p),
		newResolveCommand(p),
		newSandboxCommand(p),
		newSchemaCommand(p),
		newVersionCommand(p),
	)
	for _, cmd := range root.Commands() {
		onlyOnce(cmd.Flags())
	}
	root.SuggestionsMinimumDistance = 2
	root.SetUsageTemplate(root.UsageTemplate() +
		"{{with .Annotations.exits}}\nExit status:{{.}}\n{{end}}")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return usageError(cmd, err) })
	return root
}

// usageError is a mistake in the command line.
func usageError(cmd *cobra.Command, err error) *failure {
	f := &failure{status: statusError, err: err}
	return f.hint("%s -h lists what it takes", cmd.CommandPath())
}

// noArguments refuses arguments, and names the nearest command where the root got one.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if cmd.HasParent() {
		return usageError(cmd, fmt.Errorf("%q is one argument too many: %s takes none", args[0], cmd.CommandPath()))
	}
	f := failed("%q is not a command", args[0])
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		return f.hint("did you mean %s %s?", cmd.CommandPath(), near[0])
	}
	return f.hint("%s -h lists the commands", cmd.CommandPath())
}

// arguments requires a number of arguments from least to most.
func arguments(least, most int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < least || len(args) > most {
			return usageError(cmd, fmt.Errorf("%s takes %s; it got %d arguments", cmd.CommandPath(), what, len(args)))
		}
		return nil
	}
}

// conflict refuses two flags together, where both were given.
func conflict(cmd *cobra.Command, flag string, others ...string) error {
	if !cmd.Flags().Changed(flag) {
		return nil
	}
	for _, other := range others {
		if cmd.Flags().Changed(other) {
			return usageError(cmd, fmt.Errorf("--%s and --%s exclude each other", flag, other))
		}
	}
	return nil
}
