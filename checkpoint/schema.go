package checkpoint

import (
	"context"
	"crypto/rand"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
)

//go:embed schema.sql
var schema string

const (
	applicationID = 0x434D4752 // "CMGR", in the header of the file
	version       = 1          // user_version of schema.sql
)

// build makes a complete checkpoint at path and closes it again. It does so
// under a name of its own, which then is renamed: a kill at any moment leaves
// either a whole checkpoint or none.
func build(ctx context.Context, path string, id Identity) (err error) {
	tmp := path + "." + hex.EncodeToString(random(4)) + ".new"
	if err := touch(tmp); err != nil {
		return &DiskError{Path: tmp, Err: err}
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, removeAll(tmp))
		}
	}()
	if err := fill(ctx, tmp, id); err != nil {
		return err
	}
	if err := renameNew(tmp, path); err != nil {
		return &DiskError{Path: path, Err: err}
	}
	if err := syncFolder(path); err != nil {
		return errors.Join(&DiskError{Path: path, Err: err}, removeAll(path))
	}
	return nil
}

// fill writes schema and identity into the empty file at path.
func fill(ctx context.Context, path string, id Identity) (err error) {
	pool, err := connect(ctx, path, writing)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, explain(path, pool.Close())) }()

	tx, err := pool.BeginTx(ctx, nil)
	if err != nil {
		return explain(path, err)
	}
	defer func() { _ = tx.Rollback() }() // does nothing after Commit
	if _, err := tx.ExecContext(ctx, schema); err != nil {
		return explain(path, err)
	}
	values := append([]any{hex.EncodeToString(random(8)), random(32)}, id.values()...)
	if _, err := tx.ExecContext(ctx, "INSERT INTO meta (one, id, run_key, "+identityColumns+
		") VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values...); err != nil {
		return explain(path, err)
	}
	last := fmt.Sprintf(`INSERT INTO head (one, id, epoch, commit_seq, clean) SELECT 1, id, 0, 0, 1 FROM meta;
		PRAGMA application_id = %d; PRAGMA user_version = %d`, applicationID, version)
	if _, err := tx.ExecContext(ctx, last); err != nil {
		return explain(path, err)
	}
	if err := tx.Commit(); err != nil {
		return explain(path, err)
	}
	// The whole of it goes into the main file, where guards look for it.
	_, err = pool.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
	return explain(path, err)
}

// random returns n bytes from the system's generator, which cannot fail.
func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return b
}

// touch makes an empty file that only its owner may read or write, whatever
// the umask; SQLite gives its -wal and -shm the same mode.
func touch(name string) error {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_RDWR|noFollow, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(f.Chmod(0o600), f.Close())
}
