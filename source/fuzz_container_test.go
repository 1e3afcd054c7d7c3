package source

import (
	"bytes"
	"compress/gzip"
	"io"
	"strings"
	"testing"
)

// FuzzContainer gives arbitrary bytes to what decompresses them: nothing panics,
// no limit is passed, and a gzip file is whole to us exactly if it is to
// compress/gzip, with the same text.
func FuzzContainer(f *testing.F) {
	for _, seed := range []string{
		gzipped(f, head+"a,b\n"), zstandard(f, head+"a,b\n"), gzipped(f, gzipped(f, head)), head, "PK\x03\x04", "\x1f\x8b", "\x28\xb5\x2f\xfd", "\xff\xfe", "[{}]",
		gzipped(f, head+strings.Repeat("a,b\n", 10_000)), "\x50\x2a\x4d\x18\xff\xff\xff\xff", zstandard(f, `{"external_id":"x"}`),
	} {
		f.Add([]byte(seed))
	}
	malformed(f, "G", func(data []byte) { f.Add(data) })
	f.Fuzz(func(t *testing.T, data []byte) {
		const limit = 20_000
		opts := Options{MaxDecompressed: limit, MaxRecord: 1000}
		readFile(t, data, opts)
		file, err := newFile(stdin, bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		defer file.remove()
		c, err := file.open(&opts)
		if err != nil {
			check(t, err)
			return
		}
		defer c.Close()
		var text bytes.Buffer
		n, err := io.Copy(&text, c)
		if c.kind != "" && n > limit {
			t.Fatalf("%d bytes came out of a limit of %d, %v", n, limit, err)
		}
		if c.kind == "gzip" {
			compareGzip(t, data, limit, text.Bytes(), err)
		}
	})
}

// compareGzip holds what came of a gzip file against compress/gzip.
func compareGzip(t *testing.T, data []byte, limit int, have []byte, haveErr error) {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatalf("compress/gzip does not read its head: %v", err)
	}
	want, err := io.ReadAll(io.LimitReader(z, int64(limit)+1))
	switch whole := err == nil && len(want) <= limit; {
	case whole != (haveErr == nil):
		t.Fatalf("we end with %v, compress/gzip with %v after %d bytes", haveErr, err, len(want))
	case whole && !bytes.Equal(have, want):
		t.Fatalf("%d bytes that are not the %d of compress/gzip", len(have), len(want))
	}
}
