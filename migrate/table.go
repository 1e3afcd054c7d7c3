package migrate

import "math/bits"

// A table maps fingerprints to the numbers of rows, in some 13 bytes each. A Go
// map of the same takes three times the memory. It is split into many shards,
// each of which grows by itself and by little: growing never needs a second
// copy of the whole, leaves few places empty, and stays within the caches.
type table struct{ shards []shard } // nil as long as it is empty

const (
	shardBits = 12
	tagBits   = 48 // of a fingerprint that a bucket keeps; its shard says shardBits more
)

// shard returns the shard that a fingerprint belongs in, and its tag there.
func (t *table) shard(print uint64) (*shard, uint64) {
	return &t.shards[print>>(64-shardBits)], print << shardBits >> (64 - tagBits)
}

func (t *table) get(print uint64) (uint32, bool) {
	if t.shards == nil {
		return 0, false
	}
	s, tag := t.shard(print)
	return s.get(tag)
}

// put keeps the first row of a fingerprint.
func (t *table) put(print uint64, row uint32) {
	if t.shards == nil {
		t.shards = make([]shard, 1<<shardBits)
	}
	s, tag := t.shard(print)
	s.put(tag, row)
}

// touch reads the bucket where the search for a fingerprint begins. Whoever
// touches many before it looks for the first waits for memory once and not each
// time. It returns what it read, so that no compiler leaves the reading out.
func (t *table) touch(print uint64) uint64 {
	if t.shards == nil {
		return 0
	}
	s, tag := t.shard(print)
	if len(s.buckets) == 0 {
		return 0
	}
	return s.buckets[s.home(tag)].low[0]
}

// A shard is a part of a table: what does not fit into its bucket goes into the
// next one with room, the first after the last, so that a search ends at a bucket
// that is not full. At most seven eighths of the places are taken.
type shard struct {
	buckets []bucket
	used    int
}

// home is the bucket where the search for a tag begins. It is found by
// multiplying, so that the number of buckets need be no power of two.
func (s *shard) home(tag uint64) int {
	return int(tag >> (tagBits - 32) * uint64(len(s.buckets)) >> 32)
}

func (s *shard) next(i int) int {
	if i++; i == len(s.buckets) {
		return 0
	}
	return i
}

func (s *shard) get(tag uint64) (uint32, bool) {
	if len(s.buckets) == 0 {
		return 0, false
	}
	for i := s.home(tag); ; i = s.next(i) {
		b := &s.buckets[i]
		if at := b.find(tag); at < bucketSize {
			return b.rest[at].row, true
		}
		if b.used() < bucketSize {
			return 0, false
		}
	}
}

// put keeps the first row of a tag.
func (s *shard) put(tag uint64, row uint32) {
	if _, ok := s.get(tag); ok {
		return
	}
	if s.used >= len(s.buckets)*bucketSize*7/8 {
		s.grow()
	}
	s.add(tag, row)
	s.used++
}

// add puts a tag into the first bucket with room.
func (s *shard) add(tag uint64, row uint32) {
	for i := s.home(tag); ; i = s.next(i) {
		if b := &s.buckets[i]; b.used() < bucketSize {
			b.add(tag, row)
			return
		}
	}
}

func (s *shard) grow() {
	old := s.buckets
	s.buckets = make([]bucket, len(old)+max(1, len(old)/3))
	for i := range old {
		b := &old[i]
		for at := range b.used() {
			s.add(b.tag(at), b.rest[at].row)
		}
	}
}

const bucketSize = 31

// A bucket has the low 16 bits of its tags in one line of the processor's caches,
// four to a number: a search that finds nothing, as nearly all do, reads no more
// than that. The last 16 bits of the line say how many places are taken.
type bucket struct {
	low  [8]uint64
	rest [bucketSize]struct{ high, row uint32 } // high is the rest of the tag
	_    uint64                                 // fills up a line
}

func (b *bucket) used() int { return int(b.low[7] >> 48) }

// find returns the place of a tag, or bucketSize.
func (b *bucket) find(tag uint64) int {
	const ones, tops = 0x0001_0001_0001_0001, 0x8000_8000_8000_8000
	wanted := tag & 0xffff * ones
	for i := range b.low {
		differ := b.low[i] ^ wanted
		// The top bit of each 16 that are 0, and seldom of others.
		for same := (differ - ones) &^ differ & tops; same != 0; same &= same - 1 {
			at := i*4 + bits.TrailingZeros64(same)/16
			if at < b.used() && b.tag(at) == tag {
				return at
			}
		}
	}
	return bucketSize
}

// add takes in a tag; there must be room.
func (b *bucket) add(tag uint64, row uint32) {
	at := b.used()
	b.low[at/4] |= tag & 0xffff << (at % 4 * 16)
	b.rest[at].high, b.rest[at].row = uint32(tag>>16), row
	b.low[7] += 1 << 48
}

// tag returns the tag at a place.
func (b *bucket) tag(at int) uint64 {
	return uint64(b.rest[at].high)<<16 | b.low[at/4]>>(at%4*16)&0xffff
}
