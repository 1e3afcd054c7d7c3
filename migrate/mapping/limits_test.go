package mapping

import (
	"errors"
	"strings"
	"testing"
	"time"

	"carryover/source"
)

// No expression takes long or much memory, whatever stands in the row.
func TestCostIsBounded(t *testing.T) {
	big := source.Cell{Text: strings.Repeat("a,", 500_000), Kind: source.Text}
	many := source.Cell{Text: "[" + strings.Repeat("1,", 20_000) + "1]", Kind: source.List}
	some := source.Cell{Text: "[" + strings.Repeat(`"`+strings.Repeat("x", 90)+`",`, 9_000) + "1]", Kind: source.List}
	deep := source.Cell{Text: strings.Repeat("[", 100) + strings.Repeat("]", 100), Kind: source.Text}
	row := map[string]source.Cell{"big": big, "many": many, "some": some, "deep": deep}
	for _, text := range []string{
		`big + big`, `concat(big, big)`, `replace(big, "a", big)`, `join(some, big)`, `map(some, concat(big, #))`,
		`filter(many, true)`, `split(big, ",")`, `json(deep)`, `map(some, upper(big))`, `find(some, upper(big) == "x")`, `upper(big) + "a" + lower(big)`,
	} {
		start := time.Now()
		v, err := compute(t, text, row)
		var value *valueError
		var failed *failure
		if !errors.As(err, &value) && !errors.As(err, &failed) {
			t.Errorf("%s gives a %s, %v", text, kind(v), err)
		}
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("%s takes %v", text, took)
		}
	}
	if _, err := compute(t, strings.Repeat("a and ", 400)+"a", nil); err == nil {
		t.Error("an expression of any length is taken")
	}
	if _, err := compute(t, strings.Repeat("(", 5000)+"a"+strings.Repeat(")", 5000), nil); err == nil {
		t.Error("an expression of any depth is taken")
	}
}

func TestTimestamps(t *testing.T) {
	for _, c := range []struct{ value, form, zone, want string }{
		{"0", "s", "", "1970-01-01T00:00:00Z"},
		{"-1.5", "s", "", "1969-12-31T23:59:58.5Z"},
		{"1700000000.123456", "s", "", "2023-11-14T22:13:20.123456Z"},
		{"1700000000123.5", "ms", "", "2023-11-14T22:13:20.1235Z"},
		{"1700000000123456", "us", "", "2023-11-14T22:13:20.123456Z"},
		{"1700000000123456789", "ns", "", "2023-11-14T22:13:20.123456789Z"},
		{"1700000000123", "s", "", "!"}, {"17e8", "s", "", "!"}, {"", "s", "", ""}, {"abc", "s", "", "!"}, {"99999999999999999999", "ms", "", "!"},
		{"2024-05-31T13:45:00Z", "iso", "", "2024-05-31T13:45:00Z"},
		{"2024-05-31T13:45:00.1234567+05:30", "iso", "", "2024-05-31T08:15:00.1234567Z"},
		{"2024-05-31 13:45:00.123456+00", "sql", "", "2024-05-31T13:45:00.123456Z"},
		{"2024-05-31 13:45:00 +0200", "iso", "", "2024-05-31T11:45:00Z"},
		{"2024-05-31 13:45:00 UTC", "iso", "", "2024-05-31T13:45:00Z"},
		{"2024-05-31 13:45:00-03:30", "iso", "UTC", "2024-05-31T17:15:00Z"},
		{"2024-05-31 13:45", "iso", "America/New_York", "2024-05-31T17:45:00Z"},
		{"2024-01-31 13:45:00,5", "iso", "America/New_York", "2024-01-31T18:45:00.5Z"},
		{"2024-05-31", "iso", "UTC", "2024-05-31T00:00:00Z"},
		{"2024-02-29 00:00:00", "iso", "UTC", "2024-02-29T00:00:00Z"},
		{"2023-02-29 00:00:00", "iso", "UTC", "!"}, {"2024-13-01", "iso", "UTC", "!"}, {"2024-05-31 24:00:00", "iso", "UTC", "!"}, {"2024-05-31x", "iso", "UTC", "!"},
		{"2024-05-31 13:45:00", "iso", "", "!"}, {"2024-05-31 13:45:00 CET", "iso", "UTC", "!"}, {"31.05.2024", "iso", "UTC", "!"}, {"2024-05-31T", "iso", "UTC", "2024-05-31T00:00:00Z"},
		{"0000-00-00 00:00:00", "iso", "UTC", ""},
		{"20240531134500Z", "generalized", "", "2024-05-31T13:45:00Z"}, {"20240531134500.0Z", "generalized", "", "2024-05-31T13:45:00Z"},
		{"202405311345+0200", "generalized", "", "2024-05-31T11:45:00Z"}, {"2024053113", "generalized", "", "!"}, {"20240531134500", "generalized", "", "!"},
		{"/Date(1700000000123)/", "dotnet", "", "2023-11-14T22:13:20.123Z"}, {"/Date(-1000+0200)/", "dotnet", "", "1969-12-31T23:59:59Z"}, {"2024-05-31T13:45:00.1234567", "dotnet", "UTC", "2024-05-31T13:45:00.1234567Z"}, {"/Date(x)/", "dotnet", "", "!"},
		{"133444736000000001", "filetime", "", "2023-11-14T22:13:20.0000001Z"}, {"0", "filetime", "", "1601-01-01T00:00:00Z"},
		{"31/05/2024 13:45:59", "DD/MM/YYYY hh:mm:ss", "UTC", "2024-05-31T13:45:59Z"}, {"05/31/2024", "MM/DD/YYYY", "+02:00", "2024-05-30T22:00:00Z"}, {"31/05/2024", "MM/DD/YYYY", "UTC", "!"}, {"31/05/2024", "DD/MM/YYYY", "", "!"},
	} {
		text := `timestamp(at, "` + c.form + `")`
		if c.zone != "" {
			text = `timestamp(at, "` + c.form + `", "` + c.zone + `")`
		}
		v, err := compute(t, text, map[string]source.Cell{"at": {Text: c.value, Kind: source.Text}})
		var bad *valueError
		switch {
		case c.want == "!":
			if !errors.As(err, &bad) {
				t.Errorf("%q as %s in %q gives %v, %v", c.value, c.form, c.zone, v, err)
			}
		case err != nil:
			t.Errorf("%q as %s in %q: %v", c.value, c.form, c.zone, err)
		default:
			if got, _ := v.(string); got != c.want {
				t.Errorf("%q as %s in %q gives %q, want %q", c.value, c.form, c.zone, got, c.want)
			}
		}
	}
}

func TestPHP(t *testing.T) {
	for text, want := range map[string]string{
		`N;`: "null", `b:1;`: "true", `b:0;`: "false", `i:-7;`: "-7", `d:1.5;`: "1.5", `s:0:"";`: `""`, `s:5:"Zoë!";`: `"Zoë!"`,
		`s:7:"a";b:1;";`: `"a\";b:1;"`, `a:0:{}`: "[]", `a:2:{i:0;s:1:"a";i:1;a:1:{s:1:"k";N;}}`: `["a",{"k":null}]`, `a:2:{i:1;i:1;i:0;i:2;}`: `{"0":2,"1":1}`,
		`a:1:{s:13:"administrator";b:1;}`: `{"administrator":true}`,
	} {
		v, err := compute(t, "php(x)", map[string]source.Cell{"x": {Text: text, Kind: source.Text}})
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := shown(t, v); got != want {
			t.Errorf("%s gives %s, want %s", text, got, want)
		}
	}
	for _, text := range []string{
		`s:3:"ab";`, `s:1:"ab";`, `s:-1:"";`, `s:01:"a";`, `s:9999999999:"a";`, `i:;`, `i:1`, `b:2;`, `a:1:{}`, `a:2:{i:0;i:1;i:0;i:2;}`, `a:1:{N;i:1;}`, `a:99999999:{`, `O:8:"stdClass":0:{}`,
		`C:1:"x":0:{}`, `r:1;`, `x`, `N`, `i:1;i:2;`, `d:x;`, strings.Repeat(`a:1:{i:0;`, 100) + "N;" + strings.Repeat("}", 100), "s:1:\"\xff\";",
	} {
		var bad *valueError
		if v, err := compute(t, "php(x)", map[string]source.Cell{"x": {Text: text, Kind: source.Text}}); !errors.As(err, &bad) {
			t.Errorf("%.20s gives %v, %v", text, v, err)
		}
	}
}

func TestPhones(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`phone("+1 (202) 555-0123")`, "+12025550123"}, {`phone("0049 30 123456", "DE")`, "+4930123456"}, {`phone("030 123456", "DE")`, "+4930123456"}, {`phone(2025550123, "US")`, "+12025550123"},
		{`phone("2025550123")`, "!"}, {`phone("12", "US")`, "!"}, {`phone("none", "US")`, "!"}, {`phone("+999999999999999", "US")`, "!"}, {`phone("", "US")`, ""},
	} {
		v, err := compute(t, c.text, nil)
		got, _ := v.(string)
		if err != nil {
			got = "!"
		}
		if got != c.want {
			t.Errorf("%s gives %q (%v), want %q", c.text, got, err, c.want)
		}
	}
}
