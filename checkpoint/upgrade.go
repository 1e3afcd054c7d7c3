package checkpoint

import (
	"context"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"os"

	"modernc.org/sqlite"
)

var (
	//go:embed version2.sql
	version2 string
	//go:embed version3.sql
	version3 string
)

// upgrades bring a checkpoint from one version to the next, by the version that
// it has.
var upgrades = map[int64]string{1: version2, 2: version3}

// setVersion is the statement that makes it known.
func setVersion(v int64) string { return fmt.Sprintf("PRAGMA user_version = %d", v) }

// upgrade brings the tables to this version; it runs in a transaction.
func (db *DB) upgrade(ctx context.Context, from int64) error {
	for v := from; v < version; v++ {
		if err := db.script(ctx, []string{upgrades[v], setVersion(v + 1)}); err != nil {
			return err
		}
	}
	return nil
}

// errRehearsed ends the transaction of rehearse.
var errRehearsed = errors.New("rehearsed")

// rehearse takes the checkpoint over and gives it back: a file whose tables are
// not what they should be is refused before a copy comes up beside it.
func (db *DB) rehearse(ctx context.Context, from int64) error {
	err := db.transact(ctx, false, func(ctx context.Context) error {
		if err := errors.Join(db.takeOver(ctx, from), db.stmts.close()); err != nil {
			return err
		}
		db.stmts = statements{}
		return errRehearsed
	})
	if errors.Is(err, errRehearsed) {
		return nil
	}
	return err
}

// backup keeps a copy of a checkpoint as an earlier release has left it, beside
// it, for whoever must go back to that release. It is whole or not there.
func (db *DB) backup(ctx context.Context, from int64) error {
	name := fmt.Sprintf("%s.v%d.bak", db.path, from)
	sweep(db.path) // a kill in the middle of this leaves its beginning
	tmp := db.path + "." + hex.EncodeToString(random(4)) + newSuffix
	err := touch(tmp)
	if err == nil {
		_, err = db.conn.ExecContext(ctx, "VACUUM INTO ?", tmp)
	}
	if err == nil {
		err = makeWhole(ctx, tmp)
	}
	if err == nil {
		err = syncFile(tmp)
	}
	if err == nil {
		err = os.Rename(tmp, name)
	}
	if err == nil {
		err = syncFolder(db.path)
	}
	if err != nil {
		sweep(db.path)
		var s *sqlite.Error
		if errors.As(err, &s) || ctx.Err() != nil { // the fault of the disk, or of what the file holds
			return damaged(db.path, err)
		}
		return &DiskError{Path: db.path, Err: bare(err)}
	}
	return nil
}

// makeWhole makes a checkpoint of a copy, which holds all that the -wal file had
// and has none: SQLite leaves it out of WAL mode, and a kill of the run before
// may have left it marked as one that needs its -wal file.
func makeWhole(ctx context.Context, name string) (err error) {
	pool, err := connect(ctx, name, writing)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, pool.Close()) }()
	_, err = pool.ExecContext(ctx, "UPDATE head SET clean = 1")
	return err
}

func syncFile(name string) error {
	f, err := os.OpenFile(name, os.O_RDWR|noFollow, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
