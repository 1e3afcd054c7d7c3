package source

import (
	"bytes"
	"strings"
	"testing"
)

// FuzzJSONL reads anything between two good lines, which come out whatever it
// is: lines are read for themselves, and tile the text.
func FuzzJSONL(f *testing.F) {
	for _, seed := range []string{
		`{"external_id":"hunter2"}`, `{"a":{"b":[1,2,{}]}}`, `{"a":1,"a":2}`, `{'a'}`, `[`, `null`, `{"password":"hunter2`, `{"a":"\ud800"}`,
		"{\"a\":\"\xff\"}", "\x1e{}", "{}\r{}", `{"a":1}{"b":2}`, `{"a":NaN}`, strings.Repeat("[", 100), "{\n\"a\":1}", `{"external_id":1e999}`, "\x00",
		`{"passwordhunter2"`, // the key lost its quotation mark
	} {
		f.Add([]byte(seed))
	}
	malformed(f, "J", func(data []byte) { f.Add(data) })
	const good = `{"username":"x"}` + "\n"
	f.Fuzz(func(t *testing.T, lines []byte) {
		records := 2
		for part := range bytes.SplitSeq(lines, lineEnd) {
			if len(bytes.Trim(part, " \t\r\n")) > 0 {
				records++
			}
		}
		data := []byte(good + string(lines) + "\n" + good)
		r := read(t, data, Options{})
		if r.end != nil || len(r.pieces) != records {
			t.Fatalf("%d rows and %d refused of %d lines, %v", len(r.rows), r.bad, records, r.end)
		}
		last := r.rows[len(r.rows)-1]
		if r.rows[0].Username != "x" || last.Username != "x" || last.Number != int64(records) {
			t.Fatal("a line harmed its neighbours")
		}
		checkTiles(t, Options{}, good, 1, data, r)
		checkMemory(t, good, lines)
		read(t, []byte("["+string(lines)+"]"), Options{})
		checkMemory(t, "[", lines)
		read(t, []byte("\x1e"+good+"\x1e"+string(lines)), Options{KeepExtra: true})
	})
}
