package source

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

const (
	// ratioFloor is how much a file may grow before its ratio counts: small
	// files of repeated text compress very well.
	ratioFloor = 10_000_000
	// zstdWindow is the largest window that the zstd program itself takes
	// without being asked.
	zstdWindow = 128 << 20
)

// A content is the decompressed text of one file, being read.
type content struct {
	file  *file
	opts  *Options
	disk  diskReader
	src   io.Reader // decompressor, or the file itself
	stop  func()    // frees the decompressor, or nil
	kind  string    // gzip, zstd, or empty
	given int64     // bytes decompressed
	same  sameReader
}

// open begins to read a file, which tells by its first bytes how it is
// compressed: names lie.
func (f *file) open(opts *Options) (*content, error) {
	h, section, err := f.reader()
	if err != nil {
		return nil, err
	}
	c := &content{file: f, opts: opts, disk: diskReader{file: f, handle: h, src: section}}
	compressed := bufio.NewReaderSize(&c.disk, 64<<10)
	magic, err := compressed.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		_ = c.Close()
		return nil, c.explain(err)
	}
	c.kind = compression(magic)
	switch c.kind {
	case "gzip":
		z, err := gzip.NewReader(compressed)
		if err != nil {
			_ = c.Close()
			return nil, c.explain(err)
		}
		c.src = z
	case "zstd":
		// One goroutine less: a decoder without concurrency runs in ours.
		z, err := zstd.NewReader(compressed, zstd.WithDecoderConcurrency(1),
			zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(zstdWindow))
		if err != nil {
			_ = c.Close()
			return nil, c.explain(err)
		}
		c.src, c.stop = z, z.Close
	default:
		c.src = compressed
	}
	c.same = sameReader{src: decompressed{c}, blocks: &f.blocks, buf: make([]byte, blockSize)}
	return c, nil
}

// compression names what the first bytes of a file say it is compressed with:
// RFC 1952 section 2.3.1, and RFC 8878 sections 3.1.1 and 3.1.2.
func compression(magic []byte) string {
	switch {
	case bytes.HasPrefix(magic, []byte{0x1f, 0x8b}):
		return "gzip"
	case bytes.HasPrefix(magic, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		return "zstd"
	case len(magic) == 4 && magic[0]&0xf0 == 0x50 && bytes.Equal(magic[1:], []byte{0x2a, 0x4d, 0x18}):
		return "zstd" // a skippable frame first
	}
	return ""
}

// Read implements io.Reader. Its errors are io.EOF or a *FileError: that of a
// changed file before the first text which is not what was read before.
func (c *content) Read(p []byte) (int, error) {
	n, err := c.same.Read(p)
	if errors.Is(err, errOtherText) {
		return n, fault(c.file.name, 0, codeChanged, "the file no longer holds what it held when it was checked, about %d kB in", c.same.next*(blockSize>>10))
	}
	return n, err
}

// decompressed is a content before its text is compared with what it was.
type decompressed struct{ *content }

// Read implements io.Reader. Its errors are io.EOF or a *FileError.
func (c decompressed) Read(p []byte) (int, error) {
	n, err := c.src.Read(p)
	c.given += int64(n)
	if c.kind != "" {
		switch {
		case c.given > c.opts.maxDecompressed():
			return 0, fault(c.file.name, 0, codeBomb, "the file is larger than %d bytes when decompressed", c.opts.maxDecompressed())
		case c.given > ratioFloor && c.given/c.opts.maxRatio() > c.disk.taken:
			return 0, fault(c.file.name, 0, codeBomb, "the file grows more than %d times when decompressed", c.opts.maxRatio())
		}
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return n, c.explain(err)
	}
	return n, err
}

// explain tells a disk that fails from a file that is damaged.
func (c *content) explain(err error) *FileError {
	var known *FileError
	switch {
	case errors.As(err, &known):
		return known
	case c.disk.err != nil:
		return fault(c.file.name, 0, codeUnreadable, "the file could not be read").because(c.disk.err)
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return fault(c.file.name, 0, codeDamaged, "the %s file is cut off", c.kind).because(io.ErrUnexpectedEOF)
	case errors.Is(err, gzip.ErrChecksum), errors.Is(err, zstd.ErrCRCMismatch):
		return fault(c.file.name, 0, codeDamaged, "the checksum of the %s file is wrong", c.kind).because(err)
	case errors.Is(err, zstd.ErrWindowSizeExceeded), errors.Is(err, zstd.ErrDecoderSizeExceeded):
		return fault(c.file.name, 0, codeBomb, "the zstd file asks for a window of more than %d MiB", zstdWindow>>20).because(err)
	default:
		return fault(c.file.name, 0, codeDamaged, "the %s file is damaged", c.kind).because(err)
	}
}

// Close frees the decompressor and closes the file.
func (c *content) Close() error {
	if c.stop != nil {
		c.stop()
	}
	return c.disk.Close()
}

// A diskReader reads the bytes of a file as they are on disk, counts them, and
// notices when somebody else writes to the file.
type diskReader struct {
	file   *file
	handle *os.File // to be closed; nil for what is spooled
	src    io.Reader
	taken  int64
	err    error
}

// Read implements io.Reader.
func (d *diskReader) Read(p []byte) (int, error) {
	n, err := d.src.Read(p)
	d.taken += int64(n)
	d.file.read.Add(int64(n))
	if errors.Is(err, io.EOF) && d.handle != nil {
		info, statErr := d.handle.Stat()
		if statErr != nil {
			err = statErr
		} else if changed := d.file.compare(info); changed != nil {
			return n, changed
		}
	}
	if err != nil && !errors.Is(err, io.EOF) {
		d.err = err
	}
	return n, err
}

// Close closes the file.
func (d *diskReader) Close() error {
	if d.handle == nil {
		return nil
	}
	return d.handle.Close()
}
