package source

import (
	"cmp"
	"context"
	"errors"
	"io"
	"iter"
	"maps"
	"os"
	"slices"
	"sync"
)

// maxUnknown bounds how many unknown columns are remembered.
const maxUnknown = 1000

// Options say how an input is read. The zero value is ready to use.
type Options struct {
	Strict    bool                    // refuse unknown columns: a *FileError for a header, a *RowError for a JSON key
	KeepExtra bool                    // fill Row.Extra; then a header without any known column is accepted too
	Skip      func(number int64) bool // records already done: their ends are found, nothing else; nil for none
	Shape     *Shape                  // how files of another program are read; nil for none

	Stdin io.Reader // what "-" means; os.Stdin where nil

	MaxRecord       int   // bytes of a record; 1 MiB where 0
	MaxLines        int   // lines of a CSV record; 64 where 0
	MaxDepth        int   // nesting of a JSON record, the record itself included; 64 where 0
	MaxDecompressed int64 // bytes of a compressed file; 20 GB where 0
	MaxRatio        int64 // growth of a compressed file beyond its first 10 MB; 200 where 0
}

func (o *Options) maxRecord() int         { return cmp.Or(o.MaxRecord, 1<<20) }
func (o *Options) maxLines() int          { return cmp.Or(o.MaxLines, 64) }
func (o *Options) maxDepth() int          { return cmp.Or(o.MaxDepth, 64) }
func (o *Options) maxDecompressed() int64 { return cmp.Or(o.MaxDecompressed, 20_000_000_000) }
func (o *Options) maxRatio() int64        { return cmp.Or(o.MaxRatio, 200) }

// An Input is one or more files that are read one after the other, their
// records numbered on. It may be read any number of times, also by several
// goroutines; only Close must come after all of that. Every reading sees the
// same text as the first, or ends with a *FileError before it sees another.
type Input struct {
	opts  Options
	files []*file

	mu      sync.Mutex
	unknown map[string]struct{}
	met     []bool // columns of the shape
}

// Open looks at every file and at the first record of each, so that what is
// wrong from the start is known before anything is done. Its errors are
// *FileError. The caller closes the Input.
//
// "-" is standard input. As it is read, it is copied into a temporary file that
// only its owner can read, as are pipes, since an input is read more than once.
func Open(paths []string, opts Options) (*Input, error) {
	if len(paths) == 0 {
		return nil, fault("", 0, codeNoInput, "no file was named")
	}
	if opts.Stdin == nil {
		opts.Stdin = os.Stdin
	}
	in := &Input{opts: opts, unknown: make(map[string]struct{})}
	if opts.Shape != nil {
		in.met = make([]bool, len(opts.Shape.Columns))
	}
	for _, path := range paths {
		if err := in.add(path); err != nil {
			_ = in.Close()
			return nil, err
		}
	}
	for _, f := range in.files {
		if err := in.try(f); err != nil {
			_ = in.Close()
			return nil, err
		}
	}
	return in, nil
}

// add appends a file that is not there yet.
func (in *Input) add(path string) error {
	twice := func(f *file) bool { return f.same(&file{name: path}) }
	if path == stdin && slices.ContainsFunc(in.files, twice) {
		return fault(path, 0, codeTwice, "standard input is named twice")
	}
	f, err := newFile(path, in.opts.Stdin)
	if err != nil {
		return err
	}
	if i := slices.IndexFunc(in.files, f.same); i >= 0 {
		return fault(path, 0, codeTwice, "this is the same file as %s", in.files[i].name)
	}
	in.files = append(in.files, f)
	return nil
}

// try reads a file up to its first record.
func (in *Input) try(f *file) error {
	c, err := f.open(&in.opts)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	_, err = newRecords(c, &pass{opts: &in.opts, unknown: in.note, meet: in.meet})
	return err
}

// Rows yields each record as a row of its own, in the order of the files.
//
// A record that cannot be used comes as a nil row and a *RowError, and the
// next one follows. Any other error is the last thing yielded: a *FileError,
// or the context's. Each range over the result reads the files from their
// beginning.
func (in *Input) Rows(ctx context.Context) iter.Seq2[*Row, error] {
	return in.read(ctx, in.opts.Skip)
}

// Pick is Rows for the records whose numbers are wanted: of the others the ends
// are found, and nothing else. Options.Skip does not count.
func (in *Input) Pick(ctx context.Context, want func(number int64) bool) iter.Seq2[*Row, error] {
	return in.read(ctx, func(number int64) bool { return !want(number) })
}

func (in *Input) read(ctx context.Context, skip func(number int64) bool) iter.Seq2[*Row, error] {
	return func(yield func(*Row, error) bool) {
		p := &pass{opts: &in.opts, skip: skip, unknown: in.note, meet: in.meet}
		for _, f := range in.files {
			if !in.rows(ctx, f, p, yield) {
				return
			}
		}
	}
}

// rows yields the records of one file. It returns false where the pass is over.
func (in *Input) rows(ctx context.Context, f *file, p *pass, yield func(*Row, error) bool) bool {
	c, err := f.open(&in.opts)
	if err != nil {
		yield(nil, err)
		return false
	}
	defer func() { _ = c.Close() }()
	r, err := newRecords(c, p)
	if err != nil {
		yield(nil, err)
		return false
	}
	for {
		row, err := (*Row)(nil), ctx.Err()
		if err == nil {
			row, err = r.next(ctx)
		}
		if errors.Is(err, io.EOF) {
			return true
		}
		if !yield(row, err) {
			return false
		}
		if _, bad := errors.AsType[*RowError](err); err != nil && !bad {
			return false
		}
	}
}

// Unknown returns the columns and keys met so far that are not known, sorted;
// the first thousand of them.
func (in *Input) Unknown() []string {
	in.mu.Lock()
	defer in.mu.Unlock()
	return slices.Sorted(maps.Keys(in.unknown))
}

func (in *Input) note(names ...string) {
	in.mu.Lock()
	defer in.mu.Unlock()
	for _, name := range names {
		if len(in.unknown) < maxUnknown {
			in.unknown[clip(name)] = struct{}{}
		}
	}
}

// Changed looks at the files without reading them. It returns a *FileError
// where one of them is not what it was when it was opened: replaced, removed,
// of another size, or written to. What it does not see, an edit in place that
// puts the time back, whoever reads on does.
func (in *Input) Changed() error {
	for _, f := range in.files {
		if err := f.changed(); err != nil {
			return err
		}
	}
	return nil
}

// Close removes what was kept of standard input.
func (in *Input) Close() error {
	var err error
	for _, f := range in.files {
		err = errors.Join(err, f.remove())
	}
	return err
}

// A pass is one reading of all files.
type pass struct {
	opts    *Options
	skip    func(number int64) bool // nil for none
	number  int64                   // of the record taken last
	unknown func(names ...string)
	meet    func(slot int)
	keep    func(*Record) error // takes each record as it stands, of which no row is made then; nil for rows
}

// take counts the record at the beginning of a window and says whether it is
// to be skipped.
func (p *pass) take(f *file, w *window) (at place, skip bool) {
	p.number++
	return place{f.name, p.number, w.line, w.at}, p.skip != nil && p.skip(p.number)
}
