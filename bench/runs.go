package main

import (
	"cmp"
	"slices"
	"time"
)

// timed is what took some time.
type timed interface{ took() time.Duration }

func (c cost) took() time.Duration { return c.wall }

// byTime sorts runs, the fastest first.
func byTime[T timed](runs []T) []T {
	return slices.SortedFunc(slices.Values(runs), func(a, b T) int { return cmp.Compare(a.took(), b.took()) })
}

// fastest is the run that counts where what is more is other people's work.
func fastest[T timed](runs []T) T { return byTime(runs)[0] }

// median is the run that counts where one may be lucky by itself; of two it is the
// faster one.
func median[T timed](runs []T) T { return byTime(runs)[(len(runs)-1)/2] }
