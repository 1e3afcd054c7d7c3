package checkpoint

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"carryover/migrate"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// known is what a checkpoint knows, by row, past results below 0.
type known map[int64]migrate.Result

func collect(t testing.TB, results iter.Seq2[migrate.Result, error]) (list []migrate.Result) {
	t.Helper()
	for r, err := range results {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, r)
	}
	return list
}

func everything(t testing.TB, r *Reader) known {
	t.Helper()
	all := known{}
	for _, results := range []iter.Seq2[migrate.Result, error]{r.Results(t.Context()), r.Past(t.Context())} {
		for _, result := range collect(t, results) {
			all[result.Row] = result
		}
	}
	return all
}

// some returns a result with something in most of its fields.
func some(row int64, chance *rand.Rand) migrate.Result {
	state := migrate.State(1 + chance.IntN(int(migrate.NumStates)-1))
	r := typical(row, state)
	r.Took = r.Took.Truncate(time.Microsecond)
	r.Action, r.Attempts, r.Generated, r.Made = migrate.Action(chance.IntN(3)), chance.IntN(3), chance.IntN(2) == 0, chance.IntN(2) == 0
	if chance.IntN(2) == 0 {
		r.Code, r.Field, r.Message = "code", "field", fmt.Sprintf("message %d", chance.IntN(4))
	}
	return r
}

// randomMoves sends what is known to rows of a new input, in their order, and
// then keeps some of the rest.
func randomMoves(all known, chance *rand.Rand) (moves []migrate.Move, rows int64) {
	from := slices.Sorted(maps.Keys(all))
	chance.Shuffle(len(from), func(i, j int) { from[i], from[j] = from[j], from[i] })
	var kept []migrate.Move
	for _, f := range from {
		switch chance.IntN(4) {
		case 0: // forgotten, or left where it is
		case 1:
			kept = append(kept, migrate.Move{From: f, Vanished: chance.IntN(2) == 0})
		default:
			rows += 1 + chance.Int64N(3)
			state := migrate.State(1 + chance.IntN(int(migrate.NumStates)-1))
			moves = append(moves, migrate.Move{From: f, Row: rows, Line: rows + chance.Int64N(9), State: state, Action: migrate.Action(chance.IntN(3))})
		}
	}
	return append(moves, kept...), rows
}

// apply is what Rebase does, on a map.
func apply(all known, moves []migrate.Move, results []migrate.Result) known {
	after, last := known{}, int64(0)
	for row := range all {
		last = min(last, row)
	}
	past := maps.Clone(all)
	maps.DeleteFunc(past, func(row int64, _ migrate.Result) bool { return row > 0 })
	for _, m := range moves {
		r := all[m.From]
		switch {
		case m.Row == 0 && m.From > 0:
			last--
			r.Row = last
			past[last] = r
		case m.Row != 0:
			delete(past, m.From)
			if r.State != m.State {
				r.Attempts, r.Code, r.Field, r.Message = 0, "", "", ""
			}
			r.Row, r.Line, r.State, r.Action = m.Row, m.Line, m.State, m.Action
			after[m.Row] = r
		}
	}
	maps.Copy(after, past)
	for _, r := range results {
		after[r.Row] = r
	}
	return after
}

// A checkpoint is brought from input to input and knows each time what a map
// knows that the same is done to.
func TestRebase(t *testing.T) {
	chance := rand.New(rand.NewPCG(7, 8))
	path := filepath.Join(t.TempDir(), "x.db")
	db := create(t, path)
	want := known{}
	for row := range int64(500) {
		want[row+1] = some(row+1, chance)
	}
	commit(t, db, slices.Collect(maps.Values(want))...)
	for round := range 6 {
		moves, rows := randomMoves(want, chance)
		var refused []migrate.Result
		for i := range chance.Int64N(40) {
			refused = append(refused, migrate.Result{Row: rows + i + 1, Line: rows + i + 2, Key: fmt.Sprintf("refused-%d-%d", round, i), State: migrate.Rejected, Code: "email_invalid", Message: "m", At: epoch})
		}
		next := sample
		next.InputSHA256, next.Rows = fmt.Sprint(round), rows+int64(len(refused))
		if err := db.Rebase(t.Context(), Rebase{next, slices.Values(moves), slices.Values(refused)}); err != nil {
			t.Fatal(err)
		}
		if round%2 == 1 {
			closed(t, db)
			db = open(t, path)
		}
		want = apply(want, moves, refused)
		// What is past is numbered anew; it is compared by what it holds.
		if d := cmp.Diff(byContent(want), byContent(everything(t, db.Reader)), cmpopts.EquateEmpty()); d != "" {
			t.Fatalf("round %d (-want +got):\n%s", round, d)
		}
		if db.Identity() != next {
			t.Fatalf("it belongs to %+v", db.Identity())
		}
		commit(t, db, some(rows+100, chance)) // the statements go on working
		want = everything(t, db.Reader)
	}
}

func byContent(all known) map[string][]migrate.Result {
	sorted := map[string][]migrate.Result{}
	for row, r := range all {
		where := "row"
		if row < 0 {
			where, r.Row, r.Line = "past", 0, 0
		}
		sorted[where+r.Key] = append(sorted[where+r.Key], r)
	}
	for _, list := range sorted {
		slices.SortFunc(list, func(a, b migrate.Result) int { return int(a.Row - b.Row) })
	}
	return sorted
}

func TestVanished(t *testing.T) {
	db := create(t, filepath.Join(t.TempDir(), "x.db"))
	fillRows(t, db, 4)
	keys := func() (list []string) {
		for _, r := range collect(t, db.Vanished(t.Context())) {
			list = append(list, r.Key)
		}
		return list
	}
	rebase := func(moves ...migrate.Move) {
		if err := db.Rebase(t.Context(), Rebase{sample, slices.Values(moves), slices.Values([]migrate.Result(nil))}); err != nil {
			t.Fatal(err)
		}
	}
	same := migrate.Move{From: 1, Row: 1, Line: 2, State: migrate.Unchanged}
	rebase(same, migrate.Move{From: 2, Vanished: true}, migrate.Move{From: 3, Vanished: true}, migrate.Move{From: 4})
	if got := keys(); !slices.Equal(got, []string{"key-1", "key-2"}) {
		t.Errorf("vanished: %q", got)
	}
	// One comes back, one is refused now, and the one that was is missing.
	rebase(same, migrate.Move{From: -1, Row: 2, Line: 3, State: migrate.Unchanged}, migrate.Move{From: -2}, migrate.Move{From: -3, Vanished: true})
	if got := keys(); !slices.Equal(got, []string{"key-3"}) {
		t.Errorf("vanished then: %q", got)
	}
	if got := len(collect(t, db.Past(t.Context()))); got != 2 {
		t.Errorf("%d past results", got)
	}
}

// A rebase that cannot be made leaves all as it was.
func TestRebaseAllOrNone(t *testing.T) {
	db := create(t, filepath.Join(t.TempDir(), "x.db"))
	fillRows(t, db, 300)
	before, id := everything(t, db.Reader), db.Identity()
	good := func(yield func(migrate.Move) bool) {
		for row := int64(1); row <= 200; row++ {
			if !yield(migrate.Move{From: row, Row: row, State: migrate.Unchanged}) {
				return
			}
		}
	}
	none := slices.Values([]migrate.Result(nil))
	for name, r := range map[string]Rebase{
		"two rows with one number": {sample, func(yield func(migrate.Move) bool) {
			good(yield)
			yield(migrate.Move{From: 201, Row: 7, State: migrate.Unchanged})
		}, none},
		"no state": {sample, func(yield func(migrate.Move) bool) {
			good(yield)
			yield(migrate.Move{From: 201, Row: 201})
		}, none},
		"a row below 0":        {sample, slices.Values([]migrate.Move{{From: 1, Row: -1}}), none},
		"an impossible result": {sample, good, slices.Values([]migrate.Result{at(0, migrate.Rejected)})},
	} {
		r.Identity.InputSHA256 = "other"
		if err := db.Rebase(t.Context(), r); err == nil {
			t.Errorf("%s: no error", name)
		}
		if d := cmp.Diff(before, everything(t, db.Reader)); d != "" || db.Identity() != id {
			t.Errorf("%s: something changed: %s", name, d)
		}
		commit(t, db, before[1])
	}
}

const rebaseRows = 3000

// rebaseForever turns the rows of a checkpoint round, again and again, and says
// so before and after. The input is called by the number of its turns.
func rebaseForever(path string) error {
	db, err := Open(context.Background(), path)
	if err != nil {
		return err
	}
	var turns int
	if _, err := fmt.Sscan(db.Identity().InputSHA256, &turns); err != nil {
		return err
	}
	for {
		turns++
		next := db.Identity()
		next.InputSHA256 = fmt.Sprint(turns)
		fmt.Println("begin")
		err := db.Rebase(context.Background(), Rebase{next, func(yield func(migrate.Move) bool) {
			for row := int64(1); row <= rebaseRows; row++ {
				if !yield(migrate.Move{From: rebaseRows + 1 - row, Row: row, Line: row, State: migrate.Unchanged}) {
					return
				}
			}
		}, slices.Values([]migrate.Result(nil))})
		if err != nil {
			return err
		}
		fmt.Println("end")
	}
}

// A kill at any moment of a rebase leaves the old input or the new one, whole.
func TestKillWhileRebasing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	first := sample
	first.InputSHA256 = "0"
	db, err := Create(t.Context(), path, first)
	if err != nil {
		t.Fatal(err)
	}
	fillRows(t, db, rebaseRows)
	closed(t, db)
	chance := rand.New(rand.NewPCG(5, 6))
	took := 50 * time.Millisecond
	inside, turns := 0, 0
	for range 20 {
		p := spawn(t, childRebases, path)
		start := time.Now()
		for range 1 + 2*chance.IntN(3) { // up to a "begin"
			if p.line() == "begin" {
				start = time.Now()
			} else {
				took = time.Since(start)
			}
		}
		<-time.After(time.Duration(chance.Int64N(int64(took))))
		if rest := p.kill(t); len(rest)%2 == 0 {
			inside++
		}
		db := open(t, path)
		if _, err := fmt.Sscan(db.Identity().InputSHA256, &turns); err != nil {
			t.Fatal(err)
		}
		results := collect(t, db.Results(t.Context()))
		for i, r := range results {
			want := i
			if turns%2 == 1 {
				want = rebaseRows - 1 - i
			}
			if r.Row != int64(i+1) || r.Key != fmt.Sprintf("key-%d", want) {
				t.Fatalf("after %d turns, row %d is %s", turns, r.Row, r.Key)
			}
		}
		if len(results) != rebaseRows {
			t.Fatalf("%d rows after %d turns", len(results), turns)
		}
		closed(t, db)
	}
	t.Logf("%d of 20 kills fell into a rebase, %d turns", inside, turns)
	if inside < 5 || turns == 0 {
		t.Error("nothing was tested")
	}
}
