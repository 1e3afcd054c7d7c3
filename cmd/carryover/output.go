package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// An output is a file that appears whole or not at all: it is written beside
// its place, synced, and renamed when it is kept. It is readable for its owner
// only, and never follows a link.
type output struct {
	*bufio.Writer
	path string
	file *os.File
}

// createOutput begins an output. A file that is there is replaced only with
// force.
func createOutput(path string, force bool) (*output, error) {
	switch info, err := os.Lstat(path); {
	case err == nil && !info.Mode().IsRegular():
		return nil, usagef("%s is not a regular file", path).hint("name another file")
	case err == nil && !force:
		return nil, usagef("%s is there already", path).hint("name another file, or say --force to replace it")
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, usage(fmt.Errorf("cannot write %s: %w", path, unwrapPath(err)))
	}
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*") // 0600, exclusive
	if err != nil {
		return nil, usage(fmt.Errorf("cannot write %s: %w", path, unwrapPath(err))).hint("check that its folder exists and can be written")
	}
	return &output{Writer: bufio.NewWriter(file), path: path, file: file}, nil
}

// keep makes the output appear at its place.
func (o *output) keep() error {
	err := errors.Join(o.Flush(), o.file.Sync(), o.file.Close())
	if err == nil {
		err = os.Rename(o.file.Name(), o.path)
	}
	if err != nil {
		_ = os.Remove(o.file.Name())
		return exit(exitUnexpected, fmt.Errorf("write %s: %w", o.path, unwrapPath(err)))
	}
	return syncFolder(filepath.Dir(o.path))
}

// drop removes what was written. It does nothing after keep.
func (o *output) drop() {
	_ = o.file.Close()
	_ = os.Remove(o.file.Name())
}

// syncFolder makes a rename durable, where the system can.
func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return nil // a folder that may not be read cannot be synced either
	}
	defer func() { _ = folder.Close() }()
	_ = folder.Sync() // not every file system knows it
	return nil
}

// unwrapPath drops the path that os puts into its errors: ours names the file
// as the user did.
func unwrapPath(err error) error {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err
	}
	return err
}

var _ io.Writer = (*output)(nil)
