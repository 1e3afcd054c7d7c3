package main

import (
	"testing"
)

func TestPercentFor(t *testing.T) {
	const mb = 1 << 20
	for _, test := range []struct {
		live, scanned uint64
		want          int
	}{
		{0, 0, 800},               // at the start
		{3 * mb, mb, 800},         // Go takes it for 4 MiB
		{16 * mb, 8 * mb, 150},    // 24 MiB of garbage
		{32 * mb, 8 * mb, 50},     // 16
		{48 * mb, 8 * mb, 33},     // 16
		{400 * mb, 8 * mb, 6},     // 24: a table of 10 M rows
		{4000 * mb, 8 * mb, 6},    // 240
		{400 * mb, 350 * mb, 87},  // as much as takes time
		{400 * mb, 400 * mb, 100}, // as Go does by itself
	} {
		if got := percentFor(test.live, test.scanned); got != test.want {
			t.Errorf("%d MiB live, %d MiB scanned: %d %%, want %d", test.live/mb, test.scanned/mb, got, test.want)
		}
	}
}
