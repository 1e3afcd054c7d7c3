package checkpoint

import "golang.org/x/sys/unix"

// fileSystem says what dir lies on.
func fileSystem(dir string) (name string, v verdict) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return "", local
	}
	if st.Flags&unix.MNT_LOCAL == 0 {
		return unix.ByteSliceToString(st.Fstypename[:]), remote
	}
	return "", local
}

// renameNew renames a file to a name that nothing has yet.
func renameNew(from, to string) error { return renameChecked(from, to) }

// mountedAlone reports whether name is a mount of its own, which is not known here.
func mountedAlone(string) bool { return false }

// free returns how many bytes may still be written on what dir lies on.
func free(dir string) (int64, bool) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return 0, false
	}
	return int64(st.Bavail) * int64(st.Bsize), true
}
