package bce

import (
	"net/http"
	"testing"
	"time"
)

func TestWhatMovesTheClockOfAHost(t *testing.T) {
	at := time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC)
	const answer, expired, unmarked = "answer", "RequestExpired", "another's answer"
	type step struct {
		what  string
		ours  time.Duration // our clock, ahead of at
		cloud time.Duration // the Date, ahead of at
		took  time.Duration
		want  time.Duration // the offset from then on
	}
	for _, c := range []struct {
		name  string
		steps []step
	}{
		{"a right clock stays", []step{{answer, 0, 0, 0, 0}}},
		{"one that is 5 s ahead stays", []step{{answer, 6 * time.Second, 0, 0, 0}}},
		{"one that is 7 s ahead is moved back", []step{{answer, 7 * time.Second, 0, 0, -7 * time.Second}}},
		{"one that is behind stays", []step{{answer, -time.Minute, 0, 0, 0}, {answer, -10 * time.Minute, 0, 0, 0}}},
		{"one that is behind is moved on by a refusal", []step{{expired, -10 * time.Minute, 0, 0, 10 * time.Minute}}},
		{"an answer that took a minute says little", []step{{answer, 65 * time.Second, 0, time.Minute, 0}}},
		{"and enough if the clock is ahead by more than that", []step{{answer, 70 * time.Second, 0, time.Minute, -70 * time.Second}}},
		{"a day ahead is believed", []step{{answer, 24 * time.Hour, 0, 0, -24 * time.Hour}}},
		{"more than a day ahead is not", []step{{answer, 24*time.Hour + time.Second, 0, 0, 0}}},
		{"unless a refusal says so", []step{{expired, 48 * time.Hour, 0, 0, -48 * time.Hour}}},
		{"what is not the cloud's says nothing", []step{{unmarked, 10 * time.Minute, 0, 0, 0}}},
		{"a clock that is put right is followed", []step{
			{answer, 10 * time.Minute, 0, 0, -10 * time.Minute},
			{answer, 0, 0, 0, -10 * time.Minute}, // signed too early, it is refused
			{expired, 0, 0, 0, 0},
		}},
		{"and back", []step{
			{expired, -10 * time.Minute, 0, 0, 10 * time.Minute},
			{answer, 0, 0, 0, 0},
		}},
		{"a Date that leads astray is not believed again, and neither is our clock beyond what the refusal proves", []step{
			{answer, 0, -10 * time.Minute, 0, -10 * time.Minute},
			{expired, 0, -10 * time.Minute, 0, -9 * time.Minute}, // a signature's life on
			{answer, 0, -10 * time.Minute, 0, -9 * time.Minute},
			{expired, 0, 10 * time.Minute, 0, 10 * time.Minute}, // but what a refusal says is
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var now time.Time
			k := clock{now: func() time.Time { return now }}
			for i, s := range c.steps {
				now = at.Add(s.ours)
				header := http.Header{"Date": {at.Add(s.cloud).Format(http.TimeFormat)}, "X-Bce-Request-Id": {"r-1"}}
				before := k.offset("host")
				switch s.what {
				case unmarked:
					header.Del("X-Bce-Request-Id")
					fallthrough
				case answer:
					moved := k.learn("host", header, now.Add(-s.took))
					if moved != before-s.want {
						t.Errorf("step %d: got moved back by %v; want %v", i+1, moved, before-s.want)
					}
				case expired:
					if again := k.correct("host", header, before, time.Minute, now); again != (before != s.want) {
						t.Errorf("step %d: got worth another try: %v; want %v", i+1, again, before != s.want)
					}
				}
				if got := k.offset("host"); got != s.want {
					t.Errorf("step %d: got offset %v; want %v", i+1, got, s.want)
				}
				if got := k.offset("other"); got != 0 {
					t.Errorf("step %d: got offset %v for another host; want none", i+1, got)
				}
			}
		})
	}
}
