//go:build unix

package main

import "syscall"

func umask() { syscall.Umask(0o077) }
