package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"carryover/hashers"
	"carryover/migrate/report"
	"carryover/source"
)

func newHashersBatch(ui *console) *cobra.Command {
	var o outputFlags
	cmd := &cobra.Command{
		Use:   "batch FILE",
		Short: "Check, and with passwords verify, every digest of a file",
		Long: `Read CSV or JSONL with the columns password_hasher, password_digest and, if it
is known, password, and print a verdict a line. Digests are checked; those
with a password are verified with it.

Exit status
  0  every digest is well formed, and every password opens its digest
  2  usage, or the file cannot be read
  3  some do not`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.apply(ui); err != nil {
				return err
			}
			soft, _, end := catchSignals(cmd.Context(), ui.quit)
			defer end()
			return interrupted(soft, batch(soft, ui.out, &o, args[0]))
		},
	}
	o.add(cmd.Flags())
	return cmd
}

// A batchLine is the verdict on one row.
type batchLine struct {
	Line    int64  `json:"line"`
	Hasher  string `json:"hasher,omitzero"`
	Status  string `json:"status"` // ok, undecided, invalid, unknown hasher, verified, not verified, unreadable
	Code    string `json:"code,omitzero"`
	Message string `json:"message,omitzero"`
	good    bool
}

func batch(ctx context.Context, w io.Writer, o *outputFlags, path string) error {
	in, err := source.Open([]string{path}, source.Options{})
	if err != nil {
		return fileError(exitUsage, err)
	}
	defer func() { _ = in.Close() }()
	code := exitOK
	for row, err := range in.Rows(ctx) {
		line, err := judge(row, err)
		if err != nil {
			return fileError(exitUsage, err)
		}
		if !line.good {
			code = exitProblems
		}
		if o.format == "json" {
			err = report.WriteJSONLine(w, &line)
		} else {
			_, err = fmt.Fprintf(w, "line %d: %s\n", line.Line, line.text())
		}
		if err != nil {
			return err
		}
	}
	return quietly(code)
}

func (l *batchLine) text() string {
	text := l.Status
	if l.Hasher != "" {
		text = report.Clean(l.Hasher) + ": " + text
	}
	if l.Message != "" {
		text += ": " + l.Message
	}
	return text
}

// judge checks and verifies one row.
func judge(row *source.Row, err error) (batchLine, error) {
	var bad *source.RowError
	if errors.As(err, &bad) {
		return batchLine{Line: bad.Line, Status: "unreadable", Code: bad.Code, Message: bad.Message}, nil
	}
	if err != nil {
		return batchLine{}, err
	}
	l := batchLine{Line: row.Line, Hasher: row.PasswordHasher}
	digest, _ := hashers.Trim(row.PasswordDigest)
	v := hashers.Check(row.PasswordHasher, digest)
	l.Status, l.Code, l.Message = v.Status.String(), v.Code, v.Why
	l.good = v.Status == hashers.OK || v.Status == hashers.Undecided
	if !l.good || row.Kinds[source.ColPassword] == source.NotGiven {
		return l, nil
	}
	match, err := hashers.Verify(row.PasswordHasher, digest, row.Password)
	l.good, l.Message = match.OK, match.How
	switch {
	case err != nil:
		l.Status, l.Message = "not verified", err.Error()
	case match.OK:
		l.Status = "verified"
	default:
		l.Status = "not verified"
	}
	return l, nil
}
