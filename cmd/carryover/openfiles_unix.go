//go:build unix

package main

import "golang.org/x/sys/unix"

// openFiles returns how many files and connections this process may have open
// at once; 0 where it is not known. Go has raised it as far as it may.
func openFiles() uint64 {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return 0
	}
	return uint64(limit.Cur)
}
