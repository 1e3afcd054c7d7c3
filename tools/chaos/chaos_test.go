package main

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"math/rand/v2"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"carryover/migrate"
	"carryover/migrate/sandbox"
	"carryover/tools/rig"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A few kills of a few rows, so that the tests of the whole run the proof as
// well. .ci/run plays all of it.
func TestChaos(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	args := []string{"--kills", "15", "--rows", "80", "--scenario", "^(create-csv|upsert-half-there-csv|update-csv)$", "--parallel", "3"}
	if testing.Short() {
		args = []string{"--kills", "3", "--rows", "40", "--scenario", "^create-csv$"}
	}
	var out, words strings.Builder
	if err := run(t.Context(), args, &out, &words); err != nil {
		t.Errorf("%v\n%s%s", err, out.String(), words.String())
	}
	left, err := os.ReadDir(os.Getenv("TMPDIR"))
	if err != nil || len(left) > 0 && !t.Failed() {
		t.Errorf("%d files are left, %v", len(left), err)
	}
}

func TestFlags(t *testing.T) {
	for _, args := range []string{"--kills 0", "--rows 0", "--faults 101", "--race maybe", "--scenario (", "--scenario no-such", "more", "--nothing"} {
		var out strings.Builder
		if err := run(t.Context(), strings.Fields(args), &out, &out); err == nil {
			t.Errorf("%s is taken", args)
		}
	}
}

// broken returns the invariants that a check found broken.
func broken(r *round) (names []string) {
	for _, v := range r.tally.violations {
		name, _, _ := strings.Cut(v, " ")
		names = append(names, name)
	}
	return names
}

// A create that is received again is judged by what became of the one before.
func TestRepeatedCreates(t *testing.T) {
	const ms = int64(time.Millisecond)
	lost := sandbox.Entry{Seq: 1, Fault: "reset-before-apply"}
	made := sandbox.Entry{Seq: 1, Applied: true, Fault: "apply-500", Status: 500}
	for _, tt := range []struct {
		name     string
		first    rig.Entry
		again    int64 // ms after the first
		sameRun  bool
		lag      time.Duration
		want     string
		absorbed int
	}{
		{"lost, after the settle delay", rig.Entry{Entry: lost}, 400, true, 0, "", 0},
		{"lost, too soon", rig.Entry{Entry: lost}, 200, true, 0, "I5", 0},
		{"turned away", rig.Entry{Entry: sandbox.Entry{Seq: 1, Status: 429}}, 1, true, 0, "", 0},
		{"turned away by a fault", rig.Entry{Entry: sandbox.Entry{Seq: 1, Fault: "maintenance", Status: 503}}, 1, true, 0, "", 0},
		{"made in time", rig.Entry{Entry: made, AppliedAtNS: 10 * ms}, 900, true, 0, "I5", 1},
		{"made in time by the run before", rig.Entry{Entry: made, AppliedAtNS: 10 * ms}, 900, false, 0, "I5", 1},
		{"made too late", rig.Entry{Entry: made, AppliedAtNS: 700 * ms}, 900, false, 0, "", 1},
		{"shown too late", rig.Entry{Entry: made, AppliedAtNS: 10 * ms}, 900, false, time.Second, "", 1},
		{"refused", rig.Entry{Entry: sandbox.Entry{Seq: 1, Status: 422, Answered: true}}, 900, true, 0, "I5", 0},
		{"refused, and the run was killed", rig.Entry{Entry: sandbox.Entry{Seq: 1, Status: 422, Answered: true}}, 900, false, 0, "", 0},
	} {
		r := &round{s: &scenario{settle: 400 * time.Millisecond, lag: tt.lag}, tally: &tally{}}
		r.checkRepeat("u1", []*rig.Entry{&tt.first}, &rig.Entry{Entry: sandbox.Entry{Seq: 2}, AtNS: tt.again * ms}, tt.sameRun)
		if got := strings.Join(broken(r), " "); got != tt.want || r.tally.absorbed != tt.absorbed {
			t.Errorf("%s: %q, %d absorbed; want %q, %d", tt.name, got, r.tally.absorbed, tt.want, tt.absorbed)
		}
	}
}

// A write that the checkpoint knows nothing of is found, a create by its
// external id and an update by the user's.
func TestIntents(t *testing.T) {
	r := &round{tally: &tally{}, base: 1}
	r.checkIntents([]*rig.Entry{
		{Entry: sandbox.Entry{Seq: 1, Method: "POST", ExternalID: "before"}},
		{Entry: sandbox.Entry{Seq: 2, Method: "POST", ExternalID: "u1"}},
		{Entry: sandbox.Entry{Seq: 3, Method: "POST", ExternalID: "u2"}},
		{Entry: sandbox.Entry{Seq: 4, Method: "PATCH", UserID: "user_1"}},
		{Entry: sandbox.Entry{Seq: 5, Method: "PUT", UserID: "user_2"}},
		{Entry: sandbox.Entry{Seq: 6, Method: "GET", UserID: "user_3"}},
	}, &ledger{keys: map[string]int{"u1": 1}, userIDs: map[string]int{"user_1": 2}})
	if got := broken(r); !slices.Equal(got, []string{"I4", "I4"}) {
		t.Errorf("%v", r.tally.violations)
	}
}

// made is the user that a row makes.
func made(t *testing.T, u *user, id string) *sandbox.User {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	box, err := sandbox.New(sandbox.Config{})
	if err != nil {
		t.Fatal(err)
	}
	url, err := box.Start(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer box.Close()
	body, err := u.body()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := box.AddUser(body); err != nil {
		t.Fatal(err, url)
	}
	user := box.Users()[0]
	user.ID = id
	return &user
}

// Whatever is wrong with a user at the end is found.
func TestUsersAtTheEnd(t *testing.T) {
	s := &scenario{mode: "create", ids: true, there: 23}
	rows := s.users(23, 1)
	row, clash, refusal := rows[2], rows[22], rows[6] // row 3 is good, 23 is there, 7 is refused
	if row.kind != good || clash.kind != there || refusal.kind != refused {
		t.Fatal("the kinds of rows have moved")
	}
	stale := &sandbox.User{ID: "user_old", FirstName: new("Somebody")}
	for _, tt := range []struct {
		name  string
		spoil func(l *ledger, users []*sandbox.User) []*sandbox.User
		want  string
	}{
		{"all is well", func(_ *ledger, users []*sandbox.User) []*sandbox.User { return users }, ""},
		{"missing", func(_ *ledger, users []*sandbox.User) []*sandbox.User { return users[1:] }, "I2"},
		{"a field", func(_ *ledger, users []*sandbox.User) []*sandbox.User {
			users[0].BypassClientTrust = false
			return users
		}, "I2"},
		{"a secret", func(_ *ledger, users []*sandbox.User) []*sandbox.User {
			users[0].PasswordDigestSHA256 = hashed("another")
			return users
		}, "I2"},
		{"the id in the checkpoint", func(l *ledger, users []*sandbox.User) []*sandbox.User {
			l.results[3] = migrate.Result{Row: 3, State: migrate.Created, UserID: "user_x"}
			return users
		}, "I2"},
		{"doubled", func(_ *ledger, users []*sandbox.User) []*sandbox.User {
			twin := *users[0]
			twin.ID = "user_twin"
			return append(users, &twin)
		}, "I1"},
		{"nobody's", func(_ *ledger, users []*sandbox.User) []*sandbox.User {
			return append(users, &sandbox.User{ID: "user_x"})
		}, "I1"},
		{"no end", func(l *ledger, users []*sandbox.User) []*sandbox.User {
			l.results[3] = migrate.Result{Row: 3, State: migrate.Ambiguous}
			return users
		}, "I3"},
		{"not in the checkpoint", func(l *ledger, users []*sandbox.User) []*sandbox.User { delete(l.results, 3); return users }, "I3"},
		{"rejected, and there", func(l *ledger, users []*sandbox.User) []*sandbox.User {
			l.results[3] = migrate.Result{Row: 3, State: migrate.Rejected}
			return users
		}, "I3 I6"},
		{"adopted", func(l *ledger, users []*sandbox.User) []*sandbox.User {
			l.results[23] = migrate.Result{Row: 23, State: migrate.Created, UserID: "user_old"}
			return users
		}, "I3 I2"},
		{"a stranger changed", func(_ *ledger, users []*sandbox.User) []*sandbox.User {
			return append(users[:1], &sandbox.User{ID: "user_old", FirstName: new("Ada")})
		}, "I6"},
		{"a stranger gone", func(_ *ledger, users []*sandbox.User) []*sandbox.User { return users[:1] }, "I6"},
	} {
		r := &round{
			s: s, tally: &tally{}, users: []*user{row, clash, refusal},
			before: map[string]content{"user_old": held(stale)}, own: map[int]string{23: "user_old"},
		}
		l := &ledger{results: map[int]migrate.Result{
			3: {Row: 3, State: migrate.Created, UserID: "user_new"}, 23: {Row: 23, State: migrate.Conflict}, 7: {Row: 7, State: migrate.Rejected},
		}}
		r.checkUsers(tt.spoil(l, []*sandbox.User{made(t, row, "user_new"), stale}), l)
		if got := strings.Join(broken(r), " "); got != tt.want {
			t.Errorf("%s: %v, want %s", tt.name, r.tally.violations, tt.want)
		}
	}
}

// The search finds what it is to find, in each encoding and at each place.
func TestSearchFindsSecrets(t *testing.T) {
	s := newSearch()
	hidden := secret(rand.New(rand.NewPCG(1, 1)), 9) + `"/+&é`
	text, err := json.Marshal("x" + hidden)
	if err != nil {
		t.Fatal(err)
	}
	for _, content := range []string{
		"x" + hidden + "y", strings.ToLower(hidden), string(text), url.QueryEscape("&" + hidden),
		hex.EncodeToString([]byte("q" + hidden)), strings.ToUpper(hex.EncodeToString([]byte(hidden))),
		base64.StdEncoding.EncodeToString([]byte("a" + hidden)), base64.RawURLEncoding.EncodeToString([]byte("ab" + hidden)),
		base64.StdEncoding.EncodeToString([]byte(hidden)),
	} {
		if !s.finds([]byte(content)) {
			t.Errorf("not found in %q", content)
		}
	}
	if s.finds([]byte("CANARY and BIRD")) {
		t.Error("found where there is none")
	}
}

// Shares add up to what was asked for, and every fault of the sandbox is in a
// group.
func TestMix(t *testing.T) {
	known := map[string]bool{planRefusal: true, "late": true}
	for _, group := range [][]string{survived, unread, waited, gated, barred, stopping} {
		for _, fault := range group {
			known[fault] = true
		}
	}
	for _, f := range sandbox.FaultNames() {
		if !known[f.Name] {
			t.Errorf("the fault %s is in no mix", f.Name)
		}
	}
	sum := 0.0
	for line := range strings.Lines(mixed.lines(10)) {
		f, err := sandbox.ParseFault(strings.TrimSpace(line))
		if err != nil {
			t.Error(err)
		}
		sum += f.Probability
	}
	if sum < 0.0999 || sum > 0.1001 {
		t.Errorf("the shares of 10 %% add up to %g", sum)
	}
	if mixed.lines(0) == "" || !mixed.holds("401") || quick.holds(append(barred, unread...)...) {
		t.Error("the mixes hold what they should not")
	}
}
