package checkpoint

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"carryover/migrate"
)

// maxEvents is how many events are kept.
const maxEvents = 400

// A recording is what a run did over time, of which a part is not stored yet.
// What is noted goes with the next commit, or with EndRun: it costs no fsync of
// its own, and a kill loses what came after the last one.
type recording struct {
	noted  migrate.Series  // since the last commit
	events []migrate.Event // likewise
	stored migrate.Series  // as the file has it
	known  bool            // stored is

	ask    func() []byte // for remarks, see Remark
	remark []byte        // what it returned, and is not stored yet
}

// Observe notes what the run did in an interval. Its session is that of
// BeginRun; outside of a run it is of no effect.
func (db *DB) Observe(i migrate.Interval) {
	db.mu.Lock()
	defer db.mu.Unlock()
	if db.session != 0 {
		i.Session = db.session
		db.recording.noted.Add(i)
	}
}

// Happened notes an event, likewise.
func (db *DB) Happened(e migrate.Event) {
	db.mu.Lock()
	defer db.mu.Unlock()
	if db.session != 0 && len(db.recording.events) < maxEvents {
		e.Session = db.session
		db.recording.events = append(db.recording.events, e)
	}
}

// Remark lets ask be called with every commit of this run and with its end, and
// stores what it returns in the same transaction: what runs had to say about
// rows that got through all the same, as the program can read it again. nil
// leaves what is known. ask must not use the checkpoint.
func (db *DB) Remark(ask func() []byte) {
	db.mu.Lock()
	defer db.mu.Unlock()
	db.recording.ask = ask
}

// writeRecording stores what was noted, within a transaction. recorded is to be
// called when that has been committed, or undone.
func (db *DB) writeRecording(ctx context.Context) error {
	r := &db.recording
	if len(r.noted.Intervals) > 0 {
		if err := db.writeIntervals(ctx, r.noted.Intervals); err != nil {
			return err
		}
	}
	if r.ask != nil {
		if text := r.ask(); text != nil {
			r.remark = text
		}
	}
	if r.remark != nil {
		if err := db.writeNote(ctx, remarksNote, r.remark); err != nil {
			return err
		}
	}
	for _, e := range r.events {
		_, err := db.conn.ExecContext(ctx, "INSERT INTO event (session, begun_at, ended_at, text) VALUES (?, ?, ?, ?)",
			e.Session, e.From.UnixMilli(), e.To.UnixMilli(), e.Text)
		if err != nil {
			return err
		}
	}
	if len(r.events) > 0 {
		_, err := db.conn.ExecContext(ctx, "DELETE FROM event WHERE id <= (SELECT max(id) FROM event) - ?", maxEvents)
		return err
	}
	return nil
}

// recorded ends what writeRecording began, by what came of the transaction.
func (r *recording) recorded(err error) {
	if err != nil {
		r.known = false // what is stored is what was
		return
	}
	r.noted, r.events, r.remark = migrate.Series{}, nil, nil
}

func (db *DB) writeIntervals(ctx context.Context, intervals []migrate.Interval) error {
	r := &db.recording
	if !r.known {
		stored, err := readIntervals(ctx, db.conn)
		if err != nil {
			return err
		}
		r.stored, r.known = migrate.NewSeries(stored), true
	}
	changed := len(r.stored.Intervals)
	for _, i := range intervals {
		changed = min(changed, r.stored.Add(i))
	}
	if _, err := db.conn.ExecContext(ctx, "DELETE FROM stretch WHERE id > ?", changed); err != nil {
		return err
	}
	for n := changed; n < len(r.stored.Intervals); n++ {
		i := &r.stored.Intervals[n]
		outcomes, err := json.Marshal(i.Outcomes)
		if err != nil {
			return err
		}
		_, err = db.conn.ExecContext(ctx, "INSERT INTO stretch VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
			n+1, i.Session, i.From.UnixMilli(), i.To.UnixMilli(), string(outcomes), i.Requests, i.Limited, i.Failed, i.Gates,
			i.Latency.Pack(), i.InFlight, i.Wanted, i.Limit, i.Pace)
		if err != nil {
			return err
		}
	}
	return nil
}

// A querier is a connection or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

func readIntervals(ctx context.Context, q querier) (list []migrate.Interval, err error) {
	rows, err := q.QueryContext(ctx, "SELECT * FROM stretch ORDER BY id")
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var i migrate.Interval
		var id, from, to int64
		var outcomes, latency []byte
		if err := rows.Scan(&id, &i.Session, &from, &to, &outcomes, &i.Requests, &i.Limited, &i.Failed, &i.Gates,
			&latency, &i.InFlight, &i.Wanted, &i.Limit, &i.Pace); err != nil {
			return nil, err
		}
		if err := json.Unmarshal(outcomes, &i.Outcomes); err != nil {
			return nil, fmt.Errorf("interval %d: %w", id, err)
		}
		if i.Latency, err = migrate.UnpackLatencies(latency); err != nil {
			return nil, fmt.Errorf("interval %d: %w", id, err)
		}
		i.From, i.To = time.UnixMilli(from).UTC(), time.UnixMilli(to).UTC()
		list = append(list, i)
	}
	return list, rows.Err()
}

// since reports whether the checkpoint has what a version added: one of an
// earlier release has it only once a run has opened it.
func since(ctx context.Context, tx *sql.Tx, v int64) (bool, error) {
	var has int64
	err := tx.QueryRowContext(ctx, "PRAGMA user_version").Scan(&has)
	return has >= v, err
}

// Intervals returns what the runs did over time; none where a release that did
// not note it has made the checkpoint. Times are to the millisecond.
func (r *Reader) Intervals(ctx context.Context) (list []migrate.Interval, err error) {
	err = r.view(ctx, func(tx *sql.Tx) error {
		list = nil
		there, err := since(ctx, tx, 2)
		if there && err == nil {
			list, err = readIntervals(ctx, tx)
		}
		return err
	})
	return list, err
}

// Events returns the newest events of the runs, the first one first; see
// Intervals.
func (r *Reader) Events(ctx context.Context) (list []migrate.Event, err error) {
	err = r.view(ctx, func(tx *sql.Tx) error {
		list = nil
		if there, err := since(ctx, tx, 2); !there || err != nil {
			return err
		}
		return each(ctx, tx, "SELECT session, begun_at, ended_at, text FROM event ORDER BY id", func(rows *sql.Rows) error {
			var e migrate.Event
			var from, to int64
			err := rows.Scan(&e.Session, &from, &to, &e.Text)
			e.From, e.To = time.UnixMilli(from).UTC(), time.UnixMilli(to).UTC()
			list = append(list, e)
			return err
		})
	})
	return list, err
}

// Attempts returns how many rows took how many requests, the fewest first.
func (r *Reader) Attempts(ctx context.Context) (list []migrate.Count, err error) {
	err = r.view(ctx, func(tx *sql.Tx) error {
		list = nil
		return each(ctx, tx, "SELECT attempts, count(*) FROM result WHERE attempts > 0 GROUP BY attempts ORDER BY attempts", func(rows *sql.Rows) error {
			var c migrate.Count
			err := rows.Scan(&c.Name, &c.Rows)
			list = append(list, c)
			return err
		})
	})
	return list, err
}
