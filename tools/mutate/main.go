// Mutate proves that the tests can fail: it takes one safeguard at a time out of
// a copy of the source, and wants the quickest test of that safeguard to notice.
//
//	go run ./tools/mutate            # half a minute
//	go run ./tools/mutate --chaos    # with kills as well, two minutes
//
// A mutant is a small replacement of text (mutant.go). Where the text is no
// longer there, that is an error: the list has to follow the source. The exit
// status is 1 where a mutant survives.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"carryover/tools/rig"
)

func main() { rig.Main("mutate", errSurvived, run) }

var errSurvived = errors.New("a safeguard can be taken out and nothing notices")

type options struct {
	only  *regexp.Regexp
	chaos bool
	kills int
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	var o options
	flags := flag.NewFlagSet("mutate", flag.ContinueOnError)
	flags.SetOutput(stderr)
	only := flags.String("only", "", "mutants whose name matches the `expression`")
	flags.BoolVar(&o.chaos, "chaos", false, "have tools/chaos notice as well, where kills can")
	flags.IntVar(&o.kills, "kills", 20, "`kills` of a chaos run")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if o.only, err = regexp.Compile(*only); err != nil {
		return fmt.Errorf("--only: %w", err)
	}
	folder, err := os.MkdirTemp("", "mutate-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	l, err := newLab(ctx, o, folder)
	if err != nil {
		return err
	}
	return l.try(ctx, stdout)
}

// A lab is where mutants are tried.
type lab struct {
	options
	folder string
	tree   *tree
	chaos  string // the program, of sound source
}

// newLab copies the source and sees that the tests pass there.
func newLab(ctx context.Context, o options, folder string) (*lab, error) {
	module, err := rig.Module(ctx)
	if err != nil {
		return nil, err
	}
	l := &lab{options: o, folder: folder, chaos: filepath.Join(folder, "chaos")}
	if l.tree, err = copyTree(ctx, module, filepath.Join(folder, "src")); err != nil {
		return nil, err
	}
	if o.chaos {
		if err := l.build(ctx, l.chaos, "./tools/chaos"); err != nil {
			return nil, err
		}
	}
	for _, m := range l.chosen() {
		if words, failed, err := l.test(ctx, m.test); failed || err != nil {
			return nil, errors.Join(fmt.Errorf("%s fails on sound source:\n%s", m.test.run, words), err)
		}
	}
	return l, nil
}

func (l *lab) chosen() (list []mutant) {
	for _, m := range mutants {
		if l.only.MatchString(m.name) {
			list = append(list, m)
		}
	}
	return list
}

func (l *lab) build(ctx context.Context, binary, pkg string) error {
	words, failed, err := l.tree.run(ctx, "go", "build", "-o", binary, pkg)
	if failed {
		err = fmt.Errorf("go build %s:\n%s", pkg, words)
	}
	return err
}

func (l *lab) test(ctx context.Context, n notice) (words string, failed bool, err error) {
	words, failed, err = l.tree.run(ctx, "go", "test", "-vet=off", "-count=1", "-timeout=1m", "-v", "-run", "^("+n.run+")$", "./"+n.pkg)
	if err == nil && !failed && !strings.Contains(words, "--- PASS") {
		err = fmt.Errorf("no test of %s is called %s", n.pkg, n.run)
	}
	return words, failed, err
}

// try tries each mutant and prints what noticed it.
func (l *lab) try(ctx context.Context, stdout io.Writer) error {
	const row = "%-46s %-40s %7s  %-12s %7s\n"
	fmt.Fprintf(stdout, row, "without", "noticed by", "seconds", "by chaos", "seconds")
	survived := false
	for _, m := range l.chosen() {
		f, err := l.one(ctx, m)
		if err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
		fmt.Fprintf(stdout, row, m.name, f.test, f.testTook, f.chaos, f.chaosTook)
		survived = survived || f.test == nobody || f.chaos == nobody
	}
	if survived {
		fmt.Fprintln(stdout, errSurvived)
		return errSurvived
	}
	return nil
}

// nobody noticed.
const nobody = "NOBODY"

// A finding is what noticed a mutant, and how many seconds that took.
type finding struct{ test, testTook, chaos, chaosTook string }

// one tries one mutant.
func (l *lab) one(ctx context.Context, m mutant) (f finding, err error) {
	undo, err := l.tree.edit(m.edits)
	defer func() { err = errors.Join(err, undo()) }()
	if err != nil {
		return f, err
	}
	start := time.Now()
	words, failed, err := l.test(ctx, m.test)
	if err != nil {
		return f, err
	}
	if strings.Contains(words, "[build failed]") {
		return f, errors.New("a mutant that cannot live proves nothing:\n" + words)
	}
	f.test, f.testTook = noticed(failed, failedTest.FindString(words)), seconds(start)
	if !l.options.chaos || m.chaos == "" {
		return f, nil
	}
	binary := filepath.Join(l.folder, "mutant")
	if err := l.build(ctx, binary, "./cmd/carryover"); err != nil {
		return f, err
	}
	start = time.Now()
	words, failed, err = l.tree.run(ctx, l.chaos, "--binary", binary, "--scenario", m.chaos, "--kills", strconv.Itoa(l.kills))
	if err != nil || strings.Contains(words, "chaos: ") {
		return f, errors.Join(errors.New(words), err)
	}
	f.chaos, f.chaosTook = noticed(failed, invariants(words)), seconds(start)
	return f, nil
}

var failedTest = regexp.MustCompile(`Test\w+`)

var broken = regexp.MustCompile(`(?m)^  (I\d+) `)

// invariants are those that a run of chaos found broken, each once.
func invariants(words string) string {
	var list []string
	for _, match := range broken.FindAllStringSubmatch(words, -1) {
		if !strings.Contains(" "+strings.Join(list, " ")+" ", " "+match[1]+" ") {
			list = append(list, match[1])
		}
	}
	return strings.Join(list, " ")
}

func noticed(failed bool, by string) string {
	if !failed {
		return nobody
	}
	return by
}

func seconds(since time.Time) string { return fmt.Sprintf("%.1f", time.Since(since).Seconds()) }
