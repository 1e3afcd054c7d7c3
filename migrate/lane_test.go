package migrate

import (
	"fmt"
	"os"
	"testing"
	"time"
)

var errDeadline = fmt.Errorf("no answer: %w", os.ErrDeadlineExceeded)

func TestLanesAreQueues(t *testing.T) {
	l := newLanes(10)
	var tasks [5]*task
	for i := range tasks {
		tasks[i] = &task{result: Result{Row: int64(i + 1)}}
	}
	if !l.enter(tasks[0], "user_1") || !l.enter(tasks[1], "user_2") {
		t.Fatal("a row waits for nobody")
	}
	if l.enter(tasks[2], "user_1") || l.enter(tasks[3], "user_1") {
		t.Fatal("two rows of a user go at once")
	}
	if l.leave(tasks[1]) != nil || len(l.held()) != 2 {
		t.Errorf("%d rows wait", len(l.held()))
	}
	if l.leave(tasks[0]) != tasks[2] || l.enter(tasks[4], "user_1") {
		t.Error("the next row of the user is not the one whose turn it is")
	}
	for i, want := range []*task{tasks[3], tasks[4], nil} {
		if got := l.leave([]*task{tasks[2], tasks[3], tasks[4]}[i]); got != want {
			t.Errorf("%d: %v", i, got)
		}
	}
	if len(l.waiting) != 0 || len(l.held()) != 0 {
		t.Error("lanes are left behind")
	}
	if l.leave(&task{}) != nil {
		t.Error("a row without a lane lets somebody go")
	}
	for range 2 {
		if !l.enter(&task{}, "") {
			t.Error("rows that name nobody wait for one another")
		}
	}
}

func TestLaneOfARow(t *testing.T) {
	id := "user_9" // as an external id
	byExternalID, byUserID := &User{}, &User{UserID: "user_1"}
	byExternalID.ExternalID = &id
	found := &Account{ID: "user_9"}
	var lanes []string
	for _, t := range []*task{
		{user: byUserID}, {user: byExternalID}, {user: byExternalID, account: found}, {user: &User{}},
		{user: byExternalID, planned: true, plan: Plan{UserID: "user_7"}},
	} {
		lanes = append(lanes, t.laneKey())
	}
	if lanes[0] != "user_1" || lanes[2] != "user_9" || lanes[1] == lanes[2] || lanes[1] == "" || lanes[3] != "" || lanes[4] != "user_7" {
		t.Errorf("%q", lanes)
	}
}

func TestNoMoreUpdatesThanAUserMayHave(t *testing.T) {
	l := newLanes(3)
	for i := range 3 {
		if !l.next("user_1").IsZero() {
			t.Fatalf("update %d must wait", i)
		}
		l.updated(at(time.Duration(i)*time.Second), "user_1")
	}
	if got := l.next("user_1"); !got.Equal(at(userWindow)) {
		t.Errorf("the fourth may go at %v, want ten seconds after the first", got.Sub(start))
	}
	if !l.next("user_2").IsZero() {
		t.Error("another user waits too")
	}
	l.updated(at(userWindow), "user_1")
	if got := l.next("user_1"); !got.Equal(at(userWindow + time.Second)) {
		t.Errorf("the fifth may go at %v", got.Sub(start))
	}
	l.updated(at(time.Minute), "user_2")
	if len(l.sent) != 1 || len(l.order) != 1 {
		t.Errorf("what is past is kept: %d users, %d updates", len(l.sent), len(l.order))
	}
	for i := range lanesMost + 10 {
		l.updated(at(time.Minute), fmt.Sprint(i))
	}
	if len(l.sent) > lanesMost+1 {
		t.Errorf("%d users are remembered, want %d at most", len(l.sent), lanesMost)
	}
}
