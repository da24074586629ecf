package report

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"renewplan/internal/plan"
)

// driveReading reads 1,500 resources in 15 seconds, two of which cannot be read.
func driveReading(r *Reading) {
	for ms := 0; ms <= 15_000; ms += 10 {
		r.Update(plan.Progress{Total: 1500, Done: ms / 10, Failed: ms / 7_000, Elapsed: time.Duration(ms) * time.Millisecond})
	}
	r.Done()
	r.Done()
}

func TestReadingOnATerminalIsOneLineThatIsErased(t *testing.T) {
	for _, columns := range []int{0, 10, 20, 80, 200} {
		t.Run(fmt.Sprint(columns), func(t *testing.T) {
			var b bytes.Buffer
			driveReading(NewReading(&b, true, columns))
			if strings.Contains(b.String(), "\n") {
				t.Error("got a line end; want one line, redrawn")
			}
			draws := strings.Split(b.String(), "\r")[1:]
			if n := len(draws); n < 140 || n > 154 {
				t.Errorf("got %d redraws in 15 s; want about 150", n)
			}
			most := columns
			if most == 0 {
				most = 80
			}
			for _, d := range draws {
				line, ok := strings.CutSuffix(d, "\x1b[K")
				if !ok || width(line) >= most || clean(line) != line {
					t.Fatalf("got %q, %d wide; want a plain line that ends by erasing and leaves a column free", d, width(line))
				}
			}
			if last := draws[len(draws)-1]; last != "\x1b[K" {
				t.Errorf("got %q last; want the line erased", last)
			}
		})
	}
}

func TestReadingElsewhereIsAPlainLineEveryFiveSeconds(t *testing.T) {
	var b bytes.Buffer
	driveReading(NewReading(&b, false, 0))
	want := "read 500/1,500, 5s elapsed, about 10s left\n" +
		"read 1,000/1,500, 1 failed, 10s elapsed, about 5s left\n" +
		"read 1,500/1,500, 2 failed, 15s elapsed\n"
	if b.String() != want {
		t.Errorf("got %q; want %q", b.String(), want)
	}
}

func TestReadingThatTakesLessThanFiveSecondsSaysNothingInAPipe(t *testing.T) {
	var b bytes.Buffer
	r := NewReading(&b, false, 0)
	r.Update(plan.Progress{Total: 2})
	r.Update(plan.Progress{Total: 2, Done: 2, Elapsed: 4900 * time.Millisecond})
	r.Done()
	if b.Len() != 0 {
		t.Errorf("got %q; want nothing", b.String())
	}
}

func TestReadingGivesABrokenWriterUp(t *testing.T) {
	var writes countingWriter
	driveReading(NewReading(&writes, true, 80))
	if writes != 1 {
		t.Errorf("got %d writes; want none after the first that failed", writes)
	}
}
