package mapping

import (
	"strings"
	"testing"
	"time"

	"carryover/source"
)

// compute computes an expression over the given columns.
func compute(t testing.TB, text string, row map[string]source.Cell) (any, error) {
	t.Helper()
	page := newPage("test", text)
	e := expression{text: text, what: "test", at: place{page, 1, 1}, find: func(offset int) place { return place{page, 1, offset + 1} }}
	m := &machine{env: environment{}}
	means := &meaning{columns: &columns{}, params: &parameters{bound: true, now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}, budget: &m.budget}
	p, err := compile(e, means)
	if err != nil {
		return nil, err
	}
	for _, name := range means.columns.names {
		v, err := cellValue(row[name])
		if err != nil {
			t.Fatal(err)
		}
		m.env[columnKey(name)] = v
	}
	return m.run(p)
}

// shown writes a result as the samples do.
func shown(t testing.TB, v any) string {
	t.Helper()
	if d, ok := v.(*digest); ok {
		v = d.hasher + ": " + d.text
	}
	text, err := appendJSON(nil, v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Every example of the help is true.
func TestSamples(t *testing.T) {
	for _, f := range functions() {
		if len(f.tests) == 0 && f.name != "no_password" && f.name != "no_totp" {
			t.Errorf("%s has no example", f.name)
		}
		if f.about == "" || strings.HasSuffix(f.about, ".") || f.params == "" {
			t.Errorf("%s is not explained well", f.name)
		}
		for _, s := range f.tests {
			v, err := compute(t, s.expression, nil)
			if err != nil {
				t.Errorf("%s: %v", s.expression, err)
				continue
			}
			if got := shown(t, v); got != s.result {
				t.Errorf("%s gives %s, want %s", s.expression, got, s.result)
			}
		}
	}
}

// What is yet to come is told to the instant, and a text that is no time is no
// time either way.
func TestFuture(t *testing.T) {
	for text, want := range map[string]string{
		`future("2026-01-01T00:00:00Z")`: "false", `future("2026-01-01T00:00:00.000001Z")`: "true", `future("2025-12-31T23:59:59.9Z")`: "false",
		`future("2026-01-01T00:30:00+01:00")`: "false", `future("2026-01-01T01:30:00+01:00")`: "true",
	} {
		if v, err := compute(t, text, nil); err != nil || shown(t, v) != want {
			t.Errorf("%s gives %v, %v, want %s", text, v, err, want)
		}
	}
	if _, err := compute(t, `future("soon")`, nil); err == nil || err.Error() != errTime.Error() {
		t.Errorf("a word is answered %v", err)
	}
	if _, err := compute(t, `future("2026-01-01T00:00:00Z", "2020-01-01T00:00:00Z")`, nil); err == nil {
		t.Error("a mapping can set the clock")
	}
}

// Null goes through every function.
func TestNullInNullOut(t *testing.T) {
	for text, want := range map[string]string{
		`lower(a)`: "null", `trim(a)`: "null", `replace(a, "x", "y")`: "null", `concat("+", a)`: "null", `"+" + a`: "null",
		`a.b.c`: "null", `a[0]`: "null", `split(a, ",")`: "null", `json(a).x`: "null", `php(a)`: "null", `object(a)`: "null",
		`timestamp(a, "ms")`: "null", `future(a)`: "false", `if_text(a)`: "null", `if_text([a])`: "null", `if_text(7)`: "null", `if_text(true)`: "null", `phone(a, "US")`: "null", `first_name(a)`: "null", `recode(a, "hex", "base64")`: "null",
		`digest(a, "bcrypt")`: "null", `rewrite("django", a)`: "null", `totp(a, "SHA512", 8, 60)`: "null", `int(a)`: "null",
		`length(a)`: "0", `has_prefix(a, "x")`: "false", `a == null`: "true", `a != ""`: "false", `a == "x"`: "false",
		`a in ["x", "y"]`: "false", `"x" in a`: "false", `a ? 1 : 2`: "2", `not a`: "true", `a and true`: "false", `a or true`: "true",
		`any(a, .x)`: "false", `filter(a, .x)`: "[]", `map(a, .x)`: "[]", `count(a)`: "0", `find(a, .x == 1)`: "null",
		`a matches "^x"`: "false", `a contains "x"`: "false", `a ?? "b"`: `"b"`, `lookup(a, "k", "v")`: "null", `compact(a)`: "null",
		`substr(a, 0, 1)`: "null", `join(a, " ")`: "null", `merge(a, null)`: "null", `keys(a)`: "null", `cut_prefix(a, "b")`: "null",
		`first_name(null) ?? last_name(null)`: "null", `coalesce(a, null)`: "null", `text(a)`: "null", `bool(a)`: "null",
	} {
		v, err := compute(t, text, nil)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := shown(t, v); got != want {
			t.Errorf("%s gives %s, want %s", text, got, want)
		}
	}
}

func text(s string) source.Cell     { return source.Cell{Text: s, Kind: source.Text} }
func numberOf(s string) source.Cell { return source.Cell{Text: s, Kind: source.Number} }
func listCellFor(s string) source.Cell {
	return source.Cell{Text: s, Kind: source.List}
}

// What a cell holds in CSV and in JSON is the same to an expression.
func TestValues(t *testing.T) {
	row := map[string]source.Cell{
		"yes": text("Yes"), "t": {Text: "true", Kind: source.Bool}, "one": text("1"), "n1": numberOf("1"), "zero": text("0"),
		"id": numberOf("9007199254740993"), "big": numberOf("123456789012345678901234567890"), "f": numberOf("1.5"), "exact": numberOf("0.10000000000000000001"),
		"empty": text(""), "o": {Text: `{"a":{"b":[1,2,{"c":"d"}]},"n":12345678901234567890}`, Kind: source.Object},
		"l": listCellFor(`[{"type":"password","v":1},{"type":"otp","v":2}]`), "odd name": text("x"), "cognito:username": text("u"),
	}
	for expression, want := range map[string]string{
		`yes ? 1 : 2`: "1", `t ? 1 : 2`: "1", `one ? 1 : 2`: "1", `n1 ? 1 : 2`: "1", `zero ? 1 : 2`: "2", `not one`: "false", `t and yes`: "true",
		`one == 1`: "true", `n1 == "1"`: "true", `t == true`: "true", `yes == true`: "true", `yes == false`: "false", `one != 1`: "false",
		`id`: "9007199254740993", `big`: "123456789012345678901234567890", `f * 2`: "3", `exact`: "0.10000000000000000001", `empty`: "null", `empty == null`: "true",
		`o`: `{"a":{"b":[1,2,{"c":"d"}]},"n":12345678901234567890}`, `o.a.b[2].c`: `"d"`, `o.a.b[-1].c`: `"d"`, `o.a.b[7]`: "null", `o["a"]["b"][0]`: "1",
		`o?.a?.x?.y`: "null", `find(l, .type == "otp").v`: "2", `lookup(l, "type", "otp", "v")`: "2", `any(l, .type == "totp")`: "false",
		`map(filter(l, .v > 1), .type)`: `["otp"]`, `count(l, .v > 0)`: "2", `one(l, .v == 2)`: "true", `all(l, .v)`: "failure", `row["odd name"]`: `"x"`, `row["cognito:username"]`: `"u"`,
		`concat("auth0|", id)`: `"auth0|9007199254740993"`, `id | text() | substr(0, 2)`: `"90"`, `n1 + 1`: "2", `"a" + one`: `"a1"`, `n1 in [1, 2]`: "true",
		`one in ["1"]`: "true", `"a" in o`: "true", `{a: 1, b: nope}`: `{"a":1,"b":null}`, `l[0].type + "!"`: `"password!"`, `-n1`: "-1", `length(l)`: "2",
		`int("12") + 1`: "13", `nope ?: "else"`: `"else"`,
	} {
		v, err := compute(t, expression, row)
		if err != nil {
			if want != "failure" {
				t.Errorf("%s: %v", expression, err)
			}
			continue
		}
		if got := shown(t, v); got != want {
			t.Errorf("%s gives %s, want %s", expression, got, want)
		}
	}
}
