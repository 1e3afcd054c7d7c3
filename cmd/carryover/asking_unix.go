//go:build unix

package main

import (
	"os"
	"syscall"
)

// askingSignals ask a command how it is getting on.
var askingSignals = []os.Signal{syscall.SIGUSR1}
