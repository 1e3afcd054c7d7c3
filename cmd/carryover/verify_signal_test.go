//go:build unix

package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"carryover/migrate/sandbox"
)

// Whoever asks is told how far it is. A signal ends it, and what was found by
// then is told; meanwhile no run may work on the checkpoint.
func TestVerifyIsInterrupted(t *testing.T) {
	t.Parallel()
	folder, b := t.TempDir(), newBox(t, sandbox.Config{})
	file := writeFile(t, filepath.Join(folder, "users.csv"), newUsers(2000))
	carryover(t, exitOK, folder, b.env(), "run", file, "-q", "--mode", "create")
	first := map[string]bool{} // Clerk's ids of the first 500 rows, which are answered
	for key, user := range b.users(t) {
		if key < "user-000500" {
			first[user["id"].(string)] = true
		}
	}
	quit := make(chan struct{})
	var held atomic.Int64
	b.inFront(func(_ http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path == "/v1/users" && !first[strings.TrimPrefix(r.URL.Query().Get("user_id"), "+")] {
			held.Add(1)
			select {
			case <-quit:
			case <-r.Context().Done():
			}
		}
		return false
	})
	defer close(quit)
	list := filepath.Join(folder, "differences.csv")
	p := start(t, folder, b.env(), "verify", file, "-q", "--differences", list)
	if !eventually(20*time.Second, func() bool { return held.Load() > 0 }) {
		t.Fatal("it never asked")
	}
	if out := carryover(t, exitLocked, folder, b.env(), "run", file); !strings.Contains(out.stderr, "wait until it has ended") {
		t.Error(out.stderr)
	}
	if !eventually(20*time.Second, func() bool {
		p.signal(t, syscall.SIGUSR1)
		return strings.Contains(p.stderr.String(), "Z Comparing with Clerk: 25 %")
	}) {
		t.Errorf("it said %q", p.stderr.String())
	}
	at := p.signal(t, os.Interrupt)
	out := p.wait(t)
	if took := time.Since(at); out.code != exitInterrupted || took > 5*time.Second {
		t.Errorf("exit code %d after %v\n%s", out.code, took, out.stderr)
	}
	wantWords(t, out.stdout, "Interrupted after ", "equal    500", "not compared  1,500", "Not compared: 1,500 left out")
	if _, err := os.Stat(list); !os.IsNotExist(err) {
		t.Errorf("a list that is not whole is there: %v", err)
	}
	b.inFront(nil)
	if out := carryover(t, exitOK, folder, b.env(), "verify", file, "-q"); !strings.Contains(out.stdout, "equal  2,000") {
		t.Error(out.stdout)
	}
}
