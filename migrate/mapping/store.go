package mapping

import (
	"encoding/binary"
	"errors"
	"hash/maphash"
	"math"

	"carryover/source"
)

const (
	blockSize = 1 << 20 // bytes that a store asks for at once
	maxStore  = 2 << 30 // bytes that it may take for keys and cells
)

// A store keeps records by their keys: the key and the cells of each as bytes
// in large blocks, which the garbage collector need not look into, and about
// 20 bytes of index. Keys are compared byte for byte: another user's digest
// must never be found.
type store struct {
	width  int // cells of a record
	seed   maphash.Seed
	blocks [][]byte
	where  []int64 // of each record: block and offset
	chain  []int32 // of each record: the next one of the same key, or -1
	last   []int32 // of the first record of a key: the last one
	slots  []int32 // open addressing by the hash of the key: record + 1, or 0
	keys   int
	size   int64 // bytes of all blocks
}

func newStore(width int) store {
	return store{width: width, seed: maphash.MakeSeed(), slots: make([]int32, 1024)}
}

var errStore = errors.New("the second file takes more than 2 GiB of memory; leave columns out of the join, or give users and second file in parts")

// add keeps a record behind those of the same key.
func (s *store) add(key string, cells []source.Cell) error {
	if len(s.where) >= math.MaxInt32 || s.size > maxStore {
		return errStore
	}
	record := int32(len(s.where))
	s.where = append(s.where, s.put(key, cells))
	s.chain = append(s.chain, -1)
	s.last = append(s.last, record)
	slot, found := s.look(key)
	if found {
		first := s.slots[slot] - 1
		s.chain[s.last[first]] = record
		s.last[first] = record
		return nil
	}
	s.slots[slot] = record + 1
	if s.keys++; s.keys > len(s.slots)*3/4 {
		s.grow()
	}
	return nil
}

// put writes a record and returns where it is.
func (s *store) put(key string, cells []source.Cell) int64 {
	size := binary.MaxVarintLen64 + len(key)
	for _, c := range cells {
		size += 1 + binary.MaxVarintLen64 + len(c.Text)
	}
	n := len(s.blocks)
	if n == 0 || cap(s.blocks[n-1])-len(s.blocks[n-1]) < size {
		s.blocks = append(s.blocks, make([]byte, 0, max(blockSize, size)))
		s.size += int64(max(blockSize, size))
		n++
	}
	block := s.blocks[n-1]
	at := int64(n-1)<<32 | int64(len(block))
	block = binary.AppendUvarint(block, uint64(len(key)))
	block = append(block, key...)
	for _, c := range cells {
		block = append(block, byte(c.Kind))
		block = binary.AppendUvarint(block, uint64(len(c.Text)))
		block = append(block, c.Text...)
	}
	s.blocks[n-1] = block
	return at
}

// read returns the bytes of a record, from its beginning on.
func (s *store) read(record int) []byte {
	at := s.where[record]
	return s.blocks[at>>32][at&math.MaxUint32:]
}

// part cuts a text off the beginning of bytes.
func part(b []byte) (text, rest []byte) {
	size, n := binary.Uvarint(b)
	b = b[n:]
	return b[:size], b[size:]
}

// look returns the slot of a key, or that where it would be.
func (s *store) look(key string) (slot int, found bool) {
	mask := len(s.slots) - 1
	for i := int(maphash.String(s.seed, key)) & mask; ; i = (i + 1) & mask {
		if s.slots[i] == 0 {
			return i, false
		}
		if other, _ := part(s.read(int(s.slots[i] - 1))); string(other) == key {
			return i, true
		}
	}
}

func (s *store) grow() {
	old := s.slots
	s.slots = make([]int32, 2*len(old))
	for _, n := range old {
		if n > 0 {
			key, _ := part(s.read(int(n - 1)))
			slot, _ := s.look(string(key))
			s.slots[slot] = n
		}
	}
}

// find returns the first record of a key.
func (s *store) find(key string) (record int, ok bool) {
	slot, ok := s.look(key)
	return int(s.slots[slot]) - 1, ok
}

// next returns the record behind one of the same key, or -1.
func (s *store) next(record int) int { return int(s.chain[record]) }

// cells returns the cells of a record.
func (s *store) cells(record int) []source.Cell {
	_, b := part(s.read(record))
	cells := make([]source.Cell, s.width)
	for i := range cells {
		cells[i].Kind = source.Kind(b[0])
		var text []byte
		text, b = part(b[1:])
		cells[i].Text = string(text)
	}
	return cells
}
