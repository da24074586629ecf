package main

import (
	"bytes"
	"io"

	"renewplan/internal/report"
)

// progress shows how far a run is, on stderr.
func (p *process) progress() *report.Progress {
	return report.NewProgress(p.stderr, p.stderrTerminal, p.stderrWidth())
}

// reading shows how far the reading before a plan is, on stderr.
func (p *process) reading() *report.Reading {
	return report.NewReading(p.stderr, p.stderrTerminal, p.stderrWidth())
}

// eraseLine takes away the line that a terminal's cursor is in.
const eraseLine = "\r\x1b[K"

// screen is a terminal on which lines may stand that are redrawn. A line that
// something else is written over is erased first; the next redraw brings it back.
// A live line begins with "\r" and ends with the escape sequence that erases the
// rest of a line; nothing else that is written holds either. It is for one
// goroutine at a time.
type screen struct {
	w    io.Writer
	live bool // the cursor stands at the end of a live line
}

// Write writes b, which may hold several pieces.
func (s *screen) Write(b []byte) (int, error) {
	var out []byte
	for rest := b; len(rest) > 0; {
		piece := rest
		if rest[0] == '\r' {
			if _, after, ok := bytes.Cut(rest, []byte("\x1b[K")); ok {
				piece = rest[:len(rest)-len(after)]
			}
			s.live = !bytes.Equal(piece, []byte(eraseLine))
		} else {
			if i := bytes.IndexByte(rest, '\r'); i > 0 {
				piece = rest[:i]
			}
			if s.live && piece[0] != '\n' {
				out = append(out, eraseLine...)
			}
			s.live = false
		}
		out = append(out, piece...)
		rest = rest[len(piece):]
	}
	if _, err := s.w.Write(out); err != nil {
		return 0, err
	}
	return len(b), nil
}
