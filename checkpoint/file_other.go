//go:build !unix

package checkpoint

import "io/fs"

// noFollow has no counterpart here; plain has looked before.
const noFollow = 0

// links returns the number of names a file has, which is not known here.
func links(fs.FileInfo) uint64 { return 1 }

// syncFolder has nothing to do: folders cannot be synced here.
func syncFolder(string) error { return nil }

// mayWrite reports whether this process can make files in a folder, which only
// an attempt tells here.
func mayWrite(string) bool { return true }
