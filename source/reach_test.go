package source

import (
	"context"
	"io"
	"strings"
	"testing"
	"testing/synctest"
)

// How far a reading is can be asked while it waits for a pipe.
func TestReachOfAPipeThatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		theirs, ours := io.Pipe()
		asked, read := make(chan struct{}), make(chan struct{})
		text := head + strings.Repeat("a,b\n", 200_000) // more than Open reads
		go func() {
			_, _ = io.WriteString(ours, text)
			<-asked
			_ = ours.Close()
		}()
		in := open(t, Options{Stdin: theirs}, "-")
		go func() {
			defer close(read)
			for range in.Rows(t.Context()) {
				continue
			}
		}()
		synctest.Wait() // all of the text is read, and the reader waits for more
		if size := in.Size(); in.SizeKnown() || size != int64(len(text)) || in.BytesRead() < size {
			t.Errorf("%d bytes of %d are read, and the size is known: %v", in.BytesRead(), size, in.SizeKnown())
		}
		close(asked)
		<-read
		if !in.SizeKnown() {
			t.Error("the size is not known")
		}
	})
}

// How far a reading is shows while it goes on: what was read grows by the size
// of the input, no more and no less, whatever the kind of file.
func TestReach(t *testing.T) {
	text := head + strings.Repeat("a,b\n", 50_000)
	for name, c := range map[string]struct {
		paths []string
		known bool // from the beginning
	}{
		"plain files":    {[]string{write(t, "users.csv", text), write(t, "more.csv", text)}, true},
		"gzip":           {[]string{write(t, "users.csv.gz", gzipped(t, text))}, true},
		"standard input": {[]string{"-"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			in := open(t, Options{Stdin: strings.NewReader(text)}, c.paths...)
			if known := in.SizeKnown(); known != c.known {
				t.Errorf("the size is known: %v", known)
			}
			for range 2 {
				before, last := in.BytesRead(), int64(0)
				steps := 0
				for _, err := range in.Rows(context.Background()) {
					if err != nil {
						t.Fatal(err)
					}
					if now := in.BytesRead() - before; now != last {
						steps++
						last = now
					}
				}
				if read := in.BytesRead() - before; !in.SizeKnown() || read != in.Size() {
					t.Errorf("%d bytes were read of %d", read, in.Size())
				}
				if steps < 2 && name != "gzip" {
					t.Errorf("it did not show on the way")
				}
			}
		})
	}
}
