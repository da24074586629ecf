package report

import (
	"io"
	"time"
)

// How often a line of progress is written, by the clock of what it is about.
const (
	redrawEvery = 100 * time.Millisecond // on a terminal
	lineEvery   = 5 * time.Second        // elsewhere
)

// liveLine is where progress is shown: on a terminal one line that is redrawn,
// elsewhere plain lines. A writer that fails is not written to again.
type liveLine struct {
	w        io.Writer
	terminal bool
	width    int
	broken   bool
}

// newLiveLine makes one. width is the terminal's; 0 means 80.
func newLiveLine(w io.Writer, terminal bool, width int) liveLine {
	if width <= 0 {
		width = 80
	}
	return liveLine{w: w, terminal: terminal, width: width}
}

// every is how often the line may be shown.
func (l *liveLine) every() time.Duration {
	if l.terminal {
		return redrawEvery
	}
	return lineEvery
}

// show writes the line.
func (l *liveLine) show(text string) {
	if l.terminal {
		// One column stays free: some terminals go on in the next line when the
		// last column is filled.
		l.write("\r" + cut(text, l.width-1) + "\x1b[K")
		return
	}
	l.write(text + "\n")
}

func (l *liveLine) write(s string) {
	if l.broken {
		return
	}
	_, err := io.WriteString(l.w, s)
	l.broken = err != nil
}
