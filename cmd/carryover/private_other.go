//go:build !unix

package main

import "io/fs"

// private has nothing to do: files inherit the rights of their folder here, and
// no core file is written.
func private() {}

// openTo knows nothing: modes do not say here who may read.
func openTo(fs.FileInfo) string { return "" }

// readableByOthers knows nothing, as openTo.
func readableByOthers(string) bool { return false }
