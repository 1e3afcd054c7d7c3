package clerk

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func TestHistogramError(t *testing.T) {
	// Latencies as networks have them: lognormal, from microseconds to minutes.
	random := rand.New(rand.NewPCG(1, 2))
	for _, median := range []time.Duration{80 * time.Microsecond, 3 * time.Millisecond, 150 * time.Millisecond, 20 * time.Second} {
		var h histogram
		var all []time.Duration
		for range 20_000 {
			latency := time.Duration(float64(median) * math.Exp(0.5*random.NormFloat64()))
			h.add(latency)
			all = append(all, latency)
		}
		slices.Sort(all)
		for _, q := range []float64{0.01, 0.5, 0.95, 0.99, 1} {
			exact := all[max(int(q*float64(len(all))+0.5), 1)-1]
			got := h.quantile(q)
			if off := math.Abs(float64(got-exact)) / float64(exact); off > 0.02 {
				t.Errorf("median %v: quantile %v is %v, want %v (off by %.2f %%)", median, q, got, exact, 100*off)
			}
		}
		if h.largest != all[len(all)-1] {
			t.Errorf("largest %v, want %v", h.largest, all[len(all)-1])
		}
	}
}

func TestHistogramBuckets(t *testing.T) {
	// Buckets tile the range: their numbers grow by at most one, and each
	// value is near its bucket's middle.
	last := -1
	for micros := int64(0); micros <= maxMicros; micros += max(micros/1000, 1) {
		bucket := bucketOf(micros)
		if bucket != last && bucket != last+1 {
			t.Fatalf("%d µs is in bucket %d after %d", micros, bucket, last)
		}
		last = bucket
		if off := math.Abs(middleOf(bucket) - float64(micros)); off > 0.01*float64(micros) {
			t.Fatalf("%d µs is %v from its bucket's middle", micros, off)
		}
	}
	if got := bucketOf(maxMicros); got != buckets-1 {
		t.Errorf("the largest value is in bucket %d of %d", got, buckets)
	}
}

func TestHistogramEdges(t *testing.T) {
	var h histogram
	if got := h.quantile(0.5); got != 0 {
		t.Errorf("an empty histogram says %v", got)
	}
	h.add(-time.Second) // a clock that went back
	h.add(24 * time.Hour)
	if got := h.quantile(0.5); got != 0 {
		t.Errorf("half is %v, want 0", got)
	}
	if h.largest != 24*time.Hour {
		t.Errorf("largest %v", h.largest)
	}
}
