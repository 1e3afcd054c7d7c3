package main

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"carryover/migrate"
	"carryover/migrate/clerk"
	"carryover/migrate/sandbox"
)

// readLog returns the lines of a log. Each must be an object with a time in
// UTC, not before that of the line above it, a level and a message.
func readLog(t *testing.T, text []byte) []map[string]any {
	t.Helper()
	var lines []map[string]any
	last := time.Time{}
	for line := range bytes.Lines(text) {
		var event map[string]any
		if err := json.Unmarshal(line, &event); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		at, err := time.Parse(time.RFC3339Nano, event["time"].(string))
		if err != nil || at.Before(last) || at.Location() != time.UTC {
			t.Errorf("%s: the time is %v, after %v (%v)", line, at, last, err)
		}
		last = at
		if !slices.Contains([]any{"INFO", "WARN", "ERROR"}, event["level"]) || event["msg"] == "" {
			t.Errorf("%s has no level or no message", line)
		}
		lines = append(lines, event)
	}
	return lines
}

// events are the lines with a message.
func events(lines []map[string]any, msg string) (found []map[string]any) {
	for _, line := range lines {
		if line["msg"] == msg {
			found = append(found, line)
		}
	}
	return found
}

// While a run goes on, its progress is noted every 30 seconds.
func TestProgressIsNoted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, err := clerk.New(clerk.Config{Key: "sk_test_x"})
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		var text bytes.Buffer
		l := &eventLog{Logger: slog.New(slog.NewJSONHandler(&text, &slog.HandlerOptions{ReplaceAttr: harmlessAttr}))}
		p := newProgress(client, slices.Repeat([]migrate.State{migrate.Created, migrate.Rejected}, 5), 90)
		for range 30 {
			p.observe(migrate.Result{State: migrate.Updated, Attempts: 2})
		}
		p.observe(migrate.Result{State: migrate.Conflict})
		p.observe(migrate.Result{State: migrate.Retry})
		end := l.follow(p)
		time.Sleep(95 * time.Second)
		end()
		lines := events(readLog(t, text.Bytes()), "progress")
		if len(lines) != 3 {
			t.Fatalf("%d lines in 95 seconds:\n%s", len(lines), &text)
		}
		for name, want := range map[string]any{"done": 41.0, "rows": 100.0, "ok": 35.0, "failed": 6.0, "retried": 30.0, "rate": 1.0, "eta": "57s", "waiting": ""} {
			if got := lines[0][name]; got != want {
				t.Errorf("%s is %v, want %v", name, got, want)
			}
		}
	})
}

// A log tells of a run what its owner finds in the morning: the target, rows
// that did not get through, gates and outages, and how it ended. Runs are
// appended.
func TestLogOfARun(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	writeFile(t, filepath.Join(folder, "users.csv"), append(newUsers(60), "bad,nobody,,\n"...))
	b := newBox(t, sandbox.Config{InstanceID: "ins_log"})
	var posts atomic.Int64
	b.inFront(func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodPost {
			return false
		}
		switch n := posts.Add(1); {
		case n == 5:
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusTooManyRequests)
			return true
		case n%10 != 0:
			return false
		}
		w.WriteHeader(http.StatusUnprocessableEntity)
		_, _ = io.WriteString(w, `{"errors":[{"code":"form_param_format_invalid","message":"u1@example.com","meta":{"param_name":"email_address"}}],"clerk_trace_id":"t1"}`)
		return true
	})
	log := filepath.Join(folder, "run.log")
	writeFile(t, log, []byte(`{"time":"2026-01-02T03:04:05Z","level":"INFO","msg":"cut off`)) // of a run that was killed
	if err := os.Chmod(log, 0o644); err != nil {
		t.Fatal(err)
	}
	carryover(t, exitProblems, folder, b.env(), "run", "users.csv", "--log-file", "run.log", "--rate-limit", "1000/1s", "-q")
	carryover(t, exitUsage, folder, nil, "run", "users.csv", "--log-file", "run.log")
	info, err := os.Stat(log)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the log is %v (%v), want 0600", info.Mode(), err)
	}
	text, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ = bytes.Cut(text, []byte("\n"))
	lines := readLog(t, text)
	for msg, n := range map[string]int{"run started": 2, "target": 1, "problem": 2, "run ended": 2} {
		if got := len(events(lines, msg)); got != n {
			t.Errorf("%d lines say %q, want %d:\n%s", got, msg, n, text)
		}
	}
	if t.Failed() {
		return
	}
	target := events(lines, "target")[0]
	if target["instance"] != "ins_log" || target["key"] != keyVariable || target["rows"] != 61.0 || target["to_send"] != 60.0 {
		t.Errorf("the target is %v", target)
	}
	rejected := events(lines, "row rejected")
	if len(rejected) == 0 || len(events(lines, "gate")) == 0 {
		t.Fatalf("no row was rejected, or no gate closed:\n%s", text)
	}
	for _, line := range rejected {
		if line["code"] != "form_param_format_invalid" || line["http_status"] != 422.0 || line["line"] != line["row"].(float64)+1 || line["trace_id"] != "t1" || line["level"] != "WARN" {
			t.Errorf("a rejected row: %v", line)
		}
	}
	ends := events(lines, "run ended")
	counts, _ := ends[0]["counts"].(map[string]any)
	if ends[0]["exit_code"] != 3.0 || ends[0]["level"] != "WARN" || ends[0]["state"] != "finished_with_problems" ||
		counts["rejected"] != float64(len(rejected)+1) || counts["rows"] != 61.0 {
		t.Errorf("the first run ended with %v", ends[0])
	}
	if ends[1]["exit_code"] != 2.0 || ends[1]["level"] != "ERROR" || ends[1]["error"] != "no Clerk secret key" {
		t.Errorf("the second run ended with %v", ends[1])
	}
	if strings.Contains(string(text), "@example.com") {
		t.Error("the log holds what rows hold")
	}
}

// An outage, and the signal that ends the wait for its end, are in the log; on
// the screen too where that is asked for.
func TestLogOfAnOutage(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	writeFile(t, filepath.Join(folder, "users.csv"), newUsers(200))
	b := newBox(t, sandbox.Config{Seed: 1, Faults: []sandbox.Fault{{Name: "502", Method: "POST", Probability: 1}}})
	p := start(t, folder, b.env(), "run", "users.csv", "--log-file", "run.log", "-v", "--rate-limit", "1000/1s")
	if !eventually(20*time.Second, func() bool { return strings.Contains(p.stderr.String(), "Clerk cannot be reached") }) {
		t.Errorf("the outage was never told:\n%s", p.stderr.String())
	}
	p.signal(t, syscall.SIGTERM)
	if out := p.wait(t); out.code != exitTerminated || !strings.Contains(out.stderr, "WRN waiting why=") {
		t.Errorf("exit code %d\n%s", out.code, out.stderr)
	}
	text, err := os.ReadFile(filepath.Join(folder, "run.log"))
	if err != nil {
		t.Fatal(err)
	}
	lines := readLog(t, text)
	if len(events(lines, "waiting")) == 0 || len(events(lines, "stopping")) != 1 {
		t.Errorf("the outage or the signal is not in the log:\n%s", text)
	}
	end := events(lines, "run ended")
	if len(end) != 1 || end[0]["exit_code"] != 143.0 || end[0]["state"] != "interrupted" {
		t.Errorf("the end is %v", end)
	}
}
