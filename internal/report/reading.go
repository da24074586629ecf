package report

import (
	"fmt"
	"io"
	"sync"
	"time"

	"renewplan/internal/plan"
)

// Reading shows how far the reading of resources before a plan is: on a terminal
// as one line that is redrawn and in the end erased, elsewhere as a plain line
// every five seconds, so that what takes less says nothing. Like [Progress] it has
// no clock, is safe for concurrent use, and gives up a writer that fails.
type Reading struct {
	mu    sync.Mutex
	line  liveLine
	begun bool // there was an update
	drawn time.Duration
}

// NewReading makes such a line. width is the terminal's; 0 means 80.
func NewReading(w io.Writer, terminal bool, width int) *Reading {
	return &Reading{line: newLiveLine(w, terminal, width)}
}

// Update takes the newest state, and writes Total, Done, Failed and Elapsed of it if
// it is time to.
func (r *Reading) Update(now plan.Progress) {
	r.mu.Lock()
	defer r.mu.Unlock()
	begins := r.line.terminal && !r.begun // a terminal shows something at once
	r.begun = true
	if begins || now.Elapsed-r.drawn >= r.line.every() {
		r.drawn = now.Elapsed
		r.line.show(readingText(now))
	}
}

// Done erases the line from a terminal. It may be called more than once.
func (r *Reading) Done() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.line.terminal && r.begun {
		r.line.write("\r\x1b[K")
	}
	r.begun = false
}

func readingText(n plan.Progress) string {
	s := fmt.Sprintf("read %s/%s", Number(n.Done), Number(n.Total))
	if n.Failed > 0 {
		s += fmt.Sprintf(", %s failed", Number(n.Failed))
	}
	s += fmt.Sprintf(", %s elapsed", span(n.Elapsed))
	if todo := n.Total - n.Done; n.Done > 0 && todo > 0 {
		s += fmt.Sprintf(", about %s left", span(n.Elapsed/time.Duration(n.Done)*time.Duration(todo)))
	}
	return s
}
