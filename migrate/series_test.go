package migrate_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"carryover/migrate"
)

var epoch = time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)

func interval(session int64, from time.Time, length time.Duration, created int64) migrate.Interval {
	i := migrate.Interval{Session: session, From: from, To: from.Add(length), Requests: created, InFlight: 3, Limit: 100}
	i.Outcomes[migrate.Created] = created
	i.Latency.Add(150*time.Millisecond, uint64(created))
	return i
}

// However long it runs, a series is bounded, loses no row and no request, and
// leaves no gap.
func TestASeriesIsBoundedAndLosesNothing(t *testing.T) {
	var s migrate.Series
	at := epoch
	const n = 50_000
	for range n {
		s.Add(interval(1, at, migrate.IntervalLength, 2))
		at = at.Add(migrate.IntervalLength)
	}
	if len(s.Intervals) > migrate.MaxIntervals || len(s.Intervals) < migrate.MaxIntervals/4 {
		t.Errorf("%d intervals", len(s.Intervals))
	}
	var created, requests int64
	var answers uint64
	last := epoch
	for i := range s.Intervals {
		if !s.Intervals[i].From.Equal(last) {
			t.Fatalf("interval %d begins at %v, the one before it ended at %v", i, s.Intervals[i].From, last)
		}
		last = s.Intervals[i].To
		created += s.Intervals[i].Outcomes[migrate.Created]
		requests += s.Intervals[i].Requests
		answers += s.Intervals[i].Latency.Total()
		if s.Intervals[i].InFlight != 3 || s.Intervals[i].Limit != 100 {
			t.Fatalf("interval %d: %+v", i, s.Intervals[i])
		}
	}
	if created != 2*n || requests != 2*n || answers != 2*n || !last.Equal(at) {
		t.Error(created, requests, answers, last)
	}
}

func TestASeriesIsBoundedWhateverTheRuns(t *testing.T) {
	for seed := range uint64(50) {
		random := rand.New(rand.NewPCG(seed, 0))
		var s migrate.Series
		at, session, total := epoch, int64(1), int64(0)
		for range 1 + random.IntN(6) {
			for range 1 + random.IntN(1500) {
				if random.IntN(1+int(seed)) == 0 {
					session++
					at = at.Add(time.Hour)
				}
				s.Add(interval(session, at, migrate.IntervalLength, 1))
				at = at.Add(migrate.IntervalLength)
				total++
			}
			s = migrate.NewSeries(s.Intervals) // the program ended, and goes on
		}
		var sum int64
		for i := range s.Intervals {
			sum += s.Intervals[i].Outcomes[migrate.Created]
			if i > 0 && s.Intervals[i].From.Before(s.Intervals[i-1].To) {
				t.Fatalf("seed %d: interval %d begins before the one before it ends", seed, i)
			}
		}
		if len(s.Intervals) > migrate.MaxIntervals || sum != total {
			t.Fatalf("seed %d: %d intervals, %d of %d rows", seed, len(s.Intervals), sum, total)
		}
	}
}

// What Add returns is all that a ledger must write.
func TestASeriesTellsWhatChanged(t *testing.T) {
	var s migrate.Series
	var written []migrate.Interval
	at := epoch
	for range 5000 {
		changed := s.Add(interval(1, at, migrate.IntervalLength, 1))
		at = at.Add(migrate.IntervalLength)
		written = append(written[:changed], s.Intervals[changed:]...)
	}
	if len(written) != len(s.Intervals) {
		t.Fatalf("%d written, %d are there", len(written), len(s.Intervals))
	}
	for i := range written {
		if written[i] != s.Intervals[i] {
			t.Fatalf("interval %d was written as %+v, is %+v", i, written[i], s.Intervals[i])
		}
	}
}

func TestLatencyBuckets(t *testing.T) {
	for bucket := range migrate.LatencyBuckets {
		from := migrate.LatencyFrom(bucket)
		if got := migrate.LatencyBucket(from); got != bucket {
			t.Errorf("%v is the beginning of bucket %d and in %d", from, bucket, got)
		}
		if last := migrate.LatencyFrom(bucket+1) - time.Microsecond; bucket > 0 && migrate.LatencyBucket(last) != bucket {
			t.Errorf("%v is the end of bucket %d and in %d", last, bucket, migrate.LatencyBucket(last))
		}
	}
	for d, want := range map[time.Duration]int{0: 0, -time.Second: 0, time.Hour: migrate.LatencyBuckets - 1} {
		if got := migrate.LatencyBucket(d); got != want {
			t.Errorf("%v is in bucket %d", d, got)
		}
	}
}

func TestLatencyQuantiles(t *testing.T) {
	var l migrate.Latencies
	if l.Quantile(0.5) != 0 {
		t.Error("none have a median")
	}
	for ms := 1; ms <= 1000; ms++ {
		l.Add(time.Duration(ms)*time.Millisecond, 1)
	}
	for q, want := range map[float64]float64{0.5: 500, 0.95: 950, 0.99: 990} {
		got := float64(l.Quantile(q).Microseconds()) / 1000
		if got < want*0.9 || got > want*1.1 {
			t.Errorf("the part %g is below %g ms, not %g", q, got, want)
		}
	}
	earlier := l
	l.Add(5*time.Second, 7)
	if since := l.Since(&earlier); since.Total() != 7 || since.Quantile(0.5) < 4*time.Second {
		t.Error(since.Total(), since.Quantile(0.5))
	}
}

func TestLatenciesArePackedAndUnpacked(t *testing.T) {
	for seed := range uint64(200) {
		random := rand.New(rand.NewPCG(seed, 0))
		var l migrate.Latencies
		for range random.IntN(50) {
			l[random.IntN(migrate.LatencyBuckets)] = random.Uint64() >> random.IntN(64)
		}
		got, err := migrate.UnpackLatencies(l.Pack())
		if err != nil || got != l {
			t.Fatalf("seed %d: %v", seed, err)
		}
	}
}

func FuzzUnpackLatencies(f *testing.F) {
	f.Add([]byte{1, 2, 3})
	f.Add([]byte{0x80})
	f.Fuzz(func(t *testing.T, packed []byte) {
		l, err := migrate.UnpackLatencies(packed)
		if again, _ := migrate.UnpackLatencies(l.Pack()); err == nil && again != l {
			t.Errorf("%x is read and packed as something else", packed)
		}
	})
}
