package main

import (
	"bytes"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// undumpable makes the kernel write no core file for this process, not even
// where core_pattern names a program, which RLIMIT_CORE does not hold back. It
// also hides /proc/PID/environ and the memory from other processes of the same
// user.
func undumpable() {
	_ = unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0) // fails for no other value than 0 and 1
}

// wipe overwrites a variable in the first memory of this process, which is what
// /proc/PID/environ shows, to root as well, and which unsetting the variable
// leaves as it is. It must come before private. Where the system does not let
// it, the variable stays there.
func wipe(name string) {
	block, err := os.ReadFile("/proc/self/environ")
	if err != nil {
		return
	}
	memory, err := os.OpenFile("/proc/self/mem", os.O_WRONLY, 0)
	if err != nil {
		return
	}
	defer func() { _ = memory.Close() }()
	at, ok := environmentStart()
	for entry := range bytes.SplitAfterSeq(block, []byte{0}) {
		if value, is := bytes.CutPrefix(entry, []byte(name+"=")); is && ok {
			_, _ = memory.WriteAt(make([]byte, len(value)), at+int64(len(name)+1))
		}
		at += int64(len(entry))
	}
}

// environmentStart is the address of what /proc/self/environ shows: env_start,
// the 50th field of proc_pid_stat(5). The second is the name of the program in
// parentheses, which may hold anything.
func environmentStart() (int64, bool) {
	stat, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		return 0, false
	}
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) < 48 {
		return 0, false
	}
	start, err := strconv.ParseInt(string(fields[47]), 10, 64)
	return start, err == nil && start > 0
}
