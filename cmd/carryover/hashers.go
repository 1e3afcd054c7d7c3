package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"carryover/hashers"
	"carryover/migrate/report"
)

// maxSecretFile bounds what is read of a digest or a password, in bytes.
const maxSecretFile = 64 << 10

func newHashers(ui *console) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "hashers",
		Short: "The digest formats: what they look like, which one this is, does this password open it",
		Args:  onlyCommands,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newHashersList(ui), newHashersIdentify(ui), newHashersCheck(ui), newHashersVerify(ui), newHashersBatch(ui))
	return cmd
}

func newHashersList(ui *console) *cobra.Command {
	var o outputFlags
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the hashers that Clerk takes, and the rewrites",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if err := o.apply(ui); err != nil {
				return err
			}
			if o.format == "json" {
				return report.WriteJSON(ui.out, struct {
					Hashers  []hashers.Info    `json:"hashers"`
					Rewrites []hashers.Rewrite `json:"rewrites"`
				}{hashers.All(), hashers.Rewrites()})
			}
			return listHashers(ui.out)
		},
	}
	o.add(cmd.Flags())
	return cmd
}

func listHashers(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "HASHER\t\tFORMAT\tEXAMPLE")
	for _, h := range hashers.All() {
		insecure := ""
		if h.Insecure {
			insecure = "insecure"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", h.Name, insecure, h.Format, h.Example)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(w, "\nThe password of each example is %q. Insecure ones are replaced by bcrypt at the first sign-in.\n\n", hashers.ExamplePassword)
	t = tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "REWRITE\tFROM\tTO")
	for _, r := range hashers.Rewrites() {
		fmt.Fprintf(t, "%s\t%s\t%s\n", r.Name, r.From, strings.Join(r.To, ", "))
	}
	return t.Flush()
}

func newHashersIdentify(ui *console) *cobra.Command {
	var o outputFlags
	cmd := &cobra.Command{
		Use:   "identify DIGEST|-",
		Short: "Say which hashers a digest may belong to",
		Long: `Say which hashers a digest may belong to, best first. It is a suggestion: many
forms are shared. With -, the digest is read from standard input, where neither
the list of processes nor the shell's history shows it.

Exit status
  0  there is a hasher that Clerk takes
  2  usage
  3  there is none`,
		Args: cobra.ExactArgs(1),
		RunE: withDigest(ui, &o, func(digest string) error { return identify(ui.out, &o, digest) }),
	}
	o.add(cmd.Flags())
	return cmd
}

func identify(w io.Writer, o *outputFlags, digest string) error {
	guesses := hashers.Identify(digest)
	code := exitProblems
	for _, g := range guesses {
		if g.Hasher != "" {
			code = exitOK
		}
	}
	if o.format == "json" {
		if err := report.WriteJSON(w, guesses); err != nil {
			return err
		}
		return quietly(code)
	}
	for _, g := range guesses {
		name := g.Hasher
		if name == "" {
			name = "none that Clerk takes"
		}
		fmt.Fprintf(w, "%s (%s): %s\n", name, g.Confidence, g.Why)
		if g.Rewrite != "" {
			fmt.Fprintf(w, "    needs the rewrite %s: --rewrite-digests %s\n", g.Rewrite, g.Rewrite)
		}
	}
	if len(guesses) == 0 {
		fmt.Fprintln(w, "the form is not known")
	}
	return quietly(code)
}

func newHashersCheck(ui *console) *cobra.Command {
	var o outputFlags
	var hasher string
	cmd := &cobra.Command{
		Use:   "check --hasher HASHER DIGEST|-",
		Short: "Check the form of a digest",
		Long: `Check whether a digest has the documented form of its hasher. With -, the
digest is read from standard input.

Exit status
  0  it has (also where the documentation leaves something open: that is said)
  2  usage
  3  it has not`,
		Args: cobra.ExactArgs(1),
		RunE: withDigest(ui, &o, func(digest string) error { return check(ui.out, &o, hasher, digest) }),
	}
	o.add(cmd.Flags())
	cmd.Flags().StringVar(&hasher, "hasher", "", "name of the hasher")
	_ = cmd.MarkFlagRequired("hasher") // it exists
	return cmd
}

func check(w io.Writer, o *outputFlags, hasher, digest string) error {
	v := hashers.Check(hasher, digest)
	if v.Status == hashers.UnknownHasher {
		return usagef("unknown hasher %q", hasher).hint("carryover hashers list names them all")
	}
	var err error
	if o.format == "json" {
		err = report.WriteJSON(w, verdictDocument(v))
	} else {
		_, err = fmt.Fprintln(w, verdictText(v))
	}
	if err != nil {
		return err
	}
	return quietly(verdictCode(v))
}

// withDigest is the body of a command whose argument is a digest, or "-".
func withDigest(ui *console, o *outputFlags, do func(digest string) error) func(*cobra.Command, []string) error {
	return func(_ *cobra.Command, args []string) error {
		if err := o.apply(ui); err != nil {
			return err
		}
		digest, err := argument(ui.in, args[0])
		if err != nil {
			return err
		}
		return do(digest)
	}
}

func verdictCode(v hashers.Verdict) int {
	switch v.Status {
	case hashers.OK, hashers.Undecided:
		return exitOK
	default:
		return exitProblems
	}
}

// verdictText says a verdict in a line.
func verdictText(v hashers.Verdict) string {
	if v.Status == hashers.OK {
		return "ok"
	}
	text := v.Status.String() + ": " + v.Why
	if v.Fix != "" {
		text += "; " + v.Fix
	}
	return text
}

func verdictDocument(v hashers.Verdict) map[string]string {
	return map[string]string{"status": v.Status.String(), "code": v.Code, "part": v.Part, "why": v.Why, "fix": v.Fix}
}

func newHashersVerify(ui *console) *cobra.Command {
	var o outputFlags
	var hasher, file string
	var fromStdin bool
	cmd := &cobra.Command{
		Use:   "verify --hasher HASHER --digest-file FILE",
		Short: "Say whether a password opens a digest",
		Long: `Say whether a password opens a digest, with the real algorithm. The digest is
read from a file; the password from standard input (--password-stdin), or typed
at a terminal without being shown. Neither appears on the command line.

Exit status
  0  it opens
  2  usage, or the digest cannot be verified here
  3  it does not open`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if err := o.apply(ui); err != nil {
				return err
			}
			digest, err := secretFile(file)
			if err != nil {
				return err
			}
			password, err := readPassword(ui, fromStdin)
			if err != nil {
				return err
			}
			return verify(ui.out, &o, hasher, digest, password)
		},
	}
	o.add(cmd.Flags())
	cmd.Flags().StringVar(&hasher, "hasher", "", "name of the hasher")
	cmd.Flags().StringVar(&file, "digest-file", "", "file that holds the digest")
	cmd.Flags().BoolVar(&fromStdin, "password-stdin", false, "read the password from standard input")
	_ = cmd.MarkFlagRequired("hasher")      // they exist
	_ = cmd.MarkFlagRequired("digest-file") //
	return cmd
}

func verify(w io.Writer, o *outputFlags, hasher, digest, password string) error {
	match, err := hashers.Verify(hasher, digest, password)
	if err != nil {
		return usage(err)
	}
	if o.format == "json" {
		err = report.WriteJSON(w, map[string]any{"verified": match.OK, "how": match.How})
	} else {
		_, err = fmt.Fprintln(w, matchText(match))
	}
	switch {
	case err != nil:
		return err
	case !match.OK:
		return quietly(exitProblems)
	default:
		return nil
	}
}

// matchText says what came of a password.
func matchText(m hashers.Match) string {
	text := "not verified"
	if m.OK {
		text = "verified"
	}
	if m.How != "" {
		text += ": " + m.How
	}
	return text
}

// argument returns an argument, or what standard input holds where it is "-".
func argument(stdin io.Reader, arg string) (string, error) {
	if arg != "-" {
		return arg, nil
	}
	text, err := io.ReadAll(io.LimitReader(stdin, maxSecretFile))
	if err != nil {
		return "", usage(errors.New("cannot read standard input"))
	}
	return strings.TrimRight(string(text), "\r\n"), nil
}

// secretFile returns what a file holds, without the line break at its end.
func secretFile(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", usage(fmt.Errorf("cannot read %s: %w", path, unwrapPath(err)))
	}
	defer func() { _ = file.Close() }()
	return argument(file, "-")
}

// readPassword reads a password that is never shown.
func readPassword(ui *console, fromStdin bool) (string, error) {
	if fromStdin {
		return argument(ui.in, "-")
	}
	if !ui.inTTY || ui.noInput {
		return "", usagef("no password: nobody can type it here").hint("add --password-stdin and give it on standard input")
	}
	return typeSecret(ui, "Password: ")
}
