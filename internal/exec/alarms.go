package exec

import (
	"container/heap"
	"time"
)

// alarm is when to go on with a job that waits.
type alarm struct {
	set   time.Time
	at    time.Time
	place int // in the heap
}

// alarms is a heap of jobs that wait, the earliest first.
type alarms []*job

func (a alarms) Len() int           { return len(a) }
func (a alarms) Less(i, j int) bool { return a[i].alarm.at.Before(a[j].alarm.at) }

func (a alarms) Swap(i, j int) {
	a[i], a[j] = a[j], a[i]
	a[i].alarm.place, a[j].alarm.place = i, j
}

// Push is heap.Interface's.
func (a *alarms) Push(x any) {
	j := x.(*job) //nolint:forcetypeassert // only set calls it
	j.alarm.place = len(*a)
	*a = append(*a, j)
}

// Pop is heap.Interface's.
func (a *alarms) Pop() any {
	old := *a
	last := old[len(old)-1]
	old[len(old)-1] = nil
	*a = old[:len(old)-1]
	return last
}

// set has a job wait for d.
func (a *alarms) set(j *job, d time.Duration) {
	now := time.Now()
	j.alarm.set, j.alarm.at = now, now.Add(d)
	heap.Push(a, j)
}

// due takes the earliest job whose time has come, or returns nil.
func (a *alarms) due() *job {
	if len(*a) == 0 || time.Now().Before((*a)[0].alarm.at) {
		return nil
	}
	return heap.Pop(a).(*job) //nolint:forcetypeassert // it holds nothing else
}

// take takes those jobs out that which chooses, due or not.
func (a *alarms) take(which func(*job) bool) (taken []*job) {
	kept := (*a)[:0]
	for _, j := range *a {
		if which(j) {
			taken = append(taken, j)
		} else {
			kept = append(kept, j)
		}
	}
	if len(taken) == 0 {
		return nil
	}
	clear((*a)[len(kept):])
	*a = kept
	for i, j := range kept {
		j.alarm.place = i
	}
	heap.Init(a)
	return taken
}

// next is a channel that fires at the earliest alarm, nil if there is none, and
// a function that releases the timer.
func (a *alarms) next() (<-chan time.Time, func()) {
	if len(*a) == 0 {
		return nil, func() {}
	}
	t := time.NewTimer(time.Until((*a)[0].alarm.at))
	return t.C, func() { t.Stop() }
}
