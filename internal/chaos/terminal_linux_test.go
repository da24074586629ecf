package chaos

import (
	"context"
	"errors"
	"io"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"unsafe"
)

// terminal is a pseudo-terminal with a program at it.
type terminal struct {
	keyboard *os.File // what is written here is typed; closing it hangs up
	screen   *output
	program  *process
}

// atTerminal starts apply at a terminal of its own, where it asks before it buys.
func (w *world) atTerminal(t *testing.T) *terminal {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY|syscall.O_NONBLOCK, 0)
	if err != nil {
		t.Skipf("no terminals here: %v", err)
	}
	t.Cleanup(func() { master.Close() })
	name, err := unlocked(master)
	if err != nil {
		t.Skipf("no terminals here: %v", err)
	}
	slave, err := os.OpenFile(name, os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer slave.Close()
	args := []string{
		"apply", "--endpoint", w.url, "--ledger", "ledger.db", "--rate", "100000", "--settle-timeout", w.settle.String(),
		"--parallelism", "2", "a.plan.json",
	}
	cmd := w.command(t, released(t), args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	term := &terminal{keyboard: master, screen: newOutput(), program: start(t, cmd)}
	go func() { _, _ = io.Copy(term.screen, master) }() // until somebody hangs up
	return term
}

// unlocked makes a new terminal usable, and returns the name of its other end.
func unlocked(master *os.File) (string, error) {
	conn, err := master.SyscallConn()
	if err != nil {
		return "", err
	}
	var number uint32
	var failed error
	err = conn.Control(func(fd uintptr) {
		var locked int32
		for request, at := range map[uintptr]unsafe.Pointer{
			syscall.TIOCSPTLCK: unsafe.Pointer(&locked), syscall.TIOCGPTN: unsafe.Pointer(&number),
		} {
			if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, fd, request, uintptr(at)); errno != 0 {
				failed = errno
			}
		}
	})
	return "/dev/pts/" + strconv.FormatUint(uint64(number), 10), errors.Join(err, failed)
}

// shows waits until text is on the screen.
func (x *terminal) shows(t *testing.T, text string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		seen, more := x.screen.look()
		if strings.Contains(seen, text) {
			return
		}
		select {
		case <-more:
		case <-x.program.ended:
			t.Fatalf("the screen: got %q and the end of the program; want %q", seen, text)
		case <-ctx.Done():
			t.Fatalf("the screen: got %q after %s; want %q", seen, patience, text)
		}
	}
}

// types types at the keyboard.
func (x *terminal) types(t *testing.T, text string) {
	t.Helper()
	if _, err := x.keyboard.WriteString(text); err != nil {
		t.Fatal(err)
	}
}

// hangsUp closes the terminal, as a lost connection does.
func (x *terminal) hangsUp(t *testing.T) {
	t.Helper()
	if err := x.keyboard.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestATerminalThatIsClosedDrains(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		do   func(t *testing.T, x *terminal)
	}{
		{"by a hang-up", func(t *testing.T, x *terminal) { t.Helper(); x.hangsUp(t) }},
		{"by ctrl-c", func(t *testing.T, x *terminal) { t.Helper(); x.types(t, "\x03"); x.shows(t, drains) }},
		{"by ctrl-c and a hang-up", func(t *testing.T, x *terminal) {
			t.Helper()
			x.types(t, "\x03")
			x.shows(t, drains)
			x.hangsUp(t)
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 24, "--faults", "slow=1,slow-by=400ms")
			w.plan(t, "a.plan.json", "spec.json", "ledger.db")
			x := w.atTerminal(t)
			x.shows(t, "[y/N]")
			if n := w.purchases(t); n != 0 {
				t.Fatalf("before the answer: got %d requests to buy; want none", n)
			}
			x.types(t, "yes\r")
			w.until(t, 2, x.program)
			tt.do(t, x)
			if status := x.program.wait(t); status != 130 {
				t.Errorf("got exit status %d; want 130\n%s", status, x.screen)
			}
			if !strings.Contains(tt.name, "and") { // who interrupts twice does not wait
				w.drained(t, "after the terminal was closed", "ledger.db")
			}
			if v := w.check(t, "after the terminal was closed", "ledger.db"); v.charges == len(w.fleet) {
				t.Errorf("got all %d charges; want it to stop before", v.charges)
			}
			w.finish(t, "ledger.db")
		})
	}
}

func TestATerminalThatIsClosedAtTheQuestionBuysNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 4)
	w.plan(t, "a.plan.json", "spec.json", "ledger.db")
	x := w.atTerminal(t)
	x.shows(t, "[y/N]")
	x.hangsUp(t)
	if status := x.program.wait(t); status != 130 && status != 1 {
		t.Errorf("got exit status %d; want 130, or 1 where the end of the input is seen first", status)
	}
	if n := w.purchases(t); n != 0 {
		t.Errorf("got %d requests to buy; want none", n)
	}
}
