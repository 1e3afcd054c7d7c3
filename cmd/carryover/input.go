package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/pflag"

	"carryover/hashers"
	"carryover/migrate"
	"carryover/migrate/report"
	"carryover/source"
)

// inputFlags are the flags of every command that reads users.
type inputFlags struct {
	mode               string
	strict             bool
	allowNotifications bool
	rewrites           []string
	mappingFlags
}

func (f *inputFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.mode, "mode", "upsert", "upsert, create or update")
	flags.BoolVar(&f.strict, "strict", false, "refuse unknown columns and unknown hashers")
	flags.BoolVar(&f.allowNotifications, "allow-notifications", false, "let notify_primary_email_address_changed be true, which sends mail to users")
	flags.StringSliceVar(&f.rewrites, "rewrite-digests", nil, "bring digests of another spelling into Clerk's form; see carryover hashers list")
	f.mappingFlags.add(flags)
}

// rules returns the rules of the checks. It reads the mapping, but no file of
// the input yet.
func (f *inputFlags) rules(now time.Time) (migrate.Rules, error) {
	mode, err := migrate.ParseMode(f.mode)
	if err != nil {
		return migrate.Rules{}, usage(err)
	}
	known := hashers.Rewrites()
	for _, name := range f.rewrites {
		if !slices.ContainsFunc(known, func(r hashers.Rewrite) bool { return r.Name == name }) {
			return migrate.Rules{}, usagef("unknown rewrite %q", name).hint("carryover hashers list names them all")
		}
	}
	rules := migrate.Rules{
		Mode: mode, Strict: f.strict, AllowNotifications: f.allowNotifications, Now: now, Rewrites: f.rewrites,
	}
	return rules, f.readMapping(&rules)
}

// open opens the input. skip says which rows need not be read.
func (f *inputFlags) open(paths []string, skip func(int64) bool) (*source.Input, error) {
	options := source.Options{Strict: f.strict, Skip: skip}
	if f.mapped != nil {
		options.Shape = f.mapped.Shape()
	}
	in, err := source.Open(paths, options)
	if err != nil {
		return nil, f.columnError(err)
	}
	return in, nil
}

// fileError gives a broken input its exit code and says where it is broken:
// before anything is sent it is a matter of usage, later the input has changed
// under the run.
func fileError(code int, err error) error {
	var bad *source.FileError
	if !errors.As(err, &bad) {
		return err
	}
	place := report.Clean(bad.File)
	if bad.Line > 0 {
		place = fmt.Sprintf("%s:%d", place, bad.Line)
	}
	return exit(code, fmt.Errorf("%s: %s", place, bad.Message)).hint(bad.Hint)
}

// interrupted gives the end of ctx by a signal its exit code, where that is
// what err came of.
func interrupted(ctx context.Context, err error) error {
	if by, ok := signalOf(ctx); ok && err != nil {
		return exit(by.code(), errors.New("interrupted; nothing was written"))
	}
	return err
}
