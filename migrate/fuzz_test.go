package migrate_test

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"carryover/migrate"
	"carryover/source"
)

// FuzzParseUser turns any row into a request: nothing panics, no message holds
// what a cell holds, and what is sent holds what the row does.
func FuzzParseUser(f *testing.F) {
	for _, seed := range []string{"", "-7", `{"a":1}`, "[", bcryptDigest, "otpauth://totp/?secret=A", "+12025550123", "a@b.co", "2024-01-01T00:00:00Z", "a|b,c"} {
		f.Add(seed, seed, uint8(source.Text))
	}
	addMalformed(f)
	f.Fuzz(func(t *testing.T, a, b string, kind uint8) {
		if !maybeCell(a, kind) || !maybeCell(b, kind) {
			return
		}
		r := &source.Row{Number: 1, Line: 2}
		for c := range source.NumColumns {
			text := a
			if c%2 == 1 {
				text = b
			}
			r.Set(source.Column(c), text, source.Kind(kind%6))
		}
		checkParsed(t, r)
		// Most rows are refused for one cell. Alone with an id, more get through.
		for c := range source.Column(source.NumColumns) {
			alone := &source.Row{Number: 1, Line: 2}
			alone.Set(source.ColExternalID, "u1", source.Text)
			alone.Set(c, a, source.Kind(kind%6))
			checkParsed(t, alone)
		}
	})
}

// maybeCell reports whether a row can hold a text of a kind: what is no text of
// its own comes from valid JSON.
func maybeCell(text string, kind uint8) bool {
	switch source.Kind(kind % 6) {
	case source.NotGiven, source.Text:
		return utf8.ValidString(text)
	default:
		return jsontext.Value(text).IsValid()
	}
}

// addMalformed adds each pair of neighbouring cells of the files that exports
// got wrong, as far as they are rows.
func addMalformed(f *testing.F) {
	f.Helper()
	files, err := filepath.Glob(filepath.Join("..", "testdata", "malformed", "[CJS]*"))
	if err != nil || len(files) < 90 {
		f.Fatalf("%d files, %v", len(files), err)
	}
	type pair struct {
		a, b string
		kind uint8
	}
	seen := map[pair]bool{}
	for _, file := range files {
		in, err := source.Open([]string{file}, source.Options{})
		if err != nil {
			continue // refused
		}
		for row, err := range in.Rows(f.Context()) {
			if err != nil {
				continue
			}
			before := ""
			for c := range source.Column(source.NumColumns) {
				text, kind := row.Cell(c)
				p := pair{text, before, uint8(kind)}
				if kind == source.NotGiven || seen[p] {
					continue
				}
				f.Add(p.a, p.b, p.kind)
				seen[p], before = true, text
			}
		}
		if err := in.Close(); err != nil {
			f.Fatal(err)
		}
	}
}

func checkParsed(t *testing.T, r *source.Row) {
	t.Helper()
	u, problems := migrate.ParseUser(r, rules)
	if u == nil {
		t.Fatal("no user")
	}
	for _, p := range problems {
		for c := range source.Column(source.NumColumns) {
			if cell, _ := r.Cell(c); len(cell) > 12 && strings.Contains(p.Message, cell) {
				t.Errorf("the message of %s holds a cell", p.Code)
			}
		}
	}
	if migrate.Refused(problems) {
		return
	}
	for name, request := range map[string]any{"create": u.CreateRequest(), "update": u.UpdateRequest()} {
		body, err := migrate.Encode(request)
		if err != nil {
			t.Fatalf("a row without a fatal problem cannot be encoded: %v", err)
		}
		var sent map[string]any
		if err := json.Unmarshal(body, &sent); err != nil && !strings.Contains(err.Error(), "cannot unmarshal number") {
			t.Fatalf("%s: %v", name, err)
		}
		for _, c := range []source.Column{source.ColExternalID, source.ColFirstName, source.ColUsername, source.ColPassword, source.ColCreatedAt} {
			cell, kind := r.Cell(c)
			if text, ok := sent[c.String()]; ok && (text != cell || kind == source.NotGiven) {
				t.Errorf("%s: %s is not sent as it is in the row", name, c)
			}
		}
	}
}
