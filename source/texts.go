package source

import "strings"

const (
	// textsSize is how many bytes are allocated for texts at once: not many,
	// since whoever keeps one of them keeps all.
	textsSize = 8 << 10
	// textsMost is how large a text may be that lies among others.
	textsMost = textsSize / 8
)

// Texts make strings, many with one allocation.
type texts struct{ shared strings.Builder }

// of returns a copy of b.
func (t *texts) of(b []byte) string {
	if len(b) > textsMost {
		return string(b)
	}
	if t.shared.Cap()-t.shared.Len() < len(b) {
		t.shared.Reset()
		t.shared.Grow(textsSize)
	}
	start := t.shared.Len()
	t.shared.Write(b)
	return t.shared.String()[start:]
}
