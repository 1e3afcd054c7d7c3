package source

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// open opens an input that lasts as long as the test.
func open(t testing.TB, opts Options, paths ...string) *Input {
	t.Helper()
	in, err := Open(paths, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := in.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return in
}

func TestOpenRefuses(t *testing.T) {
	folder := t.TempDir()
	good := write(t, "users.csv", head+"a,b\n")
	link := filepath.Join(folder, "link.csv")
	if err := os.Symlink(good, link); err != nil {
		t.Skipf("no symbolic links here: %v", err)
	}
	for _, c := range []struct {
		name  string
		paths []string
		want  string
	}{
		{"nothing", nil, "no_input"},
		{"missing", []string{filepath.Join(folder, "no.csv")}, "file_missing"},
		{"folder", []string{folder}, "file_is_directory"},
		{"twice", []string{good, good}, "file_given_twice"},
		{"twice by another name", []string{good, link}, "file_given_twice"},
		{"standard input twice", []string{"-", "-"}, "file_given_twice"},
		{"the header of the second file", []string{good, write(t, "b.csv", "x,y\n1,2\n")}, "no_known_column"},
	} {
		t.Run(c.name, func(t *testing.T) {
			in, err := Open(c.paths, Options{Stdin: strings.NewReader(head)})
			end, ok := err.(*FileError)
			if !ok || in != nil {
				t.Fatalf("%v, want a *FileError", err)
			}
			known(t, end.Code)
			if end.Code != c.want || end.Hint == "" {
				t.Errorf("%+v, want %s", end, c.want)
			}
		})
	}
	_, err := Open([]string{filepath.Join(folder, "no.csv")}, Options{})
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v does not wrap fs.ErrNotExist", err)
	}
}

// Nothing of the first line is quoted: without a header it is a user's data.
func TestHeaderErrorsQuoteNothing(t *testing.T) {
	const secret = "hunter2secret"
	for _, text := range []string{
		secret + ",x\n", secret + "," + secret + "\n", "a,\"" + secret + "\"x\n", secret + ",pasword\n",
	} {
		_, err := Open([]string{write(t, "u.csv", text)}, Options{})
		if end := err.(*FileError); strings.Contains(end.Message+end.Hint, secret) {
			t.Errorf("%q is quoted by %+v", text, end)
		}
	}
	_, err := Open([]string{write(t, "u.csv", "exernal_id,e-mail adress\nx,y\n")}, Options{})
	if end := err.(*FileError); !strings.Contains(end.Hint, "column 1 may be external_id, column 2 may be email_address; ") {
		t.Errorf("hint %q does not name the nearest columns", end.Hint)
	}
}

func TestSeveralFiles(t *testing.T) {
	a := write(t, "a.csv", head+"a,b\nbad\n")
	b := write(t, "b.jsonl", `{"external_id":"c"}`+"\n")
	c := write(t, "c.csv", "username;externalId\n\ne;d\n")
	in := open(t, Options{}, a, b, c)
	var got []string
	for row, err := range in.Rows(t.Context()) {
		got = append(got, describe(t, row, err))
	}
	want := []string{"1@2 external_id=a username=b", "2@3 !short_record", "3@1 external_id=c", "4@3 external_id=d username=e"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// An input can be read again, and rows of one reading are not those of another.
func TestRowsTwice(t *testing.T) {
	for _, name := range []string{"users.csv", "-"} {
		path, opts := name, Options{Stdin: strings.NewReader(head + "a,b\nc,d\n")}
		if name != "-" {
			path = write(t, name, head+"a,b\nc,d\n")
		}
		in := open(t, opts, path)
		first, second := rows(t, t.Context(), in), rows(t, t.Context(), in)
		if diff := cmp.Diff(first, second, cmpopts.IgnoreUnexported(Row{})); diff != "" || len(first) != 2 || first[0] == second[0] || first[0].File != path {
			t.Errorf("%s: second reading (-first +second):\n%s", name, diff)
		}
		for row := range in.Rows(t.Context()) { // given up in the middle
			if row.Number != 1 {
				t.Errorf("%s: the third reading begins with %d", name, row.Number)
			}
			break
		}
	}
}

// Skipped records are counted, bad ones too, and not looked into.
func TestSkip(t *testing.T) {
	skip := Options{Skip: func(n int64) bool { return n != 4 }}
	for _, c := range []fileCase{
		{name: "CSV", file: "u.csv", text: head + "a,b\nbad\n\"c\nc\",d\ne,f\n\"g\"g,\xff\n", want: []string{"4@6 external_id=e username=f"}},
		{name: "CSV bad record not skipped", file: "u.csv", text: head + "a,b\nc,d\n\"e\",f\nbad\n", want: []string{"4@5 !short_record"}},
		{name: "CSV doubtful boundary behind a skipped record", file: "u.csv", text: head + "a,b\nc,\"d\ne,f\n", want: []string{"@3 !!quote_unterminated"}},
		{name: "CSV doubtful skipped record", file: "u.csv", text: head + "\"6\" pipe\",x,y\nc,d\ne,f\ng,h\n", want: []string{"@2 !!record_boundary"}},
		{name: "JSON Lines", file: "u.jsonl", text: "{}\nbad\nnull\n{\"username\":\"d\"}\n\xff\n", want: []string{"4@4 username=d"}},
		{name: "JSON Lines too long", file: "u.jsonl", text: strings.Repeat("x", 2<<20) + "\n{}\n{}\n{\"username\":\"d\"}\n", want: []string{"4@4 username=d"}},
		{name: "JSON array", file: "u.json", text: "[{},\n1,\n{\"a\":1,\"a\":2},\n{\"username\":\"d\"},\n{}]", want: []string{"4@4 username=d"}},
	} {
		c.opts = skip
		c.run(t)
	}
}

func TestUnknown(t *testing.T) {
	in := open(t, Options{}, write(t, "a.csv", head[:len(head)-1]+",Team\na,b,c\n"), write(t, "b.jsonl", `{"shoe":1,"Team":2,"external_id":"x"}`))
	rows(t, t.Context(), in)
	if diff := cmp.Diff([]string{"Team", "shoe"}, in.Unknown()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	var many strings.Builder
	for i := range 3000 {
		many.WriteString(`{"k` + strings.Repeat("x", i) + `":1}` + "\n")
	}
	in = open(t, Options{}, write(t, "c.jsonl", many.String()))
	rows(t, t.Context(), in)
	if n := len(in.Unknown()); n > maxUnknown {
		t.Errorf("%d unknown keys are kept", n)
	}
}

func TestContextEndsReading(t *testing.T) {
	for name, text := range map[string]string{
		"u.csv":   head + strings.Repeat("a,b\n", 2000),
		"u.jsonl": strings.Repeat("{}\n", 2000),
		"u.json":  "[{}" + strings.Repeat(",{}", 1999) + "]",
	} {
		for _, skip := range []bool{false, true} {
			ctx, cancel := context.WithCancel(t.Context())
			in := open(t, Options{Skip: func(n int64) bool {
				if skip && n == 5 {
					cancel()
				}
				return skip
			}}, write(t, name, text))
			var got []int64
			var last error
			for row, err := range in.Rows(ctx) {
				if last = err; err != nil {
					continue
				}
				if got = append(got, row.Number); row.Number == 3 {
					cancel()
				}
			}
			want := []int64{1, 2, 3}
			if skip {
				want = nil
			}
			if diff := cmp.Diff(want, got); diff != "" || last != context.Canceled {
				t.Errorf("%s, skip %v: ended with %v, rows (-want +got):\n%s", name, skip, last, diff)
			}
			if _, err := in.Fingerprint(ctx); err != context.Canceled {
				t.Errorf("%s: fingerprint %v", name, err)
			}
		}
	}
}

// What is read only once is kept, whatever it is called.
func TestPipe(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	name := fmt.Sprintf("/dev/fd/%d", r.Fd())
	if _, err := os.Stat(name); err != nil {
		w.Close()
		t.Skipf("open files have no names here: %v", err)
	}
	if _, err := w.WriteString(head + "a,b\n"); err != nil {
		t.Fatal(err)
	}
	w.Close()
	in := open(t, Options{}, name)
	for range 2 {
		if got := rows(t, t.Context(), in); len(got) != 1 || got[0].Username != "b" || got[0].File != name {
			t.Errorf("%+v", got)
		}
	}
}

// Memory does not grow with the file: 20 MB are read in less than 4.
func TestMemoryIsFlat(t *testing.T) {
	const rows, most = 100_000, 4 << 20
	wide := strings.Repeat("b", 200)
	for name, text := range map[string]string{
		"u.csv":   head + strings.Repeat("a,"+wide+"\n", rows),
		"u.jsonl": strings.Repeat(`{"username":"`+wide+`"}`+"\n", rows),
	} {
		in := open(t, Options{}, write(t, name, text))
		before, number := liveHeap(), 0
		for _, err := range in.Rows(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			if number++; number%(rows/3) == 0 {
				if grown := liveHeap() - before; grown > most {
					t.Errorf("%s: %d bytes more after %d rows", name, grown, number)
				}
			}
		}
		if number != rows {
			t.Errorf("%s: %d rows", name, number)
		}
	}
}

// liveHeap returns the bytes that are still reachable.
func liveHeap() int64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}

func TestFingerprint(t *testing.T) {
	const a, b = head + "a,b\n", head + "c,d\n"
	want := Fingerprint{SHA256: sha256.Sum256([]byte(a + b)), Size: int64(len(a + b))}
	for name, in := range map[string]*Input{
		"plain":      open(t, Options{}, write(t, "a.csv", a), write(t, "b.csv", b)),
		"compressed": open(t, Options{}, write(t, "a.gz", gzipped(t, a)), write(t, "b.zst", zstandard(t, b))),
		"stdin":      open(t, Options{Stdin: strings.NewReader(b)}, write(t, "a.csv", a), "-"),
	} {
		if got, err := in.Fingerprint(t.Context()); err != nil || got != want {
			t.Errorf("%s: %x, %v; want %x", name, got, err, want)
		}
	}
}

// A file that changes between two readings, or during one, is refused.
func TestChangedFile(t *testing.T) {
	path := write(t, "users.csv", head+"a,b\n")
	in := open(t, Options{}, path)
	for row, err := range in.Rows(t.Context()) {
		if err != nil || row.Number != 1 {
			t.Fatalf("%v, %v", row, err)
		}
	}
	if err := os.Chtimes(path, time.Time{}, time.Unix(1, 0)); err != nil {
		t.Fatal(err)
	}
	for row, err := range in.Rows(t.Context()) {
		if got := describe(t, row, err); got != "@0 !!file_changed" {
			t.Errorf("%s, want file_changed", got)
		}
	}
	if _, err := in.Fingerprint(t.Context()); describe(t, nil, err) != "@0 !!file_changed" {
		t.Errorf("fingerprint: %v", err)
	}
}

// What is kept of standard input is nobody else's to read, and goes with Close.
func TestStandardInputIsKeptPrivate(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	in, err := Open([]string{"-"}, Options{Stdin: strings.NewReader(head + "a,b\n")})
	if err != nil {
		t.Fatal(err)
	}
	info, err := in.files[0].spool.file.Stat()
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if err := in.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	if left, err := os.ReadDir(os.Getenv("TMPDIR")); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	for _, err := range in.Rows(t.Context()) {
		if got := describe(t, nil, err); got != "@0 !!file_unreadable" {
			t.Errorf("rows after Close: %s", got)
		}
	}
}
