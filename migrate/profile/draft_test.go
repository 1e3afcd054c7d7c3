package profile

import (
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"carryover/migrate/mapping"
	"carryover/source"
)

var update = flag.Bool("update", false, "write the golden files anew")

// profiled reads a file as inspect does, but for the presets.
func profiled(t *testing.T, path string) (*Profile, *source.Shape) {
	t.Helper()
	in, form, err := source.Sniff(t.Context(), path, source.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := in.Close(); err != nil {
			t.Error(err)
		}
	}()
	shape := &source.Shape{All: true, Comma: form.Comma}
	for i := range form.Cells {
		if !form.Header {
			shape.Header = append(shape.Header, "column_"+string(rune('A'+i%26))+string(rune('A'+i/26)))
		}
	}
	if len(form.Arrays) > 0 {
		shape.At = form.Arrays[len(form.Arrays)-1].At
	}
	if err := in.As(shape); err != nil {
		t.Skip("no users: ", err) // of what is there to be broken
	}
	p := New(nil)
	for row, err := range in.Rows(t.Context()) {
		var bad *source.RowError
		if errors.As(err, &bad) {
			continue
		}
		if err != nil {
			break
		}
		p.Add(row.All)
	}
	return p, shape
}

// The drafts of testdata/*.csv and *.json are what testdata has beside them.
func TestDraft(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "draft-*"))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, file := range files {
		if strings.HasSuffix(file, ".yaml") {
			continue
		}
		n++
		t.Run(filepath.Base(file), func(t *testing.T) {
			p, shape := profiled(t, file)
			got := p.Draft("Made for a test.", shape)
			if _, err := mapping.Read("draft.yaml", got); err != nil {
				t.Errorf("%v\n%s", err, got)
			}
			golden := file + ".yaml"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
	if n < 3 {
		t.Errorf("%d drafts", n)
	}
}

// Columns may be called as the language of expressions calls something else.
func TestDraftOfReservedNames(t *testing.T) {
	for _, name := range append([]string{"a b", "1", "a-b", "ä", "row", "#", "'", `"`, "nil", "any", "map"}, reserved...) {
		p := table(name, "ada@example.com|grace@example.com")
		text := p.Draft("", &source.Shape{Comma: ','})
		if _, err := mapping.Read("draft.yaml", text); err != nil {
			t.Errorf("%s: %v\n%s", name, err, text)
		}
		if !strings.Contains(text, "email_address:") {
			t.Errorf("%s is not used\n%s", name, text)
		}
	}
}

// Whatever legacy system a file comes from, its draft is a mapping that can be
// read, and has none of its values in it.
func TestDraftsOfExports(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "..", "testdata", "exports", "*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, file := range files {
		if !slices.Contains([]string{".csv", ".tsv", ".json", ".ndjson"}, filepath.Ext(file)) || strings.Contains(file, ".case.") || strings.HasSuffix(file, "notes.tsv") {
			continue
		}
		n++
		t.Run(filepath.Join(filepath.Base(filepath.Dir(file)), filepath.Base(file)), func(t *testing.T) {
			p, shape := profiled(t, file)
			text := p.Draft("", shape)
			if _, err := mapping.Read("draft.yaml", text); err != nil {
				t.Errorf("%v\n%s", err, text)
			}
			for _, c := range p.order {
				for _, value := range c.examples {
					if (secretForm(value) || marked(value)) && strings.Contains(text, value) {
						t.Errorf("the draft holds a value of %s", c.path)
					}
				}
			}
		})
	}
	if n < 50 {
		t.Errorf("%d exports", n)
	}
}

// FuzzProfile profiles a record whose column and value are anything: the draft
// is a mapping all the same, and neither it nor the profile shows the value of
// a column that may hold secrets, or of one that looks like one.
func FuzzProfile(f *testing.F) {
	for _, seed := range [][2]string{
		{"password", "hunter2hunter2"}, {"row", "VABO677QFGEWFULOIC3V6IYNVDFDMAY6"}, {"E-Mail: #1", "ada@example.com"}, {"a\"b'c", `{"x y":{"a":["b",{"Name":"n","Value":"v"}]}}`},
		{"created_at", "31.12.2024 10:00"}, {"id", "$2a$10$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"}, {"", "\\N"}, {"phone", "0212 555 01 00"}, {"created", "1717142400123"},
		{"user", `[["deep",{"er":1}],null,1e3]`}, {"totp", "otpauth://totp/x?secret=NV4SA43FMNZGK5AA"}, {"true", "1"}, {"$oid", "+12125550100"}, {"multi\nline", "*"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, name, value string) {
		p := New(nil)
		kind := source.Text
		if value == "" {
			kind = source.NotGiven
		}
		cell := source.Cell{Text: value, Kind: kind}
		for range 3 { // what repeats is shown more readily
			members := []source.Member{{Name: "user_password", Cell: cell}}
			if name != "user_password" {
				members = append(members, source.Member{Name: name, Cell: cell})
			}
			p.Add(members)
		}
		for _, c := range p.Columns() {
			if secret := secretName(c.Name) || secretForm(value); secret && len(c.Examples) > 0 && c.Name == "user_password" {
				t.Fatalf("%q of %q is shown: %q", value, c.Name, c.Examples)
			}
			if c.Secret && len(c.Examples) > 0 {
				t.Fatalf("%q is secret and shown", c.Name)
			}
			if classify(value)&aLoneSecret != 0 && !strings.ContainsAny(c.Name, ".[") && len(c.Examples) > 0 {
				t.Fatalf("%q of %q is shown: %q", value, c.Name, c.Examples)
			}
		}
		text := p.Draft("Made for a test.", &source.Shape{All: true, Comma: ','})
		if _, err := mapping.Read("draft.yaml", text); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if _, err := json.Marshal(p.Digests()); err != nil {
			t.Fatal(err)
		}
	})
}
