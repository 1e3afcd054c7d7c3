//go:build !windows

package main

import "os"

// obeys reports whether a terminal obeys the sequences that colour text and move
// the cursor.
func obeys(*os.File) bool { return true }
