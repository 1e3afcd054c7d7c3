package report

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// unseen is true of what a terminal obeys instead of showing it: control
// characters (C0, DEL, C1), line breaks among them, and invisible format
// characters such as those that turn the direction of writing.
func unseen(r rune) bool {
	return unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029'
}

func unseenInLines(r rune) bool { return r != '\n' && unseen(r) }

// Clean returns text as a terminal may safely show it within a line: control
// characters, line breaks and invisible format characters become a visible
// "�", as do bytes that are no UTF-8.
//
// Everything that came from an input, a server or a file name goes through it
// (terminal escapes in data: CVE-2026-45803 is one such case).
func Clean(text string) string { return replace(text, unseen) }

// CleanLines is Clean for a text of several lines, whose breaks stay.
func CleanLines(text string) string { return replace(text, unseenInLines) }

func replace(text string, bad func(rune) bool) string {
	text = strings.ToValidUTF8(text, string(unicode.ReplacementChar))
	if strings.IndexFunc(text, bad) < 0 {
		return text
	}
	return strings.Map(func(r rune) rune {
		if bad(r) {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}

// A Cleaner is the writer for people: what is written to it reaches w as
// CleanLines leaves it.
type Cleaner struct {
	w    io.Writer
	held []byte // the beginning of a character whose end has not come yet
}

// NewCleaner returns a Cleaner that writes to w.
func NewCleaner(w io.Writer) *Cleaner { return &Cleaner{w: w} }

// Write implements io.Writer. The count is that of p's bytes or, with an
// error, 0.
func (c *Cleaner) Write(p []byte) (int, error) {
	text := append(c.held, p...)
	end := len(text)
	for i := 1; i < utf8.UTFMax && i <= len(text); i++ {
		if b := text[len(text)-i]; utf8.RuneStart(b) {
			if !utf8.FullRune(text[len(text)-i:]) {
				end = len(text) - i
			}
			break
		}
	}
	c.held = bytes.Clone(text[end:])
	if _, err := io.WriteString(c.w, CleanLines(string(text[:end]))); err != nil {
		return 0, err
	}
	return len(p), nil
}

// escape writes the characters of a JSON text that a terminal would obey as
// \u escapes. They can only stand in its strings, so no value changes.
func escape(text []byte) []byte {
	if bytes.IndexFunc(text, unseenInLines) < 0 {
		return text
	}
	var b bytes.Buffer
	for _, r := range string(text) {
		switch {
		case !unseenInLines(r):
			b.WriteRune(r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.Bytes()
}
