package report_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/iotest"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"carryover/migrate"
	"carryover/migrate/report"
)

// hostile is text that would rewrite the clipboard, recolour, hide, turn or
// overwrite what stands on a terminal.
var hostile = []string{
	"plain", "", "\x1b]52;c;AAAA\x07", "\x1b[31m", "\u009b31m", "\u0085", "a\u202eb", "\u2066x\u2069", "\u200bzero", "\ufeff",
	"\u2028", "\u2029", "back\bspace", "over\rwritten", "two\nlines", "tab\t", "\x00", "\x7f", "\xff\xfe", "\xc2", "\U000e0041", "Ωμέγα 日本 👩‍💻",
}

// harmless fails for a character that moves a cursor, hides or turns text.
func harmless(t *testing.T, where, text string, lines bool) {
	t.Helper()
	if !utf8.ValidString(text) {
		t.Fatalf("%s: %q is not UTF-8", where, text)
	}
	for _, r := range text {
		if r == '\n' && lines {
			continue
		}
		if r < 0x20 || r >= 0x7f && r <= 0x9f || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029' {
			t.Fatalf("%s: %q holds %U", where, text, r)
		}
	}
}

// FuzzClean: nothing that a terminal obeys gets through, and what is clean
// stays as it is.
func FuzzClean(f *testing.F) {
	for _, seed := range hostile {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := report.Clean(text)
		harmless(t, "Clean", got, false)
		if report.Clean(got) != got {
			t.Fatalf("%q is cleaned further", got)
		}
		lines := report.CleanLines(text)
		harmless(t, "CleanLines", lines, true)
		if strings.Count(lines, "\n") != strings.Count(text, "\n") {
			t.Fatalf("%q became %q", text, lines)
		}
	})
}

// FuzzText: whatever a document holds, a person's terminal obeys none of it, and
// no text makes a line of its own.
func FuzzText(f *testing.F) {
	for _, seed := range hostile {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		lines := func(s string) int {
			var out bytes.Buffer
			if err := report.Text(&out, document(s)); err != nil {
				t.Fatal(err)
			}
			harmless(t, "Text", out.String(), true)
			return strings.Count(out.String(), "\n")
		}
		if got, want := lines(text), lines("x"); text != "" && got != want {
			t.Fatalf("%q makes %d lines, want %d", text, got, want)
		}
	})
}

// FuzzJSON: JSON may be shown on a terminal as well, and loses nothing by it.
func FuzzJSON(f *testing.F) {
	for _, seed := range hostile {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var out, line bytes.Buffer
		if err := errors.Join(report.JSON(&out, document(text)), report.WriteJSONLine(&line, text)); err != nil {
			t.Fatal(err)
		}
		harmless(t, "JSON", out.String(), true)
		harmless(t, "JSON line", strings.TrimSuffix(line.String(), "\n"), false)
		var got report.Document
		if err := json.Unmarshal(out.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		if want := strings.ToValidUTF8(text, "\uFFFD"); utf8.ValidString(text) && got.Reason != want {
			t.Fatalf("%q became %q", want, got.Reason)
		}
	})
}

// document has the text wherever a document has any.
func document(text string) *report.Document {
	return &report.Document{
		State: "stopped", Reason: text, Command: text, Checkpoint: text,
		Target:   &report.Target{Kind: text, InstanceID: text, APIURL: text, APIVersion: text, KeyOrigin: text},
		Input:    report.Input{Files: []string{text}, SHA256: text},
		Requests: &report.Requests{Total: 1, ByStatus: map[string]int64{text: 1}},
		Problems: []report.Problem{
			{Code: text, Field: text, Severity: "error", Message: text + "x", Count: 1},
			{Code: text, Severity: "warning", Message: text + "x", Count: 1},
		},
		Digests: &report.Digests{Hashers: map[string]int64{text: 1, "bcrypt": 1}, LooksLike: map[string]int64{text + "x": 1}},
		Proofs:  []report.Proof{{Key: text, Hasher: text, Message: text}},
		Unknown: []string{text},
	}
}

// A Cleaner gets text in any pieces, also of characters.
func FuzzCleaner(f *testing.F) {
	for _, seed := range hostile {
		f.Add(seed, seed)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		var whole, pieces bytes.Buffer
		one, many := report.NewCleaner(&whole), report.NewCleaner(&pieces)
		text := a + b + "." // so that no character is left unfinished
		if n, err := one.Write([]byte(text)); n != len(text) || err != nil {
			t.Fatalf("wrote %d bytes, %v", n, err)
		}
		for i := range len(text) {
			if _, err := many.Write([]byte(text[i : i+1])); err != nil {
				t.Fatal(err)
			}
		}
		harmless(t, "Cleaner", pieces.String(), true)
		if utf8.ValidString(text) && (pieces.String() != whole.String() || whole.String() != report.CleanLines(text)) {
			t.Fatalf("%q became %q, and %q in pieces", text, whole.String(), pieces.String())
		}
	})
}

func TestCleanerPassesErrorsOn(t *testing.T) {
	broken := iotest.ErrReader(errors.New("the disk is full"))
	w := report.NewCleaner(writerFunc(func(p []byte) (int, error) { return broken.Read(p) }))
	if n, err := w.Write([]byte("x")); n != 0 || err == nil {
		t.Errorf("%d, %v", n, err)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

const formulaStarts = "=+-@\t\r\n\x00＝＋－＠"

// uncell gives the text of a cell back.
func uncell(cell string) string {
	var b strings.Builder
	begins, marked := true, false
	for _, part := range strings.SplitAfter(cell, "") {
		if begins && !marked && part == "'" {
			marked = true
			continue
		}
		b.WriteString(part)
		begins = strings.Contains(";\t\r\n", part) || begins && !marked && part == " "
		marked = false
	}
	return b.String()
}

// FuzzCell: no cell begins as a formula, whichever separator its reader goes
// by, and the text can be had back from the CSV.
func FuzzCell(f *testing.F) {
	for _, seed := range append([]string{
		"=1+1", "+49", "-x", "@a", "\t=", "＝1", "'=x", "''", "a;=cmd|' /C calc'!A0", "a\n=1", " =1", "a; \t-1", "\x00=1", "a\r\n@x", "\"=1\"", "a,\"\n;\"=1",
	}, hostile...) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := report.Cell(text)
		for i, cell := range strings.FieldsFunc(got, func(r rune) bool { return strings.ContainsRune(";\t\r\n", r) }) {
			cell = strings.TrimLeft(cell, " ")
			if cell != "" && strings.ContainsRune(formulaStarts, []rune(cell)[0]) {
				t.Fatalf("%q became %q, whose cell %d is a formula", text, got, i)
			}
		}
		if got != "" && strings.ContainsRune(formulaStarts, []rune(got)[0]) {
			t.Fatalf("%q became %q", text, got)
		}
		if back := uncell(got); back != text {
			t.Fatalf("%q became %q, which is %q", text, got, back)
		}
		var out bytes.Buffer
		w, err := report.NewProblemWriter(&out, "x.csv")
		if err != nil {
			t.Fatal(err)
		}
		problem := migrate.Problem{File: text, Key: text, Field: text, Code: text, Message: text, From: text}
		if err := errors.Join(w.Write([]migrate.Problem{problem}), w.Flush()); err != nil {
			t.Fatal(err)
		}
		records, err := csv.NewReader(&out).ReadAll()
		if err != nil || len(records) != 2 {
			t.Fatalf("%d records, %v", len(records), err)
		}
		cell := strings.ReplaceAll(got, "\r\n", "\n") // encoding/csv reads it so
		if diff := cmp.Diff([]string{cell, "0", "0", cell, cell, cell, "error", cell, cell}, records[1]); diff != "" {
			t.Fatalf("-want +got:\n%s", diff)
		}
	})
}
