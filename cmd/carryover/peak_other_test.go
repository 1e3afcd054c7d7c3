//go:build !linux

package main

import "os"

// maxRSS is not measured: the figures are for Linux.
func maxRSS(*os.ProcessState) int64 { return -1 }
