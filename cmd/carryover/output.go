package main

import (
	"bufio"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"carryover/checkpoint"
	"carryover/migrate/report"
)

// An output is a file that appears whole or not at all: it is written beside
// its place, synced, and takes its place when it is kept. It is readable for
// its owner only. Neither a link nor a folder that is swapped meanwhile leads
// it to another place than the folder that was there when it began.
//
// A write that fails is told by keep at the latest; those after it are of no
// effect.
type output struct {
	*bufio.Writer
	path   string // as the user named it
	force  bool
	inputs []string
	dir    string // of path, as the user named it
	name   string // within dir
	temp   string // within dir
	folder *os.Root
	file   *os.File
}

// createOutput begins an output. A file that is there is replaced only with
// force, and never where it is one of the inputs or a checkpoint.
func createOutput(path string, force bool, inputs ...string) (*output, error) {
	o := &output{path: path, force: force, inputs: inputs}
	o.dir, o.name = filepath.Split(path) // as it is written: x/.. may be anywhere
	if o.dir == "" {
		o.dir = "."
	}
	if path == "-" {
		return nil, usagef("- is not the name of a file").hint("the result alone goes to standard output: name a file")
	}
	if o.name == "" || o.name == "." || o.name == ".." {
		return nil, usagef("%s is a folder", report.Clean(path)).hint("name a file in it")
	}
	var err error
	if o.folder, err = os.OpenRoot(o.dir); err != nil {
		return nil, o.fail(exitUsage, err).hint("check that its folder exists and can be written")
	}
	if err := o.vacant(); err != nil {
		_ = o.folder.Close()
		return nil, err
	}
	o.temp = ".carryover-" + rand.Text()[:16] + ".tmp"
	o.file, err = o.folder.OpenFile(o.temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		_ = o.folder.Close()
		return nil, o.fail(exitUsage, err).hint("check that its folder exists and can be written")
	}
	o.Writer = bufio.NewWriter(o.file)
	return o, nil
}

func (o *output) fail(code int, err error) *exitError {
	return exit(code, fmt.Errorf("cannot write %s: %w", report.Clean(o.path), unwrapPath(err)))
}

// vacant checks that the output may take its place.
func (o *output) vacant() error {
	info, err := o.folder.Lstat(o.name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return o.fail(exitUsage, err)
	}
	clean := report.Clean(o.path)
	same := func(input string) bool {
		in, err := os.Stat(input)
		return err == nil && os.SameFile(info, in)
	}
	switch {
	case info.IsDir():
		return usagef("%s is a folder", clean).hint("name a file in it")
	case info.Mode()&fs.ModeSymlink != 0:
		return usagef("%s is a symbolic link", clean).hint("name the file that it leads to, or another")
	case !info.Mode().IsRegular():
		return usagef("%s is not a regular file", clean).hint("name another file")
	case slices.ContainsFunc(o.inputs, same):
		return usagef("%s is what is read", clean).hint("name another file")
	case !o.force:
		return usagef("%s is there already", clean).hint("name another file, or say --force to replace it")
	}
	if is, err := checkpoint.Exists(o.path); is && err == nil {
		return usagef("%s is a checkpoint", clean).hint("name another file")
	}
	return nil
}

// keep makes the output appear at its place.
func (o *output) keep() error {
	err := errors.Join(o.Flush(), o.file.Sync(), o.file.Close())
	if err == nil {
		err = o.place()
	}
	if err != nil {
		o.drop()
		return o.fail(exitUnexpected, err).hint("nothing is there under this name; the rest is complete")
	}
	if folder, err := o.folder.Open("."); err == nil {
		_ = folder.Sync() // not every file system knows it
		_ = folder.Close()
	}
	return o.folder.Close()
}

// place gives the output its name.
func (o *output) place() error {
	is, err := o.folder.Stat(".")
	if err != nil {
		return err
	}
	if now, err := os.Stat(o.dir); err != nil || !os.SameFile(is, now) {
		return errors.New("its folder was moved or replaced meanwhile")
	}
	if !o.force {
		// Unlike a rename, a link never replaces what came up meanwhile.
		err := o.folder.Link(o.temp, o.name)
		if err == nil {
			return o.folder.Remove(o.temp)
		}
		if errors.Is(err, fs.ErrExist) {
			return errors.New("another file came up there meanwhile")
		}
	}
	if err := o.vacant(); err != nil {
		return err
	}
	return o.folder.Rename(o.temp, o.name)
}

// drop removes what was written. It does nothing after keep.
func (o *output) drop() {
	_ = o.file.Close()
	_ = o.folder.Remove(o.temp)
	_ = o.folder.Close()
}

// unwrapPath drops the path that os puts into its errors: ours names the file
// as the user did.
func unwrapPath(err error) error {
	var pathErr *fs.PathError
	var linkErr *os.LinkError
	switch {
	case errors.As(err, &pathErr):
		return pathErr.Err
	case errors.As(err, &linkErr):
		return linkErr.Err
	}
	return err
}

var _ io.Writer = (*output)(nil)
