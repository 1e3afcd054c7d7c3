// Package faults proves, on the built program, what a migration promises when
// the ground gives way: it is killed, signalled or starved, its disk fails, its
// files are not what they should be, others work on them too. It holds tests
// only; nothing imports it.
//
//	go test ./tools/faults                        a handful of points of each, in seconds
//	go test ./tools/faults -faults.size=full -v   all of them, in minutes
//
// Every test runs the program as its users do, against a sandbox in a process
// of its own. The sandbox outlives the program, and its journal of requests
// says what really happened. Whatever was done to a run, these must hold:
//
//   - The checkpoint opens, and SQLite finds no fault in it.
//   - Whatever Clerk was asked to create, the checkpoint knows of.
//   - The same command brings the migration to its end.
//   - Then every row of the input is one user with the content of the row, from
//     exactly one create; the counts add up to the rows; nothing lies around but
//     the checkpoint; and a further run writes nothing.
//   - The exit code is the documented one, and what is said names the file and
//     what to do.
//
// The tests, and what each does to the program:
//
//	killed_linux_test.go     SIGKILL at its n-th fsync, write, open, rename … (strace)
//	phases_test.go           SIGKILL in a named phase: checks, look-ups, draining …
//	order_linux_test.go      reads from a trace that no create left before its intent was on disk
//	disk_linux_test.go       a disk that answers with an error from the n-th call on (strace)
//	full_test.go             a disk that is full: a limit on the size of files, a small tmpfs
//	place_test.go            a checkpoint path that is something else
//	stale_test.go            a checkpoint whose -wal file is missing, foreign or older
//	together_test.go         several runs, and readers, of one checkpoint
//	signals_test.go          INT, TERM, HUP, PIPE, STOP and CONT, QUIT
//	scarce_test.go           few files, little memory, few threads
//	undo_test.go             SIGKILL of undo, again and again
//	dump_test.go             crashes that would leave its memory on a disk
//
// Tests that need strace, root or a mount skip, with the reason, where they
// cannot have it. Loss of power is not among them: it takes a machine to cut.
package faults
