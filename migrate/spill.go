package migrate

import (
	"context"
	"encoding/binary"
	"errors"
	"os"
	"runtime"

	"golang.org/x/sync/errgroup"
)

const (
	partBits   = 9
	spillParts = 1 << partBits // of a spill, by the first bits of a fingerprint
	spillBlock = 8 << 10       // bytes that are written at once, all of one part
)

// errSpill says that a spill could not be written or read: there is no room for
// it, for example.
var errSpill = errors.New("fingerprints cannot be kept in a temporary file")

// A spill is a temporary file of fingerprints, for an input with more of them
// than there is to be in memory. It tells in the end which were added more than
// once. They are hashes with a seed that is nowhere written down, and no other
// program can open the file: its name is gone once it is open, where the system
// permits it. A spill is for one goroutine.
type spill struct {
	file   *os.File
	parts  [spillParts][]byte // what is not yet a whole block
	blocks []uint16           // the part of each block of the file
	err    error              // of the first block that could not be written
}

// newSpill makes the file in a folder.
func newSpill(folder string) (*spill, error) {
	file, err := os.CreateTemp(folder, "carryover-*.tmp")
	if err != nil {
		return nil, err
	}
	_ = os.Remove(file.Name()) // close does it where it is still there
	s := &spill{file: file}
	room := make([]byte, spillParts*spillBlock)
	for i := range s.parts {
		s.parts[i], room = room[:0:spillBlock], room[spillBlock:]
	}
	return s, nil
}

func (s *spill) close() error {
	err := s.file.Close()
	if gone := os.Remove(s.file.Name()); gone != nil && !errors.Is(gone, os.ErrNotExist) {
		err = errors.Join(err, gone)
	}
	return err
}

// add adds a fingerprint. Whether that worked, repeated tells.
func (s *spill) add(print uint64) {
	part := &s.parts[print>>(64-partBits)]
	*part = binary.LittleEndian.AppendUint64(*part, print)
	if len(*part) == spillBlock {
		s.flush(int(print >> (64 - partBits)))
	}
}

func (s *spill) flush(part int) {
	if s.err == nil {
		_, s.err = s.file.Write(s.parts[part])
		s.blocks = append(s.blocks, uint16(part))
	}
	s.parts[part] = s.parts[part][:0]
}

// repeated returns the fingerprints that were added more than once, some of them
// perhaps more than once. Its error is errSpill or the context's.
func (s *spill) repeated(ctx context.Context) ([]uint64, error) {
	if s.err != nil {
		return nil, errors.Join(errSpill, s.err)
	}
	var offsets [spillParts][]int64
	for i, part := range s.blocks {
		offsets[part] = append(offsets[part], int64(i)*spillBlock)
	}
	found := make([][]uint64, runtime.GOMAXPROCS(0))
	g, ctx := errgroup.WithContext(ctx)
	for w := range found {
		g.Go(func() error {
			var set prints
			for part := w; part < spillParts; part += len(found) {
				content, err := s.read(offsets[part], s.parts[part])
				if err != nil {
					return errors.Join(errSpill, err)
				}
				found[w] = set.repeated(content, found[w])
				if err := ctx.Err(); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	var all []uint64
	for _, some := range found {
		all = append(all, some...)
	}
	return all, nil
}

// read returns a whole part: the blocks that were written, and the rest.
func (s *spill) read(offsets []int64, rest []byte) ([]byte, error) {
	content := make([]byte, len(offsets)*spillBlock, len(offsets)*spillBlock+len(rest))
	for i, offset := range offsets {
		// All blocks are whole, so that an io.EOF comes of a file that is shorter.
		if _, err := s.file.ReadAt(content[i*spillBlock:(i+1)*spillBlock], offset); err != nil {
			return nil, err
		}
	}
	return append(content, rest...), nil
}

// prints is a set of fingerprints, half empty, whose memory is used again.
type prints struct{ slots []uint64 } // 0 where it is empty

// repeated appends to found what stands more than once in the content of a part.
func (p *prints) repeated(content []byte, found []uint64) []uint64 {
	n := len(content) / 8
	size := 16
	for size < 2*n {
		size *= 2
	}
	if cap(p.slots) < size {
		p.slots = make([]uint64, size)
	}
	p.slots = p.slots[:size]
	clear(p.slots)
	for ; len(content) > 0; content = content[8:] {
		print := max(binary.LittleEndian.Uint64(content), 1)
		// The first bits are the same in all of a part.
		i := int(print>>8) & (size - 1)
		for p.slots[i] != 0 && p.slots[i] != print {
			i = (i + 1) & (size - 1)
		}
		if p.slots[i] == print {
			found = append(found, print)
		}
		p.slots[i] = print
	}
	return found
}

// spillFolder is where large temporary files belong: TMPDIR, if it is set; else
// /var/tmp, which is on a disk, where /tmp may be in memory.
func spillFolder() string {
	const onDisk = "/var/tmp"
	if os.Getenv("TMPDIR") != "" || runtime.GOOS == "windows" {
		return os.TempDir()
	}
	if info, err := os.Stat(onDisk); err != nil || !info.IsDir() {
		return os.TempDir()
	}
	return onDisk
}
