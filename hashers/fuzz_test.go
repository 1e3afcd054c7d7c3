package hashers_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"carryover/hashers"
)

// literals holds every string literal of the package. A text that is one of
// them was there before the digest came, and so can hold nothing of it.
func literals(t testing.TB) map[string]bool {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("no sources: %v", err)
	}
	all := map[string]bool{"": true}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				s, _ := strconv.Unquote(lit.Value)
				all[s] = true
			}
			return true
		})
	}
	return all
}

func constant(t *testing.T, known map[string]bool, texts ...string) {
	t.Helper()
	for _, s := range texts {
		if !known[s] {
			t.Errorf("%q is not a constant text of the package", s)
		}
	}
}

// seeds are whole digests of every kind, and places to begin from.
func seeds(f *testing.F) []string {
	list := []string{"", "$", "$$$$$$", "{SSHA}", "{}", "{\"value\":\"AAEC\"}", "$2b$", "$argon2id$v=19$m=,t=,p=$$", "awscognito###",
		"scrypt:::$$", "pbkdf2:::$$", "sha512_symfony$1$$", "\xff", "\u200b", "=", "A===", "é$" + strings.Repeat("0f", 16)}
	for _, info := range hashers.All() {
		list = append(list, info.Example)
	}
	for _, v := range foreigns(f) {
		list = append(list, v.Digest)
	}
	return list
}

func FuzzCheck(f *testing.F) {
	for _, digest := range seeds(f) {
		f.Add(digest)
	}
	known := literals(f)
	f.Fuzz(func(t *testing.T, digest string) {
		for _, info := range hashers.All() {
			v := hashers.Check(info.Name, digest)
			constant(t, known, v.Code, v.Part, v.Why, v.Fix)
			if v.Status == hashers.OK {
				if v != (hashers.Verdict{Status: hashers.OK}) {
					t.Errorf("%s: OK, with texts", info.Name)
				}
			} else if err := complete(v); err != nil {
				t.Errorf("%s: %v", info.Name, err)
			}
			if trimmed, cut := hashers.Trim(digest); cut && v.Status != hashers.Invalid {
				t.Errorf("%s takes white space around %q", info.Name, trimmed)
			}
			if again := hashers.Check(info.Name, digest); again != v {
				t.Errorf("%s: two answers", info.Name)
			}
		}
	})
}

func FuzzIdentify(f *testing.F) {
	for _, digest := range seeds(f) {
		f.Add(digest)
	}
	known := literals(f)
	f.Fuzz(func(t *testing.T, digest string) {
		for _, g := range hashers.Identify(digest) {
			constant(t, known, g.Hasher, g.Confidence, g.Why, g.Rewrite)
			_, ok := hashers.Lookup(g.Hasher)
			if ok == (g.Confidence == hashers.Unsupported) {
				t.Errorf("%q is %s", g.Hasher, g.Confidence)
			}
			trimmed, _ := hashers.Trim(digest)
			if g.Confidence == hashers.Certain && g.Rewrite == "" && hashers.Check(g.Hasher, trimmed).Status == hashers.Invalid {
				t.Errorf("certain of %s, and Check refuses %q", g.Hasher, digest)
			}
		}
	})
}

func FuzzRewrite(f *testing.F) {
	for _, v := range foreigns(f) {
		f.Add(v.Digest, v.Params["salt"], v.Params["iterations"], v.Params["credential_data"])
	}
	for _, digest := range seeds(f) {
		f.Add(digest, "c2FsdA==", "1000", `{"hashIterations":1,"algorithm":"argon2"}`)
	}
	known := literals(f)
	f.Fuzz(func(t *testing.T, digest, salt, number, data string) {
		params := hashers.Params{"salt": salt, "iterations": number, "credential_data": data, "algorithm": "pbkdf2-sha256",
			"base64_signer_key": salt, "base64_salt_separator": salt, "rounds": number, "mem_cost": number, "pepper": salt}
		for _, r := range hashers.Rewrites() {
			out, v := hashers.RewriteNamed(r.Name, digest, params)
			constant(t, known, out.Hasher, v.Code, v.Part, v.Why, v.Fix)
			if v.Status == hashers.Invalid {
				if out != (hashers.Rewritten{}) {
					t.Errorf("%s: refused, and gives a digest all the same", r.Name)
				}
				continue
			}
			if got := hashers.Check(out.Hasher, out.Digest); got != v {
				t.Errorf("%s: %v, and Check says %v", r.Name, v, got)
			}
		}
		constant(t, known, hashers.FindRewrites(digest)...)
	})
}
