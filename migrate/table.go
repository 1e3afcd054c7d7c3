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
	if i := s.find(tag); i < len(s.slots) && s.slots[i].tag() == tag {
		return s.slots[i].row(), true
	}
	return 0, false
}

// put keeps the first row of a fingerprint.
func (t *table) put(print uint64, row uint32) {
	if t.shards == nil {
		t.shards = make([]shard, 1<<shardBits)
	}
	s, tag := t.shard(print)
	s.put(tag, row)
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

// A shard is a part of a table: open addressing, linear probing, at most eleven
// twelfths full. The slots that are taken are in the order of their tags, so that
// a search ends at the first greater one, and growing is one pass. A few slots
// at the end are nobody's home: they take what those before have no room for.
type shard struct {
	slots []slot
	homes int
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

// home is the first slot that a tag may be in. It is found by multiplying, so
// that the number of homes need be no power of two.
func (s *shard) home(tag uint64) int {
	return int(tag >> (tagBits - 32) * uint64(s.homes) >> 32)
}

// find returns the slot that has the tag, or the one that it belongs in, which
// is behind the last where there is no room.
func (s *shard) find(tag uint64) int {
	for i := s.home(tag); i < len(s.slots); i++ {
		if has := s.slots[i].tag(); has >= tag || has == 0 {
			return i
		}
	}
	return len(s.slots)
}

// put keeps the first row of a tag.
func (s *shard) put(tag uint64, row uint32) {
	if s.used >= s.homes-s.homes/12 {
		s.grow()
	}
	i := s.find(tag)
	if i < len(s.slots) && s.slots[i].tag() == tag {
		return
	}
	free := i
	for free < len(s.slots) && s.slots[free].tag() != 0 {
		free++
	}
	if free == len(s.slots) {
		s.slots = resized(s.slots, len(s.slots)+len(s.slots)/16+1)
	}
	copy(s.slots[i+1:free+1], s.slots[i:free])
	s.slots[i].set(tag, row)
	s.used++
}

// resized returns a copy of at least n slots: as many as the memory taken has
// room for.
func resized(slots []slot, n int) []slot {
	grown := append([]slot(nil), make([]slot, n)...)
	grown = grown[:cap(grown)]
	copy(grown, slots)
	return grown
}

// manyHomes is where a shard grows in small steps from.
const manyHomes = 4096

func (s *shard) grow() {
	old := s.slots
	s.homes = max(8, s.homes*8/7)
	if s.homes < manyHomes { // what is small costs time to grow, not room
		s.homes = s.homes * 4 / 3
	}
	s.slots = resized(nil, s.homes+s.homes/64)
	next := 0
	for i := range old {
		tag := old[i].tag()
		if tag == 0 {
			continue
		}
		next = max(next, s.home(tag))
		if next == len(s.slots) {
			s.slots = resized(s.slots, next+next/16+1)
		}
		s.slots[next] = old[i]
		next++
	}
}
