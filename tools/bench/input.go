package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// users writes good rows of the 12 usual columns to a file. Its name says the
// format; the same rows are in all of them.
func (b *bench) users(ctx context.Context, name string, rows int) (file string, err error) {
	file = filepath.Join(b.folder, name)
	words, err := exec.CommandContext(ctx, b.gen, "-n", strconv.Itoa(rows), "-o", file).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("gen: %w\n%s", err, words)
	}
	return file, nil
}

// create makes a new file in the folder and has it written.
func (b *bench) create(name string, write func(to io.Writer) error) (file string, err error) {
	file = filepath.Join(b.folder, name)
	out, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return "", err
	}
	return file, errors.Join(write(out), out.Close())
}

// renamed copies a file of users with another first name in every row.
func (b *bench) renamed(file string) (changed string, err error) {
	in, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer func() { _ = in.Close() }()
	return b.create("renamed-"+filepath.Base(file), func(to io.Writer) error { return rename(in, to) })
}

func rename(from io.Reader, to io.Writer) error {
	r, w := csv.NewReader(from), csv.NewWriter(to)
	names, err := r.Read()
	if err != nil {
		return err
	}
	_ = w.Write(names) // an error stays with w
	first := slices.Index(names, "first_name")
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			w.Flush()
			return w.Error()
		}
		if err != nil {
			return err
		}
		record[first] = "Renamed"
		_ = w.Write(record)
	}
}

// djangoDigests begin the passwords that Django makes with its own settings, all
// of which Clerk takes.
var djangoDigests = []string{"pbkdf2_sha256$", "argon2$", "bcrypt_sha256$", "bcrypt$"}

// django writes rows of Django's table auth_user: those of the sample whose
// digests are usual ones, over and over, each with an id, a name and an address
// of its own.
func (b *bench) django(rows int) (file string, err error) {
	sample, err := os.Open(filepath.Join(b.module, "testdata", "exports", "django", "users.csv"))
	if err != nil {
		return "", err
	}
	defer func() { _ = sample.Close() }()
	records, err := csv.NewReader(sample).ReadAll()
	if err != nil {
		return "", err
	}
	return b.create("auth_user.csv", func(to io.Writer) error { return multiply(to, records, rows) })
}

// multiply writes the header of records, and then rows made of the others.
func multiply(to io.Writer, records [][]string, rows int) error {
	column := map[string]int{}
	for i, name := range records[0] {
		column[name] = i
	}
	usual := slices.DeleteFunc(slices.Clone(records[1:]), func(record []string) bool {
		digest := record[column["password"]]
		return !slices.ContainsFunc(djangoDigests, func(prefix string) bool { return strings.HasPrefix(digest, prefix) })
	})
	if len(usual) == 0 {
		return errors.New("the sample of Django's table has no usual digest")
	}
	w := csv.NewWriter(to)
	_ = w.Write(records[0]) // an error stays with w
	for i := range rows {
		record := slices.Clone(usual[i%len(usual)])
		number := strconv.Itoa(i + 1)
		record[column["id"]] = number
		record[column["username"]] = "user_" + number
		record[column["email"]] = "user." + number + "@example.com"
		_ = w.Write(record)
	}
	w.Flush()
	return w.Error()
}
