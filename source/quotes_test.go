package source

import (
	"fmt"
	"strings"
	"testing"
)

// Broken quotes: a record is given up for itself only where its end is certain.
func TestCSVQuotes(t *testing.T) {
	const a, z = "1,ada,x\n", "9,zoe,z\n"
	const three = "external_id,username,locale\n"
	rowA, rowZ := "1@2 external_id=1 username=ada locale=x", "3@4 external_id=9 username=zoe locale=z"
	for _, c := range []fileCase{
		csvCase("C30 bare quote, right number of cells", three+a+"2,6\" pipe,x\n"+z, rowA, "2@3 !bare_quote username", rowZ),
		csvCase("C30 bare quotes in pairs, wrong number of cells", three+a+"2,a \"b, c\",x\n"+z, rowA, "2@3 !bare_quote username", rowZ),
		csvCase("C30 bare quote, wrong number of cells", three+a+"2,6\" pipe\n"+z, rowA, "@3 !!record_boundary"),
		csvCase("C30 a bare quote, then a cell that stays open", three+a+"2,6\" pipe,\"open\nrest\"\n"+z, rowA, "@3 !!record_boundary"),
		csvCase("C30 space before the quote of a cell of two lines", three+a+"2,b, \"open\nrest\"\n"+z, rowA, "2@3 !bare_quote locale", "@4 !!record_boundary"),
		csvCase("C31 unterminated at the end", three+a+"2,\"bob,x\n", rowA, "@3 !!quote_unterminated"),
		csvCase("C31 unterminated without a line end", three+a+"2,\"bob", rowA, "@3 !!quote_unterminated"),
		csvCase("C31 nothing but a quote", three+a+"\"", rowA, "@3 !!quote_unterminated"),
		csvCase("C32 two stray quotes in neighbouring rows", three+a+"2,\"bob,x\n3,cy\",y\n"+z, rowA, "@3 !!record_boundary"),
		csvCase("C32 two stray quotes at the starts of cells", three+a+"2,\"bob,x\n3,\"cy,y\n"+z, rowA, "@3 !!record_boundary"),
		csvCase("C32 stray quotes over rows with quoted cells", three+a+"2,\"bob,x\n3,\"cy\",y\n4,d,e\"\n", rowA, "@3 !!record_boundary"),
		csvCase("C33 text after the closing quote", three+a+"2,\"bob\"by,x\n"+z, rowA, "2@3 !text_after_quote username", rowZ),
		csvCase("C33 unescaped quotes around a word", three+a+"2,\"the \"big\" bob\",x\n"+z, rowA, "2@3 !text_after_quote username", rowZ),
		csvCase("C33 inch mark in a quoted cell", three+a+"2,\"6\" pipe\",x\n"+z, rowA, "2@3 !text_after_quote username", rowZ),
		csvCase("C33 space after the closing quote", three+a+"2,\"bob\" ,x\n"+z, rowA, "2@3 !text_after_quote username", rowZ),
		csvCase("C33 text after a closing quote further down", three+a+"2,\"bob\nby\"x,x\n"+z, rowA, "@3 !!record_boundary"),
		csvCase("C34 cell of two lines", three+"1,\"a\nb\",x\n"+"2,c,d\n", "1@2 external_id=1 username=a\nb locale=x", "2@4 external_id=2 username=c locale=d"),
		csvCase("C34 cell that begins and ends with a line end", three+"1,\"\na\n\",x\n"+"2,c,d\n", "1@2 external_id=1 username=\na\n locale=x", "2@5 external_id=2 username=c locale=d"),
		csvCase("C34 wrong number of cells in a record of two lines", three+a+"2,\"b\nc\"\n"+z, rowA, "@3 !!record_boundary"),
		csvCase("C34 pretty-printed JSON", "external_id,public_metadata\n1,\"{\n  \"\"a\"\": 1,\n  \"\"b\"\": 2\n}\"\n2,\n",
			"1@2 external_id=1 public_metadata={\n  \"a\": 1,\n  \"b\": 2\n}", "2@6 external_id=2"),
		csvCase("C35 CRLF inside quotes", three+"1,\"a\r\nb\rc\",x\r\n", "1@2 external_id=1 username=a\r\nb\rc locale=x"),
		csvCase("C37 more lines than a record has", three+a+"2,\""+strings.Repeat("b\n", 64)+"\",x\n"+z, rowA, "@3 !!record_too_many_lines"),
		csvCase("C37 as many lines as a record may have", three+"1,\"b"+strings.Repeat("\n", 63)+"\",x\n2,c,d\n",
			"1@2 external_id=1 username=b"+strings.Repeat("\n", 63)+" locale=x", "2@66 external_id=2 username=c locale=d"),
		csvCase("quotes written twice", three+"1,\"\"\"b\"\"\",\"\"\"\"\n", "1@2 external_id=1 username=\"b\" locale=\""),
		csvCase("a delimiter and quotes with semicolons", "external_id;username\n1;\"a;b\"\n2;\"c\"d\n", "1@2 external_id=1 username=a;b", "2@3 !text_after_quote username"),
	} {
		c.run(t)
	}
}

// Wherever two stray quotes fall, no row is lost in silence: each row is read,
// refused by its line, or stands behind the place where reading stopped.
func TestCSVStrayQuotesLoseNothing(t *testing.T) {
	const rows = 900
	for _, at := range []struct{ first, second int }{{1, 899}, {1, 2}, {1, 3}, {10, 40}, {10, 74}, {10, 73}, {500, 501}, {899, 900}} {
		for _, form := range []struct{ first, second string }{
			{"%d,\"bob,x,2020\n", "%d,eve\",x,2020\n"},
			{"%d,\"bob,x,2020\n", "%d,\"eve,x,2020\n"},
			{"\"%d,bob,x,2020\n", "%d,eve,x,2020\"\n"},
			{"%d,bo\"b,x,2020\n", "%d,e\"ve,x,2020\n"},
			{"%d,bob,x,\"2020\n", "%d\",eve,x,2020\n"},
		} {
			var text strings.Builder
			text.WriteString("external_id,username,locale,created_at\n")
			for i := 1; i <= rows; i++ {
				line := "%d,al,x,2020\n"
				switch i {
				case at.first:
					line = form.first
				case at.second:
					line = form.second
				}
				fmt.Fprintf(&text, line, i)
			}
			next := int64(1)
			in, err := Open([]string{write(t, "users.csv", text.String())}, Options{})
			if err != nil {
				t.Fatal(err)
			}
			for row, err := range in.Rows(t.Context()) {
				got := describe(t, row, err)
				if strings.Contains(got, "!!") {
					if want := fmt.Sprintf("@%d ", at.first+1); !strings.HasPrefix(got, want) {
						t.Errorf("%v %v: stopped with %s, want line %d", at, form, got, at.first+1)
					}
					next = rows + 1
					break
				}
				if want := fmt.Sprintf("%d@%d ", next, next+1); !strings.HasPrefix(got, want) {
					t.Fatalf("%v %v: %s, want record and line %s", at, form, got, want)
				}
				next++
			}
			if next != rows+1 {
				t.Errorf("%v %v: ended after %d rows", at, form, next-1)
			}
			in.Close()
		}
	}
}
