package exec

import (
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"renewplan/internal/bce/sandbox"
	"renewplan/internal/plan"
)

// TestMemoryDoesNotGrowWithTheRun compares what is held in use near the beginning
// of a run with what is near its end. The sandbox's part, which remembers every
// charge, is in it.
func TestMemoryDoesNotGrowWithTheRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const rows, perRow = 2000, 1200 // bytes
		w := newWorld(t, sandbox.Config{Fleet: estate(rows, oneRegion())})
		p := w.plan()
		w.through(&wire{latency: 50 * time.Millisecond})
		inUse := func() int {
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			return int(m.HeapAlloc)
		}
		var begun, ended int
		w.cfg.Progress = func(p plan.Progress) {
			switch {
			case begun == 0 && p.Done > rows/10:
				begun = inUse()
			case ended == 0 && p.Done > rows*9/10:
				ended = inUse()
			}
		}
		w.run(p)
		if got := (ended - begun) / (rows * 8 / 10); begun == 0 || got > perRow {
			t.Errorf("got %d bytes more for each row (%d, then %d); want at most %d", got, begun, ended, perRow)
		}
	})
}
