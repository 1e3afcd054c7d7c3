package migrate

import "encoding/binary"

// A table maps fingerprints to the numbers of rows, in some 12 bytes each. A Go
// map of the same takes three times the memory. It is split into many shards,
// each of which grows by itself and by little: growing never needs a second
// copy of the whole, leaves few slots empty, and stays within the caches.
type table struct{ shards []shard } // nil as long as it is empty

const (
	shardBits = 12
	tagBits   = 48 // of a fingerprint that a slot keeps; its shard says shardBits more
)

// shard returns the shard that a fingerprint belongs in, and its tag there,
// which is never 0.
func (t *table) shard(print uint64) (*shard, uint64) {
	return &t.shards[print>>(64-shardBits)], max(print<<shardBits>>(64-tagBits), 1)
}

func (t *table) get(print uint64) (uint32, bool) {
	if t.shards == nil {
		return 0, false
	}
	s, tag := t.shard(print)
	if len(s.slots) == 0 {
		return 0, false
	}
	slot := &s.slots[s.find(tag)]
	return slot.row(), slot.tag() != 0
}

// put keeps the first row of a fingerprint.
func (t *table) put(print uint64, row uint32) {
	if t.shards == nil {
		t.shards = make([]shard, 1<<shardBits)
	}
	s, tag := t.shard(print)
	if s.used >= len(s.slots)-len(s.slots)/8 {
		s.grow()
	}
	if slot := &s.slots[s.find(tag)]; slot.tag() == 0 {
		slot.set(tag, row)
		s.used++
	}
}

// touch reads the slot where the search for a fingerprint begins. Whoever
// touches many before it looks for the first waits for memory once and not each
// time. It returns what it read, so that no compiler leaves the reading out.
func (t *table) touch(print uint64) uint64 {
	if t.shards == nil {
		return 0
	}
	s, tag := t.shard(print)
	if len(s.slots) == 0 {
		return 0
	}
	return s.slots[s.home(tag)].tag()
}

// A shard is a part of a table: open addressing, linear probing, at most seven
// eighths full.
type shard struct {
	slots []slot
	used  int
}

// A slot is a tag of six bytes, 0 where it is empty, and the number of a row.
type slot [tagBits/8 + 4]byte

func (s *slot) tag() uint64 { return binary.LittleEndian.Uint64(s[:]) & (1<<tagBits - 1) }

func (s *slot) row() uint32 { return binary.LittleEndian.Uint32(s[tagBits/8:]) }

func (s *slot) set(tag uint64, row uint32) {
	binary.LittleEndian.PutUint64(s[:], tag)
	binary.LittleEndian.PutUint32(s[tagBits/8:], row)
}

// home is found by multiplying, so that the number of slots need be no power of
// two.
func (s *shard) home(tag uint64) int {
	return int(tag >> (tagBits - 32) * uint64(len(s.slots)) >> 32)
}

// find returns the slot that has the tag, or the empty one that it belongs in.
func (s *shard) find(tag uint64) int {
	i := s.home(tag)
	for {
		if has := s.slots[i].tag(); has == tag || has == 0 {
			return i
		}
		if i++; i == len(s.slots) {
			i = 0
		}
	}
}

func (s *shard) grow() {
	old := s.slots
	// append gives all the room that the memory taken has.
	s.slots = append([]slot(nil), make([]slot, max(8, len(old)*9/8))...)
	s.slots = s.slots[:cap(s.slots)]
	for i := range old {
		if tag := old[i].tag(); tag != 0 {
			s.slots[s.find(tag)] = old[i]
		}
	}
}
