// Chaos proves that carryover carries every row out exactly once, whatever
// happens to it: it runs the program against carryover sandbox, kills it with
// SIGKILL at random moments, starts the same command again until it ends by
// itself, and then compares input, checkpoint, and what the sandbox received
// and holds.
//
//	go run ./tools/chaos                                  # 200 kills
//	go run ./tools/chaos --kills 1000 --faults 10
//	go run ./tools/chaos --scenario 'upsert|slow' --rows 100 --seed 7
//
// The sandbox is a process of its own, so it outlives every run: it is the
// oracle. A request that was on its way when its run was killed is carried out
// all the same.
//
// # What is checked
//
//	I1   no row made two users
//	I2   a row that counts as done is there, every field as in the input
//	I3   each row is in one bucket, the one that it belongs into, and the sums match
//	I4   no request without an earlier intent in the checkpoint: looked for after each kill
//	I5   no create is sent again before the settle delay, or for a user that is there
//	I6   rows that were refused changed nothing, and users of others are as they were
//	I7   SQLite finds the checkpoint sound after each kill, and it is alone after the end
//	I8   no secret in any output or file, after each kill
//	I9   no 429 where the server has a limit
//	I10  every run ends, with an exit code that its end has; no restart is refused
//	I12  a further run writes nothing
//
// (I11 of the test plan, goroutines, is checked inside the packages' tests.)
//
// The seed decides the inputs, the moments of the kills and the faults; what a
// kill meets hangs on the machine. The exit status is 1 where an invariant does
// not hold. The folder of such a scenario is kept.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"carryover/tools/rig"
)

func main() { rig.Main("chaos", errViolated, run) }

// errViolated says that an invariant does not hold; what it was has been
// printed.
var errViolated = errors.New("invariants are violated")

type options struct {
	kills, rows, parallel int
	faults                float64
	seed                  uint64
	scenario              *regexp.Regexp
	race                  string
	keep                  bool
	binary                string
}

func parse(args []string, stderr io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("chaos", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.IntVar(&o.kills, "kills", 200, "`kills` over all scenarios")
	flags.IntVar(&o.rows, "rows", 300, "`rows` of an input; a scenario with kills left begins another")
	flags.Float64Var(&o.faults, "faults", 10, "`percent` of requests that meet a fault, where the scenario does not say")
	flags.Uint64Var(&o.seed, "seed", 1, "of inputs, kills and faults")
	only := flags.String("scenario", "", "play those only whose name matches the `expression`")
	flags.IntVar(&o.parallel, "parallel", 4, "scenarios at a `time`: they mostly wait")
	flags.StringVar(&o.race, "race", "no", "`yes` builds with the race detector: a start then takes most of the time before a kill")
	flags.BoolVar(&o.keep, "keep", false, "keep the files of every scenario, not only of those that failed")
	flags.StringVar(&o.binary, "binary", "", "`file` of a carryover that is built already")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	var err error
	o.scenario, err = regexp.Compile(*only)
	switch {
	case flags.NArg() > 0:
		return o, fmt.Errorf("%q is not a flag", flags.Arg(0))
	case err != nil:
		return o, fmt.Errorf("--scenario: %w", err)
	case o.kills < 1 || o.rows < 1 || o.parallel < 1:
		return o, errors.New("--kills, --rows and --parallel are 1 or more")
	case !(o.faults >= 0 && o.faults <= 100):
		return o, errors.New("--faults is a percentage from 0 to 100")
	case o.race != "no" && o.race != "yes":
		return o, errors.New("--race is yes or no")
	}
	return o, nil
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, err := parse(args, stderr)
	if err != nil {
		return err
	}
	chosen := o.choose()
	if len(chosen) == 0 {
		return fmt.Errorf("no scenario matches %q", o.scenario)
	}
	folder, err := os.MkdirTemp("", "chaos-")
	if err != nil {
		return err
	}
	if o.binary == "" {
		o.binary = filepath.Join(folder, "carryover")
		var flags []string
		if o.race == "yes" {
			flags = []string{"-race"}
		}
		if err := rig.Build(ctx, o.binary, "cmd/carryover", flags...); err != nil {
			return err
		}
	}
	tallies := make([]*tally, len(chosen))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(o.parallel)
	for i, s := range chosen {
		kills := o.kills / len(chosen)
		if i < o.kills%len(chosen) {
			kills++
		}
		tallies[i] = &tally{folder: filepath.Join(folder, s.name)}
		g.Go(func() error { return o.play(ctx, s, kills, tallies[i]) })
	}
	if err := g.Wait(); err != nil {
		return fmt.Errorf("%w (the files are in %s)", err, folder)
	}
	return o.conclude(stdout, folder, chosen, tallies)
}

func (o *options) choose() (chosen []*scenario) {
	for _, s := range scenarios {
		if o.scenario.MatchString(s.name) {
			s = s.withDefaults()
			chosen = append(chosen, &s)
		}
	}
	return chosen
}

// play plays rounds of a scenario until its kills are used up.
func (o *options) play(ctx context.Context, s *scenario, kills int, t *tally) error {
	start := time.Now()
	defer func() { t.took = time.Since(start) }()
	name := fnv.New64a()
	_, _ = name.Write([]byte(s.name)) // never fails
	rng := rand.New(rand.NewPCG(o.seed, name.Sum64()))
	for n := 1; ; n++ {
		r := &round{
			s: s, binary: o.binary, folder: filepath.Join(t.folder, fmt.Sprint(n)),
			keep: o.keep, share: o.faults, rng: rng, search: newSearch(), tally: t,
		}
		used, err := r.play(ctx, o.rows, kills)
		if err != nil {
			return fmt.Errorf("%s, round %d: %w", s.name, n, err)
		}
		if kills -= used; kills <= 0 || len(t.violations) > 0 {
			return nil
		}
		if !o.keep {
			if err := os.RemoveAll(r.folder); err != nil {
				return err
			}
		}
	}
}

// conclude prints what came of it and removes what nobody needs any more.
func (o *options) conclude(stdout io.Writer, folder string, chosen []*scenario, tallies []*tally) error {
	failed := false
	for i, t := range tallies {
		if len(t.violations) == 0 && o.keep {
			continue
		}
		if len(t.violations) == 0 {
			if err := os.RemoveAll(t.folder); err != nil {
				return err
			}
			continue
		}
		failed = true
		fmt.Fprintf(stdout, "%s:\n  %s\n  files: %s\n", chosen[i].name, strings.Join(t.violations, "\n  "), t.folder)
	}
	if err := table(stdout, chosen, tallies); err != nil {
		return err
	}
	switch {
	case failed:
		return errViolated
	case o.keep:
		fmt.Fprintln(stdout, "files:", folder)
		return nil
	}
	return os.RemoveAll(folder)
}
