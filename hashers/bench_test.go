package hashers_test

import (
	"testing"

	"carryover/hashers"
)

// Validation runs Check on every row, a million of them a second.
func TestCheckDoesNotAllocate(t *testing.T) {
	for _, v := range vectors(t) {
		if n := testing.AllocsPerRun(10, func() { hashers.Check(v.Hasher, v.Digest) }); n > 0 {
			t.Errorf("%s (%s): %v allocations", v.Hasher, v.Note, n)
		}
	}
	for _, info := range hashers.All() {
		if n := testing.AllocsPerRun(10, func() { hashers.Check("phpass", info.Example) }); n > 0 {
			t.Errorf("refusing %s: %v allocations", info.Name, n)
		}
	}
}

func BenchmarkCheck(b *testing.B) {
	for _, info := range hashers.All() {
		b.Run(info.Name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				hashers.Check(info.Name, info.Example)
			}
		})
	}
}

func BenchmarkIdentify(b *testing.B) {
	for _, info := range hashers.All() {
		b.Run(info.Name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				hashers.Identify(info.Example)
			}
		})
	}
}
