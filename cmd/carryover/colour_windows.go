package main

import (
	"os"

	"golang.org/x/sys/windows"
)

// showsColours makes a terminal obey the sequences that colour text, and
// reports whether it does.
func showsColours(terminal *os.File) bool {
	var mode uint32
	handle := windows.Handle(terminal.Fd())
	if windows.GetConsoleMode(handle, &mode) != nil {
		return false
	}
	return windows.SetConsoleMode(handle, mode|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING) == nil
}
