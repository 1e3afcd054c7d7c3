// Command release builds carryover for every system that it is given out for:
//
//	go run ./tools/release DIR
//
// Each binary stands alone (no C library), is the same wherever it is built
// from the same commit with the same Go, names no folder of the machine that
// built it, and is small enough to be sent around. DIR also gets SHA256SUMS.
package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	pkg := flag.String("package", "./cmd/carryover", "the `package` to build")
	only := flag.String("only", "", "build for one `SYSTEM/ARCHITECTURE` alone")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: go run ./tools/release [-only linux/amd64] DIR")
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() != 1 {
		flag.Usage()
		os.Exit(2)
	}
	if err := release(ctx, os.Stdout, *pkg, flag.Arg(0), *only); err != nil {
		fmt.Fprintf(os.Stderr, "release: %v\n", err)
		os.Exit(1)
	}
}

// release builds pkg for the targets into dir, and says what came of each. One
// that must not be given away does not keep the others from being built.
func release(ctx context.Context, out io.Writer, pkg, dir, only string) error {
	chosen, err := choose(only)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // it is there to be given away
		return err
	}
	var sums strings.Builder
	var refused []error
	program, err := programName(pkg)
	if err != nil {
		return err
	}
	for _, t := range chosen {
		path := filepath.Join(dir, t.file(program))
		if err := t.build(ctx, pkg, path); err != nil {
			return err
		}
		size, err := t.check(path)
		if err != nil {
			refused = append(refused, err)
			continue
		}
		sum, err := sha256Of(path)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "%-14s %5.2f MB  %s  %s\n", t, float64(size)/(1<<20), versionOf(path), filepath.Base(path))
		fmt.Fprintf(&sums, "%s  %s\n", sum, filepath.Base(path))
	}
	err = os.WriteFile(filepath.Join(dir, "SHA256SUMS"), []byte(sums.String()), 0o644) //nolint:gosec // as above
	return errors.Join(append(refused, err)...)
}

// programName is what go build calls the program of a package.
func programName(pkg string) (string, error) {
	folder, err := filepath.Abs(pkg)
	return filepath.Base(folder), err
}

func sha256Of(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { _ = file.Close() }()
	hash := sha256.New()
	if _, err := io.Copy(hash, file); err != nil {
		return "", err
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}
