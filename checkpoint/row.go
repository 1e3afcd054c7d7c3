package checkpoint

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"carryover/migrate"
)

const (
	// resultColumns is the number of columns of the table result.
	resultColumns = 16
	// blockRows is the number of results that one statement stores. More do
	// not make it faster.
	blockRows = 16
	// maxRow bounds the memory that States may ask for.
	maxRow = 1 << 31
)

const (
	preAbsent  = 1 << 0
	reconciled = 1 << 1
	generated  = 1 << 2
	made       = 1 << 3
)

// statements are prepared once, on the connection that writes.
type statements struct {
	fence, one, block, keep, undo, findProblem, addProblem *sql.Stmt
}

func (s *statements) prepare(ctx context.Context, conn *sql.Conn) error {
	row := "(?" + strings.Repeat(", ?", resultColumns-1) + ")"
	for _, p := range []struct {
		stmt **sql.Stmt
		text string
	}{
		{&s.fence, "UPDATE head SET commit_seq = commit_seq + 1, last_send = ? WHERE epoch = ?"},
		{&s.one, "INSERT OR REPLACE INTO result VALUES " + row},
		{&s.block, "INSERT OR REPLACE INTO result VALUES " + row + strings.Repeat(", "+row, blockRows-1)},
		{&s.keep, "INSERT INTO kept (user_id, sealed) VALUES (?, ?)"},
		{&s.undo, "UPDATE undo SET (state, at, status, code, trace_id, fields) = (?, ?, ?, ?, ?, ?) WHERE id = ?"},
		{&s.findProblem, "SELECT id FROM problem WHERE code = ? AND field = ? AND message = ?"},
		{&s.addProblem, "INSERT INTO problem (code, field, message) VALUES (?, ?, ?) RETURNING id"},
	} {
		var err error
		if *p.stmt, err = conn.PrepareContext(ctx, p.text); err != nil {
			return err
		}
	}
	return nil
}

func (s *statements) close() error {
	var errs []error
	for _, stmt := range []*sql.Stmt{s.fence, s.one, s.block, s.keep, s.undo, s.findProblem, s.addProblem} {
		if stmt != nil {
			errs = append(errs, stmt.Close())
		}
	}
	return errors.Join(errs...)
}

// encode appends the columns of result, in the order of schema.sql and version3.sql.
func encode(args []any, r *migrate.Result, problemID any) []any {
	var hash []byte // NULL where there is none
	if r.Hash != ([16]byte{}) {
		hash = r.Hash[:]
	}
	return append(args, r.Row, int64(r.State), int64(r.Action), r.Line-r.Row, packKey(r.Key), r.UserID, hash, packFlags(r),
		int64(r.Attempts), millis(r.SentAt), millis(r.At), r.Took.Microseconds(), int64(r.Status), problemID, r.TraceID,
		updatedGap(r))
}

// updatedGap is by how much a result is newer than Clerk's own time of it.
func updatedGap(r *migrate.Result) any {
	switch {
	case r.UpdatedAt.IsZero():
		return nil
	case r.At.IsZero():
		return -r.UpdatedAt.UnixMilli()
	default:
		return r.At.UnixMilli() - r.UpdatedAt.UnixMilli()
	}
}

func packFlags(r *migrate.Result) (flags int64) {
	for _, f := range [...]struct {
		set  bool
		flag int64
	}{{r.PreAbsent, preAbsent}, {r.Reconciled, reconciled}, {r.Generated, generated}, {r.Made, made}} {
		if f.set {
			flags |= f.flag
		}
	}
	return flags
}

// What decode takes, of a checkpoint of this version (see asOf); a condition and
// an order may follow. The numbers of past results are below 0.
const (
	selectResults = `SELECT row, ` + decoded + ` FROM result LEFT JOIN problem ON problem.id = result.problem `
	selectPast    = `SELECT -row, ` + decoded + ` FROM past LEFT JOIN problem ON problem.id = past.problem `

	decoded = `state, action, line_gap, key, user_id, hash, flags, attempts, sent_at, at, took, status, trace_id, updated_gap,
		coalesce(code, ''), coalesce(field, ''), coalesce(message, '')`
)

// decode reads one row of selectResults.
func decode(rows *sql.Rows) (r migrate.Result, err error) {
	// Into anything narrower than int64, database/sql goes by way of text.
	var (
		state, action, gap, flags, attempts, took, status int64

		key        any
		hash       sql.RawBytes
		sentAt, at sql.NullInt64
		updatedGap sql.NullInt64
	)
	err = rows.Scan(&r.Row, &state, &action, &gap, &key, &r.UserID, &hash, &flags,
		&attempts, &sentAt, &at, &took, &status, &r.TraceID, &updatedGap, &r.Code, &r.Field, &r.Message)
	if err != nil {
		return migrate.Result{}, err
	}
	if r.Key, err = unpackKey(key); err != nil {
		return migrate.Result{}, fmt.Errorf("row %d: %w", r.Row, err)
	}
	if state <= int64(migrate.Pending) || state >= int64(migrate.NumStates) || action < 0 || action > int64(migrate.Update) {
		return migrate.Result{}, fmt.Errorf("row %d: its state or action makes no sense", r.Row)
	}
	r.State, r.Action, r.Attempts, r.Status = migrate.State(state), migrate.Action(action), int(attempts), int(status)
	copy(r.Hash[:], hash)
	r.Line = r.Row + gap
	r.PreAbsent, r.Reconciled = flags&preAbsent != 0, flags&reconciled != 0
	r.Generated, r.Made = flags&generated != 0, flags&made != 0
	r.SentAt, r.At = fromMillis(sentAt), fromMillis(at)
	r.UpdatedAt = fromMillis(sql.NullInt64{Int64: at.Int64 - updatedGap.Int64, Valid: updatedGap.Valid})
	r.Took = time.Duration(took) * time.Microsecond
	return r, nil
}

// asOf is a query of what decode takes as the checkpoint's version has it.
func asOf(ctx context.Context, tx *sql.Tx, query string) (string, error) {
	there, err := since(ctx, tx, 3)
	if err == nil && !there {
		query = strings.Replace(query, "updated_gap,", "NULL,", 1)
	}
	return query, err
}

// packKey returns the 16 bytes of a key that is a UUID in lower case, which
// most are, and any other key as it is. It saves a sixth of the file.
func packKey(key string) any {
	if len(key) != 36 || key[8] != '-' || key[13] != '-' || key[18] != '-' || key[23] != '-' {
		return key
	}
	var digits [32]byte
	copy(digits[:], key[:8])
	copy(digits[8:], key[9:13])
	copy(digits[12:], key[14:18])
	copy(digits[16:], key[19:23])
	copy(digits[20:], key[24:])
	packed := make([]byte, 16)
	if _, err := hex.Decode(packed, digits[:]); err != nil || uuid(packed) != key {
		return key // not hexadecimal, or not all in lower case
	}
	return packed
}

var errKey = errors.New("its key is neither text nor a UUID")

// unpackKey is the reverse of packKey.
func unpackKey(v any) (string, error) {
	switch v := v.(type) {
	case string:
		return v, nil
	case []byte:
		if len(v) == 16 {
			return uuid(v), nil
		}
	}
	return "", errKey
}

// uuid writes 16 bytes as RFC 9562 section 4 does.
func uuid(b []byte) string {
	var s [36]byte
	hex.Encode(s[:], b[:4])
	hex.Encode(s[9:], b[4:6])
	hex.Encode(s[14:], b[6:8])
	hex.Encode(s[19:], b[8:10])
	hex.Encode(s[24:], b[10:])
	s[8], s[13], s[18], s[23] = '-', '-', '-', '-'
	return string(s[:])
}
