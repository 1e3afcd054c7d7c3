package source

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gocarina/gocsv"
	"github.com/google/go-cmp/cmp"
)

// Tag, constant, name, field and look-up of a column are one and the same.
func TestColumnsAgree(t *testing.T) {
	fields := reflect.TypeFor[Columns]()
	if fields.NumField() != NumColumns {
		t.Fatalf("%d fields, %d columns", fields.NumField(), NumColumns)
	}
	for c := range Column(NumColumns) {
		field := fields.Field(int(c))
		if got := field.Tag.Get("csv"); got != c.String() {
			t.Errorf("column %d: tag %q, name %q", c, got, c)
		}
		if got := columnNamed(c.String()); got != c {
			t.Errorf("columnNamed(%q) = %d, want %d", c, got, c)
		}
		var columns Columns
		*columns.field(c) = "x"
		if reflect.ValueOf(columns).Field(int(c)).String() != "x" {
			t.Errorf("%s is kept in another field than %s", c, field.Name)
		}
		for _, header := range []string{c.String(), field.Name, strings.ToUpper(c.String()), " " + strings.ReplaceAll(c.String(), "_", " "), strings.ReplaceAll(c.String(), "_", "-")} {
			if got, ok := LookupColumn(header); !ok || got != c {
				t.Errorf("LookupColumn(%q) = %v, %v; want %v", header, got, ok, c)
			}
		}
	}
	for _, header := range []string{"", "_", "email", "external_id2", "passwort", "用户"} {
		if c, ok := LookupColumn(header); ok {
			t.Errorf("LookupColumn(%q) = %v", header, c)
		}
	}
}

// The columns cover Clerk's two requests to the letter.
func TestColumnsAreClerks(t *testing.T) {
	path := filepath.Join("..", "..", "shared", "clerk", "2025-11-10.yml")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Skipf("Clerk's OpenAPI document is not beside the module: %v", err)
	}
	for _, operation := range []string{"CreateUser", "UpdateUser"} {
		_, section, ok := strings.Cut(string(text), "\n      operationId: "+operation+"\n")
		section, _, ends := strings.Cut(section, "\n      responses:\n")
		properties := regexp.MustCompile(`(?m)^ {16}(\w+):$`).FindAllStringSubmatch(section, -1)
		if !ok || !ends || len(properties) < 20 {
			t.Fatalf("%s: %d properties of %s found", path, len(properties), operation)
		}
		for _, property := range properties {
			if columnNamed(property[1]) == unknownColumn {
				t.Errorf("%s of %s is no column", property[1], operation)
			}
		}
	}
}

// The hook through which gocsv fills rows does what its reflection would.
func TestBindingAgreesWithReflection(t *testing.T) {
	var names, cells []string
	for c := range Column(NumColumns) {
		names, cells = append(names, c.String()), append(cells, "cell of "+c.String())
	}
	cells[ColPassword] = ""
	batch := csvBatch{records: [][]string{names, cells}, notes: []note{{at: place{number: 1}}}, bound: make([]boundRow, 0, 1)}
	if err := batch.bind(); err != nil {
		t.Fatal(err)
	}
	got := batch.pop()
	var want []Columns
	if err := gocsv.UnmarshalCSV(&batch, &want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, []Columns{got.Columns}); diff != "" {
		t.Errorf("(-reflection +hook):\n%s", diff)
	}
	if got.Kinds[ColPassword] != NotGiven || got.Kinds[ColUsername] != Text {
		t.Errorf("kinds %v", got.Kinds)
	}
	for _, want := range batch.records[:2] {
		if got, err := batch.Read(); err != nil || !slices.Equal(got, want) {
			t.Errorf("Read: %q, %v; want %q", got, err, want)
		}
	}
	if got, err := batch.Read(); err == nil {
		t.Errorf("Read behind the last record: %q", got)
	}
}

func TestCodes(t *testing.T) {
	codes := Codes()
	if len(codes) != len(catalogue) || len(codesByName()) != len(catalogue) {
		t.Errorf("%d causes, of %d codes, for a catalogue of %d", len(codes), len(codesByName()), len(catalogue))
	}
	for _, c := range codes {
		for _, sentence := range []string{c.Group, c.Meaning, c.Cause, c.Fix} {
			if sentence == "" || strings.HasSuffix(sentence, ".") {
				t.Errorf("%s: %q is no sentence without a full stop", c.Code, sentence)
			}
		}
	}
	// A constant without an entry would give an empty hint.
	text, err := os.ReadFile("code.go")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile(`(?m)^\tcode\w+ += "(\w+)"$`).FindAllStringSubmatch(string(text), -1)
	if len(named) != len(codes) {
		t.Errorf("%d codes are named, %d explained", len(named), len(codes))
	}
	for _, name := range named {
		known(t, name[1])
	}
}

// A row may be printed by mistake: no cell is shown.
func TestRowsPrintNoCell(t *testing.T) {
	row := &Row{File: "users.csv", Number: 3, Line: 5}
	for c := range NumColumns {
		row.Set(Column(c), "hunter2", Text)
	}
	var text strings.Builder
	for _, verb := range "vsqxXdt" {
		for _, flag := range []string{"", "+", "#"} {
			for _, value := range []any{row, *row, row.Columns, &row.Columns, []*Row{row}, []Row{*row}, struct{ R Row }{*row}} {
				fmt.Fprintf(&text, "%"+flag+string(verb)+"\n", value)
			}
		}
	}
	if strings.Contains(text.String(), "hunter2") || strings.Contains(text.String(), fmt.Sprintf("%x", "hunter2")) {
		t.Errorf("a cell is printed: %s", text.String()[:300])
	}
	if got := fmt.Sprint(row); got != "row 3 (users.csv:5)" {
		t.Errorf("%q", got)
	}
}
