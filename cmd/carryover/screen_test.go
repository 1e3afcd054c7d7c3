package main

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

// A shownScreen is a screen, and what one sees on it.
type shownScreen struct {
	*screen
	vt *vt
}

func newShownScreen(width int) *shownScreen {
	s := &shownScreen{vt: newVT(width)}
	s.screen = newScreen(s)
	s.size = func() (int, int, error) { return s.vt.width, unknownHeight, nil }
	return s
}

func (s *shownScreen) Write(text []byte) (int, error) {
	s.vt.feed(string(text))
	return len(text), nil
}

// draw shows a picture, as mpb does.
func (s *shownScreen) draw(t *testing.T, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if _, err := s.ReadFrom(strings.NewReader(line + "\n")); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Flush(len(lines)); err != nil {
		t.Fatal(err)
	}
}

func (s *shownScreen) say(t *testing.T, text string) {
	t.Helper()
	if n, err := s.screen.Write([]byte(text)); err != nil || n != len(text) {
		t.Fatal(n, err)
	}
}

func TestScreen(t *testing.T) {
	s := newShownScreen(20)
	s.say(t, "before\n")
	s.vt.wantShown(t, "before")
	s.draw(t, "bar 1", "state 1")
	s.vt.wantShown(t, "before", "bar 1", "state 1")
	s.say(t, "a line\n")
	s.say(t, "another without an end")
	s.vt.wantShown(t, "before", "a line", "another without an e", "nd", "bar 1", "state 1")
	s.vt.feed("^C") // the terminal shows it
	s.draw(t, "bar 2", "state 2")
	s.vt.wantShown(t, "before", "a line", "another without an e", "nd", "bar 2", "state 2")
	s.draw(t)
	s.vt.wantShown(t, "before", "a line", "another without an e", "nd")
	s.say(t, "after\n")
	s.vt.wantShown(t, "before", "a line", "another without an e", "nd", "after")
}

// A picture that was drawn for another width is taken away whole, and nothing
// above it.
func TestScreenResized(t *testing.T) {
	wide, narrow := []string{strings.Repeat("#", 39), strings.Repeat("x", 21)}, []string{strings.Repeat("#", 9), "x"}
	s := newShownScreen(40)
	s.say(t, "before\n")
	s.draw(t, wide...)
	s.vt.resize(10)
	s.draw(t, narrow...)
	s.vt.wantShown(t, "before", narrow[0], narrow[1])
	s.vt.resize(40)
	s.say(t, "line\n")
	s.draw(t, wide...)
	s.vt.wantShown(t, "before", "line", wide[0], wide[1])
	s.vt.resize(13)
	s.draw(t)
	s.vt.wantShown(t, "before", "line")
}

// Once it is cleared, it stays so, whatever is still drawn.
func TestScreenCleared(t *testing.T) {
	s := newShownScreen(40)
	s.draw(t, "bar", "state")
	s.clear()
	s.draw(t, "bar", "state")
	s.vt.wantShown(t)
	s.say(t, "last\n")
	s.vt.wantShown(t, "last")
}

// Lines of several goroutines stay whole, and below them stands one picture.
func TestScreenOfMany(t *testing.T) {
	s := newShownScreen(40)
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			for range 50 {
				s.say(t, fmt.Sprintf("%d%d%d\n", i, i, i))
			}
		})
	}
	for range 50 {
		s.draw(t, "bar", "state")
	}
	all.Wait()
	lines := strings.Split(s.vt.String(), "\n")
	if n := len(lines); n != 203 || lines[n-3] != "bar" || lines[n-2] != "state" || lines[n-1] != "" {
		t.Fatalf("%d lines; the last are %q", n, lines[max(0, n-3):])
	}
	for _, line := range lines[:200] {
		if len(line) != 3 || line[0] != line[1] || line[1] != line[2] {
			t.Errorf("a line is %q", line)
		}
	}
}
