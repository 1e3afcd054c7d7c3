// Command man writes the manual pages of carryover, one for each command and
// each topic of the help:
//
//	go run ./tools/man DIR
//
// SOURCE_DATE_EPOCH, where it is set, is the date that they bear.
//
// It asks the program what its help says (carryover describe), so that the
// program itself need not hold what makes manual pages.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"

	"github.com/spf13/cobra/doc"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	program := flag.String("program", "", "the `file` of a carryover that is built already")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: go run ./tools/man [-program FILE] DIR")
		os.Exit(2)
	}
	if err := write(ctx, *program, flag.Arg(0)); err != nil {
		fmt.Fprintf(os.Stderr, "man: %v\n", err)
		os.Exit(1)
	}
}

// write writes the pages into a folder.
func write(ctx context.Context, program, dir string) error {
	root, err := ask(ctx, program)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // they are there to be read
		return err
	}
	header := &doc.GenManHeader{Section: "1", Source: "carryover", Manual: "carryover"}
	return doc.GenManTree(root.command(), header, dir)
}

// ask returns what the program says about itself.
func ask(ctx context.Context, program string) (*command, error) {
	cmd := exec.CommandContext(ctx, "go", "run", "./cmd/carryover", "describe")
	if program != "" {
		cmd = exec.CommandContext(ctx, program, "describe")
	}
	cmd.Stderr = os.Stderr
	text, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", cmd, err)
	}
	var root command
	if err := json.Unmarshal(text, &root); err != nil {
		return nil, fmt.Errorf("%s: %w", cmd, err)
	}
	return &root, nil
}
