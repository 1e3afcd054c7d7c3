package main

import (
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"carryover/migrate/sandbox"
)

// A view is what somebody sees at a terminal.
type view struct {
	term *terminal
	vt   *vt
	fed  int // bytes of what was written
}

// look shows what has been written since the last look.
func (v *view) look() string {
	written := v.term.shown.String()
	v.vt.feed(written[v.fed:])
	v.fed = len(written)
	return v.vt.String()
}

// await waits until something is to be seen.
func (v *view) await(t *testing.T, what string, seen *regexp.Regexp) {
	t.Helper()
	if !eventually(20*time.Second, func() bool { return seen.MatchString(v.look()) }) {
		t.Fatalf("%s is not to be seen:\n%s", what, v.vt)
	}
}

// drawn waits for the next picture, the whole of it.
func (v *view) drawn() {
	v.look()
	before := v.fed
	eventually(5*time.Second, func() bool { v.look(); return v.fed > before })
	for range 100 {
		before = v.fed
		time.Sleep(30 * time.Millisecond)
		if v.look(); v.fed == before {
			return
		}
	}
}

// resize gives the terminal another width, right after a picture was drawn.
func (v *view) resize(t *testing.T, width int) {
	t.Helper()
	v.drawn()
	if err := unix.IoctlSetWinsize(int(v.term.line.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: uint16(width)}); err != nil {
		t.Fatal(err)
	}
	v.vt.resize(width)
	v.drawn()
}

// barShown is the bar below everything else, and nothing else of one.
var barShown = regexp.MustCompile(`^[^▕]*\n▕[█▓░]+▏ [^▕\n]+\n✓ [^▕\n]+\n$`)

func (v *view) wantBar(t *testing.T) (bar, state string) {
	t.Helper()
	v.await(t, "one bar at the end", barShown)
	lines := strings.Split(v.look(), "\n")
	bar, state = lines[len(lines)-3], lines[len(lines)-2]
	for _, line := range []string{bar, state} {
		if n := len([]rune(line)); n >= v.vt.width {
			t.Errorf("a line of the bar takes %d columns of %d", n, v.vt.width)
		}
	}
	if n := len([]rune(bar)); n != v.vt.width-1 {
		t.Errorf("the bar takes %d columns of %d", n, v.vt.width)
	}
	return bar, state
}

// wantNoBar wants nothing to be left of the bar, and no key that was pressed.
func (v *view) wantNoBar(t *testing.T) {
	t.Helper()
	if shown := v.look(); strings.ContainsAny(shown, "▕▓█░▏") || strings.Contains(shown, "^C") {
		t.Errorf("something was left behind:\n%s", shown)
	}
	if v.vt.strange != nil {
		t.Errorf("written were %q", v.vt.strange)
	}
}

// atTerminal begins a run at a terminal of 80 columns.
func atTerminal(t *testing.T, b *box, folder string, environ []string, args ...string) (*process, *view) {
	t.Helper()
	term := newTerminal(t)
	p := prepare(t, folder, append(b.env(), environ...), args...)
	term.begin(t, p)
	return p, &view{term: term, vt: newVT(80)}
}

// The bar of a run that goes on where another one stopped: at 80 columns, with a
// line above it, at 40 and 100 columns, and after Ctrl-C. Nothing is coloured,
// whether or not somebody asks for that.
func TestBar(t *testing.T) {
	t.Parallel()
	for name, environ := range map[string][]string{"plain": nil, "NO_COLOR": {"NO_COLOR=1"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			writeFile(t, filepath.Join(folder, "users.csv"), newUsers(3000))
			b := newBox(t, sandbox.Config{Latency: 20 * time.Millisecond})
			carryover(t, exitResumable, folder, b.env(), "run", "users.csv", "-q", "--max-rows", "1000")
			p, v := atTerminal(t, b, folder, append(environ, "TERM=xterm"), "run", "users.csv", "--rate-limit", "40/1s")
			v.await(t, "rows of this run", regexp.MustCompile(`▕█+▓+░+▏`))
			bar, state := v.wantBar(t)
			wantWords(t, bar, "▏ 3", " %  1,", "/3,000", "/s", "ETA ")
			wantWords(t, state, "✓ 1,0", "✗ 0 failed", " in flight", "p95 ")

			p.signal(t, syscall.SIGUSR1)
			v.await(t, "the line that was asked for", regexp.MustCompile(`Z done=3[0-9.]+% 1[0-9]+/3000 ok=1[0-9]+ failed=0 `))
			v.wantBar(t)
			v.resize(t, 40)
			bar, _ = v.wantBar(t)
			wantWords(t, bar, "% ", "ETA ")
			v.resize(t, 100)
			v.wantBar(t)
			if _, err := v.term.keyboard.WriteString("\x03"); err != nil {
				t.Fatal(err)
			}
			if out := p.wait(t); out.code != exitInterrupted {
				t.Errorf("exit code %d, want %d", out.code, exitInterrupted)
			}
			v.await(t, "the end", regexp.MustCompile(`Stopping \(interrupt\)(?s:.*)Interrupted after (?s:.*)Nothing is lost`))
			v.wantNoBar(t)
		})
	}
}

// fiftyUsers are in users.csv of the folder, and not yet in the sandbox.
func fiftyUsers(t *testing.T) (b *box, folder string) {
	t.Helper()
	folder = t.TempDir()
	writeFile(t, filepath.Join(folder, "users.csv"), newUsers(50))
	return newBox(t, sandbox.Config{}), folder
}

// The bar says why a run waits.
func TestBarOfARunThatWaits(t *testing.T) {
	t.Parallel()
	b, folder := fiftyUsers(t)
	b.inFront(func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPost {
			w.Header().Set("Retry-After", "8")
			http.Error(w, `{"errors":[{"code":"too_many_requests"}]}`, http.StatusTooManyRequests)
		}
		return r.Method == http.MethodPost
	})
	p, v := atTerminal(t, b, folder, []string{"TERM=xterm"}, "run", "users.csv")
	v.await(t, "why it waits", regexp.MustCompile(`▏ 0 % [^\n]+\n✓ 0 done  [^\n]*Clerk asked for 8 s \([0-9.]+ s left\)\n$`))
	v.wantBar(t)
	_, _ = v.term.keyboard.WriteString("\x03")
	if out := p.wait(t); out.code != exitInterrupted {
		t.Errorf("exit code %d, want %d", out.code, exitInterrupted)
	}
	v.await(t, "the end", regexp.MustCompile(`Nothing is lost`))
	v.wantNoBar(t)
}

// After a Ctrl-C the bar says that the run stops; a second one, which ends the
// program at once, leaves nothing of it.
func TestBarOfARunThatStops(t *testing.T) {
	t.Parallel()
	b, folder := fiftyUsers(t)
	hold := make(chan struct{})
	b.inFront(func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPost {
			<-hold // in flight until the program has gone
		}
		return false
	})
	defer close(hold)
	p, v := atTerminal(t, b, folder, []string{"TERM=xterm"}, "run", "users.csv")
	v.await(t, "what is in flight", regexp.MustCompile(`\n✓ 0 done  ✗ 0 failed  1 in flight[^\n]*\n$`))
	_, _ = v.term.keyboard.WriteString("\x03")
	v.await(t, "that it stops", regexp.MustCompile(`to\s+leave at once\.\n▕[^\n]+\n✓ 0 done [^\n]+ stopping\n$`))
	_, _ = v.term.keyboard.WriteString("\x03")
	if out := p.wait(t); out.code != exitInterrupted {
		t.Errorf("exit code %d, want %d", out.code, exitInterrupted)
	}
	v.await(t, "the end", regexp.MustCompile(`leave at once\.\nLeft at once, with 1 request in flight(?s:.*)To go on: carryover run users\.csv\n$`))
	v.wantNoBar(t)
}

// On a terminal that obeys nothing, nothing is drawn.
func TestDumbTerminal(t *testing.T) {
	t.Parallel()
	b, folder := fiftyUsers(t)
	p, v := atTerminal(t, b, folder, []string{"TERM=dumb"}, "run", "users.csv", "--rate-limit", "50/1s")
	if out := p.wait(t); out.code != exitOK {
		t.Errorf("exit code %d", out.code)
	}
	v.await(t, "the end", regexp.MustCompile(`Finished in (?s:.*)\nNext\n`))
	if strings.ContainsAny(v.term.shown.String(), "\x1b▕") {
		t.Errorf("a bar was drawn:\n%q", v.term.shown.String())
	}
}
