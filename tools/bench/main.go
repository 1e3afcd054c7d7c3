// Bench measures the figures that carryover promises, on this machine, and
// prints them as a table, each as soon as it is known:
//
//	go run ./tools/bench                       # ten minutes at most
//	go run ./tools/bench --short               # one minute at most, smaller inputs
//	go run ./tools/bench --only 'limit|resume' --json figures.json
//
// It builds the program (go build -trimpath -ldflags '-s -w'; one of tools/release
// is smaller and takes some 5 % more processor time) and drives it from outside, as
// others do: inputs in files, carryover sandbox in a process of its own, whose
// journal tells when requests arrived. Every run's exit code and counts are
// checked: a figure of a run that lost rows is none.
//
// The share of the limit is that of a run from its second window on, as of a
// migration that takes hours, and beside it that of the whole run. With --short
// it is that of the whole: it comes out lower then, and the processor's share
// higher, since the start and the end of a run count for more.
//
// The machine should have nothing else to do. The sandbox runs on the same
// processors, so that rates without a limit are of both. The time counts from
// when the program is built.
//
// The exit status is 0 where all was measured, also where a figure is not
// reached, 1 where a run failed or lost rows, and 2 for flags that are wrong.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"

	"carryover/tools/rig"
)

func main() { rig.Main("bench", errFailed, run) }

// errFailed says that something could not be measured; what it was has been
// printed.
var errFailed = errors.New("something could not be measured")

// sizes are how much is measured.
type sizes struct {
	most time.Duration // for all of it

	latencies []time.Duration // of the server with a limit
	limited   time.Duration   // how long a run at the limit takes

	runs       int // of what is quick enough to be measured more than once
	starts     int // of the program
	requested  int // rows, for counting requests
	unlimited  int // rows, against a server without a limit
	checked    int // rows of a file that is validated
	checkedBig int // of the one that is big; 0 for none
	done       int // rows of a migration that goes on
	left       int // rows that it has to do
}

var (
	full = sizes{
		most:      10 * time.Minute,
		latencies: []time.Duration{50 * time.Millisecond, 150 * time.Millisecond, 500 * time.Millisecond, time.Second},
		limited:   90 * time.Second,
		runs:      3, starts: 20, requested: 10_000, unlimited: 100_000,
		checked: 1_000_000, checkedBig: 10_000_000, done: 1_000_000, left: 1000,
	}
	short = sizes{
		most:      time.Minute,
		latencies: []time.Duration{150 * time.Millisecond, time.Second},
		limited:   12 * time.Second,
		runs:      3, starts: 20, requested: 3000, unlimited: 10_000,
		checked: 100_000, done: 100_000, left: 1000,
	}
)

// sections are what can be measured, in this order.
var sections = []struct {
	name    string
	measure func(b *bench, ctx context.Context) error
}{
	{"start", (*bench).start},
	{"requests", (*bench).requests},
	{"limit", (*bench).limit},
	{"validate", (*bench).validate},
	{"rate", (*bench).rate},
	{"resume", (*bench).resume},
	{"big", (*bench).big},
}

type options struct {
	sizes
	short bool
	only  *regexp.Regexp
	json  string
}

func parse(args []string, stderr io.Writer) (options, error) {
	o := options{sizes: full}
	var names []string
	for _, s := range sections {
		names = append(names, s.name)
	}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.BoolVar(&o.short, "short", false, "a minute at most, with smaller inputs")
	only := flags.String("only", "", "measure those only whose name matches the `expression`: "+strings.Join(names, ", "))
	flags.StringVar(&o.json, "json", "", "write the figures to a `file` as well")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if o.short {
		o.sizes = short
	}
	var err error
	o.only, err = regexp.Compile(*only)
	switch {
	case flags.NArg() > 0:
		return o, fmt.Errorf("%q is not a flag", flags.Arg(0))
	case err != nil:
		return o, fmt.Errorf("--only: %w", err)
	case !slices.ContainsFunc(names, o.only.MatchString):
		return o, fmt.Errorf("--only %q is none of %s", *only, strings.Join(names, ", "))
	}
	return o, nil
}

// A bench is one measurement of everything.
type bench struct {
	sizes
	module string // folder of the source
	folder string // for all files
	binary string // carryover
	gen    string // testdata/gen
	table  *table
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, err := parse(args, stderr)
	if err != nil {
		return err
	}
	if err := o.run(ctx, stdout, stderr); err != nil {
		fmt.Fprintln(stderr, "bench:", err)
		return errFailed
	}
	return nil
}

func (o *options) run(ctx context.Context, stdout, stderr io.Writer) (err error) {
	folder, err := os.MkdirTemp("", "bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	b, err := newBench(ctx, o.sizes, folder, stdout)
	if err != nil {
		return err
	}
	began := time.Now()
	ctx, cancel := context.WithTimeoutCause(ctx, o.most, fmt.Errorf("it is not through after %v; --only measures a part", o.most))
	defer cancel()
	fmt.Fprintf(stdout, "%s/%s, %d processors, %s\n\n", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version())
	b.table.head()
	err = b.measure(ctx, o.only, stderr)
	took := time.Since(began)
	fmt.Fprintf(stdout, "\nmeasured in %v\n", took.Round(time.Second))
	if o.json != "" {
		err = errors.Join(err, b.table.write(o.json, o.short, took))
	}
	return err
}

// newBench builds what is measured.
func newBench(ctx context.Context, s sizes, folder string, stdout io.Writer) (*bench, error) {
	b := &bench{
		sizes: s, folder: folder, binary: filepath.Join(folder, "carryover"), gen: filepath.Join(folder, "gen"),
		table: &table{out: stdout},
	}
	var err error
	if b.module, err = rig.Module(ctx); err != nil {
		return nil, err
	}
	if err := rig.Build(ctx, b.binary, "cmd/carryover", "-trimpath", "-ldflags", "-s -w"); err != nil {
		return nil, err
	}
	return b, rig.Build(ctx, b.gen, "testdata/gen")
}

// measure measures the sections that are asked for. Where one fails, the others
// are measured all the same.
func (b *bench) measure(ctx context.Context, only *regexp.Regexp, stderr io.Writer) error {
	var failed []string
	for _, s := range sections {
		if !only.MatchString(s.name) {
			continue
		}
		err := s.measure(b, ctx)
		switch {
		case ctx.Err() != nil:
			return fmt.Errorf("%s: %w", s.name, context.Cause(ctx))
		case err != nil:
			fmt.Fprintf(stderr, "%s: %v\n", s.name, err)
			failed = append(failed, s.name)
		}
	}
	if len(failed) > 0 {
		return fmt.Errorf("not measured: %s", strings.Join(failed, ", "))
	}
	return nil
}

// write writes the figures to a file, for programs.
func (t *table) write(file string, short bool, took time.Duration) error {
	content, err := json.MarshalIndent(struct {
		OS         string   `json:"os"`
		Arch       string   `json:"arch"`
		Processors int      `json:"processors"`
		Go         string   `json:"go"`
		Short      bool     `json:"short"`
		Seconds    float64  `json:"seconds"`
		Figures    []figure `json:"figures"`
	}{runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version(), short, took.Seconds(), t.figures}, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(content, '\n'), 0o600)
}
