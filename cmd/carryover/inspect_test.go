package main

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// seconds are the exports that are no users: the second files of their presets.
var seconds = []string{
	"aspnet-identity/tokens.csv", "auth0/hashes.ndjson", "auth0/broken.hashes.ndjson", "authjs/providers.csv", "better-auth/two-factor.csv",
	"django/account_emailaddress.csv", "wordpress/wp_usermeta.csv",
}

// exports returns the sample exports of a legacy system, good and broken ones.
func exports(t *testing.T, system string) (files []string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join("..", "..", "testdata", "exports", system))
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		name := entry.Name()
		switch filepath.Ext(name) {
		case ".csv", ".tsv", ".json", ".ndjson", ".ldif":
		default:
			continue
		}
		switch kind := strings.TrimPrefix(name, "broken."); {
		case strings.HasPrefix(kind, "accounts"), strings.HasPrefix(kind, "digests"), strings.HasPrefix(kind, "notes"):
		case strings.HasSuffix(name, ".case.json"), strings.HasSuffix(name, ".expect.tsv"):
		default:
			files = append(files, name)
		}
	}
	return files
}

// systems are those of which there are sample exports.
func systems(t *testing.T) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join("..", "..", "testdata", "exports"))
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if entry.IsDir() {
			names = append(names, entry.Name())
		}
	}
	return names
}

// inspectedFile is what the result says of a file, as far as the tests read it.
type inspectedFile struct {
	File    string `json:"file"`
	Rows    int    `json:"rows"`
	Presets []struct {
		Preset string   `json:"preset"`
		Join   string   `json:"join"`
		Lacks  []string `json:"lacks"`
	} `json:"presets"`
}

func decodeInspection(t *testing.T, text string) (files []inspectedFile) {
	t.Helper()
	var doc struct {
		Files []inspectedFile `json:"files"`
	}
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	return doc.Files
}

// Of every sample export, also the broken ones, the right preset is named, and
// nothing that it shows is a secret.
func TestInspectExports(t *testing.T) {
	t.Parallel()
	for _, system := range systems(t) {
		if raceDetector && !slices.Contains(enoughForRaces, system) {
			continue
		}
		t.Run(system, func(t *testing.T) {
			t.Parallel()
			folder, err := filepath.Abs(filepath.Join("..", "..", "testdata", "exports", system))
			if err != nil {
				t.Fatal(err)
			}
			secrets := secretsOf(t, folder)
			for _, file := range exports(t, system) {
				t.Run(file, func(t *testing.T) {
					t.Parallel()
					inspectExport(t, folder, file, secrets)
				})
			}
		})
	}
}

func inspectExport(t *testing.T, folder, file string, secrets []string) {
	draft := filepath.Join(t.TempDir(), "legacy.yaml")
	second := slices.Contains(seconds, filepath.Base(folder)+"/"+file)
	args := []string{"inspect", file, "--output", "json"}
	if !second {
		args = append(args, "--write-mapping", draft)
	}
	out := start(t, folder, nil, args...).wait(t)
	if out.code != exitOK && (out.code != exitUsage || !strings.HasPrefix(file, "broken.")) {
		t.Fatalf("exit code %d\n%s", out.code, out.stderr)
	}
	text := start(t, folder, nil, "inspect", file).wait(t)
	if text.code != out.code {
		t.Errorf("exit code %d of text, %d of JSON", text.code, out.code)
	}
	written, err := os.ReadFile(draft)
	if unwritten := second || out.code != exitOK; err != nil && (!unwritten || !errors.Is(err, fs.ErrNotExist)) {
		t.Error(err)
	}
	for what, shown := range map[string]string{"JSON": out.stdout + out.stderr, "text": text.stdout + text.stderr, "the mapping": string(written)} {
		for _, secret := range secrets {
			if strings.Contains(shown, secret) {
				t.Errorf("%s shows a secret of the input", what)
			}
		}
	}
	files := decodeInspection(t, out.stdout)
	if len(files) != 1 || files[0].Rows == 0 || len(files[0].Presets) == 0 {
		t.Fatalf("no preset is named: %+v", files)
	}
	likeliest := files[0].Presets[0]
	if likeliest.Preset != filepath.Base(folder) || len(likeliest.Lacks) > 0 || (likeliest.Join != "") != second {
		t.Errorf("likeliest is %+v", likeliest)
	}
	if !strings.Contains(text.stdout, likeliest.Preset+": ") || !strings.Contains(text.stdout, " --from "+likeliest.Preset) {
		t.Errorf("the text does not name the preset\n%s", text.stdout)
	}
	if written != nil && !strings.Contains(string(written), "\nextends: "+likeliest.Preset+"\n") {
		t.Errorf("the mapping does not extend the preset\n%s", written)
	}
}

// secretsOf returns the passwords, digests and second factors of a system's
// samples.
func secretsOf(t *testing.T, folder string) (secrets []string) {
	t.Helper()
	columns := []string{"password", "totp_secret", "digest", "password_digest"}
	for _, pattern := range []string{"*accounts*.csv", "*digests*.csv"} {
		files, err := filepath.Glob(filepath.Join(folder, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			for _, record := range records(t, file) {
				for _, column := range columns {
					if len(record[column]) >= 6 {
						secrets = append(secrets, record[column])
					}
					for part := range strings.SplitSeq(record[column], "$") { // salts and hashes, however else they are written down
						if len(part) >= 20 {
							secrets = append(secrets, part)
						}
					}
				}
			}
		}
	}
	return secrets
}
