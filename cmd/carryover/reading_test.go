//go:build unix

package main

import (
	"io"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"carryover/source"
)

// The first words come before anything of the input has.
func TestFirstWords(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		says string
		args []string
	}{
		{"Checking standard input …\n", []string{"validate", "-"}},
		{"Reading standard input …\n", []string{"run", "-", "--sandbox"}},
		{"Reading standard input …\n", []string{"run", "-", "--sandbox", "--progress", "none"}},
	} {
		p := prepare(t, t.TempDir(), nil, c.args...)
		input, err := p.cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		p.begin(t)
		if !eventually(10*time.Second, func() bool { return p.stderr.String() == c.says }) {
			t.Errorf("%v: %q was said, want %q", c.args, p.stderr.String(), c.says)
		}
		_, _ = io.WriteString(input, "external_id,email_address\na,a@example.com\n")
		_ = input.Close()
		if out := p.wait(t); out.code != exitOK {
			t.Errorf("%v: exit code %d\n%s", c.args, out.code, out.stderr)
		}
	}
}

// Who asks while the input is read is told how far that is, also of a program
// that says nothing by itself.
func TestAskWhileReading(t *testing.T) {
	t.Parallel()
	p := prepare(t, t.TempDir(), nil, "validate", "-", "-q")
	input, err := p.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.begin(t)
	_, _ = input.Write(newUsers(20_000)) // returns when most of it has been read: a pipe holds little
	p.signal(t, syscall.SIGUSR1)
	if !eventually(10*time.Second, func() bool { return strings.Contains(p.stderr.String(), "Z Checking standard input: ") }) {
		t.Errorf("%q was said", p.stderr.String())
	}
	_ = input.Close()
	if out := p.wait(t); out.code != exitOK {
		t.Errorf("exit code %d\n%s", out.code, out.stderr)
	}
}

func TestReading(t *testing.T) {
	text := "external_id,email_address\n" + strings.Repeat("a,a@example.com\n", 60_000)
	for name, c := range map[string]struct {
		paths        []string
		at           int // records
		want, narrow string
		line         string
	}{
		"at the beginning":         {[]string{"file"}, 0, "▕░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░▏ 0 %", "▕░░░░░░░░▏ 0 %", "Z Checking x: 0 %"},
		"in the middle":            {[]string{"file"}, 30_000, "▕▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓░░░░░░░░░░░░░░░░░▏ 54 %  Clerk asked for 8 s", "▕▓▓▓▓░░░░▏ 54 %  C…", "Z Checking x: 54 % waiting=\"Clerk asked for 8 s\""},
		"at the end":               {[]string{"file"}, 60_000, "▕▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▏ 100 %", "▕▓▓▓▓▓▓▓▓▏ 100 %", "Z Checking x: 100 %"},
		"of rows that are counted": {[]string{"file"}, 1, "▕▓▓▓▓▓▓▓▓▓▓▓▓▓▓░░░░░░░░░░░░░░░░░░░░░░░▏ 37 %", "▕▓▓▓░░░░░▏ 37 %", "Z Checking x: 37 %"},
		"of a pipe":                {[]string{"-"}, 30_000, "512.0 kB", "512.0 kB", "Z Checking x: 512.0 kB"},
	} {
		t.Run(name, func(t *testing.T) {
			if c.paths[0] == "file" {
				c.paths[0] = writeFile(t, filepath.Join(t.TempDir(), "users.csv"), []byte(text))
			}
			in, err := source.Open(c.paths, source.Options{Stdin: strings.NewReader(text)})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = in.Close() }()
			r := newReading("Checking x", in)
			if name == "of rows that are counted" {
				r.rowsDone, r.allRows = func() int64 { return 3 }, 8
			}
			if strings.Contains(c.want, "Clerk") {
				r.why = func() string { return "Clerk asked for 8 s" }
			}
			check := func() {
				if got := r.rows(80); len(got) != 1 || got[0] != c.want {
					t.Errorf("80 columns: %q, want %q", got, c.want)
				}
				if got := r.rows(20); len(got) != 1 || got[0] != c.narrow {
					t.Errorf("20 columns: %q, want %q", got, c.narrow)
				}
				if got := r.line(); !strings.HasSuffix(got, c.line) {
					t.Errorf("%q, want it to end with %q", got, c.line)
				}
			}
			n := 0
			for range in.Rows(t.Context()) {
				if n++; n == c.at {
					check()
				}
			}
			if c.at == 0 {
				r.began = in.BytesRead()
				check()
			}
		})
	}
}
