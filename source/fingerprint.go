package source

import (
	"context"
	"crypto/sha256"
	"io"
)

// A Fingerprint tells one input from another, whatever its files are called
// and however they are compressed.
type Fingerprint struct {
	SHA256 [32]byte // of the decompressed bytes of all files, one behind the other
	Size   int64    // how many bytes that are
}

// Fingerprint reads the whole input once more, in constant memory. Its errors
// are *FileError, or the context's.
func (in *Input) Fingerprint(ctx context.Context) (Fingerprint, error) {
	var print Fingerprint
	sum := sha256.New()
	buf := make([]byte, windowSize)
	for _, f := range in.files {
		c, err := f.open(&in.opts)
		if err != nil {
			return Fingerprint{}, err
		}
		n, err := io.CopyBuffer(sum, struct{ io.Reader }{contextReader{ctx, c}}, buf)
		_ = c.Close()
		if err != nil {
			return Fingerprint{}, err
		}
		print.Size += n
	}
	sum.Sum(print.SHA256[:0])
	return print, nil
}

// A contextReader stops reading when its context is done.
type contextReader struct {
	ctx context.Context
	src io.Reader
}

func (r contextReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.src.Read(p)
}
