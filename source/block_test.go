package source

import (
	"bytes"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

func newBlocks() *blocks { return &blocks{seed: maphash.MakeSeed()} }

// readSame reads a text of which b may know something.
func readSame(src io.Reader, b *blocks) ([]byte, error) {
	return io.ReadAll(&sameReader{src: src, blocks: b, buf: make([]byte, blockSize)})
}

// A text is read any number of times, however its reader hands it out.
func TestSameText(t *testing.T) {
	readers := map[string]func(io.Reader) io.Reader{
		"whole":          func(r io.Reader) io.Reader { return r },
		"half":           iotest.HalfReader,
		"end with data":  iotest.DataErrReader,
		"byte for byte":  iotest.OneByteReader,
		"end after half": func(r io.Reader) io.Reader { return iotest.DataErrReader(iotest.HalfReader(r)) },
	}
	for _, size := range []int{0, 1, blockSize - 1, blockSize, blockSize + 1, 2 * blockSize, 2*blockSize + 7} {
		text, b := bytes.Repeat([]byte("0123456"), size/7+1)[:size], newBlocks()
		for name, wrap := range readers {
			if got, err := readSame(wrap(bytes.NewReader(text)), b); err != nil || !bytes.Equal(got, text) {
				t.Errorf("%d bytes, %s: %d bytes, %v", size, name, len(got), err)
			}
		}
	}
}

// Of another text nothing is handed out from the first block on that differs.
func TestOtherText(t *testing.T) {
	chance := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		size := chance.IntN(3*blockSize + 9)
		text, b := bytes.Repeat([]byte("abcdefg"), size/7+1)[:size], newBlocks()
		if chance.IntN(2) == 0 { // whoever reads first may leave before the end
			_, _ = io.ReadFull(&sameReader{src: bytes.NewReader(text), blocks: b, buf: make([]byte, blockSize)}, make([]byte, size/2))
		}
		if _, err := readSame(bytes.NewReader(text), b); err != nil {
			t.Fatal(err)
		}
		other, at := bytes.Clone(text), chance.IntN(size+1)
		switch kind := chance.IntN(3); {
		case kind == 0 && at < size:
			other[at] ^= 1
		case kind == 1 && at < size:
			other = other[:at]
		default:
			other, at = append(other, 'x'), size
		}
		got, err := readSame(bytes.NewReader(other), b)
		if !errors.Is(err, errOtherText) || len(got) != at/blockSize*blockSize {
			t.Errorf("%d bytes of a text of %d that differs at %d, %v", len(got), size, at, err)
		}
	}
}

// What breaks off within a block is for its first reader only: nothing tells
// whether it is what it was.
func TestTextThatBreaksOff(t *testing.T) {
	broken := func() io.Reader {
		return io.MultiReader(strings.NewReader(strings.Repeat("x", blockSize+5)), iotest.ErrReader(errors.New("disk")))
	}
	for _, known := range []bool{false, true} {
		b, want := newBlocks(), blockSize+5
		if known {
			want = blockSize
			if _, err := readSame(strings.NewReader(strings.Repeat("x", blockSize+9)), b); err != nil {
				t.Fatal(err)
			}
		}
		got, err := readSame(broken(), b)
		if err == nil || err.Error() != "disk" || len(got) != want {
			t.Errorf("known %v: %d bytes, %v; want %d", known, len(got), err, want)
		}
	}
}

// editInPlace changes a file without changing its size, and puts its time back.
func editInPlace(t *testing.T, path string, at int64, text string) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte(text), at); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(f.Close(), os.Chtimes(path, time.Time{}, info.ModTime())); err != nil {
		t.Fatal(err)
	}
}

// An edit that shows neither in the size nor in the time of a file ends the
// next reading, and one that is going on, before a row comes of it.
func TestEditInPlace(t *testing.T) {
	const rows, edited = 30_000, 20_000
	line := func(i int) string { return fmt.Sprintf("user-%06d,name-%06d\n", i, i) }
	var text strings.Builder
	text.WriteString(head)
	for i := range rows {
		text.WriteString(line(i))
	}
	for _, during := range []bool{false, true} {
		t.Run(fmt.Sprintf("during=%v", during), func(t *testing.T) {
			path := write(t, "users.csv", text.String())
			in := open(t, Options{}, path)
			if _, err := in.Fingerprint(t.Context()); err != nil {
				t.Fatal(err)
			}
			edit := func() { editInPlace(t, path, int64(len(head)+edited*len(line(0))), "XXXX") }
			if !during {
				edit()
			}
			n, end := 0, ""
			for row, err := range in.Rows(t.Context()) {
				if err != nil {
					end = describe(t, row, err)
					break
				}
				if n++; n == 1 && during {
					edit()
				}
				if !strings.HasPrefix(row.ExternalID, "user-") {
					t.Fatalf("row %d was handed out as it is now", row.Number)
				}
			}
			if end != "@0 !!file_changed" || n == 0 || n > edited {
				t.Errorf("%d rows, then %q", n, end)
			}
			if err := in.Changed(); err != nil {
				t.Errorf("the edit was meant to be one that does not show: %v", err)
			}
		})
	}
}

func TestChanged(t *testing.T) {
	for want, change := range map[string]func(path string) error{
		"":             func(string) error { return nil },
		"no longer":    os.Remove,
		"grown from":   func(path string) error { return os.WriteFile(path, []byte(head+"a,b\nc,d\n"), 0o600) },
		"shrunk from":  func(path string) error { return os.Truncate(path, 3) },
		"written to":   func(path string) error { return os.Chtimes(path, time.Time{}, time.Unix(1, 0)) },
		"another file": func(path string) error { return os.Rename(write(t, "new.csv", head+"a,b\n"), path) },
	} {
		path := write(t, "users.csv", head+"a,b\n")
		in := open(t, Options{}, write(t, filepath.Base(path)+".first.csv", head), path)
		if err := change(path); err != nil {
			t.Fatal(err)
		}
		err := in.Changed()
		if want == "" {
			if err != nil {
				t.Errorf("nothing was changed: %v", err)
			}
			continue
		}
		var bad *FileError
		if !errors.As(err, &bad) || bad.Code != codeChanged || !strings.Contains(bad.Message, want) || bad.File != path || bad.Hint == "" {
			t.Errorf("%v, want %q", err, want)
		}
	}
	in := open(t, Options{Stdin: strings.NewReader(head + "a,b\n")}, "-")
	if err := in.Changed(); err != nil {
		t.Errorf("standard input: %v", err)
	}
}
