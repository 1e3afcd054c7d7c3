package checkpoint

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"
)

// The states of a run. The program that ends it chooses among the first four.
const (
	Finished    = "finished"    // it came to the end of the input
	Interrupted = "interrupted" // a person or a signal ended it
	Stopped     = "stopped"     // it gave up, and can be taken up again
	Failed      = "failed"      // an error that it did not expect

	Running = "running" // it is still going on, or ended without a word
	Killed  = "killed"  // it ended without a word, as the next one found
)

// RunInfo is what is known of a run when it begins.
type RunInfo struct {
	Version   string // of the program
	Args      string // for people; the caller sees to it that they hold no secret
	KeyPrint  string // tells two secret keys apart; a hash keyed with DB.Key, or ""
	PID       int
	Host      string
	StartedAt time.Time
	// Census is what the checks found in the input, as the program can read it
	// again; nil leaves what is known. Sessions does not return it.
	Census []byte
}

// Latency sums up how long answers took.
type Latency struct{ P50, P95, P99, Max time.Duration }

// RunEnd is what is known of a run when it has ended.
type RunEnd struct {
	State    string // Finished, Interrupted, Stopped or Failed
	Reason   string // a sentence, or ""
	Counts   Counts
	Requests map[int]int64 // by HTTP status; 0 for those without an answer
	Latency  Latency
	EndedAt  time.Time
}

// A Session is a run as the checkpoint knows it. That of a run which has not
// ended by itself has no RunEnd but its State.
type Session struct {
	ID int64
	RunInfo
	RunEnd
}

// BeginRun notes that a run begins, and returns its number.
func (db *DB) BeginRun(ctx context.Context, info RunInfo) (int64, error) {
	db.mu.Lock()
	defer db.mu.Unlock()
	if db.session != 0 {
		return 0, fmt.Errorf("checkpoint %s: run %d has not ended yet", db.path, db.session)
	}
	var id int64
	err := db.transact(ctx, true, func(ctx context.Context) error {
		if info.Census != nil {
			if err := db.writeCensus(ctx, info.Census); err != nil {
				return err
			}
		}
		return db.conn.QueryRowContext(ctx, `INSERT INTO session
			(version, args, key_print, pid, host, started_at, state, reason, counts, requests, p50, p95, p99, max)
			VALUES (?, ?, ?, ?, ?, ?, ?, '', '[]', '{}', 0, 0, 0, 0) RETURNING id`,
			info.Version, info.Args, info.KeyPrint, info.PID, info.Host, millis(info.StartedAt), Running).Scan(&id)
	})
	if err != nil {
		return 0, err
	}
	db.session = id
	return id, nil
}

// EndRun notes how the run that BeginRun began has ended.
func (db *DB) EndRun(ctx context.Context, end RunEnd) error {
	db.mu.Lock()
	defer db.mu.Unlock()
	switch end.State {
	case Finished, Interrupted, Stopped, Failed:
	default:
		return fmt.Errorf("checkpoint %s: a run cannot end as %q", db.path, end.State)
	}
	if db.session == 0 {
		return fmt.Errorf("checkpoint %s: no run has begun", db.path)
	}
	counts, err := json.Marshal(end.Counts)
	if err != nil {
		return err
	}
	requests, err := json.Marshal(end.Requests)
	if err != nil {
		return err
	}
	l := end.Latency
	err = db.transact(ctx, true, func(ctx context.Context) error {
		_, err := db.conn.ExecContext(ctx, `UPDATE session SET (state, reason, counts, requests,
			p50, p95, p99, max, ended_at) = (?, ?, ?, ?, ?, ?, ?, ?, ?) WHERE id = ?`,
			end.State, end.Reason, string(counts), string(requests), l.P50.Microseconds(), l.P95.Microseconds(),
			l.P99.Microseconds(), l.Max.Microseconds(), millis(end.EndedAt), db.session)
		if err != nil {
			return err
		}
		return db.writeRecording(ctx)
	})
	db.recording.recorded(err)
	if err == nil {
		db.session = 0
	}
	return err
}

// Sessions returns the runs that the checkpoint has seen, the first one first.
// Times are to the millisecond, latencies to the microsecond.
func (r *Reader) Sessions(ctx context.Context) ([]Session, error) {
	var all []Session
	err := r.view(ctx, func(tx *sql.Tx) error {
		all = nil
		const query = `SELECT id, version, args, key_print, pid, host, started_at, state, reason,
			counts, requests, p50, p95, p99, max, ended_at FROM session ORDER BY id`
		return each(ctx, tx, query, func(rows *sql.Rows) error {
			s, err := scanSession(rows)
			all = append(all, s)
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

func scanSession(rows *sql.Rows) (s Session, err error) {
	var counts, requests []byte
	var started, ended sql.NullInt64
	var p50, p95, p99, top int64
	if err := rows.Scan(&s.ID, &s.Version, &s.Args, &s.KeyPrint, &s.PID, &s.Host, &started, &s.State, &s.Reason,
		&counts, &requests, &p50, &p95, &p99, &top, &ended); err != nil {
		return s, err
	}
	if err := json.Unmarshal(counts, &s.Counts); err != nil {
		return s, fmt.Errorf("run %d: %w", s.ID, err)
	}
	if err := json.Unmarshal(requests, &s.Requests); err != nil {
		return s, fmt.Errorf("run %d: %w", s.ID, err)
	}
	us := time.Microsecond
	s.Latency = Latency{time.Duration(p50) * us, time.Duration(p95) * us, time.Duration(p99) * us, time.Duration(top) * us}
	s.StartedAt, s.EndedAt = fromMillis(started), fromMillis(ended)
	return s, nil
}
