package checkpoint

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"carryover/migrate"
)

// The test binary runs itself as a child, which does one of these.
const (
	childHolds   = "hold"   // opens the checkpoint and waits for the end of stdin
	childCommits = "commit" // commits batch after batch, until it is killed
	childCreates = "create" // creates and discards, until it is killed
	childFills   = "fill"   // commits with a limit on the size of files, until that is met
	childRebases = "rebase" // puts one input in the place of another, until it is killed
)

const childBatch = 8

// A process is a child, and what it prints.
type process struct {
	*exec.Cmd
	out  *bufio.Reader
	stop io.Closer // its stdin
}

func spawn(t testing.TB, role, path string) *process {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "CHECKPOINT_TEST_CHILD="+role, "CHECKPOINT_TEST_PATH="+path)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	return &process{cmd, bufio.NewReader(out), in}
}

// line returns the next line that the child prints, "" at the end.
func (p *process) line() string {
	s, _ := p.out.ReadString('\n')
	return strings.TrimSuffix(s, "\n")
}

// kill sends SIGKILL, and returns the lines printed until then.
func (p *process) kill(t testing.TB) []string {
	t.Helper()
	if err := p.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for s := p.line(); s != ""; s = p.line() {
		lines = append(lines, s)
	}
	_ = p.Wait()
	return lines
}

// end lets the child come to its own end.
func (p *process) end(t testing.TB) {
	t.Helper()
	_ = p.stop.Close()
	if err := p.Wait(); err != nil {
		t.Fatalf("the child ended with %v", err)
	}
}

// child is main of the child.
func child(role string) {
	path := os.Getenv("CHECKPOINT_TEST_PATH")
	err := map[string]func(string) error{
		childHolds: hold, childCommits: commitForever, childCreates: createForever, childFills: fillUp, childRebases: rebaseForever,
	}[role](path)
	if err != nil {
		fmt.Fprintln(os.Stderr, "child:", err)
		os.Exit(1)
	}
}

func openOrCreate(path string) (*DB, error) {
	db, err := Open(context.Background(), path)
	if errors.Is(err, ErrNotFound) {
		return Create(context.Background(), path, Identity{Rows: 1 << 20})
	}
	return db, err
}

func hold(path string) error {
	db, err := openOrCreate(path)
	if err != nil {
		return err
	}
	fmt.Println("ready")
	_, _ = io.Copy(io.Discard, os.Stdin)
	return db.Close()
}

// commitForever makes the rows of the last batch Created and those of a new one
// InFlight, in one commit, and prints the number of batches once it is kept.
func commitForever(path string) error {
	db, err := openOrCreate(path)
	if err != nil {
		return err
	}
	states, err := db.States(context.Background())
	if err != nil {
		return err
	}
	for n := int64(len(states)) / childBatch; ; n++ {
		if err := db.Commit(context.Background(), childResults(n)); err != nil {
			return err
		}
		fmt.Println(n + 1)
	}
}

func childResults(n int64) []migrate.Result {
	var batch []migrate.Result
	for i := range int64(childBatch) {
		if n > 0 {
			batch = append(batch, migrate.Result{Row: (n-1)*childBatch + i + 1, State: migrate.Created,
				UserID: "user_" + strconv.FormatInt(n, 10)})
		}
		batch = append(batch, migrate.Result{Row: n*childBatch + i + 1, State: migrate.InFlight})
	}
	return batch
}

func createForever(path string) error {
	for {
		db, err := openOrCreate(path)
		if err != nil {
			return err
		}
		if err := db.Discard(); err != nil {
			return err
		}
		fmt.Println("again")
	}
}

// checkBatches fails unless what is stored is what commitForever left after
// some number of whole batches, at least acked.
func checkBatches(t testing.TB, db *DB, acked int) int {
	t.Helper()
	var verdict string
	if err := db.Reader.pool.QueryRow("PRAGMA integrity_check").Scan(&verdict); err != nil || verdict != "ok" {
		t.Fatalf("integrity_check: %s, %v", verdict, err)
	}
	states, err := db.States(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	batches := len(states) / childBatch
	if len(states)%childBatch != 0 || batches < acked {
		t.Fatalf("%d rows are stored, %d batches were committed", len(states), acked)
	}
	for i, s := range states {
		want := migrate.Created
		if i/childBatch == batches-1 {
			want = migrate.InFlight
		}
		if s != want {
			t.Fatalf("row %d of %d is %v, want %v", i+1, len(states), s, want)
		}
	}
	return batches
}
