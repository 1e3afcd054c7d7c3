package profile

import (
	"testing"

	"carryover/source"
)

func TestKinds(t *testing.T) {
	for _, c := range []struct{ name, values, want, form string }{
		{"x", "true|false|t", "boolean", ""},
		{"x", "0|1|1", "0 or 1", ""},
		{"x", "0|3|1|1|0|1|1|1|1|1", "integer", ""},
		{"x", "12|-7", "number", ""},
		{"x", "1.5|2", "number", ""},
		{"x", "1|Ada", "text", ""},
		{"x", "490e2b05-a857-4969-b421-cd00c4bb3262", "UUID", ""},
		{"x", "ada@example.com|b.c+d@sub.example.org", "e-mail", ""},
		{"x", "a@b|c d@example.com", "text", ""},
		{"phone", "+12125550100|+4917012345678", "phone, E.164", ""},
		{"phone", "+1 212 555 0100|(212) 555-0100|02125550100", "phone, not E.164", ""},
		{"member_no", "02125550100|02125550101", "integer", ""},
		{"x", "https://example.com/a?b=c", "URL", ""},
		{"x", "203.0.113.9|2001:db8::1", "IP address", ""},
		{"x", "en-GB|de_DE", "locale", ""},
		{"x", `a:1:{s:13:"administrator";b:1;}|b:0;`, "PHP, serialized", ""},
		{"x", `{"a":1}|{}`, "JSON object as text", ""},
		{"x", `["a"]|[]`, "JSON list as text", ""},
		{"x", `{SSHA}abc`, "text", ""},
		{"x", "2024-05-31T10:00:00Z|2024-05-31T10:00:00.123+02:00", "timestamp, RFC 3339", "iso"},
		{"x", "2024-05-31 10:00:00+00|2024-05-31 10:00:00.1234 +0200", "timestamp, SQL with zone", "iso"},
		{"x", "2024-05-31 10:00:00.123|0000-00-00 00:00:00", "timestamp, without zone", "iso"},
		{"x", "2024-05-31T10:00", "timestamp, without zone", "iso"},
		{"x", "2024-05-31", "timestamp, date only", "iso"},
		{"x", "2024-05-31T10:00:00Z|2024-05-31 10:00:00", "timestamp, RFC 3339 and without zone", "iso"},
		{"x", "20240531100000Z|20240531100000.5+0200", "timestamp, generalized (LDAP)", "generalized"},
		{"x", "/Date(1717142400000)/|/Date(1717142400000+0200)/", "timestamp, /Date(ms)/", "dotnet"},
		{"x", "2024-05-31T10:00:00Z|20240531100000Z", "timestamp, RFC 3339 and generalized (LDAP)", ""},
		{"x", "1717142400123|937142400123", "timestamp, milliseconds since 1970", "ms"},
		{"created_at", "1717142400|1417142400", "timestamp, seconds since 1970", "s"},
		{"insertInstant", "1717142400123456", "timestamp, microseconds since 1970", "us"},
		{"x", "1717142400", "integer", ""},
		{"created", "4917012345678", "integer", ""},
		{"x", "31.12.2024|01.02.2024", "timestamp, day first (31.12.2024)", ""},
		{"x", "12/31/2024 10:00|01/02/2024 11:00", "timestamp, month first (12/31/2024)", ""},
		{"x", "01/02/2024", "timestamp, day or month first: the values do not say which", ""},
		{"x", "true|false|true|true|true|true|true|true|true|maybe", "mostly boolean", ""},
		{"x", "NULL|\\N", "empty", ""},
	} {
		p := table(c.name, c.values)
		got := p.Columns()[0]
		if got.Kind != c.want || got.Times != c.form {
			t.Errorf("%s of %s: %q in the form %q, want %q in %q", c.name, c.values, got.Kind, got.Times, c.want, c.form)
		}
	}
}

// JSON keeps its types: a number is no telephone number, and a time in text is
// not the same as a number.
func TestKindsOfJSON(t *testing.T) {
	for _, c := range []struct {
		cell source.Cell
		want string
	}{
		{source.Cell{Text: "true", Kind: source.Bool}, "boolean"},
		{source.Cell{Text: "12125550100", Kind: source.Number}, "integer"},
		{source.Cell{Text: "1.25e3", Kind: source.Number}, "number"},
		{source.Cell{Text: "1717142400123", Kind: source.Number}, "timestamp, milliseconds since 1970"},
		{source.Cell{Text: `{"a":{}}`, Kind: source.Object}, "object"},
		{source.Cell{Text: `[1]`, Kind: source.List}, "list"},
		{source.Cell{}, "empty"},
		{source.Cell{Kind: source.Text}, "empty"},
	} {
		p := New(nil)
		p.Add([]source.Member{{Name: "phone", Cell: c.cell}})
		if got := p.Columns()[0].Kind; got != c.want {
			t.Errorf("%s %q is %q, want %q", c.cell.Kind, c.cell.Text, got, c.want)
		}
	}
}
