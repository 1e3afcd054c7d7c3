package migrate

import "time"

const (
	userWindow = 10 * time.Second // of Clerk's limit for the updates of one user
	lanesMost  = 100_000          // users whose last updates are remembered
)

// lanes sees to it that the rows of one user go one at a time and in the order
// of the input, and no faster than Clerk allows for a user. A user is known by
// its Clerk id, or by its external id while there is none.
type lanes struct {
	most int // updates of a user in a userWindow

	waiting map[string][]*task // for each user with a row on its way: those behind it

	sent  map[string][]time.Time // when the last updates of a user ended, the latest last
	order []arrival              // the same by time, so that what is past can go
}

type arrival struct {
	user string
	at   time.Time
}

func newLanes(most int) lanes {
	return lanes{most: most, waiting: map[string][]*task{}, sent: map[string][]time.Time{}}
}

// laneKey is the lane of a task: that of the user it is about, as far as known.
func (t *task) laneKey() string {
	switch {
	case (t.planned || t.known) && t.plan.UserID != "":
		return t.plan.UserID
	case t.user.UserID != "":
		return t.user.UserID
	case !t.planned && t.account != nil:
		return t.account.ID
	case t.user.ExternalID != nil:
		return "\x00" + *t.user.ExternalID // no Clerk id begins so
	default:
		return ""
	}
}

// enter puts a row into a lane. It returns false where the row must wait until
// it is returned by leave.
func (l *lanes) enter(t *task, lane string) bool {
	t.lane = lane
	if lane == "" {
		return true // it names nobody
	}
	behind, busy := l.waiting[lane]
	if !busy {
		l.waiting[lane] = nil
		return true
	}
	l.waiting[lane] = append(behind, t)
	return false
}

// leave ends the way of a row. It returns the row whose turn it is now, nil
// for none.
func (l *lanes) leave(t *task) *task {
	behind, busy := l.waiting[t.lane]
	switch {
	case t.lane == "" || !busy:
		return nil
	case len(behind) == 0:
		delete(l.waiting, t.lane)
		t.lane = ""
		return nil
	}
	l.waiting[t.lane] = behind[1:]
	t.lane = ""
	return behind[0]
}

// updated notes that an update of a user ended now: it has reached Clerk no
// later than that.
func (l *lanes) updated(now time.Time, user string) {
	l.forget(now)
	last := l.sent[user]
	if len(last) == l.most {
		last = last[1:]
	}
	l.sent[user] = append(last, now)
	l.order = append(l.order, arrival{user, now})
}

// next returns from when on a user may be updated; zero for at once.
func (l *lanes) next(user string) time.Time {
	last := l.sent[user]
	if len(last) < l.most {
		return time.Time{}
	}
	return last[0].Add(userWindow)
}

// forget drops what is past.
func (l *lanes) forget(now time.Time) {
	drop := 0
	for drop < len(l.order) && (now.Sub(l.order[drop].at) >= userWindow || len(l.order)-drop > lanesMost) {
		old := l.order[drop]
		last := l.sent[old.user]
		for len(last) > 0 && !last[0].After(old.at) {
			last = last[1:]
		}
		if len(last) == 0 {
			delete(l.sent, old.user)
		} else {
			l.sent[old.user] = last
		}
		drop++
	}
	l.order = l.order[drop:]
}

// held returns the rows that wait for their turn.
func (l *lanes) held() []*task {
	var all []*task
	for _, behind := range l.waiting {
		all = append(all, behind...)
	}
	return all
}
