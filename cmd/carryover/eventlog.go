package main

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/lmittmann/tint"
	"github.com/spf13/pflag"

	"carryover/migrate/report"
)

// logFlags say where the events of a run are noted.
type logFlags struct {
	logFile string
	verbose bool
}

func (f *logFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.logFile, "log-file", "", "append what happens to this file, as JSON lines")
	flags.BoolVarP(&f.verbose, "verbose", "v", false, "say the same on standard error")
}

// An eventLog notes what happens in a run: in a file of JSON lines, on the
// screen, in both or nowhere. No line holds a secret, nor what a row holds.
type eventLog struct {
	*slog.Logger
	file *logFile // nil where there is none
}

// openLog begins a log; close must be called. inputs are files that it must not
// write to.
func (f *logFlags) openLog(ui *console, inputs ...string) (*eventLog, error) {
	if f.verbose && ui.quiet {
		return nil, usagef("--verbose and --quiet are given together").hint("leave one of them out")
	}
	l := &eventLog{}
	var handlers []slog.Handler
	if f.logFile != "" {
		file, err := openLogFile(f.logFile, inputs)
		if err != nil {
			return nil, err
		}
		l.file = file
		handlers = append(handlers, slog.NewJSONHandler(file, &slog.HandlerOptions{ReplaceAttr: harmlessAttr}))
	}
	if f.verbose {
		handlers = append(handlers, tint.NewTextHandler(ui.screen, &tint.Options{
			NoColor: !ui.colour, TimeFormat: time.TimeOnly, ReplaceAttr: harmlessAttr,
		}))
	}
	l.Logger = slog.New(slog.NewMultiHandler(handlers...))
	return l, nil
}

// close ends the log, and returns the first thing that went wrong with it.
func (l *eventLog) close() error {
	if l.file == nil {
		return nil
	}
	return l.file.close()
}

// harmlessAttr makes an attribute fit to be shown and kept: times in UTC, texts
// without what a terminal obeys, and without keys.
func harmlessAttr(_ []string, a slog.Attr) slog.Attr {
	text := func(s string) string { return report.Clean(keyLike.ReplaceAllString(s, "$1…")) }
	switch value := a.Value.Any().(type) {
	case time.Time:
		a.Value = slog.TimeValue(value.UTC())
	case string:
		a.Value = slog.StringValue(text(value))
	case []string:
		list := slices.Clone(value)
		for i := range list {
			list[i] = text(list[i])
		}
		a.Value = slog.AnyValue(list)
	case error:
		a.Value = slog.StringValue(text(value.Error()))
	}
	return a
}

// A logFile is the file of a log. A run does not end because it cannot be
// written: close tells.
type logFile struct {
	path   string
	file   *os.File
	mu     sync.Mutex
	failed error
}

// openLogFile opens a file to append to, for its owner only. It follows no link,
// and a line that a killed run left unfinished is ended.
func openLogFile(path string, inputs []string) (*logFile, error) {
	dir, name := filepath.Split(path)
	if dir == "" {
		dir = "."
	}
	o := &output{path: path, force: true, inputs: inputs, name: name}
	if path == "-" || name == "" {
		return nil, usagef("--log-file takes the name of a file").hint("--verbose says the same on standard error")
	}
	folder, err := os.OpenRoot(dir)
	if err != nil {
		return nil, o.fail(exitUsage, err).hint("check that its folder exists and can be written")
	}
	defer func() { _ = folder.Close() }()
	o.folder = folder
	if err := o.vacant(); err != nil { // with force, a file that is there is none in the way
		return nil, err
	}
	file, err := folder.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err == nil {
		err = errors.Join(file.Chmod(0o600), endLine(file))
	}
	if err != nil {
		return nil, o.fail(exitUsage, err).hint("check that it is yours, and that its folder can be written")
	}
	return &logFile{path: path, file: file}, nil
}

// endLine ends the last line of a file, where it has no end.
func endLine(file *os.File) error {
	info, err := file.Stat()
	if err != nil || info.Size() == 0 {
		return err
	}
	last := make([]byte, 1)
	if _, err := file.ReadAt(last, info.Size()-1); err != nil {
		return err
	}
	if last[0] != '\n' {
		_, err = file.Write([]byte("\n"))
	}
	return err
}

// Write implements io.Writer.
func (f *logFile) Write(line []byte) (int, error) {
	n, err := f.file.Write(line)
	if err != nil {
		f.mu.Lock()
		defer f.mu.Unlock()
		if f.failed == nil {
			f.failed = err
		}
	}
	return n, err
}

func (f *logFile) close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return errors.Join(f.failed, f.file.Close())
}
