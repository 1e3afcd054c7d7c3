//go:build !windows

package main

import "os"

// showsColours reports whether a terminal obeys the sequences that colour text.
func showsColours(*os.File) bool { return true }
