//go:build unix

package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// private keeps what this process leaves behind to its owner: files are
// created for their owner only, and a crash writes no image of the memory,
// where the key and the digests are.
func private() {
	unix.Umask(0o077)
	_ = unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}) // a limit can always be lowered
	undumpable()
}

// openTo says whom a file that must be private is open to, as a clause that
// follows its name; "" where only its owner, or root, can change it.
func openTo(info fs.FileInfo) string {
	// Root reads what others own, such as a file that a container was given.
	if st, ok := info.Sys().(*syscall.Stat_t); ok && st.Uid != 0 && os.Geteuid() != 0 && int(st.Uid) != os.Geteuid() {
		return "belongs to another user"
	}
	if info.Mode().Perm()&0o022 != 0 {
		return "can be written by other users"
	}
	return ""
}

// readableByOthers reports whether other users of this machine can read a
// regular file: its mode lets them, and so does that of every folder above it.
func readableByOthers(path string) bool {
	real, err := filepath.Abs(path)
	if err == nil {
		real, err = filepath.EvalSymlinks(real)
	}
	if err != nil {
		return false
	}
	info, err := os.Stat(real)
	if err != nil || !info.Mode().IsRegular() {
		return false
	}
	group, others := info.Mode().Perm()&0o040 != 0, info.Mode().Perm()&0o004 != 0
	for dir := filepath.Dir(real); group || others; dir = filepath.Dir(dir) {
		info, err := os.Stat(dir)
		if err != nil {
			return false
		}
		group = group && info.Mode().Perm()&0o011 != 0
		others = others && info.Mode().Perm()&0o001 != 0
		if dir == filepath.Dir(dir) {
			break
		}
	}
	return group || others
}
