package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"carryover/migrate/sandbox"
)

func TestWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		changed := errors.New("changed")
		start, looks := time.Now(), 0
		ctx, end := watch(t.Context(), watchEvery, func() error {
			if looks++; looks == 3 {
				return changed
			}
			return nil
		})
		<-ctx.Done()
		if took := time.Since(start); took != 3*watchEvery || !errors.Is(context.Cause(ctx), changed) {
			t.Errorf("it ended after %v with %v", took, context.Cause(ctx))
		}
		end()
		ctx, end = watch(t.Context(), watchEvery, func() error { return nil })
		time.Sleep(time.Hour)
		if ctx.Err() != nil {
			t.Error("it ended without a change")
		}
		end() // and its goroutine ends, or the bubble says so
	})
}

// A change is something that happens to an input.
type change struct {
	do       func(t *testing.T, path string)
	says     string // during a run
	between  string // how the rows differ then, after all of them were sent
	finished bool   // a run may come to its end all the same, before it looks
}

const (
	changedRows = 2000
	editedRow   = 1800 // from 0: far enough behind what a run reads ahead
)

// paddedUsers is a file so large that it is not read all at once.
func paddedUsers() []byte {
	var b bytes.Buffer
	b.WriteString("external_id,email_address,first_name,public_metadata\n")
	for i := range changedRows {
		fmt.Fprintf(&b, "user-%06d,user%06d@example.com,Ada,\"{\"\"pad\"\":\"\"%s\"\"}\"\n", i, i, strings.Repeat("x", 1000))
	}
	return b.Bytes()
}

var changes = map[string]change{
	"edited in place, with its size and time as before": {func(t *testing.T, path string) {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		text := paddedUsers()
		at := bytes.Index(text, fmt.Appendf(nil, "user%06d@example.com,Ada", editedRow)) + len("user000000@example.com,")
		file, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := file.WriteAt([]byte("Eve"), int64(at)); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(file.Close(), os.Chtimes(path, time.Time{}, info.ModTime())); err != nil {
			t.Fatal(err)
		}
	}, "no longer holds what it held when it was checked", "1,999 unchanged, 1 changed", false},
	"appended to": {func(t *testing.T, path string) {
		file, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := file.WriteString("new,new@example.com,Eve,\n"); err != nil {
			t.Fatal(err)
		}
		if err := file.Close(); err != nil {
			t.Fatal(err)
		}
	}, "the file has grown from ", "2,000 unchanged, 1 new or not sent yet", false},
	"truncated": {func(t *testing.T, path string) {
		text := paddedUsers()
		if err := os.Truncate(path, int64(bytes.Index(text, fmt.Appendf(nil, "user-%06d", editedRow)))); err != nil {
			t.Fatal(err)
		}
	}, " it was checked", "1,800 unchanged, 200 vanished from the input", false},
	"replaced": {func(t *testing.T, path string) {
		text := bytes.Replace(paddedUsers(), []byte(",Ada,"), []byte(",Eve,"), 1)
		if err := os.Rename(writeFile(t, path+".new", text), path); err != nil {
			t.Fatal(err)
		}
	}, "another file has taken its place since reading began", "1,999 unchanged, 1 changed", true},
}

// changeDuring runs the program and changes its input once 30 users are made,
// before any more are. It returns the box, the folder and the command line.
func changeDuring(t *testing.T, do func(t *testing.T, path string)) (b *box, folder string, args []string, out outcome) {
	t.Helper()
	b, folder = newBox(t, sandbox.Config{}), t.TempDir()
	file := writeFile(t, filepath.Join(folder, "users.csv"), paddedUsers())
	args = []string{"run", file, "--max-in-flight", "16"}
	changed := make(chan struct{})
	b.inFront(func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPost && b.Stats().Users >= 30 {
			<-changed
		}
		return false
	})
	p := start(t, folder, b.env(), args...)
	b.awaitUsers(t, 30)
	do(t, file)
	close(changed)
	out = p.wait(t)
	b.inFront(nil)
	return b, folder, args, out
}

// An input that changes while it is sent ends the run. What was sent is what was
// checked, to the byte; the rest is sent by --delta, and nothing twice.
func TestInputChangesDuringARun(t *testing.T) {
	t.Parallel()
	for name, c := range changes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, folder, args, out := changeDuring(t, c.do)
			if out.code != exitMismatch {
				t.Errorf("exit code %d, want %d", out.code, exitMismatch)
			}
			wantWords(t, out.stderr, "carryover: "+args[1]+": ", c.says, "--delta")
			if strings.Contains(out.stderr, "Run the same command again to go on") {
				t.Error("the same command would be refused")
			}
			users := b.users(t)
			if len(users) == changedRows && !c.finished || len(users) < 30 {
				t.Errorf("%d users", len(users))
			}
			for id, user := range users {
				if user["first_name"] != "Ada" {
					t.Errorf("%s was sent as it had not been checked", id)
				}
			}
			sent := len(writes(b.Journal()))
			out = carryover(t, exitMismatch, folder, b.env(), args...)
			wantWords(t, out.stderr, "carryover: the input is not the one that checkpoint ")
			if len(writes(b.Journal())) != sent {
				t.Error("a run that was refused wrote something")
			}
			carryover(t, exitOK, folder, b.env(), append(args, "--delta")...)
			for id, n := range writes(b.Journal()) {
				if n != 1 {
					t.Errorf("%s was written %d times", id, n)
				}
			}
		})
	}
}

// The same between two runs: the second is refused, and says what differs.
func TestInputChangesBetweenRuns(t *testing.T) {
	t.Parallel()
	for name, c := range changes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			file := writeFile(t, filepath.Join(folder, "users.csv"), paddedUsers())
			b := newBox(t, sandbox.Config{})
			carryover(t, exitOK, folder, b.env(), "run", file, "-q")
			c.do(t, file)
			before := len(b.Journal())
			out := carryover(t, exitMismatch, folder, b.env(), "run", file, "-q")
			wantWords(t, out.stderr, "\n  compared with what was sent: "+c.between+"\n", "carryover run "+file+" -q --delta\n")
			if len(b.Journal()) != before {
				t.Error("a run that was refused sent something")
			}
		})
	}
}

// Put back as it was, a file is gone on with.
func TestInputThatIsPutBack(t *testing.T) {
	t.Parallel()
	b, folder, args, out := changeDuring(t, changes["edited in place, with its size and time as before"].do)
	if out.code != exitMismatch {
		t.Fatalf("exit code %d\n%s", out.code, out.stderr)
	}
	writeFile(t, args[1], paddedUsers())
	carryover(t, exitOK, folder, b.env(), args...)
	checkOnce(t, b, changedRows)
}
