package clerk

import (
	"math/bits"
	"time"
)

// The histogram counts microseconds. Below 64 each value has a bucket of its
// own; above, each doubling is split into 64 buckets, so that a bucket's
// middle is within 0.8 % of every value in it.
const (
	subBits   = 6
	subCount  = 1 << subBits
	maxMicros = 1<<30 - 1 // 17.9 minutes: longer counts as this
	buckets   = (30-subBits)*subCount + subCount
)

// A histogram holds a distribution of latencies in a fixed 12 KB, whatever
// their number. It is not safe for concurrent use.
type histogram struct {
	counts  [buckets]uint64
	total   uint64
	largest time.Duration // exact
}

// bucketOf returns the bucket of a number of microseconds.
func bucketOf(micros int64) int {
	if micros < subCount {
		return int(micros)
	}
	octave := bits.Len64(uint64(micros)) - subBits // ≥ 1
	return octave*subCount + int(micros>>(octave-1)) - subCount
}

// middleOf returns the microseconds that stand for a bucket.
func middleOf(bucket int) float64 {
	if bucket < subCount {
		return float64(bucket)
	}
	octave := bucket / subCount
	width := int64(1) << (octave - 1)
	low := int64(bucket%subCount+subCount) * width
	return float64(low) + float64(width-1)/2
}

// add counts one latency.
func (h *histogram) add(latency time.Duration) {
	micros := min(max(latency.Microseconds(), 0), maxMicros)
	h.counts[bucketOf(micros)]++
	h.total++
	h.largest = max(h.largest, latency)
}

// quantile returns the latency that the part q of all latencies does not
// exceed, within 1 %; 0 where there are none.
func (h *histogram) quantile(q float64) time.Duration {
	rank := max(uint64(q*float64(h.total)+0.5), 1)
	var seen uint64
	for bucket, n := range h.counts {
		if seen += n; seen >= rank {
			return min(time.Duration(middleOf(bucket)*float64(time.Microsecond)), h.largest)
		}
	}
	return h.largest
}
