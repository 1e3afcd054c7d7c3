package source

import (
	"bytes"
	"slices"
	"testing"
)

// A text is its own, however many were made after it, and in whatever order of
// sizes.
func TestTexts(t *testing.T) {
	var made texts
	var want, got []string
	for i := range 5000 {
		size := i % 97
		if i%211 == 0 {
			size = textsMost - 1 + i%4
		}
		b := bytes.Repeat([]byte{byte('a' + i%26)}, size)
		want, got = append(want, string(b)), append(got, made.of(b))
		clear(b) // as the window is read over
	}
	if !slices.Equal(want, got) {
		t.Error("texts have changed")
	}
	line := []byte("legacy_1,Ada,Example,ada@example.com")
	if n := testing.AllocsPerRun(1000, func() { made.of(line) }); n >= 1 {
		t.Errorf("%v allocations a text", n)
	}
}
