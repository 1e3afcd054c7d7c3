package source

import (
	"strings"
	"testing"
)

const head = "external_id,username\n"

func csvCase(name, text string, want ...string) fileCase {
	return fileCase{name: name, file: "users.csv", text: text, want: want}
}

// The CSV files that an export gets wrong, as far as reading decides them.
func TestCSVFiles(t *testing.T) {
	for _, c := range []fileCase{
		csvCase("C01 empty file", "", "@0 !!file_empty"),
		csvCase("C01 white space only", "\n \r\n", "@0 !!file_empty"),
		csvCase("C02 only a BOM", "\ufeff", "@0 !!file_empty"),
		{name: "C03 header only", file: "users.csv", text: head},
		csvCase("C04 no header", "u1,ada\nu2,bob\n", "@1 !!no_known_column"),
		csvCase("C04 no header, but a known word", "u1,ada@example.com,locale\n", "@1 !!header_broken"),
		csvCase("C04 no header, but the name of a column as a value", "ada@example.com,locked,x\nbob@example.com,active,y\n", "@1 !!header_broken"),
		csvCase("C04 no header, a digest", "u1,$2a$10$N9qo8uLOickgx2ZMRZoMye,username\n", "@1 !!header_broken"),
		csvCase("C04 no header, an LDAP digest", "u1,{SSHA}Hq9Ma5og4lNMD4IJe7Z,username\n", "@1 !!header_broken"),
		csvCase("C04 no header, a number of 128 bits", "5f4dcc3b5aa765d61d8327deb882cf99,username\n", "@1 !!header_broken"),
		csvCase("C04 odd names all the same", "external_id,a@b,US$,deadbeef\na,b,c,d\n", "1@2 external_id=a"),
		csvCase("C05 BOM", "\ufeff"+head+"a,b\n", "1@2 external_id=a username=b"),
		csvCase("C06 BOM and quoted header", "\ufeff\"external_id\",\"username\"\na,b\n", "1@2 external_id=a username=b"),
		csvCase("C07 UTF-16LE", wide(head+"a,b\n", 2, true), "@0 !!wrong_encoding"),
		csvCase("C07 UTF-16LE with BOM", "\xff\xfe"+wide(head, 2, true), "@0 !!wrong_encoding"),
		csvCase("C08 UTF-16BE", wide(head+"a,b\n", 2, false), "@0 !!wrong_encoding"),
		csvCase("C08 UTF-16BE with BOM", "\xfe\xff"+wide(head, 2, false), "@0 !!wrong_encoding"),
		csvCase("C09 UTF-32LE", wide(head, 4, true), "@0 !!wrong_encoding"),
		csvCase("C09 UTF-32BE with BOM", "\x00\x00\xfe\xff"+wide(head, 4, false), "@0 !!wrong_encoding"),
		csvCase("C10 Latin-1", head+"a,Jos\xe9\n", "@2 !!wrong_encoding"),
		csvCase("C11 invalid UTF-8 in a key", head+"a\xff,b\nc,d\n", "1@2 !invalid_utf8 external_id", "2@3 external_id=c username=d"),
		csvCase("C11 a bad byte in a UTF-8 file", head+"a,Jos\xe9\nb,José\n", "1@2 !invalid_utf8 username", "2@3 external_id=b username=José"),
		csvCase("C12 NUL byte", head+"a,b\nc,d\x00\ne,f\n", "1@2 external_id=a username=b", "@3 !!nul_byte"),
		csvCase("C12 NUL byte in quotes", head+"a,\"b\x00\"\n", "@2 !!nul_byte"),
		csvCase("C12 NUL byte in the header", "external_id,\x00username\na,b\n", "@1 !!nul_byte"),
		csvCase("C13 CR alone", "external_id,username\ra,b\rc,d\r", "@1 !!cr_line_ends"),
		csvCase("C13 CR alone, larger than a record", strings.Repeat("external_id,username\r", 60_000), "@1 !!cr_line_ends"),
		csvCase("C13 CR alone below a good header", head+"a,b\rc,d\re,f\n", "@2 !!cr_line_ends"),
		csvCase("C14 CRLF", "external_id,username\r\na,b\r\n", "1@2 external_id=a username=b"),
		csvCase("C15 mixed line ends", "external_id,username\r\na,b\nc,d\r\n", "1@2 external_id=a username=b", "2@3 external_id=c username=d"),
		csvCase("C15 a stray CR", head+"a,b\rb\nc,d\n", "1@2 !bare_cr", "2@3 external_id=c username=d"),
		csvCase("C15 a stray CR beside quotes", head+"\"a\",b\rb\nc,d\n", "1@2 !bare_cr username", "2@3 external_id=c username=d"),
		csvCase("C16 no final line end", head+"a,b", "1@2 external_id=a username=b"),
		csvCase("C16 final CR", head+"a,\"b\"\r", "1@2 external_id=a username=b"),
		csvCase("C17 blank lines count as lines", "\n"+head+"\n\r\na,b\n\nc,d\n\n", "1@5 external_id=a username=b", "2@7 external_id=c username=d"),
		csvCase("C18 a line of spaces", head+"  \na,b\n", "1@2 !empty_record", "2@3 external_id=a username=b"),
		csvCase("C18 a line of delimiters", head+",\na,b\n", "1@2 !empty_record", "2@3 external_id=a username=b"),
		csvCase("C19 semicolons", "external_id;username\na;b,c\n", "1@2 external_id=a username=b,c"),
		csvCase("C20 tabs", "external_id\tusername\na\tb\n", "1@2 external_id=a username=b"),
		csvCase("C21 pipe", "external_id|username\na|b\n", "1@2 external_id=a username=b"),
		csvCase("C21 another delimiter inside a header", "\"external_id\";\"a,b,c,d\"\na;b\n", "1@2 external_id=a"),
		csvCase("C22 short record", head+"a\nb,c\n", "1@2 !short_record", "2@3 external_id=b username=c"),
		csvCase("C22 cut off", head+"a,b\nc", "1@2 external_id=a username=b", "@3 !!file_cut_off"),
		csvCase("C22 cut off behind a quoted cell", head+"a,b\n\"c\"", "1@2 external_id=a username=b", "@3 !!file_cut_off"),
		csvCase("C23 long record", head+"a,b,c\nd,e\n", "1@2 !long_record", "2@3 external_id=d username=e"),
		csvCase("C23 long by an empty cell", head+"a,b,\n", "1@2 !long_record"),
		csvCase("C24 duplicate header", "external_id,username,username\na,b,c\n", "@1 !!duplicate_column"),
		csvCase("C24 duplicate unknown header", "external_id,team,team\na,b,c\n", "@1 !!duplicate_column"),
		csvCase("C25 duplicate in another spelling", "external_id,username,externalID\na,b,c\n", "@1 !!duplicate_column"),
		csvCase("C25 duplicate unknown in other case", "external_id,team,TEAM\na,b,c\n", "@1 !!duplicate_column"),
		csvCase("C26 unknown header", "external_id,team\na,red\n", "1@2 external_id=a"),
		{name: "C26 unknown header, strict", file: "users.csv", text: "external_id,team\na,red\n", opts: Options{Strict: true}, want: []string{"@1 !!unknown_column"}},
		csvCase("C27 empty header cell", ",external_id,username\n0,a,b\n", "@1 !!empty_header"),
		csvCase("C27 spreadsheet's empty last columns", "external_id,username,,\na,b,,\nc,d,,x\n", "1@2 external_id=a username=b", "2@3 !long_record"),
		csvCase("C28 spaces and zero-width characters", " External ID ,\u200busername\u00a0\na,b\n", "1@2 external_id=a username=b"),
		csvCase("C29 no key column", "username\nb\n", "1@2 username=b"),
		csvCase("C36 a cell beyond 1 MiB", head+"a,"+strings.Repeat("x", 1<<20)+"\n", "@2 !!record_too_long"),
		csvCase("C36 a quoted cell beyond 1 MiB", head+"a,\""+strings.Repeat("x", 1<<20)+"\"\n", "@2 !!record_too_long"),
		csvCase("C38 10,000 columns", "external_id"+columns(10_000)+"\na"+strings.Repeat(",x", 10_000)+"\n", "1@2 external_id=a"),
		csvCase("C39 header repeated", head+"a,b\n"+head+"c,d\n", "1@2 external_id=a username=b", "2@3 !repeated_header", "3@4 external_id=c username=d"),
		csvCase("C39 header repeated in another spelling, behind a BOM", head+"\ufeffexternalID,User Name\nc,d\n", "1@2 !repeated_header", "2@3 external_id=c username=d"),
		csvCase("C39 header with other columns", head+"a,b\nusername,external_id\nc,d\n", "1@2 external_id=a username=b", "@3 !!other_header"),
		csvCase("C39 header with more columns", head+"a,b\nexternal_id,username,locale\nc,d,e\n", "1@2 external_id=a username=b", "@3 !!other_header"),
		csvCase("C39 header with fewer columns, quoted", head+"a,b\n\"username\",\"team\",\"locale\"\n", "1@2 external_id=a username=b", "@3 !!other_header"),
		csvCase("C39 a word that is a column's name", head+"a,locale\nlocale,b\nb,\n", "1@2 external_id=a username=locale", "2@3 external_id=locale username=b", "3@4 external_id=b"),
		csvCase("C39 only the first word of the header", head+"external_id,\n", "1@2 external_id=external_id"),
		csvCase("C40 sep=", "sep=;\r\nexternal_id;username\r\na;b\r\n", "1@3 external_id=a username=b"),
		csvCase("C40 quoted sep= with a delimiter of its own", "\"sep=^\"\nexternal_id^username\na^b\n", "1@3 external_id=a username=b"),
		csvCase("C40 sep= and nothing else", "sep=;\n", "@2 !!header_broken"),
		csvCase("header with broken quotes", "\"external_id\"x,username\na,b\n", "@1 !!header_broken"),
		csvCase("header that is never closed", "\"external_id,username\na,b\n", "@1 !!header_broken"),
		csvCase("header not UTF-8", "external_id,\xff\na,b\n", "@1 !!header_broken"),
		csvCase("header too long", "external_id,"+strings.Repeat("x", 1<<20)+"\n", "@1 !!record_too_long"),
		csvCase("a cell is kept to the byte", head+" a ,\" b\t\"\n", "1@2 external_id= a  username= b\t"),
		csvCase("an empty cell is not given", head+"a,\nb,\"\"\n", "1@2 external_id=a", "2@3 external_id=b"),
	} {
		c.run(t)
	}
}

// wide encodes ASCII text as UTF-16 or UTF-32.
func wide(text string, size int, little bool) string {
	var b strings.Builder
	for i := range len(text) {
		pad := strings.Repeat("\x00", size-1)
		if little {
			b.WriteString(text[i:i+1] + pad)
		} else {
			b.WriteString(pad + text[i:i+1])
		}
	}
	return b.String()
}

// columns returns n unknown columns, each behind a comma.
func columns(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(",x")
		for ; i > 0; i /= 26 {
			b.WriteByte('a' + byte(i%26))
		}
	}
	return b.String()
}

// C37, J24: a line without end is refused after a megabyte, not after all of it.
func TestEndlessLine(t *testing.T) {
	const gigabyte = 1 << 30
	src := &endless{left: gigabyte}
	w := newWindow(src)
	if _, _, err := w.upTo('\n', 1<<20); err != errTooLong {
		t.Errorf("upTo: %v, want %v", err, errTooLong)
	}
	if read := gigabyte - src.left; read > 8<<20 || cap(w.buf) > 8<<20 {
		t.Errorf("read %d bytes into %d to refuse a line", read, cap(w.buf))
	}
}

// endless is a text of one letter.
type endless struct{ left int }

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	e.left -= len(p)
	return len(p), nil
}
