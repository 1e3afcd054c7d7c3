package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"carryover/migrate"
	"carryover/migrate/clerk"
	"carryover/migrate/sandbox"
)

const (
	// sandboxKey opens the embedded sandbox; it is no secret.
	sandboxKey = migrate.Secret("sk_test_sandbox")
	// sandboxLimit is that of a production instance, so that a rehearsal of a
	// few hundred users takes seconds.
	sandboxLimit   = 1000
	sandboxLatency = 50 * time.Millisecond
)

// A sandboxServer is the sandbox that lives as long as a run.
type sandboxServer struct {
	*sandbox.Sandbox
	url string
}

func (m *migration) startSandbox() error {
	s, err := sandbox.New(sandbox.Config{
		Limit: sandboxLimit, WindowKind: sandbox.Sliding, Latency: sandboxLatency, Sigma: 0.3, JournalSize: -1,
	})
	if err != nil {
		return err
	}
	// It outlives the hard end of the run, so that cut requests are cut by us.
	url, err := s.Start(context.WithoutCancel(m.hard))
	if err != nil {
		return err
	}
	m.sandbox = &sandboxServer{s, url}
	return nil
}

type sandboxOptions struct {
	config  sandbox.Config
	sliding bool
	limit   string
	faults  []string
}

func newSandbox(ui *console) *cobra.Command {
	var o sandboxOptions
	cmd := &cobra.Command{
		Use:   "sandbox",
		Short: "Serve a Clerk in memory on loopback, for rehearsals",
		Long: `Serve a small Clerk on a loopback address: users in memory, Clerk's limits,
uniqueness, error bodies and latency, and faults on demand. It forgets
everything when it ends, and refuses keys that could be real: use any key that
begins with sk_test_.

  CLERK_SECRET_KEY=sk_test_x carryover run users.csv --api-url http://127.0.0.1:8787

GET /sandbox/users, /sandbox/journal and /sandbox/stats show what it holds;
secrets appear there as hashes only. POST /sandbox/reset empties it, POST
/sandbox/sign-in lets users sign in, whose ids are its lines, and POST
/sandbox/faults puts other faults in the place of those so far: one a line, or
nothing at all. Faults:
` + faultList(),
		Example: `  carryover sandbox --addr 127.0.0.1:8787
  carryover sandbox --limit 100/10s --latency 150ms --fault POST:reset-after-apply=0.05`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return serveSandbox(cmd.Context(), ui, &o) },
	}
	flags := cmd.Flags()
	flags.StringVar(&o.config.Addr, "addr", "127.0.0.1:8787", "loopback address to listen on; port 0 picks one")
	flags.StringVar(&o.limit, "limit", "1000/10s", "requests the instance takes, N/DURATION, or none")
	flags.BoolVar(&o.sliding, "sliding", false, "count the limit in a sliding window instead of fixed ones")
	flags.IntVar(&o.config.UserLimit, "user-limit", 10, "updates of one user in 10 s; -1 for no limit")
	flags.DurationVar(&o.config.Latency, "latency", 0, "median time to answer")
	flags.Float64Var(&o.config.Sigma, "sigma", 0.3, "spread of the latency (lognormal)")
	flags.DurationVar(&o.config.Lag, "lag", 0, "time until a new user shows in look-ups")
	flags.BoolVar(&o.config.FoldExternalIDs, "fold-external-ids", false, "find users by external_id whatever its case")
	flags.BoolVar(&o.config.AnyUsername, "any-username", false, "take every character in usernames, as an instance can be set to")
	flags.StringSliceVar(&o.config.Require, "require", nil, "what each new user must have: email_address, phone_number, web3_wallet, username, first_name, last_name, password, legal_accepted_at")
	flags.StringSliceVar(&o.config.Off, "off", nil, "what no user can have: one of those but legal_accepted_at, authenticator_app or backup_code")
	flags.IntVar(&o.config.UsernameMin, "username-min", 0, "characters that a username has at least (default 4)")
	flags.IntVar(&o.config.UsernameMax, "username-max", 0, "characters that a username has at most (default 64)")
	flags.IntVar(&o.config.PasswordMin, "password-min", 0, "characters that a plain password has at least (default 8)")
	flags.IntVar(&o.config.PasswordMax, "password-max", 0, "characters that a plain password has at most; 0 for any number")
	flags.BoolVar(&o.config.PasswordOnly, "password-only", false, "a password is the only way to sign in, so that no user goes without")
	flags.BoolVar(&o.config.HideSettings, "hide-settings", false, "do not tell the settings, as where the Frontend API cannot be reached")
	flags.IntVar(&o.config.MaxUsers, "max-users", 0, "users it takes before it answers user_quota_exceeded; 0 for any number")
	flags.StringVar(&o.config.EnvironmentType, "environment", "development", "development or production")
	flags.StringVar(&o.config.InstanceID, "instance", "ins_sandbox", "instance id")
	flags.StringVar(&o.config.Key, "key", "", "accept only this key (sk_test_… or sk_live_sandbox…)")
	flags.BoolVar(&o.config.DisableRestrictionFlag, "no-restriction-flag", false, "refuse skip_restriction_checks, as older versions of Clerk do")
	flags.StringArrayVar(&o.faults, "fault", nil, "[METHOD:]NAME=PROBABILITY, may be repeated")
	flags.Uint64Var(&o.config.Seed, "seed", 1, "seed of faults and latencies")
	flags.IntVar(&o.config.JournalSize, "journal", 100_000, "journal entries to keep, the newest; 0 for all, -1 for none")
	return cmd
}

func faultList() string {
	var b strings.Builder
	for _, f := range sandbox.FaultNames() {
		fmt.Fprintf(&b, "  %-20s %s\n", f.Name, f.About)
	}
	return b.String()
}

func serveSandbox(ctx context.Context, ui *console, o *sandboxOptions) error {
	if err := o.parse(); err != nil {
		return err
	}
	s, err := sandbox.New(o.config)
	if err != nil {
		return usage(err)
	}
	soft, _, end := catchSignals(ctx, ui.quit)
	defer end()
	url, err := s.Start(soft)
	if err != nil {
		return usage(fmt.Errorf("cannot listen on %s: %w", o.config.Addr, err)).hint("choose another --addr")
	}
	if _, err := fmt.Fprintln(ui.out, url); err != nil {
		return err
	}
	ui.say("The sandbox listens; Ctrl-C ends it and forgets its users.")
	<-soft.Done()
	stats := s.Stats()
	if err := s.Close(); err != nil {
		return err
	}
	ui.say("The sandbox has ended: %d requests, %d users.", stats.Requests, stats.Users)
	if by, ok := signalOf(soft); ok {
		return quietly(by.code())
	}
	return nil
}

func (o *sandboxOptions) parse() error {
	if o.sliding {
		o.config.WindowKind = sandbox.Sliding
	}
	if o.limit != "none" {
		n, window, err := clerk.ParseLimit(o.limit)
		if err != nil {
			return usage(err)
		}
		o.config.Limit, o.config.Window = n, window
	}
	for _, text := range o.faults {
		fault, err := sandbox.ParseFault(text)
		if err != nil {
			return usage(err)
		}
		o.config.Faults = append(o.config.Faults, fault)
	}
	return nil
}
