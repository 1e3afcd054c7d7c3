package main

import (
	"bytes"
	"context"
	"debug/buildinfo"
	"debug/elf"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// A target is a system that carryover runs on.
type target struct{ system, architecture string }

var targets = []target{
	{"linux", "amd64"}, {"linux", "arm64"},
	{"darwin", "amd64"}, {"darwin", "arm64"},
	{"windows", "amd64"}, {"windows", "arm64"},
}

// maxSize is how many bytes a binary may have: 22 MB, of 2^20 bytes.
const maxSize = 22 << 20

// hot are the packages whose functions are put into their callers (inlined),
// since rows and digests pass through them. In all others that costs 5 % of the
// binary and brings nothing that can be measured.
var hot = []string{
	"carryover/source", "carryover/hashers", "carryover/migrate", "carryover/migrate/mapping", "modernc.org/...",
	"bytes", "strings", "strconv", "unicode/...", "bufio", "io", "slices", "maps", "sort", "iter", "cmp",
	"runtime/...", "internal/...", "sync/...", "math/bits", "hash/...",
	"encoding/csv", "encoding/hex", "encoding/base64", "encoding/binary",
	"golang.org/x/crypto/...", "golang.org/x/text/unicode/...",
	"github.com/klauspost/...", "github.com/go-json-experiment/...",
}

// buildArgs are those of go build, for all targets. Nothing here speaks HTTP/2
// (see migrate/clerk), so that net/http is built without it. Functions begin at
// multiples of 16 bytes, as they do on arm64 anyway: the 32 of amd64 fill 1 % of
// the binary with nothing.
func buildArgs(pkg, path string) []string {
	args := []string{"build", "-trimpath", "-buildvcs=auto", "-tags", "nethttpomithttp2", "-ldflags", "-s -w -funcalign=16", "-gcflags=all=-l"}
	for _, pattern := range hot {
		args = append(args, "-gcflags="+pattern+"=")
	}
	return append(args, "-o", path, pkg)
}

// String returns SYSTEM/ARCHITECTURE, as Go names them.
func (t target) String() string { return t.system + "/" + t.architecture }

// file is the name of the binary of a program.
func (t target) file(program string) string {
	name := program + "-" + t.system + "-" + t.architecture
	if t.system == "windows" {
		name += ".exe"
	}
	return name
}

// choose returns the target that text names; all of them where it is empty.
func choose(text string) ([]target, error) {
	if text == "" {
		return targets, nil
	}
	for _, t := range targets {
		if t.String() == text {
			return []target{t}, nil
		}
	}
	return nil, fmt.Errorf("%q is none of the targets %v", text, targets)
}

// build builds pkg into a file. What the caller's environment says about
// building does not count, so that everybody builds the same.
func (t target) build(ctx context.Context, pkg, path string) error {
	cmd := exec.CommandContext(ctx, "go", buildArgs(pkg, path)...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+t.system, "GOARCH="+t.architecture,
		"GOFLAGS=", "GOAMD64=v1", "GOARM64=v8.0", "GOEXPERIMENT=")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", t, err, out)
	}
	return nil
}

// check returns the size of a binary that can be given away.
func (t target) check(path string) (int64, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	size := int64(len(content))
	if size > maxSize {
		return 0, fmt.Errorf("%s: %d bytes are more than the %d that a binary may have", path, size, int64(maxSize))
	}
	for _, folder := range machineFolders() {
		if bytes.Contains(content, []byte(folder)) {
			return 0, fmt.Errorf("%s: it names %s, a folder of this machine", path, folder)
		}
	}
	if t.system != "linux" { // the others have no system calls but those of their libraries
		return size, nil
	}
	file, err := elf.NewFile(bytes.NewReader(content))
	if err != nil {
		return 0, fmt.Errorf("%s: %w", path, err)
	}
	for _, part := range file.Progs {
		if part.Type == elf.PT_INTERP || part.Type == elf.PT_DYNAMIC {
			return 0, fmt.Errorf("%s: it is not static: %v", path, part.Type)
		}
	}
	return size, nil
}

// machineFolders are those that a build could leave in a binary: of the source,
// and of the modules.
func machineFolders() []string {
	var folders []string
	if dir, err := os.Getwd(); err == nil {
		folders = append(folders, dir)
	}
	if home, err := os.UserHomeDir(); err == nil {
		folders = append(folders, filepath.Join(home, "go"))
	}
	return folders
}

// versionOf is the version that a binary will say it has.
func versionOf(path string) string {
	info, err := buildinfo.ReadFile(path)
	if err != nil {
		return "no version"
	}
	version := info.Main.Version
	if strings.HasSuffix(version, "+dirty") {
		return version + " (uncommitted changes)"
	}
	return version
}
