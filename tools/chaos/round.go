package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"carryover/tools/rig"
)

const (
	killFrom = 30 * time.Millisecond
	killTo   = 600 * time.Millisecond
	// killMost is how far killTo is put off where the kills keep a run from
	// getting anywhere.
	killMost = 5 * time.Second
	stalled  = 4 // kills without a new outcome before that

	// hang is how long a run may take that nobody kills.
	hang = time.Minute
	// endings are the runs after the last kill that may stop early.
	endings = 80
)

// A round is one migration, from a new input to its end, with kills on the way.
type round struct {
	s      *scenario
	binary string
	folder string // of this round
	input  string
	keep   bool    // the folder
	share  float64 // percent of requests that meet a fault
	rng    *rand.Rand
	search *search
	tally  *tally

	users  []*user
	box    *rig.Box
	before map[string]content // users of the instance beforehand, by Clerk's id
	own    map[int]string     // of those, the ones that rows are about: id by row
	base   uint64             // the journal's number when the first run began
	runs   int
	said   int // violations of this round
}

// play is the whole of a round. It returns how many of the kills it used. An
// error is a failure of this program; what the other did wrong is in the tally.
func (r *round) play(ctx context.Context, rows, kills int) (used int, err error) {
	if err := r.prepare(ctx, rows); err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, r.box.Close()) }()
	defer func() {
		if r.said > 0 || r.keep {
			err = errors.Join(err, r.keepEvidence(ctx))
		}
	}()
	used, finished, err := r.kill(ctx, kills)
	if err != nil || r.said > 0 {
		return used, err
	}
	last := finished
	if finished == nil {
		if last, err = r.finish(ctx); err != nil || last == nil {
			return used, err
		}
	}
	if err := r.box.Fail(ctx, ""); err != nil {
		return used, err
	}
	if err := r.box.Idle(ctx); err != nil {
		return used, err
	}
	return used, errors.Join(r.check(ctx, *last), r.checkAgain(ctx, *last))
}

// keepEvidence writes down what the sandbox is about to forget.
func (r *round) keepEvidence(ctx context.Context) error {
	for _, name := range []string{"users", "journal"} {
		answer, err := r.box.Do(ctx, http.MethodGet, "/sandbox/"+name, "")
		if err == nil {
			err = os.WriteFile(filepath.Join(r.folder, name+".jsonl"), answer, 0o600)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// prepare makes the folders, the input, and an instance with the users that
// are to be there.
func (r *round) prepare(ctx context.Context, rows int) error {
	for _, name := range []string{"in", "run", "out"} {
		if err := os.MkdirAll(filepath.Join(r.folder, name), 0o700); err != nil {
			return err
		}
	}
	r.users = r.s.users(rows, r.rng.Uint64())
	content, err := write(r.s.format, r.users)
	if err != nil {
		return err
	}
	r.input = filepath.Join(r.folder, "in", "users."+r.s.format)
	if err := os.WriteFile(r.input, content, 0o600); err != nil {
		return err
	}
	key := "sk_test_" + secret(r.rng, 24)
	flags := append(r.s.boxFlags(), "--seed", strconv.FormatUint(r.rng.Uint64(), 10))
	if r.box, err = rig.StartBox(ctx, r.binary, key, flags...); err != nil {
		return err
	}
	if err := r.populate(ctx); err != nil {
		return errors.Join(err, r.box.Close())
	}
	return nil
}

// populate makes the users that are there beforehand, and turns the faults on.
func (r *round) populate(ctx context.Context) error {
	bodies, err := r.s.beforehand(r.users)
	if err != nil {
		return err
	}
	if err := r.box.Add(ctx, bodies); err != nil {
		return err
	}
	if err := rig.Pause(ctx, r.s.lag); err != nil {
		return err
	}
	users, err := r.box.Users(ctx)
	if err != nil {
		return err
	}
	rows := map[string]int{}
	for _, u := range r.users {
		rows[u.externalID] = u.row
	}
	r.before, r.own = map[string]content{}, map[int]string{}
	for _, u := range users {
		r.before[u.ID] = held(u)
		if row := rows[*u.ExternalID]; row > 0 {
			r.own[row] = u.ID
		}
	}
	stats, err := r.box.Stats(ctx)
	if err != nil {
		return err
	}
	r.base = stats.Requests
	return r.box.Fail(ctx, r.s.faults.lines(r.share))
}

// kill runs the program again and again, and kills it at random moments. It
// returns how the last run ended, where that was by itself and for good.
func (r *round) kill(ctx context.Context, kills int) (used int, finished *outcome, err error) {
	most, without, done := killTo, 0, 0
	for used < kills && r.said == 0 {
		o, err := r.launch(ctx, killFrom+time.Duration(r.rng.Int64N(int64(most-killFrom))))
		if err != nil {
			return used, nil, err
		}
		final, err := r.inspect(ctx, o)
		if err != nil {
			return used, nil, err
		}
		if !o.killed {
			if r.accept(o, r.s.faults) {
				return used, &o, nil
			}
			continue
		}
		used++
		r.tally.kills++
		if without++; final > done {
			most, without, done = killTo, 0, final
		} else if without%stalled == 0 {
			most = min(most*3/2, killMost)
		}
	}
	return used, nil, nil
}

// accept judges how a run ended by itself; it returns whether that was for
// good. A run that stopped is started again; one that refuses to go on is what
// the proof is about.
func (r *round) accept(o outcome, faults mix) (finished bool) {
	switch {
	case o.code == 0 || o.code == 3:
		return true
	case o.code == 4, o.code == 5 && faults.holds(append(stopping, planRefusal)...):
		r.tally.stops++
	default:
		r.violated("I10", "run %d ended with exit code %d, want 0, 3 or 4: %s", r.runs, o.code, o.words())
	}
	return false
}

// inspect looks at what a run left, and returns how many rows are done.
func (r *round) inspect(ctx context.Context, o outcome) (final int, err error) {
	if err := r.searchRun(o); err != nil {
		return 0, err
	}
	l, damage, err := r.ledger(ctx)
	if err != nil {
		return 0, err
	}
	if damage != "" {
		r.violated("I7", "after run %d: %s", r.runs, damage)
	}
	if l.underWay() > 0 && o.killed {
		r.tally.caught++
	}
	entries, err := r.box.Journal(ctx)
	if err != nil {
		return 0, err
	}
	r.checkIntents(entries, l)
	return l.final(), nil
}

// finish lets the program come to its end, starting it again where it stops by
// itself. It returns nil where it does not come there.
func (r *round) finish(ctx context.Context) (*outcome, error) {
	faults := r.s.ending
	if err := r.box.Fail(ctx, faults.lines(r.share)); err != nil {
		return nil, err
	}
	for n := range endings {
		var more []string
		if r.s.half {
			more = []string{"--max-duration", "8s"}
		}
		if r.s.half && n == 3 {
			faults = mix{}
			if err := r.box.Fail(ctx, ""); err != nil {
				return nil, err
			}
		}
		o, err := r.launch(ctx, hang, more...)
		if err != nil {
			return nil, err
		}
		if _, err := r.inspect(ctx, o); err != nil {
			return nil, err
		}
		if o.killed {
			r.violated("I10", "run %d did not end within %v: %s", r.runs, hang, o.words())
		} else if r.accept(o, faults) {
			return &o, nil
		}
		if r.said > 0 {
			return nil, nil
		}
	}
	r.violated("I10", "%d runs after the last kill did not come to the end of the input", endings)
	return nil, nil
}

// beforehand are the requests that make the users of the instance: those that
// rows are about, with other content, and those who have a row's username.
func (s *scenario) beforehand(users []*user) (bodies []string, err error) {
	add := func(body map[string]any) {
		b, bad := json.Marshal(body)
		bodies, err = append(bodies, string(b)), errors.Join(err, bad)
	}
	for _, u := range users {
		updated := s.mode == "update" && slices.Contains([]kind{refused, taken}, u.kind)
		if u.kind == there || updated {
			add(u.stale())
		}
		if u.kind == taken {
			add(map[string]any{
				"external_id": fmt.Sprintf("somebody-%d", u.row), "username": u.username,
				"first_name": "Somebody", "skip_password_requirement": true,
			})
		}
	}
	return bodies, err
}

// stale is a user that has the row's identifiers and nothing else of it.
func (u *user) stale() map[string]any {
	body := map[string]any{
		"external_id": u.externalID, "email_address": u.emails, "first_name": "Somebody", "last_name": "Else", "locale": "und",
		"public_metadata": map[string]any{"stale": true}, "created_at": "2001-01-01T00:00:00Z", "skip_password_requirement": true,
	}
	if u.phone != "" {
		body["phone_number"] = strings.Fields(u.phone)
	}
	if u.username != "" && u.kind != taken {
		body["username"] = u.username
	}
	return body
}
