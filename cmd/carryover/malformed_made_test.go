package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
)

// What is too large for a repository is made by the tests: a gigabyte without
// a line end takes a few megabytes of a disk.
const (
	malformedHead = "external_id,email_address,first_name,password\n"
	malformedAda  = "u1,ada@example.com,Ada,hunter2-ada-1\n"
	malformedZoe  = "u9,zoe@example.com,Zoë,hunter2-zoe-9\n"

	jsonAda = `{"external_id":"u1","email_address":["ada@example.com"],"first_name":"Ada","password":"hunter2-ada-1"}` + "\n"
	jsonBob = `{"external_id":"u2","email_address":["bob@example.com"],"first_name":"Bob","password":"hunter2-bob-2"`
	jsonZoe = `{"external_id":"u9","email_address":["zoe@example.com"],"first_name":"Zoë","password":"hunter2-zoe-9"}` + "\n"

	mebibyte = 1 << 20
	gibibyte = 1 << 30
)

// made are the cases that have no file, by their names.
var made = map[string]func(t *testing.T, path string, compressed bool){
	"C36-cell-over-1-mib.csv": whole(malformedHead + malformedAda +
		"u2,bob@example.com," + strings.Repeat("B", mebibyte+1) + ",hunter2-bob-2\n" + malformedZoe),
	"C37-line-of-1-gib.csv": longLine(malformedHead+malformedAda+"u2,", ",hunter2-bob-2\n"+malformedZoe),
	"C38-10000-columns.csv": whole(wider(malformedHead, "c%d") + wider(malformedAda, "") + wider(malformedZoe, "")),
	"J22-depth-10001.jsonl": whole(jsonAda + jsonBob + `,"public_metadata":` +
		strings.Repeat(`{"a":`, 10_000) + "1" + strings.Repeat("}", 10_000) + "}\n" + jsonZoe),
	"J23-line-over-64-kib.jsonl": whole(jsonAda + jsonBob + `,"bio":"` + strings.Repeat("x", 70_000) + `"}` + "\n" + jsonZoe),
	"J24-line-of-1-gib.jsonl":    longLine(jsonAda+jsonBob+`,"bio":"`, `"}`+"\n"+jsonZoe),
	"J24b-line-of-1-gib.jsonl.gz": func(t *testing.T, path string, _ bool) {
		gzipMembers(t, path, []byte(jsonAda+jsonBob+`,"bio":"`), bytes.Repeat([]byte("x"), mebibyte), gibibyte/mebibyte)
	},
	"G05-bomb.csv.gz": func(t *testing.T, path string, _ bool) {
		member := bytes.Repeat([]byte(strings.Repeat("x", 64<<10-1)+"\n"), 160)
		gzipMembers(t, path, []byte(malformedHead+malformedAda), member, 1000)
		if info, err := os.Stat(path); err != nil || info.Size() < 8<<20 || info.Size() > 15<<20 {
			t.Errorf("a bomb of %d bytes, %v", info.Size(), err)
		}
	},
}

func whole(text string) func(*testing.T, string, bool) {
	return func(t *testing.T, path string, compressed bool) {
		data := []byte(text)
		if compressed {
			data = gzipped(t, data)
		}
		writeFile(t, path, data)
	}
}

// wider adds 9,996 cells to a line of four.
func wider(line, format string) string {
	var b strings.Builder
	b.WriteString(strings.TrimSuffix(line, "\n"))
	for i := range 9996 {
		b.WriteByte(',')
		if format != "" {
			fmt.Fprintf(&b, format, i)
		}
	}
	b.WriteByte('\n')
	return b.String()
}

// longLine writes a line of a gibibyte between two texts. Its first megabytes
// are letters; the rest is a hole in the file, which reads as zero bytes and
// takes no room on a disk. Compressed, the line is 64 MiB that do not shrink
// more than 200 times: anything that does is refused as a bomb.
func longLine(before, behind string) func(*testing.T, string, bool) {
	letters := strings.Repeat("x", 4*mebibyte)
	return func(t *testing.T, path string, compressed bool) {
		if compressed {
			member := []byte(letters[:mebibyte])
			for i := 0; i < len(member); i += 97 {
				member[i] = 'a' + byte(i*i>>7)%23
			}
			gzipMembers(t, path, []byte(before), member, 64, []byte(behind))
			return
		}
		file, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		_, writeErr := file.WriteString(before + letters)
		size := int64(gibibyte)
		if testing.Short() { // a hole takes a second to read when it is new
			size = 64 * mebibyte
		}
		_, behindErr := file.WriteAt([]byte(behind), size)
		if writeErr != nil || behindErr != nil {
			t.Fatal(writeErr, behindErr)
		}
	}
}

// gzipMembers writes a gzip file of a first member, another one n times, and more.
func gzipMembers(t *testing.T, path string, first, repeated []byte, n int, more ...[]byte) {
	t.Helper()
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	again := gzipped(t, repeated)
	parts := []io.Reader{bytes.NewReader(gzipped(t, first))}
	for range n {
		parts = append(parts, bytes.NewReader(again))
	}
	for _, m := range more {
		parts = append(parts, bytes.NewReader(gzipped(t, m)))
	}
	if _, err := io.Copy(file, io.MultiReader(parts...)); err != nil {
		t.Fatal(err)
	}
}
