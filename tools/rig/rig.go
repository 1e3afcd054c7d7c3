// Package rig is what the tools hold the built program in: they build it, run it
// as others run it, and keep its sandbox in a process of its own, whose journal
// tells what arrived.
package rig

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
)

// Main runs a tool until it ends or is interrupted, and ends the process: with 0
// where all is well, with 1 where the error is a failed, about which the tool
// has said what there is to say, else with 2 and the error.
func Main(name string, failed error, run func(ctx context.Context, args []string, stdout, stderr io.Writer) error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	switch {
	case errors.Is(err, flag.ErrHelp):
	case errors.Is(err, failed):
		os.Exit(1)
	case err != nil:
		fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
		os.Exit(2)
	}
}

// Module is the folder of this module.
func Module(ctx context.Context) (string, error) {
	folder, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return "", fmt.Errorf("where is the module? %w", err)
	}
	return strings.TrimSpace(string(folder)), nil
}

// Build builds a package of this module, named by its folder, such as
// "cmd/carryover", into the file binary.
func Build(ctx context.Context, binary, pkg string, flags ...string) error {
	args := append([]string{"build", "-o", binary}, flags...)
	words, err := exec.CommandContext(ctx, "go", append(args, "carryover/"+pkg)...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("build %s: %w\n%s", pkg, err, words)
	}
	return nil
}

// Command is a command of the program in a folder, which knows nothing of this
// process' environment.
func Command(ctx context.Context, binary, folder string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.Dir = folder
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=/no-home", "TMPDIR=" + folder}
	return cmd
}
