package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"

	_ "modernc.org/sqlite" // the driver

	"carryover/checkpoint"
	"carryover/migrate"
)

// A ledger is what a checkpoint holds.
type ledger struct {
	results map[int]migrate.Result // by row
	keys    map[string]int         // row by external id
	userIDs map[string]int         // row by Clerk's id
}

// final is how many rows have an outcome.
func (l *ledger) final() (n int) {
	for _, result := range l.results {
		if result.State.Final() {
			n++
		}
	}
	return n
}

// underWay is how many rows have an intent and no outcome.
func (l *ledger) underWay() (n int) {
	for _, result := range l.results {
		if result.State == migrate.InFlight {
			n++
		}
	}
	return n
}

// ledger reads the checkpoint as the last run left it, in a copy: the next run
// is to find exactly that. damage says what SQLite finds wrong with it. Where
// there is no checkpoint yet, the ledger is empty.
func (r *round) ledger(ctx context.Context) (l *ledger, damage string, err error) {
	l = &ledger{results: map[int]migrate.Result{}, keys: map[string]int{}, userIDs: map[string]int{}}
	folder := filepath.Join(r.folder, "seen")
	if err := os.RemoveAll(folder); err != nil {
		return nil, "", err
	}
	if err := os.Mkdir(folder, 0o700); err != nil {
		return nil, "", err
	}
	name := filepath.Base(r.input) + ".carryover.db"
	path := filepath.Join(folder, name)
	for _, suffix := range []string{"", "-wal", ".lock"} {
		content, err := os.ReadFile(filepath.Join(r.folder, "run", name+suffix))
		if errors.Is(err, fs.ErrNotExist) {
			if suffix == "" {
				return l, "", nil
			}
			continue
		}
		if err != nil {
			return nil, "", err
		}
		if err := os.WriteFile(path+suffix, content, 0o600); err != nil {
			return nil, "", err
		}
	}
	if err := l.read(ctx, path); err != nil {
		return nil, "", err
	}
	damage, err = examine(ctx, path)
	return l, damage, err
}

func (l *ledger) read(ctx context.Context, path string) (err error) {
	reader, err := checkpoint.OpenReader(ctx, path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, reader.Close()) }()
	for result, err := range reader.Results(ctx) {
		if err != nil {
			return err
		}
		row := int(result.Row)
		l.results[row] = result
		if result.Key != "" {
			l.keys[result.Key] = row
		}
		if result.UserID != "" {
			l.userIDs[result.UserID] = row
		}
	}
	return nil
}

// examine asks SQLite itself, with its own eyes and not with the program's.
func examine(ctx context.Context, path string) (damage string, err error) {
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?mode=rw")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	var verdict string
	if err := db.QueryRowContext(ctx, "PRAGMA integrity_check").Scan(&verdict); err != nil {
		return "", err
	}
	if verdict != "ok" {
		return "integrity_check: " + verdict, nil
	}
	var broken int
	if err := db.QueryRowContext(ctx, "SELECT count(*) FROM pragma_foreign_key_check").Scan(&broken); err != nil {
		return "", err
	}
	if broken > 0 {
		return fmt.Sprintf("foreign_key_check: %d rows", broken), nil
	}
	return "", nil
}
