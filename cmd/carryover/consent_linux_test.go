package main

import (
	"path/filepath"
	"strings"
	"testing"

	"carryover/migrate/sandbox"
)

// At a terminal a production instance is written to once its id is typed, and
// only then. --no-input asks nothing.
func TestConsentAtTheTerminal(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	writeFile(t, filepath.Join(folder, "users.csv"), newUsers(3))
	b := newBox(t, sandbox.Config{EnvironmentType: "production", InstanceID: "ins_prod"})
	env := []string{"CLERK_API_URL=" + b.url, "CLERK_SECRET_KEY=sk_live_sandbox_e2e"}
	const question = "Type the instance id to go on: "
	for _, c := range []struct {
		typed string
		args  []string
		code  int
		says  string
	}{
		{"", []string{"--no-input"}, exitUsage, "--no-input --confirm ins_prod"},
		{"", []string{"--no-input", "--secret-key-file", "-"}, exitUsage, "the key would have to be typed, and --no-input is given"},
		{"yes\n", nil, exitUsage, "that is not the instance id; nothing was sent"},
		{"ins_prod\n", nil, exitOK, "Finished in "},
	} {
		term := newTerminal(t)
		p := prepare(t, folder, env, append([]string{"run", "users.csv"}, c.args...)...)
		term.begin(t, p)
		if c.typed != "" {
			term.await(t, question)
			_, _ = term.keyboard.WriteString(c.typed)
		}
		if out := p.wait(t); out.code != c.code {
			t.Errorf("typed %q, %v: exit code %d, want %d\n%s", c.typed, c.args, out.code, c.code, term.shown.String())
		}
		term.await(t, c.says)
		shown := term.shown.String()
		if asked := strings.Contains(shown, question); asked != (c.typed != "") {
			t.Errorf("typed %q, %v: asked is %v", c.typed, c.args, asked)
		}
		if len(c.args) < 2 { // it came to know the instance
			wantWords(t, shown, "\x1b[1;31mTarget      PRODUCTION\x1b[0m  ins_prod")
		}
	}
}
