package source

import (
	"bytes"
	"encoding/binary"
	"unicode/utf8"
)

// headSize is how much of a text is looked at before its first record is read.
const headSize = 64 << 10

var bom = []byte("\ufeff")

// head checks the beginning of a text: that there is one, that it is text, and
// that it is UTF-8. It takes the byte order mark and returns what follows, up
// to about headSize bytes.
func (c *content) head(w *window) ([]byte, error) {
	for len(w.unread()) < headSize && !w.whole() {
		if err := w.more(); err != nil && !w.whole() {
			return nil, err
		}
	}
	data := w.unread()[:min(headSize, len(w.unread()))]
	if err := c.refuse(data); err != nil {
		return nil, err
	}
	if bytes.HasPrefix(data, bom) {
		w.take(len(bom), 0)
		data = data[len(bom):]
	}
	if len(bytes.TrimSpace(data)) == 0 && w.whole() {
		return nil, fault(c.file.name, 0, codeEmpty, "the file holds nothing")
	}
	return data, nil
}

// refuse finds out what a file is that holds no UTF-8 text.
func (c *content) refuse(data []byte) error {
	name := c.file.name
	if inner := compression(data[:min(4, len(data))]); inner != "" {
		return fault(name, 0, codeNested, "the %s file holds a %s file", c.kind, inner)
	}
	for _, f := range foreignFormats {
		if bytes.HasPrefix(data, []byte(f.magic)) {
			return fault(name, 0, codeFormat, "this is %s", f.what).advise("%s", f.advice)
		}
	}
	if encoding := wideEncoding(data); encoding != "" {
		return fault(name, 0, codeEncoding, "the file is in %s, not UTF-8", encoding).
			advise("convert it: iconv -f %s -t UTF-8 FILE > OUT", encoding)
	}
	return nil
}

// refuseBytes refuses a CSV file in Latin-1. In JSON, whose lines stand for
// themselves, the record with the bad byte is to blame.
func (c *content) refuseBytes(data []byte) error {
	encoding, line := byteEncoding(data)
	if encoding == "" {
		return nil
	}
	return fault(c.file.name, line, codeEncoding, "the file is in %s (or another encoding of one byte a character), not UTF-8", encoding).
		advise("convert it: iconv -f %s -t UTF-8 FILE > OUT", encoding)
}

// foreignFormats are the first bytes of what people give instead of text.
var foreignFormats = []struct{ magic, what, advice string }{
	{"PK\x03\x04", "a zip archive or an Excel workbook", "take the file out of the archive (unzip -p FILE > OUT), or save the sheet as CSV UTF-8"},
	{"PK\x05\x06", "an empty zip archive", "check the export that made it"},
	{"BZh", "a bzip2 file", "decompress it: bzip2 -dk FILE"},
	{"\xfd7zXZ\x00", "an xz file", "decompress it: xz -dk FILE"},
	{"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "take the file out of the archive: 7z x FILE"},
	{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel workbook", "save the sheet as CSV UTF-8"},
	{"PAR1", "a Parquet file", "export it as CSV or JSON Lines"},
	{"SQLite format 3\x00", "an SQLite database", "export the table as CSV: sqlite3 -header -csv FILE 'select …' > OUT"},
	{"%PDF-", "a PDF document", "export the users as CSV or JSON Lines"},
}

// wideEncoding recognises UTF-16 and UTF-32, by their byte order mark or by
// where their zero bytes are: most of such a file is ASCII.
func wideEncoding(data []byte) string {
	switch {
	case bytes.HasPrefix(data, []byte{0xff, 0xfe, 0, 0}):
		return "UTF-32LE"
	case bytes.HasPrefix(data, []byte{0, 0, 0xfe, 0xff}):
		return "UTF-32BE"
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}):
		return "UTF-16LE"
	case bytes.HasPrefix(data, []byte{0xfe, 0xff}):
		return "UTF-16BE"
	case len(data) < 8:
		return ""
	}
	ascii := func(v uint64) bool { return 0 < v && v < 0x80 }
	first, second := binary.LittleEndian.Uint32(data), binary.LittleEndian.Uint32(data[4:])
	if ascii(uint64(first)) && ascii(uint64(second)) {
		return "UTF-32LE"
	}
	if first, second := binary.BigEndian.Uint32(data), binary.BigEndian.Uint32(data[4:]); ascii(uint64(first)) && ascii(uint64(second)) {
		return "UTF-32BE"
	}
	little, big := true, true
	for i := 0; i < 8; i += 2 {
		little = little && ascii(uint64(binary.LittleEndian.Uint16(data[i:])))
		big = big && ascii(uint64(binary.BigEndian.Uint16(data[i:])))
	}
	switch {
	case little:
		return "UTF-16LE"
	case big:
		return "UTF-16BE"
	}
	return ""
}

// byteEncoding recognises a text in which no character is UTF-8 though some
// are not ASCII, and the first of them stands in a word: Latin-1 or its
// Windows form. A text that has UTF-8 as well merely has bad bytes, which are
// the fault of their records.
func byteEncoding(data []byte) (encoding string, line int64) {
	wordAt := -1
	windows := false
	for i := 0; i < len(data); {
		if data[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, size := utf8.DecodeRune(data[i:])
		if r != utf8.RuneError || size > 1 {
			return "", 0
		}
		if !utf8.FullRune(data[i:]) && len(data) >= headSize-len(bom) {
			break // a character cut by the end of the head
		}
		if wordAt < 0 && 0xc0 <= data[i] && data[i] < 0xfe && inWord(data, i) {
			wordAt = i
		}
		windows = windows || data[i] < 0xa0
		i++
	}
	switch {
	case wordAt < 0:
		return "", 0
	case windows:
		encoding = "WINDOWS-1252"
	default:
		encoding = "ISO-8859-1"
	}
	return encoding, 1 + int64(bytes.Count(data[:wordAt], lineEnd))
}

// inWord reports whether a letter stands before or after the byte at i.
func inWord(data []byte, i int) bool {
	letter := func(b byte) bool { return 'a' <= b|0x20 && b|0x20 <= 'z' }
	return i > 0 && letter(data[i-1]) || i+1 < len(data) && letter(data[i+1])
}
