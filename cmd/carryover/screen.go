package main

import (
	"bytes"
	"io"
	"os"
	"strconv"
	"sync"

	"github.com/mattn/go-runewidth"
	"golang.org/x/term"
)

// A screen is where lines are shown, one below the other, and under them, on a
// terminal, a few that are drawn again and again. Whatever is written to it goes
// above those, and nothing is torn, from however many goroutines.
//
// It is what the bar draws on (mpb.ConsoleWriter). Unlike mpb's own it knows how
// many rows the last picture takes now: a terminal that was made narrower has
// broken its lines. And a picture is on the screen at once, not with the next.
type screen struct {
	out  io.Writer
	size func() (width, height int, err error)

	mu    sync.Mutex
	frame bytes.Buffer // of the next picture
	drawn []byte       // the picture that is shown
	ended bool         // no more pictures
}

// newScreen returns the screen that a file is.
func newScreen(out io.Writer) *screen {
	s := &screen{out: out, size: func() (int, int, error) { return unknownWidth, unknownHeight, nil }}
	if file, ok := out.(*os.File); ok && hasWidth(file) {
		s.size = func() (int, int, error) { return term.GetSize(int(file.Fd())) }
	}
	return s
}

// What is drawn for where there is no terminal, or one that does not tell.
const unknownWidth, unknownHeight = 80, 24

// Write writes lines above the picture.
func (s *screen) Write(lines []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.drawn) == 0 {
		return s.out.Write(lines)
	}
	text := append(s.erase(), lines...)
	if !bytes.HasSuffix(lines, []byte("\n")) {
		text = append(text, '\n')
	}
	if _, err := s.out.Write(append(text, s.drawn...)); err != nil {
		return 0, err
	}
	return len(lines), nil
}

// ReadFrom takes lines of the next picture.
func (s *screen) ReadFrom(r io.Reader) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.frame.ReadFrom(r)
}

// Flush shows the picture in the place of the last one.
func (s *screen) Flush(int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	text := s.erase()
	s.drawn = nil
	if !s.ended {
		s.drawn = bytes.Clone(s.frame.Bytes())
		text = append(text, s.drawn...)
	}
	s.frame.Reset()
	if len(text) == 0 {
		return nil
	}
	_, err := s.out.Write(text)
	return err
}

// clear takes the picture away, for good.
func (s *screen) clear() {
	s.mu.Lock()
	s.ended = true
	s.mu.Unlock()
	_ = s.Flush(0) // the program ends
}

// IsTerminal makes mpb ask for the size.
func (s *screen) IsTerminal() bool { return true }

// GetTermSize returns how many columns and rows there are now.
func (s *screen) GetTermSize() (width, height int, err error) { return s.size() }

// erase returns what takes the picture away: the cursor goes up to its first
// row, and all from there on is cleared. The cursor is in the row below it,
// perhaps behind a ^C that the terminal has shown.
func (s *screen) erase() []byte {
	if len(s.drawn) == 0 {
		return nil
	}
	width, _, err := s.size()
	if err != nil || width < 1 {
		width = unknownWidth
	}
	rows := 0
	for line := range bytes.Lines(s.drawn) {
		cells := runewidth.StringWidth(string(bytes.TrimSuffix(line, []byte("\n"))))
		rows += max(1, (cells+width-1)/width)
	}
	text := append([]byte("\r\x1b["), strconv.Itoa(rows)...)
	return append(text, "A\x1b[J"...)
}
