package migrate

import (
	"crypto/sha256"
	"encoding/binary"
)

// A Sample chooses some of a number of things, spread evenly over them: of each
// of as many stretches one, by chance, and always the same one for a seed.
type Sample struct {
	size, total int64
	seed        [32]byte
}

// NewSample returns a Sample of size things out of total, or of all of them
// where there are no more.
func NewSample(size, total int64, seed [32]byte) Sample {
	return Sample{size: min(size, total), total: total, seed: sha256.Sum256(append([]byte("carryover sample\x00"), seed[:]...))}
}

// Holds reports whether the i-th thing, counted from 0, is chosen.
func (s Sample) Holds(i int64) bool {
	if i < 0 || i >= s.total || s.size <= 0 {
		return false
	}
	stretch := ((i+1)*s.size - 1) / s.total // the last that begins at i or before
	begin, end := stretch*s.total/s.size, (stretch+1)*s.total/s.size
	var text [40]byte
	copy(text[:], s.seed[:])
	binary.LittleEndian.PutUint64(text[32:], uint64(stretch))
	sum := sha256.Sum256(text[:])
	return i-begin == int64(binary.LittleEndian.Uint64(sum[:])%uint64(end-begin))
}
