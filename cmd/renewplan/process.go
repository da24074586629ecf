package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"
	"unicode"
)

// process is what a command may use of the outside world. Tests could fill in
// their own; main fills in the real one.
type process struct {
	stdin  io.Reader
	stdout io.Writer
	stderr *messages
	// Which streams are terminals, and how many columns they have (0: not known).
	stdinTerminal, stdoutTerminal, stderrTerminal bool
	stdoutWidth, stderrWidth                      func() int

	getenv        func(string) string
	home          func() string // the folder that holds .bce; "" if there is none
	who           func() string // user@host, for the ledger
	now           func() time.Time
	signals       func() (c <-chan os.Signal, stop func()) // interrupts
	ignoreSIGPIPE func()
	exit          func(int)

	global globalFlags
}

// run carries out one command line and returns the exit status.
func run(ctx context.Context, p *process, args []string) status {
	root := newRootCommand(p)
	root.SetArgs(args)
	root.SetIn(p.stdin)
	root.SetOut(p.stdout)
	root.SetErr(p.stderr)
	err := root.ExecuteContext(ctx)
	p.report(err)
	return exitStatus(err)
}

// report tells the user how the command failed, if it did.
func (p *process) report(err error) {
	if err == nil {
		return
	}
	if f, ok := errors.AsType[*failure](err); ok {
		if f.err != nil {
			p.say("error: %v", f.err)
		}
		for _, h := range f.hints {
			p.hint("%s", h)
		}
		return
	}
	p.say("error: %v", err)
}

// say writes one line about what goes on.
func (p *process) say(format string, args ...any) {
	fmt.Fprintln(p.stderr, "renewplan: "+harmless(fmt.Sprintf(format, args...)))
}

// harmless takes out of a message what could move a terminal's cursor or turn
// its writing around: names and answers come from outside and may hold anything.
func harmless(s string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && !unicode.IsPrint(r) && r != '\u3000' {
			return unicode.ReplacementChar
		}
		return r
	}, s)
}

// warn writes one line about what the user may not have meant.
func (p *process) warn(format string, args ...any) {
	p.say("warning: "+format, args...)
}

// hint writes one line with what would help, if possible the exact command.
func (p *process) hint(format string, args ...any) {
	p.say("hint: "+format, args...)
}

// logger is where the rooms log: to stderr, warnings only unless -v is given.
func (p *process) logger() *slog.Logger {
	opt := &slog.HandlerOptions{Level: slog.LevelWarn}
	if p.global.verbose {
		opt.Level = slog.LevelDebug
	}
	if p.global.logFormat == "json" {
		return slog.New(slog.NewJSONHandler(p.stderr, opt))
	}
	return slog.New(slog.NewTextHandler(p.stderr, opt))
}

// color says whether stdout gets colour. Nothing is told by colour alone.
func (p *process) color() bool {
	switch p.global.color {
	case "always":
		return true
	case "never":
		return false
	}
	return p.stdoutTerminal && p.getenv("NO_COLOR") == "" && p.getenv("TERM") != "dumb"
}

// today is midnight UTC of the current day.
func (p *process) today() time.Time {
	return p.now().UTC().Truncate(24 * time.Hour)
}
