package source

// BytesRead returns how many bytes have been read of the files, as they lie on
// disk, by all readings together. It may be called while they are read, and
// never goes back: how far one reading is, is told by how much it grew since
// that began.
func (in *Input) BytesRead() int64 {
	var n int64
	for _, f := range in.files {
		n += f.read.Load()
	}
	return n
}

// SizeKnown reports whether Size is all there is: what comes through a pipe
// shows its size only when it has come.
func (in *Input) SizeKnown() bool {
	for _, f := range in.files {
		if f.spool != nil && !f.spool.whole() {
			return false
		}
	}
	return true
}
