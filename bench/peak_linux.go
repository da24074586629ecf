package main

import (
	"os"
	"syscall"
)

// peakMemory is the most bytes of memory that a process had.
func peakMemory(s *os.ProcessState) int64 {
	if u, ok := s.SysUsage().(*syscall.Rusage); ok {
		return u.Maxrss << 10
	}
	return 0
}
