package profile

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"carryover/source"
)

// table is the profile of a CSV file of one column, its values with | between.
func table(name, values string) *Profile {
	p := New(nil)
	for value := range strings.SplitSeq(values, "|") {
		cell := source.Cell{Text: value, Kind: source.Text}
		if value == "" {
			cell.Kind = source.NotGiven
		}
		p.Add([]source.Member{{Name: name, Cell: cell}})
	}
	return p
}

// lines is the profile of JSON Lines.
func lines(t *testing.T, observer Observer, text string) *Profile {
	t.Helper()
	in, _, err := source.Sniff(t.Context(), "-", source.Options{Stdin: strings.NewReader(text)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := in.Close(); err != nil {
			t.Error(err)
		}
	}()
	if err := in.As(&source.Shape{All: true}); err != nil {
		t.Fatal(err)
	}
	p := New(observer)
	for row, err := range in.Rows(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		p.Add(row.All)
	}
	return p
}

func columnText(p *Profile) (list []string) {
	for _, c := range p.Columns() {
		list = append(list, fmt.Sprintf("%s: %s %s", c.Name, c.Percent(), c.Kind))
	}
	return list
}

// What stands inside objects and lists has columns of its own, behind those that
// it is part of, however late it comes.
func TestColumnsOfJSON(t *testing.T) {
	p := lines(t, nil, `{"id":1,"name":{"first":"Ada"},"roles":["a","b"],"ids":[{"kind":"x","data":{"deep":{"deeper":1}}},{"kind":"y"}],"last":null}
{"id":2,"name":{"first":null,"last":"Hopper"},"attributes":[{"Name":"sub","Value":"1"},{"Name":"email","Value":"ada@example.com"}],"roles":[]}
{"id":3,"json":"{\"plan\":\"pro\"}","name":"text","attributes":[{"Name":"sub","Value":"2"},{"Name":"x","Other":"y"}]}
`)
	want := []string{
		"id: 100 % integer",
		"name: 100 % text", // two objects and a text: nothing that most of them are
		"name.first: 33 % text",
		"name.last: 33 % text",
		"roles: 67 % list",
		"roles[]: 33 % text",
		"ids: 33 % list",
		"ids[].kind: 33 % text",
		"ids[].data: 33 % object",
		"ids[].data.deep: 33 % object",
		"last: 0 % empty",
		"attributes: 67 % list",
		"attributes[sub]: 67 % integer",
		"attributes[email]: 33 % e-mail",
		"attributes[].Name: 33 % text",
		"attributes[].Other: 33 % text",
		"json: 33 % JSON object as text",
		"json.plan: 33 % text",
	}
	if diff := cmp.Diff(want, columnText(p)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// An object whose keys are data is told together, and keys that look like
// secrets are shown nowhere.
func TestKeysThatAreData(t *testing.T) {
	var b strings.Builder
	for i := range 200 {
		fmt.Fprintf(&b, `{"scores":{"m%d":1},"by_token":{"VABO677QFGEWFULOIC3V6IYNVDFDMAY6":1},"pairs":[{"name":"VABO677QFGEWFULOIC3V6IYNVDFDMAY6","value":"x"}]}`+"\n", i)
	}
	p := lines(t, nil, b.String())
	names := map[string]bool{}
	for _, c := range p.Columns() {
		names[c.Name] = true
		if strings.Contains(c.Name, "VABO") {
			t.Errorf("column %s", c.Name)
		}
	}
	for _, name := range []string{"scores.m0", "scores.*", "by_token.*", "pairs[*]"} {
		if !names[name] {
			t.Errorf("there is no column %s", name)
		}
	}
	if len(names) > maxMembers+10 {
		t.Errorf("%d columns", len(names))
	}
}

// Memory does not grow with the columns of a file.
func TestTooManyColumns(t *testing.T) {
	p := New(nil)
	for i := range 3 * maxColumns {
		p.Add([]source.Member{{Name: fmt.Sprint("c", i), Cell: source.Cell{Text: "x", Kind: source.Text}}})
	}
	if n := len(p.Columns()); n != maxColumns || !p.Beyond() {
		t.Errorf("%d columns, beyond %t", n, p.Beyond())
	}
}

func TestCoverage(t *testing.T) {
	for values, want := range map[string]string{
		"a|b":                                    "100 %",
		"a|":                                     "50 %",
		"|":                                      "0 %",
		"a" + strings.Repeat("|", 300):           "< 1 %",
		strings.Repeat("a|", 300):                "99 %", // not all
		"NULL|a":                                 "50 %",
		strings.Repeat("a|", 2) + "b|c|NULL|\\N": "67 %",
	} {
		c := table("x", values).Columns()[0]
		if got := c.Percent(); got != want {
			t.Errorf("%q: %s, want %s", values, got, want)
		}
	}
	c := table("x", "NULL|a|\\N").Columns()[0]
	if diff := cmp.Diff([]string{"NULL", "\\N"}, c.Nulls); diff != "" {
		t.Errorf("words for nothing (-want +got)\n%s", diff)
	}
	if c := table("x", "a|b|a").Columns()[0]; c.Distinct != 2 {
		t.Errorf("%d distinct values, want 2", c.Distinct)
	}
	var many strings.Builder
	for i := range maxDistinct + 1 {
		fmt.Fprintf(&many, "|%d", i)
	}
	if c := table("x", many.String()).Columns()[0]; c.Distinct != 0 {
		t.Errorf("%d distinct values, want that nobody counted", c.Distinct)
	}
}

// observed notes what an observer is told.
type observed struct {
	met  []string
	seen []string
}

func (o *observed) Meet(column string)       { o.met = append(o.met, column) }
func (o *observed) See(column, value string) { o.seen = append(o.seen, column+"="+value) }

func TestObserver(t *testing.T) {
	o := &observed{}
	lines(t, o, `{"a":1,"b":null,"c":{"d":"x"}}`+"\n"+`{"a":"NULL","c":[{"d":"y"}]}`+"\n")
	if diff := cmp.Diff([]string{"a", "b", "c", "c.d", "c[].d"}, o.met); diff != "" {
		t.Errorf("columns (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]string{"a=1", `c={"d":"x"}`, "c.d=x", `c=[{"d":"y"}]`, "c[].d=y"}, o.seen); diff != "" {
		t.Errorf("values (-want +got)\n%s", diff)
	}
}
