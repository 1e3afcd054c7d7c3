package checkpoint

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"carryover/migrate"

	"github.com/go-json-experiment/json/jsontext"
)

const ms = time.Millisecond

var epoch = time.UnixMilli(1_700_000_000_000).UTC()

func dur(n int64) time.Duration { return time.Duration(n) }

func BenchmarkCommit(b *testing.B) {
	for _, size := range []int{1, 10, 100, 256} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			db := create(b, filepath.Join(b.TempDir(), "x.db"))
			batch := make([]migrate.Result, size)
			row := int64(0)
			b.ReportAllocs()
			for b.Loop() {
				// Half are intents, half the outcomes of those before.
				for i := range batch {
					if i%2 == 0 {
						row++
						batch[i] = typical(row, migrate.InFlight)
					} else {
						batch[i] = typical(row, migrate.Created)
					}
				}
				commit(b, db, batch...)
			}
			b.ReportMetric(float64(size)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

// BenchmarkMillion measures what a resume with a million rows does.
func BenchmarkMillion(b *testing.B) {
	path := filepath.Join(b.TempDir(), "x.db")
	db := create(b, path)
	var batch []migrate.Result
	for row := int64(1); row <= 1_000_000; row++ {
		if batch = append(batch, typical(row, migrate.Created)); len(batch) == 10_000 {
			commit(b, db, batch...)
			batch = batch[:0]
		}
	}
	closed(b, db)
	if info, err := os.Stat(path); err == nil {
		b.Logf("%.1f bytes a row", float64(info.Size())/1e6)
	}
	db = open(b, path)
	b.Run("States", func(b *testing.B) {
		for b.Loop() {
			if states, err := db.States(b.Context()); err != nil || len(states) != 1_000_000 {
				b.Fatal(len(states), err)
			}
		}
	})
	b.Run("Unfinished", func(b *testing.B) {
		for b.Loop() {
			if open, err := db.Unfinished(b.Context()); err != nil || len(open) != 0 {
				b.Fatal(len(open), err)
			}
		}
	})
	b.Run("Counts", func(b *testing.B) {
		for b.Loop() {
			if _, err := db.Counts(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("FinishedSince", func(b *testing.B) {
		for b.Loop() {
			if _, err := db.FinishedSince(b.Context(), epoch, epoch.Add(time.Hour)); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("Results", func(b *testing.B) {
		for b.Loop() {
			for _, err := range db.Results(b.Context()) {
				if err != nil {
					b.Fatal(err)
				}
			}
		}
	})
	b.Run("OpenAfterKill", func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			_ = db.disconnect() // leaves -wal and lock file, and clean at 0
			db.lock.drop()
			b.StartTimer()
			db = open(b, path)
		}
	})
	closed(b, db)
}

// BenchmarkCommitKept is BenchmarkCommit where every intent is an update whose
// fields are kept, sealed.
func BenchmarkCommitKept(b *testing.B) {
	changes := migrate.KeptChanges{
		"first_name":      {Before: jsontext.Value(`"Ada"`), After: jsontext.Value(`"Eve"`)},
		"last_name":       {Before: jsontext.Value(`"Park"`)},
		"public_metadata": {Before: jsontext.Value(`{"plan":"free","team":17}`), After: jsontext.Value(`{"plan":"pro","team":17}`)},
		"password_digest": {Had: new(true)},
	}
	for _, size := range []int{10, 256} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			path := filepath.Join(b.TempDir(), "x.db")
			db := create(b, path)
			seal, err := db.Seal("sk_test_bench")
			if err != nil {
				b.Fatal(err)
			}
			batch := make([]migrate.Result, size)
			row := int64(0)
			b.ReportAllocs()
			for b.Loop() {
				for i := range batch {
					if i%2 == 1 {
						batch[i] = typical(row, migrate.Updated)
						continue
					}
					row++
					batch[i] = typical(row, migrate.InFlight)
					if err := db.Keep(seal, fmt.Sprintf("user_%027d", row), changes); err != nil {
						b.Fatal(err)
					}
				}
				commit(b, db, batch...)
			}
			b.ReportMetric(float64(size)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
			closed(b, db)
			if info, err := os.Stat(path); err == nil {
				b.ReportMetric(float64(info.Size())/float64(row), "B/row")
			}
		})
	}
}
