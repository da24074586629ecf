package report

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"renewplan/internal/plan"
)

// drive runs a progress line through a run of 40 rows and 20 seconds, with an
// update every 10 ms.
func drive(p *Progress) {
	const total = 40
	for ms := 0; ms <= 20_000; ms += 10 {
		p.Update(plan.Progress{
			Total: total, Done: total * ms / 20_000, Failed: ms / 10_000, InFlight: 4, Waiting: 2,
			Elapsed: time.Duration(ms) * time.Millisecond, Last: fmt.Sprintf("bj/vpn/vpn-%08d verified 2027-01-31 %s", ms, family),
		})
	}
	p.Done()
}

func TestProgressOnATerminalIsOneLineThatIsRedrawn(t *testing.T) {
	for _, columns := range []int{20, 40, 80, 200} {
		var b bytes.Buffer
		drive(NewProgress(&b, true, columns))
		out := b.String()
		if strings.Count(out, "\n") != 1 || !strings.HasSuffix(out, "\n") {
			t.Errorf("width %d: got %d line ends; want one, at the end", columns, strings.Count(out, "\n"))
		}
		draws := strings.Split(strings.TrimSuffix(out, "\n"), "\r")[1:]
		if len(draws) < 190 || len(draws) > 202 {
			t.Errorf("width %d: got %d redraws in 20 s; want about 200", columns, len(draws))
		}
		for _, d := range draws {
			line, ok := strings.CutSuffix(d, "\x1b[K")
			if !ok || width(line) >= columns || clean(line) != line {
				t.Fatalf("width %d: got %q, %d wide; want a plain line that ends by erasing and leaves a column free", columns, line, width(line))
			}
		}
		if last := draws[len(draws)-1]; !strings.HasPrefix(last, "40/40 done") {
			t.Errorf("width %d: got the last line %q; want all 40 done", columns, last)
		}
	}
}

func TestProgressElsewhereIsAPlainLineEveryFiveSeconds(t *testing.T) {
	var b bytes.Buffer
	drive(NewProgress(&b, false, 80))
	if strings.ContainsAny(b.String(), "\r\x1b") {
		t.Errorf("got control characters; want plain lines:\n%q", b.String())
	}
	want := []string{
		"10/40 done, 4 in flight, 2 waiting, 0 failed, 5s elapsed, about 15s left: bj/vpn/vpn-00005000 verified 2027-01-31 👨👩👧👦 网关 CN 👍 ❤",
		"20/40 done, 4 in flight, 2 waiting, 1 failed, 10s elapsed, about 10s left: bj/vpn/vpn-00010000",
		"30/40 done, 4 in flight, 2 waiting, 1 failed, 15s elapsed, about 5s left: bj/vpn/vpn-00015000",
		"40/40 done, 4 in flight, 2 waiting, 2 failed, 20s elapsed: bj/vpn/vpn-00020000",
	}
	lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
	if len(lines) != len(want) {
		t.Fatalf("got %d lines; want %d:\n%s", len(lines), len(want), b.String())
	}
	for i, w := range want {
		if !strings.HasPrefix(lines[i], w) {
			t.Errorf("line %d: got %q; want it to begin with %q", i, lines[i], w)
		}
	}
}

func TestProgressOfAShortRunIsItsLastLine(t *testing.T) {
	var b bytes.Buffer
	p := NewProgress(&b, false, 0)
	p.Done()
	p.Update(plan.Progress{Total: 1})
	p.Update(plan.Progress{Total: 1, Done: 1, Spent: "88.50", Elapsed: time.Second})
	p.Done()
	p.Done()
	if got, want := b.String(), "1/1 done, 0 in flight, 0 waiting, 0 failed, 1s elapsed, 88.50 CNY spent\n"; got != want {
		t.Errorf("got %q; want %q", got, want)
	}
}

func TestProgressNeutralisesWhatItShows(t *testing.T) {
	var b bytes.Buffer
	p := NewProgress(&b, false, 0)
	p.Update(plan.Progress{Total: 1, Last: escape + injection})
	p.Done()
	if strings.ContainsFunc(strings.TrimSuffix(b.String(), "\n"), dangerous) {
		t.Errorf("got %q; want nothing that a terminal acts upon", b.String())
	}
}

func TestProgressMayBeUpdatedFromManyGoroutines(t *testing.T) {
	p := NewProgress(io.Discard, true, 80)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 100 {
				p.Update(plan.Progress{Total: 800, Done: i*100 + j, Elapsed: time.Duration(j) * time.Second})
			}
		})
	}
	wg.Wait()
	p.Done()
}

type countingWriter int

func (c *countingWriter) Write([]byte) (int, error) { *c++; return 0, io.ErrClosedPipe }

func TestProgressGivesABrokenWriterUp(t *testing.T) {
	var writes countingWriter
	drive(NewProgress(&writes, true, 80))
	if writes != 1 {
		t.Errorf("got %d writes; want none after the first that failed", writes)
	}
}
