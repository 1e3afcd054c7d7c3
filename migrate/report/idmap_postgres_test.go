//go:build unix

package report_test

import (
	"bytes"
	"encoding/hex"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"carryover/migrate"
	"carryover/migrate/report"
)

// A postgres is a server of its own, which a test may do anything to.
type postgres struct {
	folder string // of the socket
	as     *syscall.SysProcAttr
}

// startPostgres starts a server, or skips the test where there is none.
func startPostgres(t *testing.T) *postgres {
	t.Helper()
	if testing.Short() {
		t.Skip("it starts a server")
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	if len(found) == 0 {
		t.Skip("there is no PostgreSQL on this machine; Debian's package is postgresql")
	}
	bin := found[len(found)-1]
	folder, err := os.MkdirTemp("", "pg") // the path of a socket is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	p := &postgres{folder: folder, as: unprivileged(t, folder)}
	data := filepath.Join(folder, "data")
	run := func(args ...string) {
		t.Helper()
		if out, err := p.command(filepath.Join(bin, args[0]), args[1:]...).CombinedOutput(); err != nil {
			t.Skipf("%s does not start: %v\n%s", args[0], err, out)
		}
	}
	run("initdb", "-D", data, "-A", "trust", "-U", "test", "-E", "UTF8", "--no-locale", "--no-sync")
	run("pg_ctl", "-D", data, "-w", "-l", filepath.Join(folder, "log"), "-o", "-F -c listen_addresses='' -k "+folder, "start")
	t.Cleanup(func() { _ = p.command(filepath.Join(bin, "pg_ctl"), "-D", data, "-m", "immediate", "stop").Run() })
	return p
}

// unprivileged is how a server is started that refuses to run as root.
func unprivileged(t *testing.T, folder string) *syscall.SysProcAttr {
	t.Helper()
	if os.Getuid() != 0 {
		return nil
	}
	somebody, err := user.Lookup("postgres")
	if err != nil {
		t.Skip("PostgreSQL does not run as root: ", err)
	}
	uid, _ := strconv.Atoi(somebody.Uid)
	gid, _ := strconv.Atoi(somebody.Gid)
	if err := os.Chown(folder, uid, gid); err != nil {
		t.Skip("PostgreSQL does not run as root: ", err)
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}} //nolint:gosec // ids of the system
}

func (p *postgres) command(path string, args ...string) *exec.Cmd {
	cmd := exec.Command(path, args...)
	cmd.SysProcAttr, cmd.Dir, cmd.Env = p.as, p.folder, []string{"PATH=/usr/bin:/bin", "LC_ALL=C"}
	return cmd
}

// sql runs statements, and returns what they show.
func (p *postgres) sql(t *testing.T, statements string) string {
	t.Helper()
	cmd := p.command("psql", "-h", p.folder, "-U", "test", "-d", "postgres", "-X", "-q", "-At", "-v", "ON_ERROR_STOP=1")
	cmd.Stdin = strings.NewReader(statements)
	var errors bytes.Buffer
	cmd.Stderr = &errors
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, errors.String())
	}
	return string(out)
}

// PostgreSQL takes the statements of an id map too, whatever the ids hold, for
// keys that are texts and for keys that are numbers.
func TestIDMapIntoPostgreSQL(t *testing.T) {
	t.Parallel()
	p := startPostgres(t)
	write := func(columns report.IDColumns, keys ...string) string {
		t.Helper()
		var out bytes.Buffer
		ids, _, err := report.NewIDMap(&out, "ids.sql", columns)
		for i, key := range keys {
			if err == nil {
				err = ids.Write(&migrate.Result{Line: int64(i), Key: key, UserID: "user_" + strconv.Itoa(i), State: migrate.Created})
			}
		}
		if err == nil {
			err = ids.Write(&migrate.Result{Key: "in conflict\n; DROP TABLE x", UserID: "user_c", State: migrate.Conflict})
		}
		if err == nil {
			err = ids.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	keys := []string{"a", "o'brien", `"quoted"`, "x'; DROP TABLE \"my \"\"users\"\"\"; --", `back\slash\'`, "line\nbreak; DELETE FROM x", "é日本", "-- c", "/* c", "$$", `\q`}
	fill, want := "", ""
	for i, key := range keys {
		fill += "INSERT INTO \"app\".\"my \"\"users\"\"\" VALUES (" + strconv.Itoa(i) + ", convert_from(decode('" + hex.EncodeToString([]byte(key)) + "', 'hex'), 'UTF8'), '');\n"
		want += strconv.Itoa(i) + "|user_" + strconv.Itoa(i) + "\n"
	}
	p.sql(t, `CREATE SCHEMA app; CREATE TABLE app."my ""users""" (n int, "legacy id" text PRIMARY KEY, "clerk""id" text);`+"\n"+fill)
	p.sql(t, write(report.IDColumns{Table: `app.my "users"`, Key: "legacy id", UserID: `clerk"id`}, keys...))
	if got := p.sql(t, `SELECT n, "clerk""id" FROM app."my ""users""" ORDER BY n;`); got != want {
		t.Errorf("got\n%s, want\n%s", got, want)
	}
	p.sql(t, "CREATE TABLE users (id int PRIMARY KEY, clerk_id text); INSERT INTO users VALUES (123, NULL);")
	p.sql(t, write(report.IDColumns{Table: "users", Key: "id", UserID: "clerk_id"}, "123"))
	if got := p.sql(t, "SELECT clerk_id FROM users;"); got != "user_0\n" {
		t.Errorf("got %q", got)
	}
}
