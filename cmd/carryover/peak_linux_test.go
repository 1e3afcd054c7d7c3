package main

import (
	"os"
	"syscall"
)

// maxRSS is the peak memory of a process that has ended, in kilobytes.
func maxRSS(state *os.ProcessState) int64 {
	usage, ok := state.SysUsage().(*syscall.Rusage)
	if !ok {
		return -1
	}
	return usage.Maxrss
}
