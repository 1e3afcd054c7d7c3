package clerk

import (
	"context"
	"net/http"
	"time"
)

// A Clock compares this machine's clock with Clerk's.
type Clock struct {
	Ahead  time.Duration // of ours; below zero where ours is behind
	Margin time.Duration // by how much Ahead may be wrong
}

// dateStep is how much time passes until the Date of an answer changes.
const dateStep = time.Second

// Clock asks Clerk for the time, with one GET /users/count, and counts the users
// by the way. ok is false where the answer holds no time.
func (c *Client) Clock(ctx context.Context) (clock Clock, ok bool, users int64, err error) {
	var n count
	k := countCall
	k.answered = func(header http.Header, sent, received time.Time) {
		clock, ok = readClock(header, sent, received)
	}
	if err := c.read(ctx, k, n.decode); err != nil {
		return Clock{}, false, 0, err
	}
	return clock, ok, *n.TotalCount, nil
}

// readClock reads the time of an answer to a request that was under way
// meanwhile.
func readClock(header http.Header, sent, received time.Time) (Clock, bool) {
	theirs, err := http.ParseTime(header.Get("Date"))
	if err != nil || sent.IsZero() {
		return Clock{}, false
	}
	way := received.Sub(sent) // by the monotonic clock
	ours := sent.Round(0).Add(way / 2)
	return Clock{Ahead: ours.Sub(theirs.Add(dateStep / 2)), Margin: (way + dateStep) / 2}, true
}
