package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"os"
	osexec "os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"renewplan/internal/bce/sandbox"
)

// startedKey is where a script's environment keeps the command that "start" began.
type startedKey struct{}

type started struct {
	cmd            *osexec.Cmd
	stdout, stderr bytes.Buffer
}

// awaitAtMost bounds how long a script waits for the sandbox to charge.
const awaitAtMost = 30 * time.Second

func cmdAwait(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 1, "await N")
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	ctx, cancel := context.WithTimeout(context.Background(), awaitAtMost)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		var charges []sandbox.Charge
		ts.Check(json.Unmarshal(ask(ts, http.MethodGet, "/sandbox/charges", ""), &charges))
		if len(charges) >= want {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			ts.Fatalf("got %d charges after %s; want %d", len(charges), awaitAtMost, want)
		}
	}
}

func cmdStart(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) >= 1, "start program [args...]")
	s := ts.Value(startedKey{}).(*started)
	if s.cmd != nil {
		ts.Fatalf("something is started already")
	}
	path, err := osexec.LookPath(args[0])
	ts.Check(err)
	ctx, cancel := context.WithCancel(context.Background())
	s.cmd = osexec.CommandContext(ctx, path, args[1:]...)
	s.cmd.Dir = ts.MkAbs(".")
	s.cmd.Env = scriptEnv(ts)
	s.stdout.Reset()
	s.stderr.Reset()
	s.cmd.Stdout, s.cmd.Stderr = &s.stdout, &s.stderr
	ts.Check(s.cmd.Start())
	ts.Defer(cancel)
}

// scriptEnv is the environment of what a script starts in the background.
func scriptEnv(ts *testscript.TestScript) []string {
	var env []string
	for _, name := range []string{
		"PATH", "HOME", "TMPDIR", "BCE_ACCESS_KEY_ID", "BCE_SECRET_ACCESS_KEY", "RENEWPLAN_LEDGER",
		"CUE_DEBUG", "GOCOVERDIR", "GORACE",
	} {
		value := ts.Getenv(name)
		if value == "" {
			value = os.Getenv(name)
		}
		if value != "" {
			env = append(env, name+"="+value)
		}
	}
	return env
}

func cmdSignal(ts *testscript.TestScript, neg bool, args []string) {
	signals := map[string]syscall.Signal{
		"INT": syscall.SIGINT, "TERM": syscall.SIGTERM, "HUP": syscall.SIGHUP, "KILL": syscall.SIGKILL,
	}
	usage(ts, !neg && len(args) == 1 && signals[args[0]] != 0, "signal INT|TERM|HUP|KILL")
	s := ts.Value(startedKey{}).(*started)
	if s.cmd == nil {
		ts.Fatalf("nothing is started")
	}
	ts.Check(s.cmd.Process.Signal(signals[args[0]]))
}

func cmdEnds(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 1, "ends STATUS")
	s := ts.Value(startedKey{}).(*started)
	if s.cmd == nil {
		ts.Fatalf("nothing is started")
	}
	err := s.cmd.Wait()
	got := strconv.Itoa(s.cmd.ProcessState.ExitCode())
	s.cmd = nil
	_, _ = s.stdout.WriteTo(ts.Stdout()) // into memory
	_, _ = s.stderr.WriteTo(ts.Stderr())
	if got != strings.TrimSpace(args[0]) {
		ts.Fatalf("got exit status %s (%v); want %s", got, err, args[0])
	}
}
