package main

import (
	"io"
	"os"
	"strings"

	"github.com/joho/godotenv"

	"carryover/migrate"
	"carryover/migrate/report"
)

// maxEnvFile bounds what is read of a file of variables, in bytes.
const maxEnvFile = 1 << 20

// envFileKey returns the key that a file of variables holds, as frameworks keep
// it in .env. Nothing else is taken from the file.
func envFileKey(ui *console, path string) (migrate.Secret, string, error) {
	file, err := openKeyFile(ui, path)
	if err != nil {
		return "", "", err
	}
	defer func() { _ = file.Close() }()
	key, ok := keyIn(file)
	switch {
	case !ok:
		return "", "", usagef("%s is not a file of NAME=VALUE lines", report.Clean(path)).hint("carryover reads it as dotenv does")
	case key == "":
		return "", "", usagef("%s does not set %s", report.Clean(path), keyVariable)
	}
	return key, keyVariable + " in " + path, nil
}

// keyIn returns the key that a text of variables sets; "" where it sets none.
// Its errors quote the text, so they are not passed on.
func keyIn(text io.Reader) (migrate.Secret, bool) {
	variables, err := godotenv.Parse(io.LimitReader(text, maxEnvFile))
	if err != nil {
		return "", false
	}
	return migrate.Secret(strings.TrimSpace(variables[keyVariable])), true
}

// envFilesHere are the files of this folder that hold a key. They are never
// read by themselves, since a file that happens to lie here must not choose the
// instance; but where no key is given, it is said that they are there.
func envFilesHere() (found []string) {
	for _, name := range []string{".env", ".env.local", ".env.production", ".env.production.local", ".env.development", ".env.development.local"} {
		info, err := os.Stat(name)
		if err != nil || !info.Mode().IsRegular() {
			continue
		}
		file, err := os.Open(name)
		if err != nil {
			continue
		}
		if key, ok := keyIn(file); ok && key != "" {
			found = append(found, name)
		}
		_ = file.Close()
	}
	return found
}

// noKey is the error where no key is given.
func noKey() error {
	e := usagef("no Clerk secret key").
		hint("put it into the environment variable "+keyVariable+", or into a file named with --secret-key-file",
			"to try without one: add --sandbox")
	for _, name := range envFilesHere() {
		_ = e.hint(name + " in this folder holds one, and is not read by itself: add --env-file " + name)
	}
	return e
}
