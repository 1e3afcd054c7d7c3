package source

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// write puts a file into the test's own folder and returns its path.
func write(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// outcome reads one file and tells what came of it, a line each:
//
//	1@2 external_id=a          a row: number, line, the cells that are given
//	2@3 !short_record          a record that cannot be used
//	2@3 !bare_quote username   the same, with the column
//	@4 !!record_boundary       the end of the stream, at a line
func outcome(t testing.TB, path string, opts Options) []string {
	t.Helper()
	in, err := Open([]string{path}, opts)
	if err != nil {
		return []string{describe(t, nil, err)}
	}
	defer func() {
		if err := in.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}()
	var got []string
	for row, err := range in.Rows(t.Context()) {
		got = append(got, describe(t, row, err))
	}
	return got
}

func describe(t testing.TB, row *Row, err error) string {
	t.Helper()
	var bad *RowError
	var end *FileError
	switch {
	case errors.As(err, &bad):
		if bad.Message == "" || bad.Hint == "" || bad.File == "" || row != nil {
			t.Errorf("incomplete: %#v with row %v", bad, row)
		}
		known(t, bad.Code)
		return strings.TrimSpace(fmt.Sprintf("%d@%d !%s %s", bad.Number, bad.Line, bad.Code, bad.Column))
	case errors.As(err, &end):
		if end.Message == "" || end.Hint == "" || row != nil {
			t.Errorf("incomplete: %#v with row %v", end, row)
		}
		if info := known(t, end.Code); !info.Ends && end.Code != codeUnknown {
			t.Errorf("%s is the code of a record", end.Code)
		}
		return fmt.Sprintf("@%d !!%s", end.Line, end.Code)
	case err != nil:
		return err.Error()
	}
	line := fmt.Sprintf("%d@%d", row.Number, row.Line)
	for c := range Column(NumColumns) {
		text, kind := row.Cell(c)
		switch kind {
		case NotGiven:
			if text != "" {
				t.Errorf("%s is not given, but has a text", c)
			}
		case Text:
			line += fmt.Sprintf(" %s=%s", c, text)
		default:
			line += fmt.Sprintf(" %s:%s=%s", c, kind, text)
		}
	}
	return line
}

// known returns what a code means; every code has to be in the catalogue.
func known(t testing.TB, code string) CodeInfo {
	t.Helper()
	info, ok := codesByName()[code]
	if !ok {
		t.Errorf("code %s is not in the catalogue", code)
	}
	return info
}

var codesByName = sync.OnceValue(func() map[string]CodeInfo {
	byName := map[string]CodeInfo{}
	for _, info := range Codes() {
		byName[info.Code] = info
	}
	return byName
})

// A fileCase is one file and what comes of it.
type fileCase struct {
	name string
	file string // its name; decides nothing where the text is clear
	text string
	opts Options
	want []string
}

func (c fileCase) run(t *testing.T) {
	t.Helper()
	t.Run(c.name, func(t *testing.T) {
		got := outcome(t, write(t, c.file, c.text), c.opts)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("outcome (-want +got):\n%s", diff)
		}
	})
}

// rows reads an input to its end and fails on any error.
func rows(t testing.TB, ctx context.Context, in *Input) []*Row {
	t.Helper()
	var all []*Row
	for row, err := range in.Rows(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, row)
	}
	return all
}
