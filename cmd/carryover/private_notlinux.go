//go:build !linux

package main

// undumpable has no counterpart here; no core file is written all the same, see
// private.
func undumpable() {}

// wipe has nothing to do: the environment is not shown from memory here, or
// cannot be reached.
func wipe(string) {}
