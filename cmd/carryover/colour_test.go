package main

import (
	"bytes"
	"errors"
	"io"
	"testing"
)

// Colours are for terminals, and for whoever asks for them; NO_COLOR wins.
func TestColoured(t *testing.T) {
	for _, c := range []struct {
		terminal                bool
		noColor, force, termVar string
		want                    bool
	}{
		{true, "", "", "xterm", true}, {false, "", "", "xterm", false}, {true, "", "", "dumb", false}, {true, "", "", "", true},
		{true, "1", "", "xterm", false}, {true, "0", "", "xterm", false}, {true, "1", "1", "xterm", false},
		{false, "", "1", "", true}, {true, "", "1", "dumb", true}, {true, "", "0", "xterm", false}, {false, "", "0", "", false},
	} {
		lookup := func(name string) (string, bool) {
			value := map[string]string{"NO_COLOR": c.noColor, "FORCE_COLOR": c.force, "TERM": c.termVar}[name]
			return value, value != ""
		}
		if got := coloured(c.terminal, lookup); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

// Only words of ours are painted; what comes from outside is cleaned all the
// same.
func TestPaintedWords(t *testing.T) {
	for _, colour := range []bool{false, true} {
		var screen bytes.Buffer
		ui := newConsole(nil, io.Discard, &screen)
		ui.colour = colour
		ui.warn("a file named %s", "\x1b[31mevil")
		ui.fail(usage(errors.New("\x1b[32mworse sk_live_hunter2")).hint("\x1b[33mhint"))
		want := "Warning: a file named \ufffd[31mevil\ncarryover: \ufffd[32mworse sk_live_…\n  \ufffd[33mhint\n"
		if colour {
			want = "\x1b[1;33mWarning:\x1b[0m a file named \ufffd[31mevil\n\x1b[1;31mcarryover:\x1b[0m \ufffd[32mworse sk_live_…\n  \ufffd[33mhint\n"
		}
		if screen.String() != want {
			t.Errorf("got %q, want %q", &screen, want)
		}
		screen.Reset()
		ui.quiet = true
		if ui.warn("quiet"); screen.Len() > 0 {
			t.Errorf("quiet, it says %q", &screen)
		}
	}
}
