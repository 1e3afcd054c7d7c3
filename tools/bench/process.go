package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"carryover/tools/rig"
)

// The exit codes that are wanted here, as the documentation numbers them.
const (
	exitOK        = 0
	exitResumable = 4
)

// A result is what carryover says of a run with --output json.
type result struct {
	Counts   map[string]int `json:"counts"`
	Requests struct {
		Total int `json:"total"`
	} `json:"requests"`
}

// A launch is a run of the program that has ended.
type launch struct {
	result
	code   int
	wall   time.Duration // from its start to its end
	cpu    time.Duration // of all its threads, in the program and in the kernel
	peak   float64       // memory, in MiB
	stderr string
}

// command runs a command of the program that prints a result, without a box
// where it needs none.
func (b *bench) command(ctx context.Context, box *rig.Box, folder string, args ...string) (launch, error) {
	args = append(args, "--output", "json", "--quiet")
	var cmd *exec.Cmd
	if box != nil {
		cmd = box.Command(ctx, b.binary, folder, args...)
	} else {
		cmd = rig.Command(ctx, b.binary, folder, args...)
	}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	began := time.Now()
	err := cmd.Run()
	l := launch{wall: time.Since(began), stderr: strings.TrimSpace(stderr.String())}
	var exit *exec.ExitError
	if ctx.Err() != nil || err != nil && !errors.As(err, &exit) {
		return l, errors.Join(err, ctx.Err())
	}
	l.code = cmd.ProcessState.ExitCode()
	l.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	l.peak = peak(cmd.ProcessState)
	if err := json.Unmarshal(stdout.Bytes(), &l.result); err != nil {
		return l, fmt.Errorf("carryover %s: exit code %d, no result: %w\n%s", args[0], l.code, err, l.stderr)
	}
	return l, nil
}

// want checks how a run ended, and that its counts are these and no others.
func (l *launch) want(code int, counts map[string]int) error {
	if l.code != code {
		return fmt.Errorf("exit code %d, want %d: %s", l.code, code, l.stderr)
	}
	for _, name := range []string{"rows", "created", "updated", "unchanged", "rejected", "conflict", "unfinished", "dropped"} {
		if got, told := l.Counts[name]; got != counts[name] || !told {
			return fmt.Errorf("%s: %d, want %d; all counts: %v", name, got, counts[name], l.Counts)
		}
	}
	return nil
}

// unbounded lets a run send as fast as it can. Its window is short, so that one
// that goes on need not wait for the end of the last one's.
var unbounded = []string{"--rate-limit", "100000/100ms", "--share", "100"}

// newFolder makes an empty folder, in which a run leaves its checkpoint.
func (b *bench) newFolder() (string, error) { return os.MkdirTemp(b.folder, "run-") }

// migrate runs a whole migration of a file, from the first row to the last, in
// a folder of its own, which it removes.
func (b *bench) migrate(ctx context.Context, box *rig.Box, file string, counts map[string]int, args ...string) (l launch, err error) {
	folder, err := b.newFolder()
	if err != nil {
		return l, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	if l, err = b.command(ctx, box, folder, append([]string{"run", file}, args...)...); err != nil {
		return l, err
	}
	if err := l.want(exitOK, counts); err != nil {
		return l, fmt.Errorf("run %s: %w", filepath.Base(file), err)
	}
	return l, nil
}

// each collects one number of each run.
func each(runs []launch, number func(l *launch) float64) (values []float64) {
	for i := range runs {
		values = append(values, number(&runs[i]))
	}
	return values
}

func peakOf(l *launch) float64 { return l.peak }
