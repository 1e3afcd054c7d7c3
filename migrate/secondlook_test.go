package migrate

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"carryover/source"
)

// people is an input of user names, some of which differ only in their case.
type people struct {
	names  []string
	picked []int64 // numbers of rows that were read a second time
}

func (p *people) row(i int) *source.Row {
	r := &source.Row{File: "users.csv", Number: int64(i + 1), Line: int64(i + 2), Offset: int64(i) * 20}
	r.Set(source.ColUsername, p.names[i], source.Text)
	r.Set(source.ColExternalID, fmt.Sprint("u", i), source.Text)
	return r
}

func (p *people) Rows(context.Context) iter.Seq2[*source.Row, error] {
	return func(yield func(*source.Row, error) bool) {
		for i := range p.names {
			if !yield(p.row(i), nil) {
				return
			}
		}
	}
}

func (p *people) Pick(_ context.Context, want func(int64) bool) iter.Seq2[*source.Row, error] {
	return func(yield func(*source.Row, error) bool) {
		for i := range p.names {
			if !want(int64(i + 1)) {
				continue
			}
			p.picked = append(p.picked, int64(i+1))
			if !yield(p.row(i), nil) {
				return
			}
		}
	}
}

// A fingerprint that two different identifiers share makes no duplicate of
// them: the look begins anew, and finds those that are. It is looked for a
// second time only in the rows that matter.
func TestNoFalseDuplicate(t *testing.T) {
	in := &people{names: []string{"ada_1", "bob_1", "cleo_1", "ADA_1", "dora_1", "bob_1"}}
	looks := 0
	fresh := func(int) *Duplicates {
		d := NewDuplicates()
		if looks++; looks == 1 {
			good := d.hash
			d.hash = func(text string) uint64 {
				if text == "dora_1" {
					text = "cleo_1"
				}
				return good(text)
			}
		}
		return d
	}
	var got []string
	begun := 0
	begin := func() (func([]Problem) error, error) {
		begun++
		got = nil
		return func(problems []Problem) error {
			for _, p := range problems {
				got = append(got, fmt.Sprint(p.Line, " ", p.Code, " ", strings.Contains(p.Message, "(line ")))
			}
			return nil
		}, nil
	}
	census, err := check(t.Context(), in, Rules{Now: time.Now()}, begin, fresh)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"5 duplicate_username true", "7 duplicate_username true"}
	if diff := cmp.Diff(want, got); diff != "" || begun != 2 || census.Rejected != 2 || census.Rows != 6 {
		t.Errorf("%d looks, %d of %d rejected (-want +got)\n%s", begun, census.Rejected, census.Rows, diff)
	}
	if again := in.picked[len(in.picked)-4:]; !slices.Equal(again, []int64{1, 2, 4, 6}) {
		t.Errorf("read a second time: %v", in.picked)
	}
}

// External ids that only look alike are compared by their form.
func TestSecondLookAtIDsThatLookAlike(t *testing.T) {
	first := identity{externalIDKind: {"ren\u00e9"}}
	for id, want := range map[string]bool{"rene\u0301": true, "rene": false} {
		if got := shared(&User{Profile: Profile{ExternalID: &id}}, first, alikeKind); got != want {
			t.Errorf("%q: %v", id, got)
		}
	}
}

// However many rows share something, each is compared, and few are kept at once.
func TestSecondLookAtManyRows(t *testing.T) {
	in := &people{}
	const pairs = claimsAtOnce + 1000
	for i := range pairs {
		in.names = append(in.names, fmt.Sprintf("user_%d", i))
	}
	in.names = append(in.names, in.names...)
	census, err := Check(t.Context(), in, Rules{Now: time.Now()}, func() (func([]Problem) error, error) {
		return func([]Problem) error { return nil }, nil
	})
	if err != nil || census.Rejected != pairs {
		t.Errorf("%d rejected, %v", census.Rejected, err)
	}
	if len(in.picked) != 2*pairs {
		t.Errorf("%d rows were read a second time, want %d", len(in.picked), 2*pairs)
	}
}
