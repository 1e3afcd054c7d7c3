package checkpoint

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"carryover/migrate"
)

// A Rebase says how a checkpoint goes on with another input than the one it was
// made for.
type Rebase struct {
	Identity Identity                 // of the new input
	Moves    iter.Seq[migrate.Move]   // what becomes of what is known; each From at most once
	Results  iter.Seq[migrate.Result] // what is known of other rows of the new input, as that the checks refused them
}

// Rebase puts a new input in the place of the one that the checkpoint belongs
// to, in one transaction: a kill at any moment leaves it with the one or the
// other. What is known of rows that no Move names is forgotten. The errors are
// those of Commit.
//
// It holds the writing connection for as long as it takes, some seconds for a
// million rows, and needs room on the disk for a second copy of what is known.
func (db *DB) Rebase(ctx context.Context, r Rebase) error {
	db.mu.Lock()
	defer db.mu.Unlock()
	err := db.transact(ctx, true, func(ctx context.Context) error {
		if err := db.enterMoves(ctx, r.Moves); err != nil {
			return err
		}
		if err := db.script(ctx, rebaseScript); err != nil {
			return err
		}
		if err := db.insertAll(ctx, r.Results); err != nil {
			return err
		}
		_, err := db.conn.ExecContext(ctx, "UPDATE meta SET ("+identityColumns+
			") = (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", r.Identity.values()...)
		return err
	})
	if err != nil {
		clear(db.problems) // some may have been rolled back
		return err
	}
	db.identity.Store(&r.Identity)
	return nil
}

// The tables that a Rebase makes are gone when its transaction ends. A table
// that takes the place of another keeps its definition, as the file has it.
const (
	makeMoves = `CREATE TABLE move (
		source INTEGER NOT NULL, target INTEGER, to_state INTEGER, to_action INTEGER, to_gap INTEGER, gone INTEGER NOT NULL) STRICT`
	addMoves    = `INSERT INTO move VALUES `
	moveColumns = 6
	moveBlock   = 64
)

// carried are the columns of a result at its new row. One that is in another
// state than before begins anew: no attempts, no problem.
const carried = `target, to_state, to_action, to_gap, key, user_id, hash, flags, iif(state = to_state, attempts, 0),
	sent_at, at, took, status, iif(state = to_state, problem, NULL), trace_id, updated_gap`

var rebaseScript = []string{
	`INSERT INTO next SELECT ` + carried + ` FROM move CROSS JOIN result ON row = source WHERE source > 0 AND target IS NOT NULL`,
	`INSERT INTO next SELECT ` + carried + ` FROM move CROSS JOIN past ON row = -source WHERE source < 0 AND target IS NOT NULL`,
	`DELETE FROM past WHERE row IN (SELECT -source FROM move WHERE source < 0 AND target IS NOT NULL)`,
	`UPDATE past SET vanished = gone FROM move WHERE row = -source AND source < 0 AND target IS NULL AND vanished <> gone`,
	`INSERT INTO past SELECT NULL, state, action, line_gap, key, user_id, hash, flags,
			attempts, sent_at, at, took, status, problem, trace_id, gone, updated_gap
		FROM move CROSS JOIN result ON row = source WHERE source > 0 AND target IS NULL`,
	`DROP TABLE result`,
	`ALTER TABLE next RENAME TO result`,
	`DROP TABLE move`,
}

func (db *DB) script(ctx context.Context, statements []string) error {
	for _, s := range statements {
		if _, err := db.conn.ExecContext(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// enterMoves makes the tables, and enters the moves into theirs.
func (db *DB) enterMoves(ctx context.Context, moves iter.Seq[migrate.Move]) error {
	var definition string
	err := db.conn.QueryRowContext(ctx, "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = 'result'").Scan(&definition)
	if err != nil {
		return err
	}
	_, columns, _ := strings.Cut(definition, "(")
	if err := db.script(ctx, []string{makeMoves, "CREATE TABLE next (" + columns}); err != nil {
		return err
	}
	one := "(?" + strings.Repeat(", ?", moveColumns-1) + ")"
	block, err := db.conn.PrepareContext(ctx, addMoves+one+strings.Repeat(", "+one, moveBlock-1))
	if err != nil {
		return err
	}
	defer func() { _ = block.Close() }()
	args := make([]any, 0, moveBlock*moveColumns)
	for m := range moves {
		if m.Row < 0 || m.Row > maxRow || m.From == 0 {
			return fmt.Errorf("a move from row %d to row %d makes no sense", m.From, m.Row)
		}
		if args = appendMove(args, m); len(args) == cap(args) {
			if _, err := block.ExecContext(ctx, args...); err != nil {
				return err
			}
			args = args[:0]
		}
	}
	for rest := range slices.Chunk(args, moveColumns) {
		if _, err := db.conn.ExecContext(ctx, addMoves+one, rest...); err != nil {
			return err
		}
	}
	return nil
}

func appendMove(args []any, m migrate.Move) []any {
	if m.Row == 0 {
		return append(args, m.From, nil, nil, nil, nil, m.Vanished)
	}
	return append(args, m.From, m.Row, int64(m.State), int64(m.Action), m.Line-m.Row, false)
}

// insertAll writes results a block at a time.
func (db *DB) insertAll(ctx context.Context, results iter.Seq[migrate.Result]) error {
	block := make([]migrate.Result, 0, blockRows)
	for r := range results {
		if err := storable(&r); err != nil {
			return err
		}
		if block = append(block, r); len(block) == blockRows {
			if err := db.insert(ctx, block); err != nil {
				return err
			}
			block = block[:0]
		}
	}
	return db.insert(ctx, block)
}

// Past returns what is known of rows of earlier inputs that no row of this one
// goes on with, where Clerk has a user of it or may have one. Their Row is below
// 0; their Line is one of an earlier input. An error is the last thing that it
// yields.
func (r *Reader) Past(ctx context.Context) iter.Seq2[migrate.Result, error] {
	return r.results(ctx, selectPast+"ORDER BY row")
}

// Vanished is Past without those whose key a row of the input has, which the
// checks have refused.
func (r *Reader) Vanished(ctx context.Context) iter.Seq2[migrate.Result, error] {
	return r.results(ctx, selectPast+"WHERE vanished = 1 ORDER BY row")
}
