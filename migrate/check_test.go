package migrate_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"carryover/migrate"
	"carryover/source"
)

// numbered yields n rows, each with an id of its own; edit may put something
// else in the place of one. It counts the rows that it was asked for.
func numbered(t *testing.T, n int, asked *atomic.Int64, edit func(i int, r *source.Row) (*source.Row, error)) iter.Seq2[*source.Row, error] {
	return func(yield func(*source.Row, error) bool) {
		for i := range n {
			r := row(t, "external_id", fmt.Sprint("u", i), "username", fmt.Sprintf("user_%d", i))
			r.Number, r.Line, r.Offset = int64(i+1), int64(i+2), int64(i)*40
			var err error
			if edit != nil {
				r, err = edit(i, r)
			}
			asked.Add(1)
			if !yield(r, err) {
				return
			}
		}
	}
}

// Rows are checked side by side, and what is found comes in their order: a
// duplicate names the row above it, and an error ends the look at its place.
func TestCheckKeepsTheOrder(t *testing.T) {
	var asked atomic.Int64
	broken := errors.New("broken")
	rows := numbered(t, 5000, &asked, func(i int, r *source.Row) (*source.Row, error) {
		switch {
		case i == 4500:
			return nil, broken
		case i%1000 == 999:
			return nil, &source.RowError{File: "users.csv", Number: r.Number, Line: r.Line, Code: "bad_quote"}
		case i%100 == 50:
			setCell(t, r, "username", fmt.Sprintf("user_%d", i-1), source.Text)
		}
		return r, nil
	})
	var got, want []string
	for i := range 4500 {
		if i%1000 == 999 {
			want = append(want, fmt.Sprintf("%d bad_quote", i+2))
		} else if i%100 == 50 {
			want = append(want, fmt.Sprintf("%d duplicate_username (line %d)", i+2, i+1))
		}
	}
	census, err := check(t.Context(), rows, rules, func(problems []migrate.Problem) error {
		for _, p := range problems {
			_, place, _ := strings.Cut(p.Message, "(line ")
			place, _, first := strings.Cut(place, ")")
			line := fmt.Sprintf("%d %s", p.Line, p.Code)
			if first {
				line += " (line " + place + ")"
			}
			got = append(got, line)
		}
		return nil
	})
	if !errors.Is(err, broken) {
		t.Errorf("%v, want the error of the input", err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if census.Rows != 4500 || census.Rejected != int64(len(want)) {
		t.Errorf("%d rows, %d rejected", census.Rows, census.Rejected)
	}
}

// A look that is ended early reads little further, and leaves nobody at work.
func TestCheckEndsEarly(t *testing.T) {
	var asked atomic.Int64
	enough := errors.New("enough")
	rows := numbered(t, 1_000_000, &asked, func(i int, r *source.Row) (*source.Row, error) {
		if i == 10 {
			setCell(t, r, "username", "a b", source.Text)
			setCell(t, r, "created_at", "yesterday", source.Text)
		}
		return r, nil
	})
	if _, err := check(t.Context(), rows, rules, func([]migrate.Problem) error { return enough }); !errors.Is(err, enough) {
		t.Error(err)
	}
	if n := asked.Load(); n > 50_000 {
		t.Errorf("%d rows were read to find a problem in the eleventh", n)
	}

	ctx, cancel := context.WithCancel(t.Context())
	asked.Store(0)
	rows = numbered(t, 1_000_000, &asked, func(i int, r *source.Row) (*source.Row, error) {
		if i == 1000 {
			cancel()
		}
		return r, ctx.Err()
	})
	if _, err := check(ctx, rows, rules, func([]migrate.Problem) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want that of the context", err)
	}
}

// Rows that hold much text are handed over before there are many of them.
func TestCheckHoldsLittleText(t *testing.T) {
	const rowSize = 100 << 10
	var asked atomic.Int64
	rows := numbered(t, 100_000, &asked, func(i int, r *source.Row) (*source.Row, error) {
		r.Offset = int64(i) * rowSize
		if i == 0 {
			setCell(t, r, "created_at", "yesterday", source.Text)
		}
		return r, nil
	})
	_, err := check(t.Context(), rows, rules, func([]migrate.Problem) error {
		time.Sleep(20 * time.Millisecond) // the reader runs ahead as far as it may
		return io.EOF
	})
	if !errors.Is(err, io.EOF) {
		t.Error(err)
	}
	if n := asked.Load(); n*rowSize > 64<<20 {
		t.Errorf("%d rows of 100 KiB were held at once", n)
	}
}

type panicking struct{}

func (panicking) Map(r *source.Row) []migrate.Problem {
	if r.Number == 700 {
		panic(unlikely)
	}
	return nil
}

func (panicking) From(source.Column) string { return "" }

func (p panicking) Again() migrate.Mapper { return p }

// A listing is an input of rows that are made as they are asked for.
type listing iter.Seq2[*source.Row, error]

func (l listing) Rows(context.Context) iter.Seq2[*source.Row, error] {
	return iter.Seq2[*source.Row, error](l)
}

func (l listing) Pick(_ context.Context, want func(int64) bool) iter.Seq2[*source.Row, error] {
	return func(yield func(*source.Row, error) bool) {
		for row, err := range l {
			if row != nil && want(row.Number) && !yield(row, err) {
				return
			}
		}
	}
}

// check calls emit with what Check reports.
func check(ctx context.Context, rows iter.Seq2[*source.Row, error], rules migrate.Rules, emit func([]migrate.Problem) error) (*migrate.Census, error) {
	return migrate.Check(ctx, listing(rows), rules, func() (func([]migrate.Problem) error, error) { return emit, nil })
}

// A panic in a check, or while reading, is an error that tells no value.
func TestCheckSurvivesPanics(t *testing.T) {
	var asked atomic.Int64
	r := rules
	r.Mapper = panicking{}
	_, err := check(t.Context(), numbered(t, 1000, &asked, nil), r, func([]migrate.Problem) error { return nil })
	if err == nil || !strings.Contains(err.Error(), "row 700: ") || !strings.Contains(err.Error(), "internal error: panic of type string") || strings.Contains(err.Error(), unlikely) {
		t.Errorf("%v", err)
	}
	rows := numbered(t, 1000, &asked, func(i int, r *source.Row) (*source.Row, error) {
		if i == 700 {
			panic(unlikely)
		}
		return r, nil
	})
	census, err := check(t.Context(), rows, rules, func([]migrate.Problem) error { return nil })
	if err == nil || !strings.Contains(err.Error(), "read the input: internal error: panic of type string") || strings.Contains(err.Error(), unlikely) || census.Rows != 700 {
		t.Errorf("%v", err)
	}
}
