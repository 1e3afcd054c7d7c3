//go:build linux || darwin

package main

import "golang.org/x/sys/unix"

// freeSpace is how many bytes may be written to a folder.
func freeSpace(folder string) (free uint64, known bool) {
	var st unix.Statfs_t
	if err := unix.Statfs(folder, &st); err != nil {
		return 0, false
	}
	return st.Bavail * uint64(st.Bsize), true
}
