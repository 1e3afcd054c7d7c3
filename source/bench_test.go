package source

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

const benchRows = 100_000

// benchFile writes rows of 12 columns and about 250 bytes in CSV.
func benchFile(b *testing.B, name string, header string, row func(i int) string) string {
	b.Helper()
	var buf bytes.Buffer
	buf.WriteString(header)
	for i := range benchRows {
		buf.WriteString(row(i))
	}
	path := filepath.Join(b.TempDir(), name)
	if err := os.WriteFile(path, buf.Bytes(), 0o600); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(buf.Len()))
	return path
}

func benchRead(b *testing.B, path string, opts Options, want int) {
	b.Helper()
	b.ReportAllocs()
	for b.Loop() {
		in, err := Open([]string{path}, opts)
		if err != nil {
			b.Fatal(err)
		}
		rows := 0
		for _, err := range in.Rows(b.Context()) {
			if err != nil {
				b.Fatal(err)
			}
			rows++
		}
		if rows != want {
			b.Fatalf("%d rows, want %d", rows, want)
		}
		in.Close()
	}
	b.ReportMetric(float64(b.N)*benchRows/b.Elapsed().Seconds(), "rows/s")
}

const benchHeader = "external_id,first_name,last_name,username,email_address,phone_number,password_digest,password_hasher,public_metadata,created_at,locale,banned\n"

func benchCSVRow(i int) string {
	return fmt.Sprintf("legacy_%07d,Ada,Example,user_%07d,user.%07d@mail.example.com,+1202555%04d,$2a$10$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234,bcrypt,\"{\"\"plan\"\":\"\"pro\"\",\"\"seats\"\":%d}\",2021-03-04T05:06:07Z,en-US,false\n", i, i, i, i%10000, i)
}

func BenchmarkCSV(b *testing.B) {
	path := benchFile(b, "users.csv", benchHeader, benchCSVRow)
	benchRead(b, path, Options{}, benchRows)
}

func BenchmarkSkip(b *testing.B) {
	path := benchFile(b, "users.csv", benchHeader, benchCSVRow)
	benchRead(b, path, Options{Skip: func(int64) bool { return true }}, 0)
}

func benchJSONRow(i int) string {
	return fmt.Sprintf(`{"external_id":"legacy_%07d","first_name":"Ada","last_name":"Example","username":"user_%07d","email_address":["user.%07d@mail.example.com"],"phone_number":["+1202555%04d"],"password_digest":"$2a$10$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234","password_hasher":"bcrypt","public_metadata":{"plan":"pro","seats":%d},"created_at":"2021-03-04T05:06:07Z","locale":"en-US","banned":false}`+"\n", i, i, i, i%10000, i)
}

func BenchmarkJSONL(b *testing.B) {
	path := benchFile(b, "users.jsonl", "", benchJSONRow)
	benchRead(b, path, Options{}, benchRows)
}

func BenchmarkSkipJSONL(b *testing.B) {
	path := benchFile(b, "users.jsonl", "", benchJSONRow)
	benchRead(b, path, Options{Skip: func(int64) bool { return true }}, 0)
}
