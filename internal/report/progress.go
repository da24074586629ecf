package report

import (
	"fmt"
	"io"
	"sync"
	"time"

	"renewplan/internal/plan"
)

// Progress shows how far a run is: on a terminal as one line that is redrawn at
// most ten times a second, elsewhere as a plain line every five seconds, and at
// the end once more. It has no clock and no goroutine: updates bring the time
// with them ([plan.Progress].Elapsed). Safe for concurrent use. A writer that
// fails is not written to again; progress is never a reason to stop a run.
type Progress struct {
	mu    sync.Mutex
	line  liveLine
	last  plan.Progress // the newest update
	pace  pace
	any   bool          // there was an update
	drawn time.Duration // Elapsed when a line was written last
	shown string        // the line that was written last
}

// NewProgress makes a progress line. width is the terminal's; 0 means 80.
func NewProgress(w io.Writer, terminal bool, width int) *Progress {
	return &Progress{line: newLiveLine(w, terminal, width)}
}

// Update takes the newest state, and writes it if it is time to.
func (p *Progress) Update(now plan.Progress) {
	p.mu.Lock()
	defer p.mu.Unlock()
	begins := p.line.terminal && !p.any // a terminal shows something at once
	if !p.any {
		p.pace, p.any, p.drawn = pace{}, true, now.Elapsed
	}
	p.last = now
	p.pace.update(now)
	if begins || now.Elapsed-p.drawn >= p.line.every() {
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
	if p.line.terminal || p.text() != p.shown {
		p.draw()
	}
	if p.line.terminal {
		p.line.write("\n")
	}
	p.shown = ""
}

func (p *Progress) draw() {
	p.drawn, p.shown = p.last.Elapsed, p.text()
	p.line.show(p.shown)
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
