package main

import (
	"io"
	"os"
	"os/signal"
	"time"

	"github.com/spf13/pflag"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
)

const (
	barEvery  = 200 * time.Millisecond
	lineEvery = 30 * time.Second
)

// progressFlags say how progress is shown.
type progressFlags struct{ progress string }

func (f *progressFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.progress, "progress", "auto", "auto, bar, plain (a line every 30 s) or none; on SIGUSR1 a line is said in any case")
}

func (f *progressFlags) check() error {
	switch f.progress {
	case "auto", "bar", "plain", "none":
		return nil
	}
	return usagef("unknown --progress %q: use auto, bar, plain or none", f.progress)
}

// A stage is something that takes its time.
type stage interface {
	// rows returns what is drawn of it on a terminal that is so wide; always as
	// many.
	rows(width int) []string
	// line returns the same in one line.
	line() string
}

// A programStage tells programs as well, on standard output.
type programStage interface{ tellPrograms() }

// A teller tells on standard error how the stages of a command are getting on.
type teller struct {
	ui         *console
	bar, plain bool
	asked      chan os.Signal // somebody wants to know now
}

// choose makes the teller that the flags ask for.
func (f *progressFlags) choose(ui *console) *teller {
	t := &teller{ui: ui, asked: make(chan os.Signal, 1)}
	switch {
	case ui.quiet || f.progress == "none":
	case f.progress == "bar" || f.progress == "auto" && ui.errBar:
		t.bar = true
	default:
		t.plain = true
	}
	return t
}

// teller is choose, and listens for those who ask; the other function ends that,
// and must be called. Until then a signal that asks ends nothing.
func (f *progressFlags) teller(ui *console) (*teller, func()) {
	t := f.choose(ui)
	if len(askingSignals) == 0 { // Notify would take it for all there are
		return t, func() {}
	}
	signal.Notify(t.asked, askingSignals...)
	return t, func() { signal.Stop(t.asked) }
}

// tell tells of a stage until the function that it returns is called, which
// leaves nothing of the bar on the screen.
func (t *teller) tell(s stage) (end func()) {
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		t.follow(s, quit)
	}()
	return func() {
		close(quit)
		<-done
	}
}

func (t *teller) follow(s stage, quit <-chan struct{}) {
	ticker := time.NewTicker(lineEvery)
	defer ticker.Stop()
	begin := time.NewTimer(barEvery) // what is over by then is not worth a bar
	defer begin.Stop()
	for {
		select {
		case <-ticker.C:
			if t.plain {
				t.ui.say("%s", s.line())
			}
			if s, ok := s.(programStage); ok && !t.ui.quiet {
				s.tellPrograms()
			}
		case <-begin.C:
			if t.bar {
				defer draw(t.ui.screen, s)()
			}
		case <-t.asked:
			t.ui.answer(s.line())
		case <-quit:
			return
		}
	}
}

// draw draws a stage on a screen, again and again until the function that it
// returns is called.
func draw(screen *screen, s stage) (end func()) {
	bars := mpb.New(mpb.WithConsoleWriter(screen), mpb.WithRefreshRate(barEvery), mpb.WithAutoRefresh())
	var rows []string
	first := func(w io.Writer, stat decor.Statistics) error {
		rows = s.rows(stat.AvailableWidth)
		_, err := io.WriteString(w, rows[0])
		return err
	}
	var others []mpb.BarFiller
	for i := 1; i < len(s.rows(unknownWidth)); i++ {
		others = append(others, mpb.BarFillerFunc(func(w io.Writer, _ decor.Statistics) error {
			_, err := io.WriteString(w, rows[i]+"\n")
			return err
		}))
	}
	// A bar without a total ends when it is told to.
	bar, err := bars.Add(0, mpb.BarFillerFunc(first), mpb.BarFillerTrim(), mpb.BarBtmExtender(others...))
	if err != nil { // only after Wait
		return func() {}
	}
	return func() {
		bar.Abort(true)
		bars.Wait()
	}
}

var _ mpb.ConsoleWriter = (*screen)(nil)
