//go:build unix

package chaos

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience bounds every wait for a process or the sandbox. It is far more than
// anything takes: a test that runs into it has found a hang.
const patience = 90 * time.Second

// output is what a process has written so far. Safe for concurrent use.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
	more chan struct{} // closed at the next write
}

func newOutput() *output { return &output{more: make(chan struct{})} }

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	close(o.more)
	o.more = make(chan struct{})
	return o.text.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// look returns what was written, and a channel that tells of more.
func (o *output) look() (string, <-chan struct{}) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String(), o.more
}

// process is a program under way.
type process struct {
	cmd            *exec.Cmd
	stdout, stderr *output
	ended          chan struct{} // closed when it has ended; then err is set
	err            error
}

// start starts a prepared command. Streams that are not set are collected.
func start(t *testing.T, cmd *exec.Cmd) *process {
	t.Helper()
	p := &process{cmd: cmd, stdout: newOutput(), stderr: newOutput(), ended: make(chan struct{})}
	if cmd.Stdout == nil {
		cmd.Stdout = p.stdout
	}
	if cmd.Stderr == nil {
		cmd.Stderr = p.stderr
	}
	cmd.WaitDelay = time.Second // if a grandchild keeps a stream open
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		p.err = cmd.Wait()
		close(p.ended)
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it has usually ended
		<-p.ended
	})
	return p
}

// kill kills the process as kill -9 does, unless it has ended.
func (p *process) kill() { p.signal(syscall.SIGKILL) }

// signal sends the process a signal, unless it has ended.
func (p *process) signal(s syscall.Signal) { _ = p.cmd.Process.Signal(s) }

// wait waits for the process and returns its exit status; -1 if a signal ended it.
// One that does not end is a hang: the test fails and shows where it hangs.
func (p *process) wait(t *testing.T) int {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	select {
	case <-p.ended:
	case <-ctx.Done():
		p.signal(syscall.SIGQUIT)
		<-p.ended
		t.Fatalf("%s: got no end within %s; want one\n%s", p, patience, p.stderr)
	}
	if _, ok := errors.AsType[*exec.ExitError](p.err); p.err != nil && !ok && !errors.Is(p.err, exec.ErrWaitDelay) {
		t.Fatalf("%s: %v", p, p.err)
	}
	return p.cmd.ProcessState.ExitCode()
}

// wasKilled reports whether SIGKILL ended the process, which has ended.
func (p *process) wasKilled() bool {
	status, ok := p.cmd.ProcessState.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == syscall.SIGKILL
}

// says waits until the process has written text to stderr. It reports false if it
// ends without.
func (p *process) says(t *testing.T, text string) bool {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		said, more := p.stderr.look()
		if strings.Contains(said, text) {
			return true
		}
		select {
		case <-more:
		case <-p.ended:
			return strings.Contains(p.stderr.String(), text)
		case <-ctx.Done():
			t.Fatalf("%s: got %q on stderr after %s; want %q in it", p, said, patience, text)
		}
	}
}

// after acts on the process after a while, unless it ends before.
func (p *process) after(d time.Duration, act func()) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		act()
	case <-p.ended:
	}
}

// String is the command line, and all that it said.
func (p *process) String() string {
	return strings.Join(p.cmd.Args, " ")
}

// lineOf reads a line, byte by byte, so that what follows stays to be read.
func lineOf(r io.Reader) (line string, ok bool) {
	var text []byte
	one := make([]byte, 1)
	for {
		if _, err := io.ReadFull(r, one); err != nil {
			return string(text), false
		}
		if one[0] == '\n' {
			return string(text), true
		}
		text = append(text, one[0])
	}
}

// environment is what the program gets of the environment: no credentials but the
// sandbox's, and a home of its own.
func environment(home string, more ...string) []string {
	env := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "BCE_ACCESS_KEY_ID=sandbox", "BCE_SECRET_ACCESS_KEY=sandbox-secret"}
	return append(env, more...)
}
