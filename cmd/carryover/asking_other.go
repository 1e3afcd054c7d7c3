//go:build !unix

package main

import "os"

// askingSignals: this system has no signal to ask with.
var askingSignals []os.Signal
