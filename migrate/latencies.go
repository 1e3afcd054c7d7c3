package migrate

import (
	"encoding/binary"
	"errors"
	"math/bits"
	"time"
)

// Latencies split each doubling into latencyParts buckets, from latencyLeast on.
const (
	latencyParts   = 8
	latencyShift   = 6 // log2 of the microseconds where the buckets begin
	latencyDoubles = 20

	// LatencyBuckets is the number of buckets: up to 67 s, which is longer
	// than a request may take.
	LatencyBuckets = latencyDoubles * latencyParts
)

// Latencies counts how long answers took, in buckets that are at most an eighth
// wide. What is below 64 µs or above 67 s is in the first and the last.
type Latencies [LatencyBuckets]uint64

// LatencyBucket returns the bucket of a latency.
func LatencyBucket(d time.Duration) int {
	micros := uint64(max(d.Microseconds(), 1<<latencyShift))
	double := bits.Len64(micros) - latencyShift - 1
	part := int(micros>>(double+latencyShift-3)) - latencyParts
	return min(double*latencyParts+part, LatencyBuckets-1)
}

// LatencyFrom returns where a bucket begins, which is where the one before it
// ends.
func LatencyFrom(bucket int) time.Duration {
	double, part := bucket/latencyParts, bucket%latencyParts
	return time.Duration((latencyParts+part)<<(double+latencyShift-3)) * time.Microsecond
}

// Add counts n latencies.
func (l *Latencies) Add(d time.Duration, n uint64) { l[LatencyBucket(d)] += n }

// Merge adds the counts of other.
func (l *Latencies) Merge(other *Latencies) {
	for i, n := range other {
		l[i] += n
	}
}

// Since returns what was counted after l was as earlier says.
func (l *Latencies) Since(earlier *Latencies) Latencies {
	var since Latencies
	for i := range l {
		since[i] = l[i] - min(earlier[i], l[i])
	}
	return since
}

// Total returns the number of latencies.
func (l *Latencies) Total() (n uint64) {
	for _, count := range l {
		n += count
	}
	return n
}

// Quantile returns the latency that the part q of all does not exceed, within
// an eighth; 0 where there are none.
func (l *Latencies) Quantile(q float64) time.Duration {
	total := l.Total()
	rank := q * float64(total)
	seen := 0.0
	for i, n := range l {
		if n == 0 {
			continue
		}
		if next := seen + float64(n); next >= rank {
			from, to := LatencyFrom(i), LatencyFrom(i+1)
			return from + time.Duration(float64(to-from)*max(rank-seen, 0)/float64(n))
		}
		seen += float64(n)
	}
	return 0
}

// Pack returns the counts in few bytes: for each bucket that holds any, how far
// it is from the last one, and how many.
func (l *Latencies) Pack() []byte {
	packed := []byte{}
	last := 0
	for i, n := range l {
		if n > 0 {
			packed = binary.AppendUvarint(binary.AppendUvarint(packed, uint64(i-last)), n)
			last = i
		}
	}
	return packed
}

// UnpackLatencies is the reverse of Pack.
func UnpackLatencies(packed []byte) (l Latencies, err error) {
	bucket := uint64(0)
	for len(packed) > 0 {
		gap, used := binary.Uvarint(packed)
		n, more := binary.Uvarint(packed[max(used, 0):])
		if bucket += gap; used <= 0 || more <= 0 || gap >= LatencyBuckets || bucket >= LatencyBuckets {
			return Latencies{}, errors.New("the counts of latencies make no sense")
		}
		l[min(bucket, LatencyBuckets-1)] = n // which it is, by the check above
		packed = packed[used+more:]
	}
	return l, nil
}
