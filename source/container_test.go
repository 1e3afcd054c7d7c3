package source

import (
	"bytes"
	"crypto/sha256"
	"io"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

func gzipped(t testing.TB, text string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := io.WriteString(z, text); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func zstandard(t testing.TB, text string) string {
	t.Helper()
	var b bytes.Buffer
	z, err := zstd.NewWriter(&b, zstd.WithEncoderConcurrency(1))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(z, text); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestContainers(t *testing.T) {
	const text = head + "a,b\n"
	const row = "1@2 external_id=a username=b"
	packed, packed2 := gzipped(t, text), zstandard(t, text)
	wrong := []byte(packed)
	wrong[len(wrong)-8] ^= 1 // CRC-32, RFC 1952 section 2.3.1
	skippable := "\x50\x2a\x4d\x18\x03\x00\x00\x00abc"
	for _, c := range []fileCase{
		{name: "G01 gzip", file: "users.csv.gz", text: packed, want: []string{row}},
		{name: "G01 gzip by its bytes", file: "users.csv", text: packed, want: []string{row}},
		{name: "G01 zstd", file: "users.csv.zst", text: packed2, want: []string{row}},
		{name: "G01 zstd behind a skippable frame", file: "u", text: skippable + packed2, want: []string{row}},
		{name: "G01 JSON in gzip", file: "users.jsonl.gz", text: gzipped(t, "null\n"), want: []string{"1@1 !json_not_object"}},
		{name: "G02 gzip cut off", file: "u", text: packed[:len(packed)-9], want: []string{"@0 !!compressed_damaged"}},
		{name: "G02 gzip cut off in its header", file: "u", text: packed[:5], want: []string{"@0 !!compressed_damaged"}},
		{name: "G02 zstd cut off", file: "u", text: packed2[:len(packed2)-5], want: []string{"@0 !!compressed_damaged"}},
		{name: "G03 gzip with a wrong CRC", file: "u", text: string(wrong), want: []string{"@0 !!compressed_damaged"}},
		{name: "G03 zstd with a wrong checksum", file: "u", text: packed2[:len(packed2)-1] + "\x00", want: []string{"@0 !!compressed_damaged"}},
		{name: "G03 gzip with something behind it", file: "u", text: packed + "garbage", want: []string{"@0 !!compressed_damaged"}},
		{name: "G04 two gzip members", file: "u", text: gzipped(t, head) + gzipped(t, "a,b\n"), want: []string{row}},
		{name: "G04 two zstd frames", file: "u", text: zstandard(t, head) + zstandard(t, "a,b\n"), want: []string{row}},
		{name: "G05 larger than the limit", file: "u", text: packed, opts: Options{MaxDecompressed: 10}, want: []string{"@0 !!decompression_limit"}},
		{name: "G06 gzip in gzip", file: "u", text: gzipped(t, packed), want: []string{"@0 !!compressed_twice"}},
		{name: "G06 zstd in gzip", file: "u", text: gzipped(t, packed2), want: []string{"@0 !!compressed_twice"}},
		{name: "G07 zip", file: "users.csv", text: "PK\x03\x04\x14\x00", want: []string{"@0 !!unsupported_format"}},
		{name: "G07 zip in gzip", file: "users.csv.gz", text: gzipped(t, "PK\x03\x04\x14\x00"), want: []string{"@0 !!unsupported_format"}},
		{name: "G07 xz", file: "users.csv", text: "\xfd7zXZ\x00\x00", want: []string{"@0 !!unsupported_format"}},
		{name: "G08 plain text called .gz", file: "users.csv.gz", text: text, want: []string{row}},
		{name: "nothing in gzip", file: "u.gz", text: gzipped(t, ""), want: []string{"@0 !!file_empty"}},
	} {
		c.run(t)
	}
}

// Rows before a damaged place are read; then the stream ends with an error and
// never as if it were whole.
func TestContainerDamagedLater(t *testing.T) {
	var text strings.Builder
	text.WriteString(head)
	sum := sha256.Sum256(nil)
	for range 20_000 { // hashes, so that compression does not hide the size
		sum = sha256.Sum256(sum[:])
		text.WriteString("x" + strings.Map(letter, string(sum[:])) + ",b\n")
	}
	packed := gzipped(t, text.String())
	got := outcome(t, write(t, "u.gz", packed[:len(packed)/2]), Options{})
	if last := got[len(got)-1]; last != "@0 !!compressed_damaged" || len(got) < 5_000 || len(got) > 15_000 {
		t.Errorf("%d outcomes, the last %s", len(got), last)
	}
}

func letter(r rune) rune { return 'a' + r%26 }

// G05: a file that grows a thousand times is refused as soon as its first ten
// megabytes are out.
func TestContainerBomb(t *testing.T) {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(z, head); err != nil {
		t.Fatal(err)
	}
	line := "a," + strings.Repeat("b", 997) + "\n"
	if _, err := z.Write(bytes.Repeat([]byte(line), 16_000)); err != nil {
		t.Fatal(err)
	}
	z.Close()
	in := open(t, Options{}, write(t, "u.csv.gz", b.String()))
	n, last := 0, error(nil)
	for _, err := range in.Rows(t.Context()) {
		n, last = n+1, err
	}
	if got := describe(t, nil, last); got != "@0 !!decompression_limit" || n > ratioFloor/1000+windowSize/1000 {
		t.Errorf("%s after %d rows", got, n)
	}
}
