package checkpoint

import (
	"context"
	"database/sql"
)

// The names of notes.
const (
	censusNote  = "census"  // see RunInfo.Census
	remarksNote = "remarks" // see DB.Remark
)

// writeNote stores a note, within a transaction.
func (db *DB) writeNote(ctx context.Context, name string, text []byte) error {
	_, err := db.conn.ExecContext(ctx, "INSERT OR REPLACE INTO note VALUES (?, ?)", name, string(text))
	return err
}

// writeCensus stores what the checks of a run found. What earlier runs remarked
// is about what earlier checks found, and is forgotten.
func (db *DB) writeCensus(ctx context.Context, text []byte) error {
	if _, err := db.conn.ExecContext(ctx, "DELETE FROM note WHERE name = ?", remarksNote); err != nil {
		return err
	}
	return db.writeNote(ctx, censusNote, text)
}

// Census returns what RunInfo.Census was last; nil where there is none.
func (r *Reader) Census(ctx context.Context) ([]byte, error) { return r.note(ctx, censusNote) }

// Remarks returns what DB.Remark stored last; nil where there is nothing.
func (r *Reader) Remarks(ctx context.Context) ([]byte, error) { return r.note(ctx, remarksNote) }

func (r *Reader) note(ctx context.Context, name string) (text []byte, err error) {
	err = r.view(ctx, func(tx *sql.Tx) error {
		text = nil
		if there, err := since(ctx, tx, 2); !there || err != nil {
			return err
		}
		return each(ctx, tx, "SELECT text FROM note WHERE name = '"+name+"'", func(rows *sql.Rows) error {
			return rows.Scan(&text)
		})
	})
	return text, err
}
