package main

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// tube is a stream that nobody reads until it is opened.
type tube struct {
	open chan struct{}
	mu   sync.Mutex
	text strings.Builder
}

func (b *tube) Write(p []byte) (int, error) {
	<-b.open
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

// within fails the test if c is not closed or sent to soon.
func within[T any](t *testing.T, what string, c <-chan T) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(10 * time.Second):
		t.Fatalf("%s: got nothing within 10 s", what)
	}
}

func TestInterruptsAreHeededWhileNobodyReadsStderr(t *testing.T) {
	signals, exited, b := make(chan os.Signal, 2), make(chan int, 1), &tube{open: make(chan struct{})}
	p := &process{
		stderr:  newMessages(b),
		signals: func() (<-chan os.Signal, func()) { return signals, func() {} },
		exit:    func(n int) { exited <- n },
	}
	stopped, stop := p.drainable()
	p.say("first")
	signals <- syscall.SIGTERM
	within(t, "the first interrupt", stopped)
	signals <- syscall.SIGTERM
	within(t, "the second interrupt", exited)
	close(b.open)
	stop()
	p.say("last")
	if got := b.text.String(); !strings.HasPrefix(got, "renewplan: first\nrenewplan: interrupted: ") || !strings.HasSuffix(got, "\nrenewplan: last\n") {
		t.Errorf("got %q; want all that was said, in order", got)
	}
}

func TestMessagesThatNobodyReadsAreCounted(t *testing.T) {
	b := &tube{open: make(chan struct{})}
	m := newMessages(b)
	catchUp := m.fallBehind()
	line := strings.Repeat("x", mostUnread/4-1) + "\n"
	for range 10 {
		if n, err := m.Write([]byte(line)); n != len(line) || err != nil {
			t.Fatalf("got %d, %v; want no word of it", n, err)
		}
	}
	close(b.open)
	catchUp()
	lines := strings.SplitAfter(b.text.String(), "\n")
	var missing int
	_, err := fmt.Sscanf(lines[len(lines)-2], "renewplan: %d messages are missing here: nobody read them in time", &missing)
	if err != nil || missing == 0 || missing+len(lines)-2 != 10 {
		t.Errorf("got %d lines and the last %.99q (%v); want the others counted", len(lines)-2, lines[len(lines)-2], err)
	}
}
