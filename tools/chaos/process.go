package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// An outcome is how one run of the program ended.
type outcome struct {
	killed bool // by us, at the time asked for
	code   int  // the exit code of one that ended by itself

	stdout, stderr string // files
}

// launch starts a run in the folder of the round and kills it after a time, if
// it has not ended by then.
func (r *round) launch(ctx context.Context, life time.Duration, more ...string) (outcome, error) {
	r.tally.starts++
	return r.command(ctx, life, append(r.args(), more...))
}

// command starts any command of the program.
func (r *round) command(ctx context.Context, life time.Duration, args []string) (outcome, error) {
	r.runs++
	name := filepath.Join(r.folder, "out", fmt.Sprintf("%04d", r.runs))
	o := outcome{stdout: name + ".stdout", stderr: name + ".stderr"}
	stdout, err := os.Create(o.stdout)
	if err != nil {
		return o, err
	}
	defer func() { _ = stdout.Close() }()
	stderr, err := os.Create(o.stderr)
	if err != nil {
		return o, err
	}
	defer func() { _ = stderr.Close() }()

	cmd := r.box.Command(ctx, r.binary, filepath.Join(r.folder, "run"), args...)
	cmd.Stdout, cmd.Stderr = stdout, stderr
	if err := cmd.Start(); err != nil {
		return o, err
	}
	killer := time.AfterFunc(life, func() { _ = cmd.Process.Kill() })
	err = cmd.Wait()
	late := !killer.Stop()
	if ctx.Err() != nil {
		return o, ctx.Err()
	}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return o, err
	}
	o.code = cmd.ProcessState.ExitCode()
	o.killed = late && o.code < 0
	return o, nil
}

// args is the command, the same for every run of a round.
func (r *round) args() []string {
	limit, share := "10000/10ms", "100"
	if r.s.limit != "" {
		limit, share = r.s.limit, "90"
	}
	args := []string{
		"run", r.input, "--mode", r.s.mode, "--rate-limit", limit, "--share", share, "--settle", r.s.settle.String(),
		"--max-in-flight", fmt.Sprint(r.s.inFlight), "--max-rejects", "100%", "--progress", "plain", "--output", "json",
	}
	if r.s.apiVersion != "" {
		args = append(args, "--api-version", r.s.apiVersion)
	}
	return args
}

// words is the end of what a run said to people.
func (o *outcome) words() string {
	b, err := os.ReadFile(o.stderr)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(b)), "\n")
	return strings.Join(lines[max(0, len(lines)-3):], " | ")
}
