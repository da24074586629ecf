package exec

import (
	"container/heap"
	"time"
)

// alarm is a job with the time at which to go on with it.
type alarm struct {
	at  time.Time
	job *job
}

// alarms is a heap of jobs that wait, the earliest first.
type alarms []alarm

func (a alarms) Len() int           { return len(a) }
func (a alarms) Less(i, j int) bool { return a[i].at.Before(a[j].at) }
func (a alarms) Swap(i, j int)      { a[i], a[j] = a[j], a[i] }

// Push is heap.Interface's.
func (a *alarms) Push(x any) { *a = append(*a, x.(alarm)) } //nolint:forcetypeassert // only heap.Push calls it

// Pop is heap.Interface's.
func (a *alarms) Pop() any {
	old := *a
	last := old[len(old)-1]
	old[len(old)-1] = alarm{}
	*a = old[:len(old)-1]
	return last
}

// due takes the earliest job whose time has come, or returns nil.
func (a *alarms) due() *job {
	if len(*a) == 0 || time.Now().Before((*a)[0].at) {
		return nil
	}
	return heap.Pop(a).(alarm).job //nolint:forcetypeassert // it holds nothing else
}

// sort makes a heap of what is left after a removal.
func (a *alarms) sort() { heap.Init(a) }

// next is a channel that fires at the earliest alarm, nil if there is none, and
// a function that releases the timer.
func (a *alarms) next() (<-chan time.Time, func()) {
	if len(*a) == 0 {
		return nil, func() {}
	}
	t := time.NewTimer(time.Until((*a)[0].at))
	return t.C, func() { t.Stop() }
}
