package spec

import (
	"fmt"
	"math"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// watchInterval is how often a running evaluation is looked at. Go code can
// allocate a few gigabytes a second, so this bounds how far memory overshoots.
const watchInterval = 5 * time.Millisecond

// guarded runs f in a goroutine of its own and returns what it returns. If f
// takes longer than maxTime, or the process comes to hold more than maxMemory
// bytes, or more than the limit that is set for Go (GOMEMLIMIT), it returns
// ErrGivenUp and leaves f running: CUE cannot be cancelled. A panic in f becomes
// an error.
func guarded[T any](maxTime time.Duration, maxMemory uint64, f func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		var r result
		defer func() {
			if p := recover(); p != nil {
				r = result{err: fmt.Errorf("the CUE evaluator broke off: %s", oneLine(fmt.Sprint(p)))}
			}
			done <- r
		}()
		r.value, r.err = f()
	}()

	timeout := time.NewTimer(maxTime)
	defer timeout.Stop()
	tick := time.NewTicker(watchInterval)
	defer tick.Stop()
	var zero T
	if limit := debug.SetMemoryLimit(-1); limit < math.MaxInt64 { // GOMEMLIMIT is set
		maxMemory = min(maxMemory, uint64(max(limit, 0)))
	}
	meter := newMemoryMeter()
	for {
		select {
		case r := <-done:
			return r.value, r.err
		case <-timeout.C:
			return zero, fmt.Errorf("%w: the spec was not evaluated after %s; look for a comprehension or a reference that multiplies, or split the spec", ErrGivenUp, maxTime)
		case <-tick.C:
			if held := meter.read(); held > maxMemory {
				return zero, fmt.Errorf("%w: evaluating the spec took more than %d MiB of memory; look for a list or a comprehension that multiplies, or split the spec", ErrGivenUp, maxMemory>>20)
			}
		}
	}
}

// memoryMeter reads how much memory the Go heap and stacks hold, without
// stopping the program.
type memoryMeter []metrics.Sample

func newMemoryMeter() memoryMeter {
	return memoryMeter{
		{Name: "/memory/classes/heap/objects:bytes"},
		{Name: "/memory/classes/heap/stacks:bytes"},
	}
}

func (m memoryMeter) read() uint64 {
	metrics.Read(m)
	var sum uint64
	for _, s := range m {
		if s.Value.Kind() == metrics.KindUint64 {
			sum += s.Value.Uint64()
		}
	}
	return sum
}
