package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"time"

	"carryover/migrate"
	"carryover/migrate/sandbox"
	"carryover/tools/rig"
)

// slack is what the clocks of two processes on a busy machine may be apart
// from what was waited for.
const slack = 50 * time.Millisecond

// checkIntents wants every write that the server has received to be in the
// checkpoint, where it was put before it left (I4).
func (r *round) checkIntents(entries []*rig.Entry, l *ledger) {
	for _, e := range r.writes(entries, r.base) {
		switch {
		case e.Method == http.MethodPost && e.ExternalID != "" && l.keys[e.ExternalID] == 0:
			r.violated("I4", "request %d made %q, of which the checkpoint knew nothing when run %d had ended", e.Seq, e.ExternalID, r.runs)
		case e.Method != http.MethodPost && l.userIDs[e.UserID] == 0:
			r.violated("I4", "request %d changed %s, of which the checkpoint knew nothing when run %d had ended", e.Seq, e.UserID, r.runs)
		}
	}
}

// writes are the requests after one that change users.
func (r *round) writes(entries []*rig.Entry, after uint64) (list []*rig.Entry) {
	for _, e := range entries {
		if e.Seq > after && e.Method != http.MethodGet {
			list = append(list, e)
		}
	}
	return list
}

// check judges the end of a round.
func (r *round) check(ctx context.Context, last outcome) error {
	l, _, err := r.ledger(ctx)
	if err != nil {
		return err
	}
	entries, err := r.box.Journal(ctx)
	if err != nil {
		return err
	}
	users, err := r.box.Users(ctx)
	if err != nil {
		return err
	}
	r.tally.rows += len(r.users)
	r.checkIntents(entries, l)
	r.checkCreates(entries, l)
	r.checkUsers(users, l)
	status, err := r.command(ctx, hang, []string{"status", r.input, "--output", "json"})
	if err != nil {
		return err
	}
	if status.code != 0 {
		r.violated("I10", "status ended with exit code %d, want 0: %s", status.code, status.words())
	}
	r.checkCode(last, l)
	return errors.Join(r.checkCounts("the last run", last, l),
		r.checkCounts("status", status, l), r.searchRun(status), r.checkFolder())
}

// checkCreates judges the creates of each user, in the order of their arrival
// (I5). The tally counts the requests.
func (r *round) checkCreates(entries []*rig.Entry, l *ledger) {
	creates := map[string][]*rig.Entry{}
	runOf := map[*rig.Entry]int{} // every run begins by asking which instance it is
	run := 0
	for _, e := range entries {
		if e.Seq <= r.base {
			continue
		}
		r.tally.requests++
		if e.Fault != "" {
			r.tally.faults++
		}
		if e.Status == http.StatusTooManyRequests && e.Fault == "" {
			r.violated("I9", "request %d was answered 429: the limit was reached", e.Seq)
		}
		if e.Path == "/instance" {
			run++
		}
		if runOf[e] = run; e.Method == http.MethodPost && e.ExternalID != "" {
			creates[e.ExternalID] = append(creates[e.ExternalID], e)
		}
	}
	for id, list := range creates {
		if row := l.keys[id]; row > 0 && r.users[row-1].kind == bad {
			r.violated("I6", "%s was sent, though the checks refuse it", r.name(r.users[row-1]))
		}
		for i := 1; i < len(list); i++ {
			r.checkRepeat(id, list[:i], list[i], runOf[list[i-1]] == runOf[list[i]])
		}
	}
}

// checkRepeat judges a create that was received before.
func (r *round) checkRepeat(id string, earlier []*rig.Entry, again *rig.Entry, sameRun bool) {
	last := earlier[len(earlier)-1]
	if applied := slices.IndexFunc(earlier, func(e *rig.Entry) bool { return e.Applied }); applied >= 0 {
		r.tally.absorbed++
		e := earlier[applied]
		if e.Took()+r.s.lag < r.s.settle-slack {
			r.violated("I5", "request %d creates %q again, which request %d had made %v after it came: less than the settle delay of %v",
				again.Seq, id, e.Seq, e.Took(), r.s.settle)
		}
	}
	gap := time.Duration(again.AtNS - last.AtNS)
	if !turnedAway(last) && gap < r.s.settle-slack {
		r.violated("I5", "request %d creates %q again %v after request %d, whose outcome was in doubt: the settle delay is %v",
			again.Seq, id, gap, last.Seq, r.s.settle)
	}
	if final := last.Status >= 400 && last.Status < 500; final && last.Answered && sameRun && !turnedAway(last) && last.Fault == "" {
		r.violated("I5", "request %d creates %q again, though request %d was answered %d", again.Seq, id, last.Seq, last.Status)
	}
}

// turnedAway says that the answer told the client that nothing was done.
func turnedAway(e *rig.Entry) bool {
	return e.Status == http.StatusTooManyRequests || e.Fault == planRefusal ||
		slices.Contains(stopping, e.Fault) || slices.Contains(barred, e.Fault)
}

// checkUsers compares what the checkpoint says with what the instance holds
// (I1, I2, I3, I6).
func (r *round) checkUsers(users []*sandbox.User, l *ledger) {
	byRow := map[int][]*sandbox.User{}
	byID := map[string]*sandbox.User{}
	for _, u := range users {
		byID[u.ID] = u
		if row := rowOf(u); row > 0 {
			byRow[row] = append(byRow[row], u)
		} else if r.before[u.ID] == nil {
			r.tally.doubled++
			r.violated("I1", "%s is in the instance and no row made it", u.ID)
		}
	}
	changed := map[string]bool{}
	for _, u := range r.users {
		result, known := l.results[u.row]
		if !known || !result.State.Final() {
			r.tally.lost++
			r.violated("I3", "%s: its state is %s at the end, want a final one", r.name(u), result.State)
			continue
		}
		r.checkState(u, result)
		if result.State.Good() {
			changed[result.UserID] = true
			r.checkRow(u, result, byRow[u.row])
		} else if n := len(byRow[u.row]); n > 0 {
			r.violated("I6", "%s: its state is %s (%s), but the instance holds it: %s", r.name(u), result.State, result.Code, byRow[u.row][0].ID)
		}
	}
	for id, was := range r.before {
		if is := byID[id]; is == nil {
			r.violated("I6", "%s was in the instance and is gone", id)
		} else if names := differences(was, held(is)); !changed[id] && len(names) > 0 {
			r.violated("I6", "%s was in the instance and is no row's to change: %v differ", id, names)
		}
	}
}

// checkRow compares a row that was carried out with the user it made.
func (r *round) checkRow(u *user, result migrate.Result, found []*sandbox.User) {
	if len(found) == 0 {
		r.tally.missing++
		r.violated("I2", "%s: its state is %s, but the instance does not hold it", r.name(u), result.State)
		return
	}
	if len(found) > 1 {
		r.tally.doubled += len(found) - 1
		r.violated("I1", "%s is in the instance %d times: %s, %s", r.name(u), len(found), found[0].ID, found[1].ID)
	}
	want, got := u.wanted(), held(found[0])
	if u.externalID == "" {
		want["external_id"] = quoted(&result.Key)
	}
	r.tally.fields += len(want)
	names := differences(want, got)
	if found[0].ID != result.UserID {
		names = append(names, "user_id in the checkpoint")
	}
	if was := r.own[u.row]; was != "" && was != found[0].ID {
		names = append(names, "id of the user that was there")
	}
	if len(names) > 0 {
		r.tally.wrong += len(names)
		r.violated("I2", "%s: %v differ from the input", r.name(u), names)
	}
	if result.Reconciled {
		r.tally.reconciled++
	}
}

// checkState wants a row to have come to the end that its kind has.
func (r *round) checkState(u *user, result migrate.Result) {
	want := r.s.states(u)
	if r.s.mode == "update" && u.kind == taken && result.Code == "http_422" {
		return // a fault made the answer unreadable: who has the name did not show
	}
	if r.s.faults.holds(planRefusal) && result.State == migrate.Rejected && result.Status == http.StatusPaymentRequired {
		return // the server refused a good row; that it is not there, others check
	}
	if !slices.Contains(want, result.State) {
		r.violated("I3", "%s: its state is %s (%s), want %v", r.name(u), result.State, result.Code, want)
	}
}

// states are those in which a row of this kind may end.
func (s *scenario) states(u *user) []migrate.State {
	switch {
	case u.kind == bad, u.kind == refused, u.kind == absent:
		return []migrate.State{migrate.Rejected}
	case u.kind == taken && s.mode == "update", u.kind == there && s.mode == "create":
		return []migrate.State{migrate.Conflict}
	case u.kind == taken:
		return []migrate.State{migrate.Rejected}
	case u.kind == there: // a repeated update may find nothing left to change
		return []migrate.State{migrate.Updated, migrate.Unchanged}
	default:
		return []migrate.State{migrate.Created}
	}
}

// checkCounts compares what a command reports with the checkpoint (I3).
func (r *round) checkCounts(command string, o outcome, l *ledger) error {
	text, err := os.ReadFile(o.stdout)
	if err != nil {
		return err
	}
	var doc struct {
		Counts map[string]int `json:"counts"`
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		r.violated("I3", "%s printed no report: %v", command, err)
		return nil
	}
	counts := map[string]int{"rows": len(r.users), "unfinished": 0}
	for _, state := range []migrate.State{migrate.Created, migrate.Updated, migrate.Unchanged, migrate.Rejected, migrate.Conflict} {
		counts[state.String()] = 0
	}
	for _, result := range l.results {
		counts[result.State.String()]++
	}
	for name, n := range counts {
		if doc.Counts[name] != n {
			r.violated("I3", "%s reports %d %s, want %d", command, doc.Counts[name], name, n)
		}
	}
	return nil
}

// checkCode wants the last run to have ended with the code that the rows' ends
// have (I10).
func (r *round) checkCode(last outcome, l *ledger) {
	code := 0
	for _, result := range l.results {
		if result.State == migrate.Rejected || result.State == migrate.Conflict {
			code = 3
		}
	}
	if last.code != code {
		r.violated("I10", "the last run ended with exit code %d, want %d", last.code, code)
	}
}

// checkAgain runs the program once more: there is nothing left to send (I12).
func (r *round) checkAgain(ctx context.Context, last outcome) error {
	stats, err := r.box.Stats(ctx)
	if err != nil {
		return err
	}
	o, err := r.launch(ctx, hang)
	if err != nil {
		return err
	}
	entries, err := r.box.Journal(ctx)
	if err != nil {
		return err
	}
	for _, e := range r.writes(entries, stats.Requests) {
		r.violated("I12", "a further run sent %s %s %s", e.Method, e.Path, e.ExternalID+e.UserID)
	}
	if o.code != last.code {
		r.violated("I12", "a further run ended with exit code %d, want %d: %s", o.code, last.code, o.words())
	}
	return r.searchRun(o)
}

// checkFolder wants nothing but the checkpoint to be left of a run that ended
// as it should (I7).
func (r *round) checkFolder() error {
	files, err := os.ReadDir(r.folder + "/run")
	if err != nil {
		return err
	}
	for _, file := range files {
		if want := "users." + r.s.format + ".carryover.db"; file.Name() != want {
			r.violated("I7", "%s is left beside %s after a clean end", file.Name(), want)
		}
	}
	return nil
}

// name is what a row is called in messages.
func (r *round) name(u *user) string {
	return fmt.Sprintf("row %d (%s)", u.row, quotedOrNone(u.externalID))
}
