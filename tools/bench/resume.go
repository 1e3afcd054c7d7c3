package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"carryover/checkpoint"
	"carryover/migrate"
	"carryover/tools/rig"
)

// resume measures how long a run that goes on takes to its first request about
// a user, where most of a large input is done already.
func (b *bench) resume(ctx context.Context) error {
	rows := b.done + b.left
	file, err := b.users(ctx, "resume.csv", rows)
	if err != nil {
		return err
	}
	first, kept, err := b.firstRun(ctx, file, rows)
	if err != nil {
		return err
	}
	b.addPeak(fmt.Sprintf("run: peak memory, first run of %s rows", count(b.done)), atSize(b.done, atMost), 100, first)
	if err := fill(ctx, kept, file, b.done); err != nil {
		return fmt.Errorf("fill the checkpoint: %w", err)
	}
	size, err := os.Stat(kept)
	if err != nil {
		return err
	}
	b.table.add(newFigure("checkpoint: size, "+count(b.done)+" rows done", "MiB", 0, noBound, 0, float64(size.Size())/(1<<20)))
	var waits []float64
	var runs []launch
	for range b.runs {
		wait, l, err := b.resumeOnce(ctx, file, kept)
		if err != nil {
			return err
		}
		waits, runs = append(waits, wait.Seconds()), append(runs, l)
	}
	what := count(b.done) + " rows done"
	b.table.add(newFigure("resume, to the first request about a user: "+what, "s", 2, atSize(b.done, atMost), 5, waits...))
	b.addPeak("resume: peak memory, "+what, atSize(b.done, atMost), 100, runs...)
	return nil
}

// firstRun has the program make a checkpoint for a file of so many rows, and
// migrate one.
func (b *bench) firstRun(ctx context.Context, file string, rows int) (l launch, kept string, err error) {
	folder, err := b.newFolder()
	if err != nil {
		return l, "", err
	}
	box, err := rig.StartBox(ctx, b.binary, key, "--limit", "none", "--latency", "0")
	if err != nil {
		return l, "", err
	}
	defer func() { err = errors.Join(err, box.Close()) }()
	if l, err = b.command(ctx, box, folder, append([]string{"run", file, "--max-rows", "1"}, unbounded...)...); err != nil {
		return l, "", err
	}
	if err := l.want(exitResumable, map[string]int{"rows": rows, "created": 1, "unfinished": rows - 1}); err != nil {
		return l, "", err
	}
	return l, filepath.Join(folder, filepath.Base(file)+".carryover.db"), nil
}

// fill puts the rows up to done into a checkpoint as a run would have left them,
// each like the first one, which a run did leave. It takes seconds, where the
// run would take minutes.
func fill(ctx context.Context, path, file string, done int) (err error) {
	db, err := checkpoint.Open(ctx, path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	var model migrate.Result
	for r, err := range db.Results(ctx) {
		if err != nil {
			return err
		}
		model = r
	}
	if model.Row != 1 || model.State != migrate.Created {
		return fmt.Errorf("it begins with row %d, %s", model.Row, model.State)
	}
	in, err := os.Open(file)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	const most = 1000 // results of a commit
	batch := make([]migrate.Result, 0, most)
	err = eachKey(in, func(row int64, key string) error {
		if row > int64(done) {
			return io.EOF
		}
		r := model
		r.Row, r.Line, r.Key = row, row+1, key
		r.UserID = fmt.Sprintf("user_%027d", row)
		copy(r.Hash[:], fmt.Sprintf("%016x", row))
		if batch = append(batch, r); len(batch) < most && row < int64(done) {
			return nil
		}
		err := db.Commit(ctx, batch)
		batch = batch[:0]
		return err
	})
	return err
}

// eachKey yields the external ids of a CSV file with their rows, until an error.
func eachKey(file io.Reader, yield func(row int64, key string) error) error {
	r := csv.NewReader(file)
	r.ReuseRecord = true
	names, err := r.Read()
	if err != nil {
		return err
	}
	column := slices.Index(names, "external_id")
	for row := int64(1); ; row++ {
		record, err := r.Read()
		if err == nil {
			err = yield(row, strings.Clone(record[column]))
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// resumeOnce has a run go on from a copy of a checkpoint, and returns how long
// it was from its start until the sandbox got a request about a user.
func (b *bench) resumeOnce(ctx context.Context, file, kept string) (wait time.Duration, l launch, err error) {
	folder, err := b.newFolder()
	if err != nil {
		return 0, l, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	if err := copyFile(kept, filepath.Join(folder, filepath.Base(kept))); err != nil {
		return 0, l, err
	}
	box, err := rig.StartBox(ctx, b.binary, key, "--limit", "none", "--latency", "0", "--journal", "0")
	if err != nil {
		return 0, l, err
	}
	defer func() { err = errors.Join(err, box.Close()) }()
	// A request of our own, right before the start, sets the sandbox's clock to 0.
	if _, err := box.Do(ctx, http.MethodGet, "/v1/instance", ""); err != nil {
		return 0, l, err
	}
	if l, err = b.command(ctx, box, folder, append([]string{"run", file}, unbounded...)...); err != nil {
		return 0, l, err
	}
	rows := b.done + b.left
	if err := l.want(exitOK, map[string]int{"rows": rows, "created": rows}); err != nil {
		return 0, l, err
	}
	journal, err := box.Journal(ctx)
	if err != nil {
		return 0, l, err
	}
	wait, err = untilUsers(journal)
	return wait, l, err
}

// untilUsers is how long after the first request the first one about users came.
func untilUsers(journal []*rig.Entry) (time.Duration, error) {
	i := slices.IndexFunc(journal, func(e *rig.Entry) bool { return strings.HasPrefix(e.Path, "/users") })
	if i < 1 {
		return 0, errors.New("no request about a user has come")
	}
	return time.Duration(journal[i].AtNS - journal[0].AtNS), nil
}

func copyFile(from, to string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
