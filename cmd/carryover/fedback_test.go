package main

import (
	"bytes"
	"encoding/csv"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"carryover/migrate/sandbox"
)

// A fedBack is an input of which some rows are refused, and what corrects them.
type fedBack struct {
	name, file, text string
	args             []string
	fix              []string // old and new text, as they stand in the input
	rejects          string   // the file that the rows are given back in
	users            int
	unread           bool // a record is given back as a text, inside JSON
}

// taken is the address of a user that is in the instance before.
const taken = "taken@example.com"

var (
	fedBackDigest = "$2b$04$9Q2PeGZkHDOvIcUEfnkN9.zN6gAB8kuxKSz2.1J/bY0rcfx9xY6QK"

	// Refused by the checks, by Clerk, and since they cannot be read.
	fedBackCSV = "external_id;\"first_name\";email_address;password_digest;password_hasher;backup_codes;shoe size\r\n" +
		"a;Ada;a@example.com;" + fedBackDigest + ";bcrypt;;\r\n" +
		"b;\"Bo \"\"B\"\"\";not an address;" + fedBackDigest + ";bcrypt;\"[\"\"one-code\"\",\"\"two-code\"\"]\";\"=1\r\n+1\"\r\n" +
		"c;Cy;" + taken + ";" + fedBackDigest + ";bcrypt;;x\r\n" +
		"d;\"D\"\"\";d@example.com;$2b$04$short;bcrypt;;\r\n" +
		"e;Eve;e@example.com\r\n" +
		"f;F\"f;f@example.com;;;;\r\n" +
		"external_id;first_name;email_address;password_digest;password_hasher;backup_codes;shoe size\r\n" +
		";;;;;;\r\n" +
		"g;Gus;g@example.com;" + fedBackDigest + ";bcrypt;;"
	fedBackCSVFix = []string{
		"not an address", "b@example.com", taken, "c@example.com", "$2b$04$short", fedBackDigest,
		"e@example.com", "e@example.com;;;;", `F"f`, `"F""f"`,
	}

	fedBackJSON = []string{
		`{"external_id":"a","email_address":["a@example.com"],"password_digest":"` + fedBackDigest + `","password_hasher":"bcrypt"}`,
		`{"external_id":"b","email_address":["not an address"],"password":"a \"quoted\" \u00e9 word","public_metadata":{"n":12345678901234567890,"f":1.0}}`,
		`{"external_id":"c","email_address":["` + taken + `"],"totp_secret":"JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"}`,
		`{"external_id":"d","external_id":"x","email_address":["d@example.com"]}`,
	}
	fedBackJSONFix = []string{"not an address", "b@example.com", taken, "c@example.com", `"external_id":"x",`, ""}
)

func fedBackCases(t *testing.T) []fedBack {
	firebase := strings.SplitAfter(string(read(t, sample(t, "exports/firebase/users.csv"))), "\n")[:2]
	ldif := strings.SplitAfter(string(read(t, sample(t, "exports/ldap/users.ldif"))), "\n\n")[:2]
	mysql := strings.SplitAfter(string(read(t, sample(t, "exports/laravel/users-mysql.tsv"))), "\n")[:3]
	dump := func(pk, password, email string) string {
		return `{"model":"auth.user","pk":` + pk + `,"fields":{"password":"` + password + `","username":"user` + pk + `","email":"` + email + `"}}`
	}
	params := []string{"--param", "base64_signer_key=Yv67pNN4dawfv1LG6AyB3Ew1FIxe14T9RKaL/QLp4u2iAQiY0vT6yaYj2TV2KklF+uwpiyQRh+YVQzATBhwlNQ==",
		"--param", "base64_salt_separator=Bw==", "--param", "rounds=8", "--param", "mem_cost=14"}
	unreadable := `{"external_id":"e","email_address":["e@example.com"],}`
	return []fedBack{
		{name: "CSV", file: "users.csv", text: fedBackCSV, fix: fedBackCSVFix, rejects: "fix.csv", users: 7},
		{name: "JSON lines", file: "users.jsonl", text: strings.Join(fedBackJSON, "\n") + "\n", fix: fedBackJSONFix, rejects: "fix.jsonl", users: 4},
		{name: "unreadable JSON", file: "users.jsonl", text: strings.Join(append(slices.Clone(fedBackJSON), unreadable), "\n") + "\n",
			fix: append(slices.Clone(fedBackJSONFix), "],}", "]}"), rejects: "fix.jsonl", users: 5, unread: true},
		{name: "a JSON array", file: "users.json", text: "[\n" + strings.ReplaceAll(strings.Join(fedBackJSON, ",\n"), ",\"", ",\n  \"") + "]", fix: fedBackJSONFix, rejects: "fix.jsonl", users: 4},
		{name: "a mapping of CSV without a header", file: "users.csv", text: strings.Replace(firebase[0], "@", "@@", 1) + firebase[1],
			args: append([]string{"--from", "firebase", "--unverified", "reserved"}, params...), fix: []string{"@@", "@"}, rejects: "fix.csv", users: 2},
		{name: "entries of a directory", file: "users.ldif", text: strings.Replace(ldif[0], "@", "@@", 1) + ldif[1],
			args: []string{"--from", "ldap", "--param", "email_verified=yes"}, fix: []string{"@@", "@"}, rejects: "fix.ldif", users: 2},
		{name: "a mapping of CSV without quotes", file: "users.tsv", text: mysql[0] + mysql[1] + strings.Replace(mysql[2], "@", "@@", 1),
			args: []string{"--from", "laravel"}, fix: []string{"@@", "@"}, rejects: "fix.csv", users: 2},
		{name: "a mapping of nested JSON", file: "dump.json",
			text: "[" + dump("1", "bcrypt$"+fedBackDigest, "a@example.com") + "," + dump("2", "bcrypt$"+fedBackDigest, "not an address") + "]",
			args: []string{"--from", "django", "--param", "email_verified=yes"}, fix: []string{"not an address", "b@example.com"}, rejects: "fix.jsonl", users: 2},
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// The rows that a run refused, given back, corrected and run, complete the
// migration: every user is there once, and is what the corrected input says.
func TestRejectsFedBackCompleteTheMigration(t *testing.T) {
	t.Parallel()
	for _, c := range fedBackCases(t) {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b, folder := newBox(t, sandbox.Config{}), t.TempDir()
			other := fileUser{"external_id": "other", "email_address": []any{taken}}
			if _, err := b.AddUser(encode(t, other)); err != nil {
				t.Fatal(err)
			}
			writeFile(t, filepath.Join(folder, c.file), []byte(c.text))
			with := func(args ...string) []string { return append(args, c.args...) }
			strict := "--strict=" + strconv.FormatBool(c.args == nil && filepath.Ext(c.file) != ".csv") // no column of theirs is unknown
			carryover(t, exitProblems, folder, b.env(), with("run", c.file, "--max-rejects", "100%", "--settle", "200ms")...)

			// Masked, it is of no use, and does no harm.
			masked := "masked" + filepath.Ext(c.rejects)
			carryover(t, exitOK, folder, nil, with("report", c.file, "--rejects", masked)...)
			before := len(b.users(t))
			if c.args == nil {
				correct(t, filepath.Join(folder, masked), c.fix)
			}
			carryover(t, exitProblems, folder, b.env(), with("run", masked, "--max-rejects", "100%", "--settle", "200ms", strict)...)
			if c.args != nil && len(b.users(t)) != before {
				t.Errorf("%d users were made of masked rows", len(b.users(t))-before)
			}
			for id, user := range b.users(t) {
				if strings.Contains(string(encode(t, user)), "***") {
					t.Errorf("a mask has become a part of %s", id)
				}
			}

			out := carryover(t, exitOK, folder, nil, with("report", c.file, "--rejects", c.rejects, "--include-secrets")...)
			wantWords(t, out.stdout, c.rejects, "WITH THEIR SECRETS", "carryover run "+c.rejects)
			correct(t, filepath.Join(folder, c.rejects), c.fix)
			if c.unread {
				unwrap(t, filepath.Join(folder, c.rejects))
			}
			carryover(t, exitOK, folder, b.env(), with("run", c.rejects, "--settle", "200ms", strict)...)
			checkFedBack(t, b, c, other)
		})
	}
}

// correct replaces texts of a file.
func correct(t *testing.T, path string, fix []string) {
	t.Helper()
	writeFile(t, path, []byte(strings.NewReplacer(fix...).Replace(string(read(t, path)))))
}

// unwrap puts records that stand in a text into its place.
func unwrap(t *testing.T, path string) {
	t.Helper()
	var out bytes.Buffer
	for line := range bytes.Lines(read(t, path)) {
		if record := decodeObject(t, line)["carryover_record"]; record != nil {
			line = []byte(record.(string) + "\n")
		}
		out.Write(line)
	}
	writeFile(t, path, out.Bytes())
}

func checkFedBack(t *testing.T, b *box, c fedBack, other fileUser) {
	t.Helper()
	created := map[string]int{}
	for _, e := range b.Journal() {
		if e.Method == http.MethodPost && e.Applied {
			created[e.ExternalID]++
		}
	}
	if len(created) != c.users || len(b.users(t)) != c.users+1 {
		t.Errorf("%d users were created and %d are there, want %d and the one before", len(created), len(b.users(t)), c.users)
	}
	for id, n := range created {
		if n != 1 {
			t.Errorf("%s was created %d times", id, n)
		}
	}
	if c.args != nil {
		return
	}
	fixed := strings.NewReplacer(c.fix...).Replace(c.text)
	path := filepath.Join(t.TempDir(), "fixed")
	var rows []fileUser
	switch {
	case filepath.Ext(c.file) == ".csv":
		rows = readCSV(t, writeFile(t, path, commas(t, fixed)))
	case strings.HasPrefix(fixed, "["):
		for _, row := range decode(t, []byte(fixed)).([]any) {
			rows = append(rows, row.(map[string]any))
		}
	default:
		rows = readJSONL(t, writeFile(t, path, []byte(fixed)))
	}
	for _, row := range rows {
		delete(row, "shoe size") // nobody's but the file's
	}
	compare(t, b, append(rows, other), func(int) bool { return true })
}

// commas returns a CSV text with another delimiter, without what is no user.
func commas(t *testing.T, text string) []byte {
	t.Helper()
	r := csv.NewReader(strings.NewReader(text))
	r.Comma = ';'
	records, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	for i, record := range records {
		if i > 0 && (record[0] == "" || record[0] == records[0][0]) {
			continue
		}
		if err := w.Write(record); err != nil {
			t.Fatal(err)
		}
	}
	w.Flush()
	return out.Bytes()
}
