package report

import (
	"fmt"
	"io"
	"sync"
	"time"

	"renewplan/internal/plan"
)

// How often a progress line is written, by the run's own clock.
const (
	redrawEvery = 100 * time.Millisecond // on a terminal
	lineEvery   = 5 * time.Second        // elsewhere
)

// Progress shows how far a run is: on a terminal as one line that is redrawn at
// most ten times a second, elsewhere as a plain line every five seconds, and at
// the end once more. It has no clock and no goroutine: updates bring the time
// with them ([plan.Progress].Elapsed). Safe for concurrent use. A writer that
// fails is not written to again; progress is never a reason to stop a run.
type Progress struct {
	w        io.Writer
	terminal bool
	width    int

	mu     sync.Mutex
	last   plan.Progress // the newest update
	pace   pace
	any    bool          // there was an update
	drawn  time.Duration // Elapsed when a line was written last
	line   string        // the line that was written last
	broken bool
}

// NewProgress makes a progress line. width is the terminal's; 0 means 80.
func NewProgress(w io.Writer, terminal bool, width int) *Progress {
	if width <= 0 {
		width = 80
	}
	return &Progress{w: w, terminal: terminal, width: width}
}

// Update takes the newest state, and writes it if it is time to.
func (p *Progress) Update(now plan.Progress) {
	p.mu.Lock()
	defer p.mu.Unlock()
	every, begins := lineEvery, false
	if p.terminal {
		every, begins = redrawEvery, !p.any // a terminal shows something at once
	}
	if !p.any {
		p.pace, p.any, p.drawn = pace{}, true, now.Elapsed
	}
	p.last = now
	p.pace.update(now)
	if begins || now.Elapsed-p.drawn >= every {
		p.draw()
	}
}

// Done writes the last state and ends the line. It may be called more than
// once, and does nothing if there was no update since.
func (p *Progress) Done() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.any {
		return
	}
	p.any = false
	if p.terminal || p.text() != p.line {
		p.draw()
	}
	if p.terminal {
		p.write("\n")
	}
	p.line = ""
}

func (p *Progress) draw() {
	p.drawn, p.line = p.last.Elapsed, p.text()
	if p.terminal {
		// One column stays free: some terminals go on in the next line when the
		// last column is filled.
		p.write("\r" + cut(p.line, p.width-1) + "\x1b[K")
		return
	}
	p.write(p.line + "\n")
}

func (p *Progress) write(s string) {
	if p.broken {
		return
	}
	_, err := io.WriteString(p.w, s)
	p.broken = err != nil
}

func (p *Progress) text() string {
	n := p.last
	s := fmt.Sprintf("%s/%s done, %s in flight, %s waiting, %s failed, %s elapsed",
		Number(n.Done), Number(n.Total), Number(n.InFlight), Number(n.Waiting), Number(n.Failed), span(n.Elapsed))
	if n.Spent != "" {
		s += ", " + n.Spent + " CNY spent"
	}
	if left, ok := p.pace.left(n); ok {
		s += ", about " + span(left) + " left"
	}
	if n.Last != "" {
		s += ": " + n.Last
	}
	return steady(clean(s))
}

// span is a time span in whole seconds: "1m20s".
func span(d time.Duration) string { return d.Round(time.Second).String() }
