package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// A search looks for canaries in files.
type search struct {
	anyCase [][]byte // in lower case
	exact   [][]byte
}

// newSearch looks for the canary as it is, in hexadecimal and in base64. URLs
// and JSON write its letters as they are. Inside a longer text, base64 shifts
// by up to two bytes; what stands between the first and the last group stays.
func newSearch() *search {
	s := &search{anyCase: [][]byte{
		[]byte(strings.ToLower(canary)), []byte(hex.EncodeToString([]byte(canary))), []byte(hex.EncodeToString([]byte(strings.ToLower(canary)))),
	}}
	for shift := range 3 {
		padded := strings.Repeat("x", shift) + canary
		encoded := base64.RawStdEncoding.EncodeToString([]byte(padded[:len(padded)/3*3]))
		s.exact = append(s.exact, []byte(encoded[4*((shift+2)/3):]))
	}
	return s
}

// finds tells whether there is a canary in a text.
func (s *search) finds(content []byte) bool {
	for _, form := range s.exact {
		if bytes.Contains(content, form) {
			return true
		}
	}
	lower := bytes.ToLower(content)
	for _, form := range s.anyCase {
		if bytes.Contains(lower, form) {
			return true
		}
	}
	return false
}

// searchRun looks into what a run said, and into every file that there is now.
// In a checkpoint there is nothing of a user but the key of its row.
func (r *round) searchRun(o outcome) error {
	look := func(path string) error {
		content, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if r.search.finds(content) {
			r.tally.secrets++
			r.violated("I8", "a secret is in %s", path)
		}
		if strings.Contains(filepath.Base(path), ".carryover.db") && bytes.Contains(content, []byte("@example.")) {
			r.tally.secrets++
			r.violated("I8", "an e-mail address is in %s", path)
		}
		return err
	}
	err := errors.Join(look(o.stdout), look(o.stderr))
	return errors.Join(err, filepath.WalkDir(filepath.Join(r.folder, "run"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		return look(path)
	}))
}
