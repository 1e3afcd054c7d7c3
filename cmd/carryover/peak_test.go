package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
)

// peak runs a command and writes its peak memory in kilobytes to the file that
// PEAK_FILE names. It is a process of its own between the tests and the
// command, since Linux begins to count where the parent is: the tests are large.
func peak() {
	cmd := exec.Command(os.Args[1], os.Args[2:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	text := fmt.Sprint(maxRSS(cmd.ProcessState))
	if err := os.WriteFile(os.Getenv("PEAK_FILE"), []byte(text), 0o600); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(cmd.ProcessState.ExitCode())
}
