// Package ledgertest is the contract of migrate.Ledger, as a test that every
// implementation passes.
package ledgertest

import (
	"context"
	"strings"
	"testing"
	"time"

	"carryover/migrate"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// Test checks that the ledgers which open returns keep the contract. Each call
// of open returns an empty one and sees to it that it is closed.
func Test(t *testing.T, open func(t *testing.T) migrate.Ledger) {
	for name, check := range map[string]func(*testing.T, migrate.Ledger){
		"a new ledger is empty":                     isEmpty,
		"every field comes back":                    keepsFields,
		"any text comes back":                       keepsTexts,
		"times come back to the millisecond":        keepsTimes,
		"rows that were not stored are pending":     leavesGaps,
		"a later result replaces the earlier":       replaces,
		"the last result of a row in a batch holds": replacesInBatch,
		"a batch is stored whole or not at all":     allOrNone,
		"impossible results are refused":            refuses,
		"unfinished are those without an end":       listsUnfinished,
		"a batch of any size is stored":             takesBatches,
		"a context that has ended loses nothing":    ignoresEnd,
		"caller and ledger share no memory":         sharesNothing,
		"an empty batch is no error":                takesNothing,
	} {
		t.Run(name, func(t *testing.T) { check(t, open(t)) })
	}
}

// full returns a result with every field set, in a state that is not final, so
// that it can be read back through the interface.
func full(row int64) migrate.Result {
	return migrate.Result{
		Row: row, Line: row + 3, Key: "legacy-42", Generated: true, Action: migrate.Create, State: migrate.Ambiguous,
		UserID: "user_2abcDEF", Made: true, Hash: [16]byte{1, 2, 3, 15: 255}, PreAbsent: true, Reconciled: true, Attempts: 3,
		SentAt: time.Date(2026, 11, 23, 10, 20, 30, 123e6, time.UTC),
		At:     time.Date(2026, 11, 23, 10, 20, 31, 456e6, time.UTC),
		Took:   1234567 * time.Microsecond, UpdatedAt: time.Date(2026, 11, 23, 10, 20, 29, 789e6, time.UTC),
		Status: 422, Code: "form_identifier_exists", Field: "email_address",
		Message: "Another user has this identifier.", TraceID: "0123456789abcdef",
	}
}

// in returns a result of row in state, and little else.
func in(row int64, state migrate.State) migrate.Result {
	return migrate.Result{Row: row, Line: row + 1, Key: "k", State: state}
}

func commit(t *testing.T, l migrate.Ledger, results ...migrate.Result) {
	t.Helper()
	if err := l.Commit(t.Context(), results); err != nil {
		t.Fatalf("Commit: %v", err)
	}
}

func states(t *testing.T, l migrate.Ledger) []migrate.State {
	t.Helper()
	got, err := l.States(t.Context())
	if err != nil {
		t.Fatalf("States: %v", err)
	}
	return got
}

func unfinished(t *testing.T, l migrate.Ledger) []migrate.Result {
	t.Helper()
	got, err := l.Unfinished(t.Context())
	if err != nil {
		t.Fatalf("Unfinished: %v", err)
	}
	return got
}

// same compares what came back; a list of none may be nil.
func same(t *testing.T, what string, want, got any) {
	t.Helper()
	if d := cmp.Diff(want, got, cmpopts.EquateEmpty()); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

func isEmpty(t *testing.T, l migrate.Ledger) {
	same(t, "states", []migrate.State{}, states(t, l))
	same(t, "unfinished", []migrate.Result{}, unfinished(t, l))
}

func takesNothing(t *testing.T, l migrate.Ledger) {
	commit(t, l)
	same(t, "states", []migrate.State{}, states(t, l))
}

func keepsFields(t *testing.T, l migrate.Ledger) {
	bare := in(2, migrate.InFlight)
	bare.Key = ""
	intent := full(3)
	intent.State, intent.Action = migrate.Retry, migrate.Update
	intent.PreAbsent, intent.Reconciled, intent.Generated = false, true, false
	found := full(4)
	found.Reconciled, found.PreAbsent, found.Made = false, true, false
	// Line may be below Row where a file has no header, or several inputs.
	intent.Line = 1
	want := []migrate.Result{full(1), bare, intent, found}
	commit(t, l, want...)
	same(t, "results", want, unfinished(t, l))
}

func keepsTexts(t *testing.T, l migrate.Ledger) {
	texts := []string{
		"é", "e\u0301", "名前", "🙂", `'"; DROP TABLE result; --`, "a\x00b", "\xff\xfe", " ", "\t\r\n", "0", "1e3", "NULL",
		"01890a5d-ac96-774b-bcce-b302099a8057", "01890A5D-AC96-774B-BCCE-B302099A8057",
		"01890a5d-ac96-774b-bcce-b302099a805g", "01890a5dac96774bbcceb302099a8057", "0123456789abcdef",
		strings.Repeat("x", 100_000),
	}
	var want []migrate.Result
	for i, text := range texts {
		r := in(int64(i+1), migrate.Retry)
		r.Key, r.UserID, r.TraceID, r.Code, r.Field, r.Message = text, text, text, text, text, text
		want = append(want, r)
	}
	commit(t, l, want...)
	same(t, "results", want, unfinished(t, l))
}

func keepsTimes(t *testing.T, l migrate.Ledger) {
	east := time.FixedZone("east", 3*3600)
	r := in(1, migrate.InFlight)
	r.SentAt = time.Date(2026, 11, 23, 10, 0, 0, 123_456_789, east)
	r.At = time.Now() // with a monotonic reading
	r.UpdatedAt = r.SentAt.Add(time.Second)
	r.Took = 1500*time.Microsecond + 7
	commit(t, l, r)
	got := unfinished(t, l)
	if len(got) != 1 {
		t.Fatalf("got %d results", len(got))
	}
	if want := r.SentAt.Truncate(time.Millisecond); !got[0].SentAt.Equal(want) {
		t.Errorf("SentAt is %v, want %v", got[0].SentAt, want)
	}
	if want := time.UnixMilli(r.At.UnixMilli()); !got[0].At.Equal(want) {
		t.Errorf("At is %v, want %v", got[0].At, want)
	}
	if want := r.UpdatedAt.Truncate(time.Millisecond); !got[0].UpdatedAt.Equal(want) {
		t.Errorf("UpdatedAt is %v, want %v", got[0].UpdatedAt, want)
	}
	if want := 1500 * time.Microsecond; got[0].Took != want {
		t.Errorf("Took is %v, want %v", got[0].Took, want)
	}
}

func leavesGaps(t *testing.T, l migrate.Ledger) {
	commit(t, l, in(5, migrate.Created), in(2, migrate.Rejected))
	same(t, "states", []migrate.State{0, migrate.Rejected, 0, 0, migrate.Created}, states(t, l))
}

func replaces(t *testing.T, l migrate.Ledger) {
	commit(t, l, full(1))
	after := in(1, migrate.InFlight) // with fewer fields than before
	commit(t, l, after)
	same(t, "results", []migrate.Result{after}, unfinished(t, l))
	commit(t, l, in(1, migrate.Created))
	same(t, "states", []migrate.State{migrate.Created}, states(t, l))
	same(t, "unfinished", []migrate.Result{}, unfinished(t, l))
}

func replacesInBatch(t *testing.T, l migrate.Ledger) {
	commit(t, l, in(1, migrate.InFlight), in(2, migrate.InFlight), in(1, migrate.Updated))
	same(t, "states", []migrate.State{migrate.Updated, migrate.InFlight}, states(t, l))
}

func allOrNone(t *testing.T, l migrate.Ledger) {
	commit(t, l, in(1, migrate.InFlight))
	var batch []migrate.Result
	for row := range int64(100) {
		batch = append(batch, in(row+1, migrate.Created))
	}
	batch[99].Row = 0
	if err := l.Commit(t.Context(), batch); err == nil {
		t.Fatal("a batch with row 0 was stored")
	}
	same(t, "states", []migrate.State{migrate.InFlight}, states(t, l))
}

func refuses(t *testing.T, l migrate.Ledger) {
	for _, r := range []migrate.Result{
		in(0, migrate.Created), in(-1, migrate.Created), // rows are counted from 1
		in(1, migrate.Pending),   // a ledger holds nothing of pending rows
		in(1, migrate.NumStates), // no state
	} {
		if err := l.Commit(t.Context(), []migrate.Result{r}); err == nil {
			t.Errorf("row %d in state %v was stored", r.Row, r.State)
		}
	}
	same(t, "states", []migrate.State{}, states(t, l))
}

func listsUnfinished(t *testing.T, l migrate.Ledger) {
	var all, want []migrate.Result
	for s := migrate.NumStates - 1; s > migrate.Pending; s-- { // not in the order of the rows
		all = append(all, in(int64(s), s))
	}
	for s := migrate.InFlight; s <= migrate.Ambiguous; s++ {
		want = append(want, in(int64(s), s))
	}
	commit(t, l, all...)
	same(t, "unfinished", want, unfinished(t, l))
	for i, s := range states(t, l) {
		if s != migrate.State(i+1) {
			t.Errorf("row %d is %v", i+1, s)
		}
	}
}

func takesBatches(t *testing.T, l migrate.Ledger) {
	row := int64(0)
	var want []migrate.Result
	for _, size := range []int{1, 2, 15, 16, 17, 31, 32, 33, 64, 100, 256, 1000} {
		var batch []migrate.Result
		for range size {
			row++
			batch = append(batch, full(row))
		}
		commit(t, l, batch...)
		want = append(want, batch...)
	}
	same(t, "results", want, unfinished(t, l))
}

func ignoresEnd(t *testing.T, l migrate.Ledger) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.Commit(ctx, []migrate.Result{in(1, migrate.Created)}); err != nil {
		t.Fatalf("Commit with a context that has ended: %v", err)
	}
	same(t, "states", []migrate.State{migrate.Created}, states(t, l))
}

func sharesNothing(t *testing.T, l migrate.Ledger) {
	batch := []migrate.Result{full(1), full(2)}
	commit(t, l, batch...)
	batch[0], batch[1] = in(7, migrate.Retry), in(8, migrate.Retry)
	states(t, l)[0] = migrate.Conflict
	unfinished(t, l)[0] = in(9, migrate.Retry)
	same(t, "results", []migrate.Result{full(1), full(2)}, unfinished(t, l))
	same(t, "states", []migrate.State{migrate.Ambiguous, migrate.Ambiguous}, states(t, l))
}
