package migrate_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"carryover/migrate"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

var deltaKey = migrate.HashKey{7}

// person returns a row with an external id, or without one where id is "".
func person(id, name string) *migrate.User {
	u := &migrate.User{}
	if id != "" {
		u.ExternalID = ptr(id)
	}
	u.FirstName = ptr(name)
	return u
}

// sent returns what a ledger knows of a row after the user was brought to it.
func sent(t *testing.T, row int64, u *migrate.User, state migrate.State) migrate.Result {
	t.Helper()
	hash, err := deltaKey.Hash(u)
	if err != nil {
		t.Fatal(err)
	}
	r := migrate.Result{Row: row, Line: row + 1, Key: u.Key(), State: state, Action: migrate.Create, Hash: hash}
	if r.Key == "" {
		r.Key, r.Generated = fmt.Sprintf("carryover_%d", row), true
	}
	switch state {
	case migrate.Updated:
		r.Action = migrate.Update
		fallthrough
	case migrate.Created, migrate.Unchanged:
		r.UserID, r.Made = fmt.Sprintf("user_%d", row), state != migrate.Updated
	}
	return r
}

// compare feeds a Delta. A user that is nil is a row that the checks refuse; its
// key is given by refusedKeys.
func compare(t *testing.T, known []migrate.Result, users []*migrate.User, refusedKeys ...string) *migrate.Delta {
	t.Helper()
	d := migrate.NewDelta(deltaKey, int64(len(known)))
	for _, r := range known {
		if err := d.Know(&r); err != nil {
			t.Fatal(err)
		}
	}
	for i, u := range users {
		row := int64(i) + 1
		if u == nil {
			d.Refuse(&migrate.Result{Row: row, Line: row + 1, Key: refusedKeys[0], State: migrate.Rejected})
			refusedKeys = refusedKeys[1:]
			continue
		}
		u.Row, u.Line = row, row+1
		if err := d.Take(u); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

func TestDeltaFates(t *testing.T) {
	ada := func() *migrate.User { return person("a", "Ada") }
	eve := func() *migrate.User { return person("a", "Eve") }
	with := func(r migrate.Result, change func(*migrate.Result)) migrate.Result { change(&r); return r }
	row := func(state migrate.State, action migrate.Action) migrate.Move {
		return migrate.Move{From: 1, Row: 1, Line: 2, State: state, Action: action}
	}
	for name, c := range map[string]struct {
		known  migrate.Result
		now    *migrate.User // of one row
		counts migrate.DeltaCounts
		move   migrate.Move // none where zero
	}{
		"the same":                    {sent(t, 1, ada(), migrate.Created), ada(), migrate.DeltaCounts{Same: 1}, row(migrate.Unchanged, migrate.Create)},
		"the same, updated then":      {sent(t, 1, ada(), migrate.Updated), ada(), migrate.DeltaCounts{Same: 1}, row(migrate.Unchanged, migrate.Update)},
		"changed":                     {sent(t, 1, ada(), migrate.Created), eve(), migrate.DeltaCounts{Changed: 1}, row(migrate.Retry, migrate.Update)},
		"changed, was unchanged":      {sent(t, 1, ada(), migrate.Unchanged), eve(), migrate.DeltaCounts{Changed: 1}, row(migrate.Retry, migrate.Update)},
		"new beside one that is gone": {sent(t, 1, ada(), migrate.Created), person("b", "Ben"), migrate.DeltaCounts{New: 1, Gone: 1}, migrate.Move{From: 1, Vanished: true}},
		"the same, presumed to be updated": {with(sent(t, 1, ada(), migrate.Updated), func(r *migrate.Result) { r.Code = migrate.ConfirmedCode }), ada(),
			migrate.DeltaCounts{Same: 1}, row(migrate.Updated, migrate.Update)},
		"rejected, and the same":           {sent(t, 1, ada(), migrate.Rejected), ada(), migrate.DeltaCounts{Again: 1}, migrate.Move{}},
		"rejected, and mended":             {sent(t, 1, ada(), migrate.Rejected), eve(), migrate.DeltaCounts{Again: 1}, migrate.Move{}},
		"rejected, and gone":               {sent(t, 1, ada(), migrate.Rejected), person("b", "Ben"), migrate.DeltaCounts{New: 1}, migrate.Move{}},
		"in conflict with somebody else's": {with(sent(t, 1, ada(), migrate.Conflict), func(r *migrate.Result) { r.UserID = "user_foreign" }), eve(), migrate.DeltaCounts{Again: 1}, migrate.Move{}},
		"made, then rejected":              {with(sent(t, 1, ada(), migrate.Created), func(r *migrate.Result) { r.State = migrate.Rejected }), ada(), migrate.DeltaCounts{Again: 1}, row(migrate.Retry, migrate.Update)},
		"made, then rejected, gone":        {with(sent(t, 1, ada(), migrate.Created), func(r *migrate.Result) { r.State = migrate.Rejected }), person("b", "Ben"), migrate.DeltaCounts{New: 1, Gone: 1}, migrate.Move{From: 1, Vanished: true}},
		"create without an answer":         {sent(t, 1, ada(), migrate.InFlight), eve(), migrate.DeltaCounts{Again: 1}, row(migrate.InFlight, migrate.Create)},
		"create without an answer, gone":   {sent(t, 1, ada(), migrate.Ambiguous), person("b", "Ben"), migrate.DeltaCounts{New: 1, Gone: 1}, migrate.Move{From: 1, Vanished: true}},
		"create given back":                {sent(t, 1, ada(), migrate.Retry), ada(), migrate.DeltaCounts{Again: 1}, row(migrate.Retry, migrate.Create)},
		"update without an answer": {with(sent(t, 1, ada(), migrate.Updated), func(r *migrate.Result) { r.State = migrate.InFlight }), eve(),
			migrate.DeltaCounts{Again: 1}, row(migrate.InFlight, migrate.Update)},
		"without a key, the same":  {sent(t, 1, person("", "Ada"), migrate.Created), person("", "Ada"), migrate.DeltaCounts{Same: 1}, row(migrate.Unchanged, migrate.Create)},
		"without a key, not made":  {sent(t, 1, person("", "Ada"), migrate.Retry), person("", "Ada"), migrate.DeltaCounts{Again: 1}, row(migrate.Retry, migrate.Create)},
		"without a key, new":       {sent(t, 1, person("", "Ada"), migrate.Rejected), person("", "Eve"), migrate.DeltaCounts{New: 1}, migrate.Move{}},
		"without a key, doubtful":  {sent(t, 1, person("", "Ada"), migrate.Created), person("", "Eve"), migrate.DeltaCounts{Refused: 1, Gone: 1}, migrate.Move{From: 1, Vanished: true}},
		"given its generated key":  {sent(t, 1, person("", "Ada"), migrate.Created), person("carryover_1", "Eve"), migrate.DeltaCounts{Changed: 1}, row(migrate.Retry, migrate.Update)},
		"vanished earlier, back":   {with(sent(t, -1, ada(), migrate.Created), func(r *migrate.Result) {}), ada(), migrate.DeltaCounts{Same: 1}, migrate.Move{From: -1, Row: 1, Line: 2, State: migrate.Unchanged, Action: migrate.Create}},
		"vanished earlier, still":  {sent(t, -1, ada(), migrate.Created), person("b", "Ben"), migrate.DeltaCounts{New: 1}, migrate.Move{From: -1, Vanished: true}},
		"the checks refuse it now": {sent(t, 1, ada(), migrate.Created), nil, migrate.DeltaCounts{Refused: 1}, migrate.Move{From: 1}},
	} {
		d := compare(t, []migrate.Result{c.known}, []*migrate.User{c.now}, "a")
		if diff := cmp.Diff(c.counts, d.Counts()); diff != "" {
			t.Errorf("%s: counts (-want +got):\n%s", name, diff)
		}
		var want []migrate.Move
		if c.move != (migrate.Move{}) {
			want = append(want, c.move)
		}
		if diff := cmp.Diff(want, slices.Collect(d.Moves()), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: moves (-want +got):\n%s", name, diff)
		}
		state := c.move.State
		if c.counts.Refused > 0 {
			state = migrate.Rejected
		}
		if got := d.States(); !slices.Equal(got, []migrate.State{state}) {
			t.Errorf("%s: states %v", name, got)
		}
		if got := d.Updates(1); got != (c.move.Row == 1 && c.move.Action == migrate.Update && !c.move.State.Final()) {
			t.Errorf("%s: it is updated without a look-up: %v", name, got)
		}
	}
}

// A row is known wherever it stands, also among equal ones, which count as
// often as they were sent.
func TestDeltaPlaces(t *testing.T) {
	known := []migrate.Result{
		sent(t, 1, person("a", "Ada"), migrate.Created), sent(t, 2, person("", "Eve"), migrate.Created),
		sent(t, 3, person("", "Eve"), migrate.Created), sent(t, 4, person("b", "Ben"), migrate.Created),
	}
	users := []*migrate.User{person("b", "Ben"), person("", "Eve"), person("c", "Cy"), person("", "Eve"), person("a", "Ada"), person("", "Eve")}
	d := compare(t, known, users)
	if diff := cmp.Diff(migrate.DeltaCounts{Same: 4, New: 2}, d.Counts()); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	from := map[int64]int64{}
	for m := range d.Moves() {
		from[m.Row] = m.From
	}
	if want := map[int64]int64{1: 4, 2: 2, 4: 3, 5: 1}; !maps.Equal(want, from) {
		t.Errorf("rows come from %v, want %v", from, want)
	}
	if got := d.Refusals(); got != nil {
		t.Errorf("refused: %v", got)
	}
	// One of the equal ones is gone, and another comes: which one is it?
	d = compare(t, known, []*migrate.User{person("", "Eve"), person("", "Eva"), person("a", "Ada"), person("d", "Dan")})
	if diff := cmp.Diff(migrate.DeltaCounts{Same: 2, New: 1, Refused: 1, Gone: 2}, d.Counts()); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	got := d.Refusals()
	if len(got) != 1 || got[0].Row != 2 || got[0].Line != 3 || got[0].Code != "delta_without_key" || got[0].Severity != migrate.Fatal {
		t.Errorf("refused: %+v", got)
	}
	if gone := slices.Collect(d.Gone()); !slices.Equal(gone, []int64{3, 4}) {
		t.Errorf("gone: %v", gone)
	}
	changed, fresh := d.Examples()
	if diff := cmp.Diff([][]migrate.Example{nil, {{Line: 3}, {Line: 5, Key: "d"}}}, [][]migrate.Example{changed, fresh}, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("examples (-want +got):\n%s", diff)
	}
}

// What the checks refused under a key, a duplicate as a rule, hides no user of
// that key, whichever of the rows comes first, then or now.
func TestDeltaRefusedRowsHideNothing(t *testing.T) {
	refused := func(row int64) migrate.Result {
		return migrate.Result{Row: row, Line: row + 1, Key: "a", State: migrate.Rejected, Code: "duplicate_external_id"}
	}
	user := sent(t, 2, person("a", "Ada"), migrate.Created)
	past := sent(t, -1, person("a", "Ada"), migrate.Created)
	for _, known := range [][]migrate.Result{{refused(1), user}, {user, refused(3)}, {refused(1), past}} {
		for _, users := range [][]*migrate.User{{person("a", "Ada"), nil}, {nil, person("a", "Ada")}} {
			d := compare(t, known, users, "a")
			if diff := cmp.Diff(migrate.DeltaCounts{Same: 1, Refused: 1}, d.Counts()); diff != "" {
				t.Errorf("counts (-want +got):\n%s", diff)
			}
		}
	}
}

// The counts add up and no user is forgotten, whatever is known and whatever
// comes.
func FuzzDelta(f *testing.F) {
	f.Add([]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, []byte{3, 2, 1, 0, 255, 254})
	f.Add([]byte{' '}, []byte{'0'}) // a row that a mapping dropped, then given
	f.Fuzz(func(t *testing.T, then, now []byte) {
		var known []migrate.Result
		seen := map[string]bool{}
		rows := func(b byte) *migrate.User { // few keys, few contents
			id := ""
			if b%5 > 0 {
				id = fmt.Sprint(b % 5)
			}
			return person(id, fmt.Sprint(b>>4%3))
		}
		for i, b := range then {
			u := rows(b)
			if u.Key() != "" && seen[u.Key()] {
				continue // the checks refuse it
			}
			seen[u.Key()] = true
			known = append(known, sent(t, int64(i+1), u, migrate.State(1+int(b>>2)%(int(migrate.NumStates)-1))))
		}
		clear(seen)
		var users []*migrate.User
		for _, b := range now {
			if u := rows(b); u.Key() == "" || !seen[u.Key()] {
				seen[u.Key()] = true
				users = append(users, u)
			}
		}
		d := compare(t, known, users)
		c := d.Counts()
		if c.Same+c.Changed+c.New+c.Again+c.Refused != int64(len(users)) || len(d.States()) != len(users) {
			t.Fatalf("%+v of %d rows", c, len(users))
		}
		moved, last, same := map[int64]bool{}, int64(0), int64(0)
		for m := range d.Moves() {
			if moved[m.From] || m.Row > 0 && m.Row <= last {
				t.Fatalf("%+v comes twice, or too late", m)
			}
			moved[m.From] = true
			last = max(last, m.Row)
			if m.State == migrate.Unchanged {
				same++
			}
		}
		for _, r := range known {
			if r.UserID != "" && !moved[r.Row] { // a dropped row has no user
				t.Errorf("%s of %s is forgotten", r.UserID, r.Key)
			}
		}
		if same != c.Same || len(d.Refusals()) != int(c.Refused) {
			t.Errorf("%d the same and %d refused, the counts say %+v", same, len(d.Refusals()), c)
		}
	})
}
