package report

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
	"time"

	"renewplan/internal/plan"
)

// course is a made-up run: when each row's purchase is answered, and when the row
// is done.
type course struct{ sent, done []time.Duration }

// rows adds rows that are answered from a moment on, so many a second, and are
// done so much later, or at the next read of a batch where there are such.
func (c *course) rows(n int, from time.Duration, perSecond int, wait, batch time.Duration) {
	for i := range n {
		at := from + time.Duration(i)*time.Second/time.Duration(perSecond)
		c.sent = append(c.sent, at)
		at += wait
		if batch > 0 {
			at = at.Truncate(batch) + batch
		}
		c.done = append(c.done, at)
	}
}

func (c *course) end() time.Duration {
	var end time.Duration
	for _, at := range c.done {
		end = max(end, at)
	}
	return end
}

func reached(times []time.Duration, now time.Duration) int {
	n := 0
	for _, at := range times {
		if at <= now {
			n++
		}
	}
	return n
}

var timeLeft = regexp.MustCompile(`, about ([0-9hms]+) left`)

// told runs a progress line through the course, and returns what it says of the
// time left at each line, by the run's clock; -1 where it says nothing.
func (c *course) told(t *testing.T) map[time.Duration]time.Duration {
	t.Helper()
	told := map[time.Duration]time.Duration{}
	var b bytes.Buffer
	p := NewProgress(&b, false, 0)
	for now := time.Duration(0); now < c.end(); now += 250 * time.Millisecond {
		b.Reset()
		p.Update(plan.Progress{Total: len(c.sent), Done: reached(c.done, now), Sent: reached(c.sent, now), Elapsed: now})
		if !strings.HasSuffix(b.String(), "\n") {
			continue
		}
		told[now] = -1
		if m := timeLeft.FindStringSubmatch(b.String()); m != nil {
			left, err := time.ParseDuration(m[1])
			if err != nil {
				t.Fatal(err)
			}
			told[now] = left
		}
	}
	return told
}

func TestTheTimeLeftIsNearTheTruth(t *testing.T) {
	var late, batches, slow, short course
	late.rows(1000, time.Second, 10, time.Minute, 0)
	batches.rows(1000, time.Second, 10, 0, 20*time.Second)
	slow.rows(10, 20*time.Second, 1, 2*time.Second, 0)
	slow.rows(990, 30*time.Second, 10, 2*time.Second, 0)
	short.rows(60, time.Second, 4, 3*time.Second, 0)
	for _, tt := range []struct {
		name   string
		course course
		from   time.Duration // from here on the estimate shall be near
		lines  int           // with which something is said, at least
	}{
		{"rows are read back a minute later", late, 65 * time.Second, 10},
		{"batches are read back together", batches, 25 * time.Second, 15},
		{"a slow start", slow, 62 * time.Second, 12},
		{"a short run", short, 5 * time.Second, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			said := 0
			for now, left := range tt.course.told(t) {
				truth := tt.course.end() - now
				if now < tt.from || left < 0 {
					continue
				}
				said++
				if far := (left - truth).Abs(); far > truth/4+2*time.Second {
					t.Errorf("at %v: got about %v left; want about %v", now, left, truth)
				}
			}
			if said < tt.lines {
				t.Errorf("got %d lines with the time left; want at least %d", said, tt.lines)
			}
		})
	}
}

func TestNothingIsSaidOfTheTimeLeftWhileNothingMoves(t *testing.T) {
	var c course
	c.rows(900, time.Second, 10, 2*time.Second, 0)
	c.rows(100, 10*time.Minute, 100, 0, 0) // of a host that is dead
	for now, left := range c.told(t) {
		stalled := now > 93*time.Second+paceSilent && now < 10*time.Minute
		if stalled && left >= 0 {
			t.Errorf("at %v: got about %v left; want nothing", now, left)
		}
		if now > 5*time.Second && now < 85*time.Second && left < 0 {
			t.Errorf("at %v: got nothing of the time left; want an estimate", now)
		}
	}
}

// What an earlier run had done, or sent, counts for no speed.
func TestTheTimeLeftRestsOnWhatThisRunDid(t *testing.T) {
	var b bytes.Buffer
	p := NewProgress(&b, false, 0)
	for s := range 11 {
		p.Update(plan.Progress{Total: 1100, Done: 900 + s, Sent: 1000 + s, Elapsed: time.Duration(s) * time.Second})
	}
	if got, want := b.String(), "about 1m40s left"; !strings.Contains(got, want) { // 90 s, and 10 s since the first
		t.Errorf("got %q; want %q", got, want)
	}
}
