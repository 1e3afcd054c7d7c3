//go:build unix && !linux

package faults

import "testing"

// What takes strace, or a mount, is Linux's.
var (
	tracedPhases []phase
	writingSteps []func(t *testing.T, folder string) []string
	mountedNames []otherName
)
