package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

const (
	// heap is about how large the heap may grow before garbage is collected, as
	// long as what is in use leaves room for it.
	heap = 40 << 20
	// garbage is about how many bytes of garbage there may be in any case.
	garbage = 16 << 20
)

// boundGarbage lets the collector wait until the heap has a certain size, instead
// of for as much garbage as there is memory in use. While little is in use,
// collecting less often saves time, and takes no memory that is not needed later
// anyway. Large tables, as of the look for duplicates where it has no file, have no
// pointers: they take no time to collect around, and a second of their size would
// be a waste. Where the environment has settings for the collector, they stand.
func boundGarbage() {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	c := collector{percent: 100, samples: []metrics.Sample{
		{Name: "/gc/heap/live:bytes"}, {Name: "/gc/scan/heap:bytes"},
	}}
	c.adjust()
}

// A collector sets the percentage of the garbage collector anew after each time
// that it has run. It is for one goroutine at a time: that of the cleanups.
type collector struct {
	percent int
	samples []metrics.Sample
}

func (c *collector) adjust() {
	metrics.Read(c.samples)
	percent := percentFor(c.samples[0].Value.Uint64(), c.samples[1].Value.Uint64())
	if percent != c.percent { // to set it stops the program for a moment
		c.percent = percent
		debug.SetGCPercent(percent)
	}
	// What nobody holds is cleaned up when the collector has run once more.
	type mark struct{ _ *byte } // without a pointer it would share its memory
	runtime.AddCleanup(new(mark), (*collector).adjust, c)
}

// percentFor returns the percentage at which there is the wanted garbage beside
// the live heap, in steps. What has pointers takes time to collect around: there
// may be as much garbage as that.
func percentFor(live, scanned uint64) int {
	percent := 100 * max(garbage, heap-min(live, heap), scanned) / max(live, 1)
	switch {
	case percent > 800:
		return 800 // Go takes the heap for 4 MiB at least
	case percent > 100:
		return int(percent / 50 * 50)
	}
	return int(max(percent, 6))
}
