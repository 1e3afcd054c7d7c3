package migrate

import (
	"math/rand/v2"
	"testing"
)

// A table knows what a map knows, whatever the fingerprints: spread over all
// shards, crowded into one, crowded behind its last slot, or hardly apart.
func TestTableAgreesWithMap(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for name, print := range map[string]func() uint64{
		"spread":  random.Uint64,
		"one":     func() uint64 { return random.Uint64() >> shardBits },
		"last":    func() uint64 { return 1<<(64-shardBits) - 1 - random.Uint64N(1<<20)<<4 },
		"first":   func() uint64 { return random.Uint64N(1<<16) << 4 },
		"equal":   func() uint64 { return random.Uint64N(50) << 4 },
		"last 10": func() uint64 { return 1<<64 - 1 - random.Uint64N(10)<<4 },
	} {
		t.Run(name, func(t *testing.T) {
			var table table
			want := map[uint64]uint32{}
			same := func(print uint64) uint64 { return print >> 4 }
			for row := uint32(1); row <= 6_000; row++ {
				p := print()
				table.touch(p)
				got, ok := table.get(p)
				first, known := want[same(p)]
				if ok != known || got != first {
					t.Fatalf("%x: row %d, %v; want %d, %v", p, got, ok, first, known)
				}
				if !known {
					want[same(p)] = row
				}
				table.put(p, row)
			}
			places, used := 0, 0
			for i := range table.shards {
				places, used = places+bucketSize*len(table.shards[i].buckets), used+table.shards[i].used
			}
			if used != len(want) || places > 2*used+bucketSize*len(table.shards) {
				t.Errorf("%d of %d places are used, for %d fingerprints", used, places, len(want))
			}
		})
	}
}
