package checkpoint

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"carryover/migrate"
)

// prepareUndo lists the users that a migration made, and those that it changed,
// or may have. What another user has of a row in conflict is nobody's business. A
// user of several rows is one: made by any of them, it is to be deleted.
var prepareUndo = fmt.Sprintf(`INSERT OR IGNORE INTO undo (user_id, row, action, state, updated_at, status, code, trace_id, fields)
	SELECT user_id, coalesce(min(iif(row > 0, row, NULL)), max(row)), iif(max(made), %[1]d, %[2]d), 0, coalesce(max(coalesce(at, 0) - updated_gap), max(at)), 0, '', '', ''
	FROM (
		SELECT row, user_id, flags & %[3]d <> 0 AS made, state, action, at, updated_gap FROM result
		UNION ALL
		SELECT -row, user_id, flags & %[3]d <> 0, state, action, at, updated_gap FROM past
	)
	WHERE user_id <> '' AND (made OR state <> %[4]d AND user_id IN (SELECT user_id FROM kept)
		OR state = %[5]d OR state < %[6]d AND action = %[7]d)
	GROUP BY user_id ORDER BY 3, 2`,
	migrate.UndoCreate, migrate.UndoUpdate, made, migrate.Conflict, migrate.Updated, migrate.Created, migrate.Update)

// PrepareUndo lists what is to be taken back, unless an undo has begun: then
// that one goes on, and what failed in it, or could not be opened, is tried
// again, and what has come to be known since is added.
func (db *DB) PrepareUndo(ctx context.Context) error {
	begun, err := db.UndoBegun(ctx)
	if err != nil {
		return err
	}
	first := "DELETE FROM undo"
	if begun {
		first = fmt.Sprintf("UPDATE undo SET state = %d, status = 0, code = '', trace_id = '', fields = '' WHERE state IN (%d, %d)",
			migrate.UndoWaiting, migrate.UndoSealed, migrate.UndoFailed)
	}
	db.mu.Lock()
	defer db.mu.Unlock()
	return db.transact(ctx, true, func(ctx context.Context) error { return db.script(ctx, []string{first, prepareUndo}) })
}

// ForgetUndo forgets the list, where no undo has begun.
func (db *DB) ForgetUndo(ctx context.Context) error {
	db.mu.Lock()
	defer db.mu.Unlock()
	return db.transact(ctx, true, func(ctx context.Context) error {
		_, err := db.conn.ExecContext(ctx, "DELETE FROM undo WHERE NOT EXISTS (SELECT 1 FROM undo_session)")
		return err
	})
}

// CommitUndo implements migrate.UndoLedger. Its errors are those of Commit.
func (db *DB) CommitUndo(ctx context.Context, items []migrate.UndoItem) error {
	if len(items) == 0 {
		return nil
	}
	db.mu.Lock()
	defer db.mu.Unlock()
	return db.transact(ctx, true, func(ctx context.Context) error {
		for i := range items {
			item := &items[i]
			fields, err := encodeUndoFields(item.Fields)
			if err != nil {
				return err
			}
			done, err := db.stmts.undo.ExecContext(ctx, int64(item.State), millis(item.At), int64(item.Status), item.Code, item.TraceID, fields, item.ID)
			if err != nil {
				return err
			}
			if n, err := done.RowsAffected(); err != nil || n != 1 {
				return errors.Join(fmt.Errorf("there is no user %d in the undo", item.ID), err)
			}
		}
		return nil
	})
}

func encodeUndoFields(f migrate.UndoFields) (string, error) {
	if len(f.Given)+len(f.Changed)+len(f.Lost)+len(f.Kept) == 0 {
		return "", nil
	}
	text, err := json.Marshal(map[string][]string{"given": f.Given, "changed": f.Changed, "lost": f.Lost, "kept": f.Kept})
	return string(text), err
}

func decodeUndoFields(text string) (f migrate.UndoFields, err error) {
	if text == "" {
		return f, nil
	}
	var lists map[string][]string
	err = json.Unmarshal([]byte(text), &lists)
	return migrate.UndoFields{Given: lists["given"], Changed: lists["changed"], Lost: lists["lost"], Kept: lists["kept"]}, err
}

// selectUndo is what scanUndo takes; a condition and an order may follow.
const selectUndo = `SELECT undo.id, undo.user_id, undo.row, undo.action, undo.state, undo.updated_at, undo.at,
	undo.status, undo.code, undo.trace_id, undo.fields,
	coalesce(result.row + result.line_gap, past.row + past.line_gap, 0), coalesce(result.key, past.key, '')
	FROM undo LEFT JOIN result ON result.row = undo.row LEFT JOIN past ON past.row = -undo.row `

func scanUndo(rows *sql.Rows) (item migrate.UndoItem, err error) {
	var action, state, status int64
	var updated, at sql.NullInt64
	var fields string
	var key any
	err = rows.Scan(&item.ID, &item.UserID, &item.Row, &action, &state, &updated, &at, &status, &item.Code, &item.TraceID, &fields, &item.Line, &key)
	if err != nil {
		return item, err
	}
	if state < 0 || state >= int64(migrate.NumUndoStates) || action < int64(migrate.UndoCreate) || action > int64(migrate.UndoUpdate) {
		return item, fmt.Errorf("user %d of the undo: its state or action makes no sense", item.ID)
	}
	item.Action, item.State, item.Status = migrate.UndoAction(action), migrate.UndoState(state), int(status)
	item.UpdatedAt, item.At = fromMillis(updated), fromMillis(at)
	if item.Key, err = unpackKey(key); err != nil {
		return item, err
	}
	item.Fields, err = decodeUndoFields(fields)
	return item, err
}

// UndoItems implements migrate.UndoLedger.
func (r *Reader) UndoItems(ctx context.Context, after int64, n int) (items []migrate.UndoItem, err error) {
	err = r.view(ctx, func(tx *sql.Tx) error {
		items, err = undoItems(ctx, tx, fmt.Sprintf("WHERE undo.id > %d AND undo.state < %d ORDER BY undo.id LIMIT %d", after, migrate.UndoDeleted, n))
		if err != nil {
			return err
		}
		return addKept(ctx, tx, items)
	})
	return items, err
}

func undoItems(ctx context.Context, tx *sql.Tx, where string) (items []migrate.UndoItem, err error) {
	err = each(ctx, tx, selectUndo+where, func(rows *sql.Rows) error {
		item, err := scanUndo(rows)
		items = append(items, item)
		return err
	})
	return items, err
}

// UndoWaiting returns how many items have no outcome.
func (r *Reader) UndoWaiting(ctx context.Context) (n int64, err error) {
	err = r.view(ctx, func(tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, fmt.Sprintf("SELECT count(*) FROM undo WHERE state < %d", migrate.UndoDeleted)).Scan(&n)
	})
	return n, err
}

// An Undo is what the checkpoint knows of an undo that has begun.
type Undo struct {
	Sessions []Session // without Counts and Latency
	Counts   migrate.UndoCounts
	Examples []migrate.UndoItem // the first few of each state that is not good
}

// Undone returns what is known of the undo of the migration; nil where none has
// begun.
func (r *Reader) Undone(ctx context.Context, examples int) (u *Undo, err error) {
	err = r.view(ctx, func(tx *sql.Tx) error {
		u = nil
		if there, err := since(ctx, tx, 3); !there || err != nil {
			return err
		}
		sessions, err := undoSessions(ctx, tx)
		if err != nil || len(sessions) == 0 {
			return err
		}
		u = &Undo{Sessions: sessions}
		return u.read(ctx, tx, examples)
	})
	return u, err
}

func (u *Undo) read(ctx context.Context, tx *sql.Tx, examples int) error {
	var counts migrate.UndoCounts
	err := each(ctx, tx, "SELECT state, count(*) FROM undo GROUP BY state", func(rows *sql.Rows) error {
		var state, n int64
		if err := rows.Scan(&state, &n); err != nil {
			return err
		}
		if state < 0 || state >= int64(migrate.NumUndoStates) {
			return errors.New("a state of the undo makes no sense")
		}
		counts.States[state] = n
		return nil
	})
	if err != nil {
		return err
	}
	fields := fmt.Sprintf(`SELECT kind.key, field.value, count(*) FROM undo, json_each(undo.fields) AS kind, json_each(kind.value) AS field
		WHERE undo.fields <> '' AND undo.state >= %d GROUP BY 1, 2`, migrate.UndoDeleted)
	err = each(ctx, tx, fields, func(rows *sql.Rows) error {
		var kind, name string
		var n int64
		err := rows.Scan(&kind, &name, &n)
		counts.AddField(kind, name, n)
		return err
	})
	u.Counts = counts
	for state := migrate.UndoSent; state < migrate.NumUndoStates && err == nil; state++ {
		if state.Good() || counts.States[state] == 0 {
			continue
		}
		var some []migrate.UndoItem
		some, err = undoItems(ctx, tx, fmt.Sprintf("WHERE undo.state = %d ORDER BY undo.id LIMIT %d", state, examples))
		u.Examples = append(u.Examples, some...)
	}
	return err
}

// UndoBegun reports whether an undo of the migration has begun.
func (r *Reader) UndoBegun(ctx context.Context) (begun bool, err error) {
	err = r.view(ctx, func(tx *sql.Tx) error {
		there, err := since(ctx, tx, 3)
		if !there || err != nil {
			return err
		}
		return tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM undo_session)").Scan(&begun)
	})
	return begun, err
}

// BeginUndo notes that an undo begins, or goes on.
func (db *DB) BeginUndo(ctx context.Context, info RunInfo) error {
	db.mu.Lock()
	defer db.mu.Unlock()
	if db.undoing != 0 {
		return fmt.Errorf("checkpoint %s: undo %d has not ended yet", db.path, db.undoing)
	}
	var id int64
	err := db.transact(ctx, true, func(ctx context.Context) error {
		return db.conn.QueryRowContext(ctx, `INSERT INTO undo_session (version, args, key_print, pid, host, started_at, state, reason, requests)
			VALUES (?, ?, ?, ?, ?, ?, ?, '', '{}') RETURNING id`,
			info.Version, info.Args, info.KeyPrint, info.PID, info.Host, millis(info.StartedAt), Running).Scan(&id)
	})
	if err == nil {
		db.undoing = id
	}
	return err
}

// EndUndo notes how the undo that BeginUndo began has ended. It uses of end
// State, Reason, Requests and EndedAt.
func (db *DB) EndUndo(ctx context.Context, end RunEnd) error {
	requests, err := json.Marshal(end.Requests)
	if err != nil {
		return err
	}
	db.mu.Lock()
	defer db.mu.Unlock()
	if db.undoing == 0 {
		return fmt.Errorf("checkpoint %s: no undo has begun", db.path)
	}
	err = db.transact(ctx, true, func(ctx context.Context) error {
		_, err := db.conn.ExecContext(ctx, "UPDATE undo_session SET (state, reason, requests, ended_at) = (?, ?, ?, ?) WHERE id = ?",
			end.State, end.Reason, string(requests), millis(end.EndedAt), db.undoing)
		return err
	})
	if err == nil {
		db.undoing = 0
	}
	return err
}

func undoSessions(ctx context.Context, tx *sql.Tx) (list []Session, err error) {
	const query = `SELECT id, version, args, key_print, pid, host, started_at, state, reason, '[]', requests, 0, 0, 0, 0, ended_at
		FROM undo_session ORDER BY id`
	err = each(ctx, tx, query, func(rows *sql.Rows) error {
		s, err := scanSession(rows)
		list = append(list, s)
		return err
	})
	return list, err
}

// Length is how long the sessions took that have ended.
func (u *Undo) Length() (d time.Duration) {
	for _, s := range u.Sessions {
		if !s.EndedAt.IsZero() {
			d += s.EndedAt.Sub(s.StartedAt)
		}
	}
	return d
}
