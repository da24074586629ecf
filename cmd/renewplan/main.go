// Renewplan renews prepaid resources on Baidu AI Cloud from a spec: it shows
// what will be bought, and buys exactly that, once.
//
// This package is the process: arguments, streams, signals, exit statuses. It
// holds no rules about renewals; those live in the rooms under internal/, which
// never print, never exit and never look at the environment. Only this file
// touches the operating system's process; every command gets what it needs from
// a process value, and every way to end stands in exit.go.
//
// The manual is README.md and "renewplan help".
package main

import (
	"context"
	"os"
	"os/signal"
	"os/user"
	"syscall"
	"time"

	"golang.org/x/term"
)

func main() {
	p := &process{
		stdin:          os.Stdin,
		stdout:         os.Stdout,
		stderr:         newMessages(os.Stderr),
		stdinTerminal:  term.IsTerminal(int(os.Stdin.Fd())),
		stdoutTerminal: term.IsTerminal(int(os.Stdout.Fd())),
		stderrTerminal: term.IsTerminal(int(os.Stderr.Fd())),
		stdoutWidth:    func() int { return width(os.Stdout) },
		stderrWidth:    func() int { return width(os.Stderr) },
		getenv:         os.Getenv,
		home:           homeDir,
		who:            who,
		now:            time.Now,
		signals:        notify,
		ignoreSIGPIPE:  func() { signal.Ignore(syscall.SIGPIPE) },
		exit:           os.Exit,
	}
	if p.stderrTerminal {
		p.stderr = newMessages(&screen{w: os.Stderr})
	}
	os.Exit(int(run(context.Background(), p, os.Args[1:])))
}

// width is the number of columns of the terminal that f is, or 0 if it is none.
func width(f *os.File) int {
	columns, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return columns
}

// notify delivers interrupts. A hang-up that was ignored when the process
// started, as nohup does it, stays ignored.
func notify() (c <-chan os.Signal, stop func()) {
	ch := make(chan os.Signal, 2)
	signal.Notify(ch, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) {
		signal.Notify(ch, syscall.SIGHUP)
	}
	return ch, func() { signal.Stop(ch) }
}

// homeDir is the folder that holds .bce, or "" if there is none.
func homeDir() string {
	home, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	return home
}

// who names the person and the machine for the ledger: "user@host".
func who() string {
	name := "unknown"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return name + "@" + host
}
