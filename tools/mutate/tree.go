package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// A tree is a copy of the module, to be damaged.
type tree struct{ root string }

// copyTree copies the files that git knows, as they are now, into a folder.
func copyTree(ctx context.Context, from, to string) (*tree, error) {
	cmd := exec.CommandContext(ctx, "git", "ls-files", "-z")
	cmd.Dir = from
	names, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("git ls-files: %w", err)
	}
	for name := range strings.SplitSeq(strings.TrimSuffix(string(names), "\x00"), "\x00") {
		content, err := os.ReadFile(filepath.Join(from, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue // removed, and git has not been told
		}
		if err == nil {
			err = os.MkdirAll(filepath.Join(to, filepath.Dir(name)), 0o700)
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(to, name), content, 0o600)
		}
		if err != nil {
			return nil, err
		}
	}
	return &tree{to}, nil
}

// edit makes the edits of a mutant. undo takes them back.
func (t *tree) edit(edits []edit) (undo func() error, err error) {
	before := map[string][]byte{}
	undo = func() error {
		var errs []error
		for path, content := range before {
			errs = append(errs, os.WriteFile(path, content, 0o600))
		}
		return errors.Join(errs...)
	}
	for _, e := range edits {
		path := filepath.Join(t.root, e.file)
		content, err := os.ReadFile(path)
		if err != nil {
			return undo, err
		}
		if before[path] == nil {
			before[path] = content
		}
		if n := strings.Count(string(content), e.old); n != 1 {
			return undo, fmt.Errorf("%s: the text to replace is there %d times, want once; mend tools/mutate/mutant.go:\n%s", e.file, n, e.old)
		}
		changed := strings.Replace(string(content), e.old, e.new, 1)
		if err := os.WriteFile(path, []byte(changed), 0o600); err != nil {
			return undo, err
		}
	}
	return undo, nil
}

// run runs a command in the tree. failed says that it ended with another exit
// status than 0.
func (t *tree) run(ctx context.Context, name string, args ...string) (words string, failed bool, err error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = t.root
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) && ctx.Err() == nil {
		return string(out), true, nil
	}
	return string(out), false, err
}
