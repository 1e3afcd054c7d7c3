package main

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spf13/pflag"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"carryover/migrate"
	"carryover/migrate/clerk"
	"carryover/migrate/report"
)

const (
	barEvery  = 200 * time.Millisecond
	lineEvery = 30 * time.Second
)

// progressFlags say how progress is shown.
type progressFlags struct{ progress string }

func (f *progressFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.progress, "progress", "auto", "auto, bar, plain (a line every 30 s) or none")
}

func (f *progressFlags) check() error {
	switch f.progress {
	case "auto", "bar", "plain", "none":
		return nil
	}
	return usagef("unknown --progress %q: use auto, bar, plain or none", f.progress)
}

// A progress tells on standard error how a run is getting on. Its rate and
// time to go are of this run alone; what earlier runs did is only in its
// length.
type progress struct {
	ui      *console
	client  *clerk.Client
	lines   *report.Lines
	earlier int64
	total   int64 // rows of this run
	started time.Time

	good, bad atomic.Int64
	held      atomic.Pointer[string] // why the run waits, as it says itself

	bars    *mpb.Progress
	bar     *mpb.Bar
	quit    chan struct{}  // closed by end
	tellers sync.WaitGroup // goroutines that tell until then
}

// start begins to tell; end must be called.
func (f *progressFlags) start(ui *console, client *clerk.Client, lines *report.Lines, earlier, total int64) *progress {
	p := &progress{
		ui: ui, client: client, lines: lines, earlier: earlier, total: total, started: time.Now(), quit: make(chan struct{}),
	}
	if ui.quiet {
		return p
	}
	if lines != nil {
		p.tellers.Go(func() { p.tell(lineEvery, p.progressLine) })
	}
	switch {
	case f.progress == "none":
	case f.progress == "bar" || f.progress == "auto" && ui.errBar:
		p.makeBar()
		p.tellers.Go(func() { p.tell(barEvery, p.move) })
	default:
		p.tellers.Go(func() { p.tell(lineEvery, p.line) })
	}
	return p
}

func (p *progress) tell(every time.Duration, tell func()) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			tell()
		case <-p.quit:
			return
		}
	}
}

// end stops telling and leaves the last state of the bar on the screen.
func (p *progress) end() {
	close(p.quit)
	p.tellers.Wait()
	if p.bar != nil {
		p.move()
		p.bar.Abort(false)
		p.bars.Wait()
	}
}

// observe counts an outcome.
func (p *progress) observe(r migrate.Result) {
	switch {
	case r.State.Good():
		p.good.Add(1)
	case r.State.Final():
		p.bad.Add(1)
	}
	p.lines.Row(&r)
}

// wait notes why the run waits.
func (p *progress) wait(why string) { p.held.Store(&why) }

// waiting is why the run waits; "" where it does not.
func (p *progress) waiting() string {
	why, until := p.client.Waiting()
	if !until.IsZero() {
		return why
	}
	if held := p.held.Load(); held != nil && *held != "" {
		return *held
	}
	return why // only slower
}

// log writes a line above the bar.
func (p *progress) log(format string, args ...any) {
	p.lines.Notice(fmt.Sprintf(format, args...))
	if p.bars == nil {
		p.ui.say(format, args...)
		return
	}
	fmt.Fprintln(p.bars, report.CleanLines(fmt.Sprintf(format, args...)))
}

func (p *progress) finished() int64 { return p.good.Load() + p.bad.Load() }

// rate is rows a second, of this run.
func (p *progress) rate() float64 {
	return float64(p.finished()) / max(time.Since(p.started).Seconds(), 0.001)
}

// left is the time left at the rate so far, in seconds; 0 while there is none.
func (p *progress) left() float64 {
	rate := p.rate()
	if p.finished() == 0 || rate == 0 {
		return 0
	}
	return float64(p.total-p.finished()) / rate
}

// toGo is the same in words.
func (p *progress) toGo() string {
	if p.finished() == 0 {
		return "?"
	}
	return report.Duration(time.Duration(p.left() * float64(time.Second)))
}

// progressLine tells the state to programs.
func (p *progress) progressLine() {
	stats := p.client.Stats()
	p.lines.Progress(report.Progress{
		Done: p.earlier + p.finished(), Rows: p.earlier + p.total, Good: p.good.Load(), Bad: p.bad.Load(), Rate: p.rate(),
		ETASeconds: p.left(), P95MS: milliseconds(stats.Latency.P95), HTTP429: stats.ByStatus[429], Waiting: p.waiting(),
	})
}

// line writes the state in one line, for logs.
func (p *progress) line() {
	stats := p.client.Stats()
	waiting := ""
	if why := p.waiting(); why != "" {
		waiting = fmt.Sprintf(" waiting=%q", why)
	}
	whole := p.earlier + p.total
	done := p.earlier + p.finished()
	p.ui.say("%s done=%.1f%% %d/%d ok=%d failed=%d rate=%.1f/s eta=%q p95=%dms http429=%d%s",
		time.Now().UTC().Format(time.RFC3339), 100*float64(done)/float64(max(whole, 1)), done, whole,
		p.good.Load(), p.bad.Load(), p.rate(), p.toGo(), stats.Latency.P95.Milliseconds(), stats.ByStatus[429], waiting)
}

func (p *progress) makeBar() {
	p.bars = mpb.New(mpb.WithOutput(p.ui.screen), mpb.WithRefreshRate(barEvery), mpb.WithAutoRefresh())
	p.bar = p.bars.New(p.earlier+p.total, mpb.BarStyle().Lbound("").Rbound("").Filler("█").Tip("").Padding("░").Refiller("▓"),
		mpb.AppendDecorators(decor.Any(func(decor.Statistics) string { return p.text() })))
	p.bar.SetRefill(p.earlier)
	p.bar.SetCurrent(p.earlier)
}

func (p *progress) move() { p.bar.SetCurrent(p.earlier + p.finished()) }

// text is what stands behind the bar.
func (p *progress) text() string {
	text := fmt.Sprintf(" %s/%s  %.1f/s  ETA %s", report.Number(p.earlier+p.finished()), report.Number(p.earlier+p.total), p.rate(), p.toGo())
	if bad := p.bad.Load(); bad > 0 {
		text += fmt.Sprintf("  ✗ %s", report.Number(bad))
	}
	if why := p.waiting(); why != "" {
		text += "  " + why
	}
	return text
}
