package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"carryover/hashers"
	"carryover/migrate"
	"carryover/source"
)

// looksLikeCode is true of every code: words joined by underscores. So are the
// names of columns and hashers.
var looksLikeCode = regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)+$`)

// A literal is a string of the source that may be a code, and where it stands.
type literal struct{ text, file, at string }

// wordsOf returns the strings of a package that look like codes: not its tests,
// nor tags of fields and import paths.
func wordsOf(t *testing.T, folder string) []literal {
	t.Helper()
	fset := token.NewFileSet()
	files, err := filepath.Glob(filepath.Join("..", "..", filepath.FromSlash(folder), "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s holds no Go files (%v)", folder, err)
	}
	var words []literal
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(fset, name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ImportSpec:
				return false
			case *ast.Field:
				n.Tag = nil // it is no string of the program
			case *ast.KeyValueExpr:
				key, ok := n.Key.(*ast.Ident)
				return !ok || key.Name != "name" // such as that of a function of the mappings
			case *ast.BasicLit:
				if text, err := strconv.Unquote(n.Value); n.Kind == token.STRING && err == nil && looksLikeCode.MatchString(text) {
					words = append(words, literal{text, filepath.Base(name), fset.Position(n.Pos()).String()})
				}
			}
			return true
		})
	}
	return words
}

// otherWords are those that look like codes and are none, with what they are.
// A new word that is no code is added here; a new code goes into the catalogue
// of its package.
var otherWords = map[string]string{
	"in_flight": "a state", "signed_in": "a state of undo", "rate_limited": "a reason to stop", "mixed_answers": "a reason to stop",
	"finished_with_problems": "the state of a document", "max_rejects": "a threshold",
	"on_error": "a word of mappings", "leave_out": "a word of mappings",
	"exit_code": "a member of the log", "by_status": "a member of the log", "api_url": "a member of the log", "api_version": "a member of the log",
	"requests_a_second": "a member of the log", "to_send": "a member of the log", "http_status": "a member of the log",
	"password_enabled": "a member of Clerk's users", "totp_enabled": "a member of Clerk's users", "backup_code_enabled": "a member of Clerk's users",
	"input_sha256": "a member of a plan's head", "input_size": "a member of a plan's head",
	"trace_id": "a member of the log", "p95_ms": "a member of the log",
	"row_code": "a member of the log", "answer_code": "a member of the log",
	"totp_code": "a column of accounts", "backup_code": "a kind of code, as Clerk names it",
	"bcrypt_sha256": "a word of Django's", "sk_test_sandbox": "a key", "ins_sandbox": "an instance",
}

// Every code that the program can print is explained. All strings of the
// packages that give codes are looked at, so that none is forgotten: what looks
// like a code and is not known otherwise must be in a catalogue.
func TestEveryCodeIsExplained(t *testing.T) {
	for code := range otherWords {
		if _, ok := findExplanation(code); ok {
			t.Errorf("%s is explained, and listed as no code", code)
		}
	}
	used := map[string]bool{}
	for _, folder := range codeFolders(t) {
		for _, w := range wordsOf(t, folder) {
			if w.file != "catalogue.go" && w.file != "cause.go" && w.file != "clerkcode.go" {
				used[w.text] = true
			}
			_, explained := findExplanation(w.text)
			if !explained && otherWords[w.text] == "" && !isVocabulary(w.text) {
				t.Errorf("%s: %q looks like a code, and carryover explain does not know it", w.at, w.text)
			}
		}
	}
	for _, c := range migrate.Codes() {
		if !used[c.Code] && c.Code != migrate.ConfirmedCode && c.Code != "attempts_exhausted" {
			t.Errorf("%s is explained, and nothing gives it", c.Code)
		}
	}
}

// codeFolders are the packages that may give codes: all but those that serve
// tests, the builders' tools, and the checkpoint, which keeps what it is given.
func codeFolders(t *testing.T) (folders []string) {
	t.Helper()
	for _, pattern := range []string{"*", "*/*"} {
		found, err := filepath.Glob(filepath.Join("..", "..", filepath.FromSlash(pattern), "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range found {
			folder, err := filepath.Rel(filepath.Join("..", ".."), filepath.Dir(file))
			if err != nil {
				t.Fatal(err)
			}
			folder = filepath.ToSlash(folder)
			none := regexp.MustCompile(`^(checkpoint|migrate/(sandbox|ledgertest)|tools/.*|testdata/.*)$`).MatchString(folder)
			if !none && !slices.Contains(folders, folder) {
				folders = append(folders, folder)
			}
		}
	}
	if !slices.Contains(folders, "migrate/mapping") || !slices.Contains(folders, "source") {
		t.Fatalf("the packages were not found: %v", folders)
	}
	return folders
}

// isVocabulary reports whether a word is a name that the program uses for
// something else: a column, a hasher, a rewrite or one of its parameters.
func isVocabulary(word string) bool {
	if _, ok := source.LookupColumn(word); ok || strings.HasPrefix(word, "carryover_") { // columns of report --rejects
		return true
	}
	return slices.ContainsFunc(hashers.All(), func(h hashers.Info) bool { return h.Name == word }) ||
		slices.ContainsFunc(hashers.Rewrites(), func(r hashers.Rewrite) bool {
			return r.Name == word || slices.ContainsFunc(r.Params, func(p hashers.Param) bool { return p.Name == word })
		})
}

// The codes of Clerk's errors that the project's notes on its API list are
// explained.
func TestClerksCodesAreExplained(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "clerk-api.md"))
	if err != nil {
		t.Skip("the notes on Clerk's API are not here: ", err)
	}
	cells := regexp.MustCompile(`(?m)^\| [0-9]{3} \|([^|]*)\|`).FindAllStringSubmatch(string(text), -1)
	n := 0
	for _, cell := range cells {
		for _, code := range regexp.MustCompile("`([a-z0-9_]+)[`/]").FindAllStringSubmatch(cell[1], -1) {
			if strings.HasPrefix(code[1], "_") || strings.HasSuffix(code[1], "_") { // the rest of a name before it
				continue
			}
			n++
			if _, ok := findExplanation(code[1]); !ok {
				t.Errorf("%s is not explained", code[1])
			}
		}
	}
	if n < 40 {
		t.Errorf("only %d codes were found in the notes", n)
	}
}

// What the sandbox answers as Clerk would is explained.
func TestTheSandboxsCodesAreExplained(t *testing.T) {
	known := map[string]bool{}
	for _, c := range migrate.ClerkCodes() {
		known[c.Code] = true
	}
	for _, w := range wordsOf(t, "migrate/sandbox") {
		if (strings.HasPrefix(w.text, "form_") || w.file == "errors.go") && !known[w.text] && !isVocabulary(w.text) {
			t.Errorf("%s: %s is not explained", w.at, w.text)
		}
	}
}

// No code is explained twice, and every text is a sentence in the tone of the
// messages.
func TestExplanations(t *testing.T) {
	seen := map[string]bool{}
	for _, e := range explanations() {
		if seen[e.Code] {
			t.Errorf("%s is explained twice", e.Code)
		}
		seen[e.Code] = true
		if !looksLikeCode.MatchString(e.Code) {
			t.Errorf("%q does not look like a code: TestEveryCodeIsExplained would not find such ones", e.Code)
		}
		for _, text := range []string{e.Group, e.Meaning, e.Cause, e.Fix} {
			if text == "" || strings.HasSuffix(text, ".") || strings.TrimSpace(text) != text {
				t.Errorf("%s: %q is no sentence without a full stop", e.Code, text)
			}
		}
	}
	for code, want := range map[string]bool{"http_418": true, "http_599": true, "http_200": true, "http_999": false, "http_1": false, "http_abc": false, "http_": false} {
		if _, ok := findExplanation(code); ok != want {
			t.Errorf("%s is explained: %v, want %v", code, ok, want)
		}
	}
}
