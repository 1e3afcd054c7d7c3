package migrate

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"carryover/source"
)

// A spill tells what was added more than once, whether it fits into the blocks in
// memory or fills many of the file, and however the fingerprints are spread.
func TestSpill(t *testing.T) {
	for name, c := range map[string]struct {
		n    int
		draw func(r *rand.Rand) uint64
	}{
		"none":             {0, nil},
		"few":              {1000, func(r *rand.Rand) uint64 { return r.Uint64N(600) << 40 }},
		"many":             {1_500_000, (*rand.Rand).Uint64},
		"many, some again": {1_200_000, func(r *rand.Rand) uint64 { return r.Uint64N(4_000_000) * 0x9E3779B97F4A7C15 }},
		"all in one part":  {50_000, func(r *rand.Rand) uint64 { return r.Uint64N(200_000) << 8 }},
	} {
		t.Run(name, func(t *testing.T) {
			s := newTestSpill(t)
			r := rand.New(rand.NewPCG(1, 2))
			times := map[uint64]int{}
			for range c.n {
				print := max(c.draw(r), 1)
				times[print]++
				s.add(print)
			}
			var want []uint64
			for print, n := range times {
				if n > 1 {
					want = append(want, print)
				}
			}
			got, err := s.repeated(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			slices.Sort(want)
			slices.Sort(got)
			if got = slices.Compact(got); !slices.Equal(got, want) {
				t.Errorf("%d are told, want %d", len(got), len(want))
			}
		})
	}
}

func newTestSpill(t *testing.T) *spill {
	t.Helper()
	folder := t.TempDir()
	s, err := newSpill(folder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.close() })
	if files, err := os.ReadDir(folder); runtime.GOOS != "windows" && (err != nil || len(files) > 0) {
		t.Errorf("its file has a name: %v, %v", files, err)
	}
	return s
}

// What cannot be written, or read again, is never taken for nothing found.
func TestSpillFails(t *testing.T) {
	fill := func(s *spill, n uint64) {
		for i := range n {
			s.add(i << 4)
		}
	}
	written := newTestSpill(t)
	_ = written.file.Close()
	fill(written, spillBlock)
	if _, err := written.repeated(t.Context()); !errors.Is(err, errSpill) || !errors.Is(err, os.ErrClosed) {
		t.Errorf("not written: %v", err)
	}
	short := newTestSpill(t)
	fill(short, spillBlock)
	if err := short.file.Truncate(10); err != nil {
		t.Fatal(err)
	}
	if _, err := short.repeated(t.Context()); !errors.Is(err, errSpill) {
		t.Errorf("cut off: %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := newTestSpill(t).repeated(ended); !errors.Is(err, context.Canceled) || errors.Is(err, errSpill) {
		t.Errorf("ended: %v", err)
	}
}

// A crowd is an input of users who share a few identifiers.
type crowd []*source.Row

func drawCrowd(r *rand.Rand) crowd {
	var c crowd
	for i := range r.IntN(40) {
		row := &source.Row{File: "users.csv", Number: int64(i + 1), Line: int64(i + 2), Offset: int64(i) * 20}
		draw := func(column source.Column, form string) {
			if n := r.IntN(30); n > 0 {
				row.Set(column, fmt.Sprintf(form, n), source.Text)
			}
		}
		draw(source.ColExternalID, "u%d")
		draw(source.ColUsername, "name_%d")
		draw(source.ColEmailAddress, "n%d@example.com")
		if r.IntN(10) == 0 { // ids that look alike
			row.Set(source.ColExternalID, [...]string{"ren\u00e9", "rene\u0301"}[r.IntN(2)], source.Text)
		}
		c = append(c, row)
	}
	return c
}

func (c crowd) seq(want func(int64) bool) func(func(*source.Row, error) bool) {
	return func(yield func(*source.Row, error) bool) {
		for _, r := range c {
			copied := *r
			if want(r.Number) && !yield(&copied, nil) {
				return
			}
		}
	}
}

// A found is all that a look tells.
type foundProblems struct {
	Problems []Problem
	Census   Census
	Looks    int
}

func (c crowd) check(t *testing.T, fresh func(room int) *Duplicates) (f foundProblems) {
	census, err := check(context.Background(), crowdRows{c}, Rules{Now: time.Now()}, func() (func([]Problem) error, error) {
		f.Looks++
		f.Problems = nil
		return func(problems []Problem) error {
			f.Problems = append(f.Problems, problems...)
			return nil
		}, nil
	}, fresh)
	if err != nil {
		t.Fatal(err)
	}
	census.groups = nil
	f.Census = *census
	return f
}

// However little is kept in memory, the same is found, in the same order; also
// where the file of what is not kept fails.
func TestSameDuplicatesInLittleMemory(t *testing.T) {
	for seed := range uint64(150) {
		r := rand.New(rand.NewPCG(seed, 0))
		c, room := drawCrowd(r), r.IntN(60)
		want := c.check(t, func(int) *Duplicates { return NewDuplicates() })
		got := c.check(t, func(int) *Duplicates {
			d := NewDuplicates()
			d.room = room
			return d
		})
		if got.Looks > 2 || want.Census.Rejected == 0 && got.Looks > 1 {
			t.Fatalf("seed %d: %d looks for %d rejected", seed, got.Looks, want.Census.Rejected)
		}
		broken := c.check(t, func(given int) *Duplicates {
			d := NewDuplicates()
			if given != math.MaxInt {
				d.late, _ = newSpill(os.TempDir())
				d.late.err = errors.New("no space left")
			}
			return d
		})
		if len(c) > 0 && broken.Looks != 2 {
			t.Fatalf("seed %d: %d looks where the file fails", seed, broken.Looks)
		}
		for _, f := range []*foundProblems{&want, &got, &broken} {
			f.Looks = 0
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(Census{}, names{})); diff != "" {
			t.Fatalf("seed %d, room for %d (-want +got)\n%s", seed, room, diff)
		}
		if diff := cmp.Diff(want, broken, cmp.AllowUnexported(Census{}, names{})); diff != "" {
			t.Fatalf("seed %d, no file (-want +got)\n%s", seed, diff)
		}
	}
}

// crowdRows is a crowd as an input.
type crowdRows struct{ crowd }

func (c crowdRows) Rows(context.Context) iter.Seq2[*source.Row, error] {
	return c.seq(func(int64) bool { return true })
}

func (c crowdRows) Pick(_ context.Context, want func(int64) bool) iter.Seq2[*source.Row, error] {
	return c.seq(want)
}

// Where no file can be made, everything is kept in memory.
func TestDuplicatesWithoutAFile(t *testing.T) {
	t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "none"))
	c := drawCrowd(rand.New(rand.NewPCG(7, 0)))
	got := c.check(t, func(int) *Duplicates {
		d := NewDuplicates()
		d.room = 5
		return d
	})
	if got.Looks != 1 || got.Census.Rejected == 0 {
		t.Errorf("%d looks, %d rejected", got.Looks, got.Census.Rejected)
	}
}
