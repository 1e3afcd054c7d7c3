package main

import (
	"context"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"carryover/checkpoint"
	"carryover/migrate"
	"carryover/migrate/report"
	"carryover/source"
)

// rejectFlags say where refused rows are given back.
type rejectFlags struct {
	rejects string
	secrets bool
}

func (f *rejectFlags) add(flags *pflag.FlagSet, which string) {
	flags.StringVar(&f.rejects, "rejects", "", "write the "+which+" to this file, to be corrected and run (.csv, .jsonl for JSON, .ldif)")
	flags.BoolVar(&f.secrets, "include-secrets", false, "write their passwords, digests, TOTP secrets and backup codes as they are, not ***; the file is 0600")
}

func (f *rejectFlags) check() error {
	switch {
	case f.secrets && f.rejects == "":
		return usagef("--include-secrets is about the file of --rejects").hint("no other output ever holds a secret")
	case f.rejects != "" && filepath.Ext(f.rejects) == "":
		return usagef("--rejects %s: the name must end in .csv, or .jsonl where the input is JSON, or .ldif", f.rejects)
	}
	return nil
}

// writeRejects writes the files of --rejects.
func (o *reportOptions) writeRejects(ctx context.Context, ui *console, r *checkpoint.Reader, doc *report.Document) error {
	in, rules, err := o.openOriginal(ctx, r)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	g := o.giveBack(&o.inputFlags, rules, o.force, append(o.files(), append(o.inputs, o.path)...))
	defer g.drop()
	if err := g.write(ctx, in, r.Refused(ctx)); err != nil {
		return checkpointError(err)
	}
	var more []string
	id := r.Identity()
	if id.KeyKind == "sandbox" {
		more = append(more, "--sandbox")
	}
	if id.Mode != migrate.Upsert.String() {
		more = append(more, "--mode", id.Mode)
	}
	return g.keep(ui, doc, more)
}

// openOriginal opens the input of the checkpoint again.
func (o *reportOptions) openOriginal(ctx context.Context, r *checkpoint.Reader) (*source.Input, migrate.Rules, error) {
	var none migrate.Rules
	sessions, err := r.Sessions(ctx)
	if err != nil {
		return nil, none, checkpointError(err)
	}
	last := ""
	if line := resumeCommand(sessions); line != "" {
		last = "the last run was: " + line
	}
	if len(o.inputs) == 0 {
		return nil, none, usagef("--rejects reads the rows from the input again: name it").
			hint(fmt.Sprintf("carryover report %s FILE… --rejects %s", shellQuote(o.path), shellQuote(o.rejects)), last)
	}
	id := r.Identity()
	rules, err := o.rules(time.Now())
	if err != nil {
		return nil, none, err
	}
	if id.Mapping != "" && o.mapped == nil {
		return nil, none, usagef("the input of %s was read with --from or --mapping, and the checkpoint keeps only a hash of that", o.path).
			hint("give these flags here as well", last)
	}
	if err := o.openMapping(ctx, &rules); err != nil {
		return nil, none, err
	}
	if mapper := mapperOf(rules); mapper != nil && mapper.Print() != id.Mapping {
		return nil, none, exit(exitMismatch, fmt.Errorf("the checkpoint %s was made with another mapping, or other parameters of it", o.path)).hint(last)
	}
	in, err := o.open(o.inputs, nil)
	if err != nil {
		return nil, none, err
	}
	print, err := in.Fingerprint(ctx)
	if err == nil {
		print = withJoins(print, rules)
		if hex.EncodeToString(print.SHA256[:]) == id.InputSHA256 && print.Size == id.InputSize {
			return in, rules, nil
		}
		err = exit(exitMismatch, fmt.Errorf("%s is not the input that checkpoint %s was made for", strings.Join(o.inputs, ", "), o.path)).
			hint("rows could be mixed up: give the very file, and several in the order of the run",
				"if it has changed since, run it with --delta first", last)
	}
	_ = in.Close()
	return nil, none, fileError(exitUsage, err)
}
