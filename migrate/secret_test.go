package migrate_test

import (
	"bytes"
	stdjson "encoding/json"
	"encoding/xml"
	"fmt"
	htmltemplate "html/template"
	"log/slog"
	"strings"
	"testing"
	"text/template"

	"github.com/go-json-experiment/json"

	"carryover/migrate"
)

// No way of printing, formatting, logging or encoding a secret shows it, alone
// or inside of something; only what is made for Clerk does.
func TestSecretIsNeverShown(t *testing.T) {
	const canary = "hunter2hunter2"
	secret := migrate.Secret(canary)
	type holder struct {
		Secret  migrate.Secret
		Pointer *migrate.Secret
		List    []migrate.Secret
		Map     map[string]migrate.Secret
		Any     any
	}
	held := holder{secret, &secret, []migrate.Secret{secret}, map[string]migrate.Secret{"a": secret}, secret}
	user := &migrate.CreateUserRequest{}
	user.Password, user.TOTPSecret, user.BackupCodes = &secret, &secret, []migrate.Secret{secret}
	values := []any{secret, &secret, held, &held, user, *user, []any{secret}, fmt.Errorf("with %w", fmt.Errorf("a %v", secret))}
	var out bytes.Buffer
	for _, value := range values {
		for _, verb := range "vsqxXdtcobeU" {
			for _, flag := range []string{"", "+", "#", "30", "-30"} {
				fmt.Fprintf(&out, "%"+flag+string(verb)+"\n", value)
			}
		}
		fmt.Fprint(&out, value)
		fmt.Fprintln(&out, value)
		for _, handler := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
			slog.New(handler).Info("message", "value", value, slog.Group("group", "value", value))
		}
		if _, isError := value.(error); isError {
			continue
		}
		text, err := stdjson.MarshalIndent(value, "", " ")
		if err != nil {
			t.Error(err)
		}
		out.Write(text)
		if text, err = json.Marshal(value); err != nil {
			t.Error(err)
		}
		out.Write(text)
	}
	if err := xml.NewEncoder(&out).Encode(secret); err != nil {
		t.Error(err)
	}
	if err := template.Must(template.New("").Parse(`{{.Secret}} {{printf "%s" .Secret}} {{.}}`)).Execute(&out, held); err != nil {
		t.Error(err)
	}
	if err := htmltemplate.Must(htmltemplate.New("").Parse(`<p>{{.Secret}}</p><script>x = {{.}}</script>`)).Execute(&out, held); err != nil {
		t.Error(err)
	}
	shown := strings.ToLower(out.String())
	for _, form := range []string{canary, fmt.Sprintf("%x", canary), "aHVudGVyMmh1bnRlcjI", fmt.Sprint([]byte(canary))} {
		if strings.Contains(shown, strings.ToLower(form)) {
			i := strings.Index(shown, strings.ToLower(form))
			t.Errorf("a secret is shown as %q: …%s", form, shown[max(0, i-100):i])
		}
	}
	if n := strings.Count(shown, "***"); n < 100 {
		t.Errorf("it is masked %d times only", n)
	}

	body, err := migrate.Encode(user)
	if err != nil || strings.Count(string(body), canary) != 3 {
		t.Errorf("Clerk does not get the secrets: %v", err)
	}
	if secret.Reveal() != canary {
		t.Error("Reveal does not reveal")
	}
}
