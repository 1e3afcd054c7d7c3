package source

import (
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
)

// Readers of a spool see the whole source, whichever of them takes it.
func TestSpoolReaders(t *testing.T) {
	text := strings.Repeat("what can be read only once ", 5000)
	s, err := newSpool("-", iotest.OneByteReader(strings.NewReader(text)), nil)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			got, err := io.ReadAll(&spoolReader{spool: s})
			if err != nil || string(got) != text {
				t.Errorf("%d bytes of %d, %v", len(got), len(text), err)
			}
		})
	}
	wg.Wait()
	if err := s.remove(); err != nil {
		t.Error(err)
	}
}

// No more of a stream is kept than is read, so that one without an end is
// refused where its first record is too long.
func TestSpoolKeepsWhatIsRead(t *testing.T) {
	in, err := Open([]string{"-"}, Options{Stdin: io.MultiReader(strings.NewReader(head), &endless{left: 1 << 40})})
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	for _, err := range in.Rows(t.Context()) {
		if got := describe(t, nil, err); got != "@2 !!record_too_long" {
			t.Errorf("%s, want record_too_long", got)
		}
	}
	if n := in.files[0].spool.taken(); n > 8<<20 {
		t.Errorf("%d bytes were kept", n)
	}
}

// A source that fails is not taken for one that has ended.
func TestSpoolSourceFails(t *testing.T) {
	broken := errors.New("the cable is out")
	in := open(t, Options{Stdin: io.MultiReader(strings.NewReader(head+strings.Repeat("a,b\n", headSize)), iotest.ErrReader(broken))}, "-")
	for range 2 {
		last := error(nil)
		for _, err := range in.Rows(t.Context()) {
			last = err
		}
		if describe(t, nil, last) != "@0 !!file_unreadable" || !errors.Is(last, broken) {
			t.Errorf("%v, want that the input could not be read", last)
		}
	}
}
