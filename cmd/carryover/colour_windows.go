package main

import (
	"os"

	"golang.org/x/sys/windows"
)

// obeys makes a terminal obey the sequences that colour text and move the
// cursor, and reports whether it does.
func obeys(terminal *os.File) bool {
	var mode uint32
	handle := windows.Handle(terminal.Fd())
	if windows.GetConsoleMode(handle, &mode) != nil {
		return false
	}
	return windows.SetConsoleMode(handle, mode|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING) == nil
}
