// Gen writes made-up users of any number, for rehearsals and measurements:
//
//	go run ./testdata/gen -n 1000000 -o users.csv.zst
//	go run ./testdata/gen -n 20000 -format jsonl -columns all -broken 0.02
//
// The output depends on -seed and the other flags alone, and row i of one seed
// is the same whatever -n is. Every row is good, but for the share that
// -broken asks for: each of those is broken in one way. Identifiers are unique
// within a file. The digests have the right shape and are random: no password
// opens them (testdata/users.csv has digests that passwords open).
package main

import (
	"compress/gzip"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/klauspost/compress/zstd"
)

func main() {
	err := run(os.Args[1:], os.Stdout, os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(2)
	}
}

// options are the flags of one run, checked.
type options struct {
	rows    int64
	seed    uint64
	format  string // "csv" or "jsonl"
	broken  float64
	columns []column
	output  string // "" is standard output
}

func parse(args []string, stderr io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("gen", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Int64Var(&o.rows, "n", 1000, "`rows` to write")
	flags.Uint64Var(&o.seed, "seed", 1, "what the random values are drawn from")
	flags.StringVar(&o.format, "format", "", "csv or jsonl (default: by the name of the output, else csv)")
	flags.Float64Var(&o.broken, "broken", 0, "`share` of rows to break, from 0 to 1; the first row is always good")
	set := flags.String("columns", "12", "12 usual ones, or all")
	phone := flags.Bool("phone", false, "add phone_number to the 12 (for the first 3,560,000 rows: free numbers end there)")
	flags.StringVar(&o.output, "o", "", "output `file`; .gz and .zst compress (default: standard output)")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	switch {
	case flags.NArg() > 0:
		return o, fmt.Errorf("%q is not a flag; the output is given with -o", flags.Arg(0))
	case o.rows < 0:
		return o, fmt.Errorf("-n is %d; give 0 or more", o.rows)
	case !(o.broken >= 0 && o.broken <= 1):
		return o, fmt.Errorf("-broken is %v; give a share from 0 to 1, such as 0.02", o.broken)
	}
	if o.format == "" {
		o.format = formatOf(o.output)
	}
	if o.format != "csv" && o.format != "jsonl" {
		return o, fmt.Errorf("-format is %q; give csv or jsonl", o.format)
	}
	var err error
	o.columns, err = choose(*set, *phone)
	return o, err
}

// formatOf is the format that an output's name asks for.
func formatOf(name string) string {
	name = strings.TrimSuffix(strings.TrimSuffix(name, ".gz"), ".zst")
	if strings.HasSuffix(name, ".jsonl") || strings.HasSuffix(name, ".ndjson") {
		return "jsonl"
	}
	return "csv"
}

func run(args []string, stdout, stderr io.Writer) (err error) {
	o, err := parse(args, stderr)
	if err != nil {
		return err
	}
	out := stdout
	if o.output != "" {
		file, err := create(o.output)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, file.Close()) }()
		out = file
	}
	tally, err := generate(out, o)
	if err != nil {
		return err
	}
	if o.broken > 0 {
		fmt.Fprintln(stderr, tally)
	}
	return nil
}

// create opens the output file, behind a compressor where its name ends in
// .gz or .zst. Closing what it returns closes both.
func create(name string) (io.WriteCloser, error) {
	file, err := os.Create(name)
	if err != nil {
		return nil, err
	}
	switch {
	case strings.HasSuffix(name, ".gz"):
		compressor, err := gzip.NewWriterLevel(file, gzip.BestSpeed)
		return compressed{compressor, file}, err
	case strings.HasSuffix(name, ".zst"):
		compressor, err := zstd.NewWriter(file, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest))
		return compressed{compressor, file}, err
	}
	return file, nil
}

// A compressed file is a compressor and the file that it writes to.
type compressed struct {
	io.WriteCloser
	file *os.File
}

func (c compressed) Close() error {
	return errors.Join(c.WriteCloser.Close(), c.file.Close())
}
