package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"golang.org/x/term"

	"carryover/migrate"
	"carryover/migrate/report"
)

const (
	keyVariable = "CLERK_SECRET_KEY"
	maxKey      = 4096 // bytes of a key file: far more than any key has
)

// takeKey takes the key out of the environment, whatever the command: no
// child, no crash report and nobody who looks at this process finds it there.
func takeKey() migrate.Secret {
	key := migrate.Secret(strings.TrimSpace(os.Getenv(keyVariable)))
	_ = os.Unsetenv(keyVariable) // fails for no valid name
	wipe(keyVariable)
	return key
}

// readKey returns the secret key and where it came from.
func readKey(ui *console, file string) (migrate.Secret, string, error) {
	switch file {
	case "":
		if ui.key == "" {
			return "", "", noKey()
		}
		return ui.key, keyVariable, nil
	case "-":
		if ui.inTTY && ui.noInput {
			return "", "", usagef("the key would have to be typed, and --no-input is given").
				hint("give it on standard input, or name a file with --secret-key-file")
		}
		if ui.inTTY && ui.errTTY {
			text, err := typeSecret(ui, "Clerk secret key: ")
			return migrate.Secret(strings.TrimSpace(text)), "the terminal", err
		}
		key, err := keyText(ui.in, "standard input")
		return key, "standard input", err
	default:
		if strings.HasPrefix(file, "sk_") {
			return "", "", usagef("--secret-key-file takes the name of a file, not the key").
				hint("the list of processes and the shell's history show arguments: make a new key in the Clerk Dashboard if others may have seen it")
		}
		in, err := openKeyFile(ui, file)
		if err != nil {
			return "", "", err
		}
		defer func() { _ = in.Close() }()
		key, err := keyText(in, file)
		return key, file, err
	}
}

func keyText(in io.Reader, origin string) (migrate.Secret, error) {
	text, err := io.ReadAll(io.LimitReader(in, maxKey+1))
	switch {
	case err != nil:
		return "", usage(fmt.Errorf("cannot read the key from %s: %w", report.Clean(origin), unwrapPath(err)))
	case len(text) > maxKey:
		return "", usagef("what %s holds is too long for a key", report.Clean(origin)).hint("it must hold the key and nothing else")
	}
	return migrate.Secret(strings.TrimSpace(string(text))), nil
}

// openKeyFile opens a file that holds the key. Whoever can change it chooses
// the instance that the users and their digests go to, so it must be out of the
// reach of others. A symbolic link is followed, as mounted secrets are links:
// what counts is the file that was opened. A pipe is there for this process.
func openKeyFile(ui *console, path string) (*os.File, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, usage(fmt.Errorf("cannot read the key file %s: %w", report.Clean(path), unwrapPath(err)))
	}
	info, err := file.Stat()
	switch {
	case err != nil:
		err = usage(fmt.Errorf("cannot read the key file %s: %w", report.Clean(path), unwrapPath(err)))
	case info.IsDir():
		err = usagef("the key file %s is a folder", report.Clean(path))
	case info.Mode().IsRegular() && openTo(info) != "":
		err = usagef("the key file %s %s, who could choose where the users go", report.Clean(path), openTo(info)).
			hint("put the key into a file that only you can read and write: chmod 600 " + shellQuote(path))
	}
	if err != nil {
		_ = file.Close()
		return nil, err
	}
	if readableByOthers(path) {
		ui.warn("other users of this machine can read the key file %s; to keep them out: chmod 600 %s", report.Clean(path), shellQuote(path))
	}
	return file, nil
}

// warnReadable warns of inputs that others can read, once for all of them.
func warnReadable(ui *console, paths []string) {
	var open, quoted []string
	for _, path := range paths {
		if path != "-" && readableByOthers(path) {
			open, quoted = append(open, report.Clean(path)), append(quoted, shellQuote(path))
		}
	}
	if len(open) > 0 {
		ui.warn("other users of this machine can read %s; to keep them out: chmod 600 %s", strings.Join(open, ", "), strings.Join(quoted, " "))
	}
}

// refuseDebug refuses settings of GODEBUG with which net/http prints what it
// sends, the key and the users among it.
func refuseDebug(godebug string) error {
	for setting := range strings.SplitSeq(godebug, ",") {
		if name, value, _ := strings.Cut(setting, "="); name == "http2debug" && value != "0" {
			return usagef("GODEBUG=%s would print the key and what is sent", setting).hint("take http2debug out of GODEBUG")
		}
	}
	return nil
}

// typeSecret asks a person for a secret, which is not shown. An interrupt
// leaves at once, with the terminal as it was: the person would not see what he
// types any more.
func typeSecret(ui *console, question string) (string, error) {
	fd := int(ui.in.Fd())
	before, err := term.GetState(fd)
	if err != nil {
		return "", usage(errors.New("it could not be read from the terminal"))
	}
	signals, done := make(chan os.Signal, 1), make(chan struct{})
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer signal.Stop(signals)
	defer close(done)
	go func() {
		select {
		case s := <-signals:
			_ = term.Restore(fd, before) // or there is no terminal any more
			ui.leave((&signalError{s}).code())
		case <-done:
		}
	}()
	fmt.Fprint(ui.err, question)
	text, err := term.ReadPassword(fd)
	fmt.Fprintln(ui.err)
	if err != nil {
		return "", usage(errors.New("it could not be read from the terminal"))
	}
	return string(text), nil
}
