package source

import (
	"errors"
	"hash/maphash"
	"io"
	"sync"
)

// blockSize is how much text one digest stands for.
const blockSize = 64 << 10

// blocks remember what the text of a file was when it was first read, 8 bytes
// for every 64 KiB. An input is read more than once, to be checked and to be
// sent, and every reading must see the same text. The size and the time of a
// file do not show an edit in place that puts the time back.
//
// The digests are keyed at random: nobody can make a text that has them.
type blocks struct {
	seed maphash.Seed

	mu    sync.Mutex
	sums  []uint64
	whole bool // the last of them is the end of the text
}

// same reports whether block i is what it was, last saying that the text ends
// with it. What has not been read before is remembered.
func (b *blocks) same(i int, text []byte, last bool) bool {
	sum := maphash.Bytes(b.seed, text)
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case i < len(b.sums):
		return b.sums[i] == sum && last == (b.whole && i == len(b.sums)-1)
	case b.whole:
		return false
	}
	b.sums, b.whole = append(b.sums, sum), last
	return true
}

// known reports whether block i has been read before.
func (b *blocks) known(i int) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return i < len(b.sums) || b.whole
}

// A sameReader hands out a text of which every byte is what it was when it was
// first read. It ends with errOtherText before the first block that is not.
type sameReader struct {
	src    io.Reader // its last error is io.EOF itself where the text is whole
	blocks *blocks
	next   int    // number of the block to be read
	buf    []byte // blockSize bytes
	text   []byte // of buf, still to be handed out
	err    error  // what follows it
}

var errOtherText = errors.New("the text is another one than before")

// Read implements io.Reader.
func (r *sameReader) Read(p []byte) (int, error) {
	if len(r.text) == 0 && r.err == nil {
		if len(p) >= len(r.buf) {
			if n := len(r.fill(p[:len(r.buf)])); n > 0 {
				return n, nil
			}
			return 0, r.err
		}
		r.text = r.fill(r.buf)
	}
	if len(r.text) == 0 {
		return 0, r.err
	}
	n := copy(p, r.text)
	r.text = r.text[n:]
	return n, nil
}

// fill reads the next block into buf, of the size of a block, and returns what
// there is of it. The last one is never full, so that where the text ends does
// not depend on how its reader says so.
func (r *sameReader) fill(buf []byte) (text []byte) {
	n, err := 0, error(nil)
	for n < len(buf) && err == nil {
		var more int
		more, err = r.src.Read(buf[n:])
		n += more
	}
	full, end := n == len(buf), errors.Is(err, io.EOF)
	switch {
	case !full && !end:
		// A text that breaks off within a block has no digest to be compared
		// with: only who reads it first may see the rest.
		if !r.blocks.known(r.next) {
			text = buf[:n]
		}
	case !r.blocks.same(r.next, buf[:n], !full):
		r.err = errOtherText
		return nil
	default:
		text = buf[:n]
		r.next++
	}
	if !full || !end { // else the end comes with the next block
		r.err = err
	}
	return text
}
