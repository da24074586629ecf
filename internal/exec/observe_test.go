package exec

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"renewplan/internal/bce/sandbox"
	"renewplan/internal/plan"
)

func TestObserveTellsHowManyAreReadAtLeastEverySecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sandbox.Config{Fleet: twoRegions(50)})
		w.cfg.Cloud = deadRegion{w.cfg.Cloud, "gz"}
		var told []plan.Progress
		var telling atomic.Int32
		var last time.Time
		w.cfg.Progress = func(now plan.Progress) {
			if telling.Add(1) != 1 {
				t.Error("got two goroutines that tell at once; want one at a time")
			}
			defer telling.Add(-1)
			if gap := time.Since(last); len(told) > 0 && gap > time.Second {
				t.Errorf("got nothing for %v; want something every second", gap)
			}
			told, last = append(told, now), time.Now()
		}
		began := time.Now()
		w.observe()
		took := time.Since(began)
		for i, now := range told {
			if now.Total != 400 || i > 0 && (now.Done < told[i-1].Done || now.Elapsed < told[i-1].Elapsed) {
				t.Fatalf("got %+v after %+v; want 400 in all, and never fewer", now, told[max(i-1, 0)])
			}
		}
		first, end := told[0], told[len(told)-1]
		if first.Done != 0 || first.Elapsed != 0 {
			t.Errorf("got %+v first; want it told before anything is read", first)
		}
		if end.Done != 400 || end.Failed != 200 || end.Elapsed != took {
			t.Errorf("got %+v at the end; want 400 done, 200 of them failed, after %v", end, took)
		}
		n := len(told)
		time.Sleep(time.Minute)
		if len(told) != n {
			t.Error("got more after Observe returned; want nothing")
		}
	})
}
