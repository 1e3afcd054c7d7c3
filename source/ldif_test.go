package source

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// An LDIF file and what comes of it, read for the columns dn, uid, mail, cn;
// lang-de, jpegPhoto and objectGUID.
func TestLDIF(t *testing.T) {
	const a, z = "dn: uid=a\nuid: a\n\n", "dn: uid=z\nuid: z\n\n"
	between := func(bad string) string { return a + bad + "\n\n" + z }
	rowA, rowZ := "1@1 dn=text:uid=a uid=text:a", "3@6 dn=text:uid=z uid=text:z"
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"entries", a + z, []string{rowA, "2@4 dn=text:uid=z uid=text:z"}},
		{"CRLF", strings.ReplaceAll(a+z, "\n", "\r\n"), []string{rowA, "2@4 dn=text:uid=z uid=text:z"}},
		{"byte order mark, version, empty lines", "\ufeffversion: 1\n\n\n" + a + "\n\n", []string{"1@4 dn=text:uid=a uid=text:a"}},
		{"version directly above an entry", "version: 1\n" + a, []string{"1@2 dn=text:uid=a uid=text:a"}},
		{"files one behind the other", "version: 1\n\n" + a + "version: 1\n\n" + z, []string{"1@3 dn=text:uid=a uid=text:a", "2@8 dn=text:uid=z uid=text:z"}},
		{"another version", "version: 2\n\n" + a, []string{"@1 !!unsupported_format"}},
		{"no empty line at the end", a + strings.TrimSuffix(z, "\n"), []string{rowA, "2@4 dn=text:uid=z uid=text:z"}},
		{"comments", "# extended LDIF\n#\n dn: uid=no\n\n# a, people\n" + a + "dn: uid=z\n# two\n  lines\nuid: z\n\n# numEntries: 2\n",
			[]string{"1@6 dn=text:uid=a uid=text:a", "2@9 dn=text:uid=z uid=text:z"}},
		{"nothing but comments", "dn: uid=a\n\n# none", []string{"1@1 dn=text:uid=a"}},
		{"folded lines", "dn: uid=\n a\nu\n id: a\nmail:: YUBleGFtc\n GxlLmNv\n bQ==\n\n", []string{"1@1 dn=text:uid=a uid=text:a mail=text:a@example.com"}},
		{"a space too many where a line goes on", "dn: uid=\n  a\nmail:: YUBleGFtc\n  GxlLmNvbQ==\n\n", []string{"1@1 !ldif_base64 mail"}},
		{"a folded line in the middle of a character", "dn: uid=a\nuid: M\xc3\n \xbcller\nmail:: YUB\n leGFtcGxl\n LmNvbQ==\n\n", []string{"1@1 dn=text:uid=a uid=text:Müller mail=text:a@example.com"}},
		{"several values, in other case", "dn: uid=a\nMAIL: a@b.co\nuid: a\nmail:: YyJkQGUuY28=\nMail:b@b.co\n\n", []string{`1@1 dn=text:uid=a uid=text:a mail=list:["a@b.co","c\"d@e.co","b@b.co"]`}},
		{"options are attributes of their own", "dn: uid=a\ncn: A\ncn;lang-de: B\ncn;lang-fr: C\n\n", []string{"1@1 dn=text:uid=a cn;lang-de=text:B"}},
		{"no value, and what looks like more", "dn: uid=a\nuid:\nmail:   : <x \n\n", []string{"1@1 dn=text:uid=a uid=text: mail=text:: <x "}},
		{"a column of Clerk's", "dn: uid=a\nlocale: en\n\n", []string{"1@1 dn=text:uid=a [locale=en]"}},
		{"a column of Clerk's in two spellings", between("dn: uid=b\nlocale: en\nlo-cale: fr"), []string{rowA, "2@4 !json_duplicate_key lo-cale", "3@8 dn=text:uid=z uid=text:z"}},
		{"bytes stay base64", "dn: uid=a\njpegPhoto:: /9j/\nobjectGUID: ascii\nuid;binary:: /w==\ndescription:: /w==\n\n", []string{"1@1 dn=text:uid=a jpegPhoto=text:/9j/ objectGUID=text:YXNjaWk="}},
		{"bytes where a text should be", between("dn: uid=b\nuid:: /w=="), []string{rowA, "2@4 !invalid_utf8 uid", "3@7 dn=text:uid=z uid=text:z"}},
		{"Latin-1", between("dn: uid=b\ndescription: Jos\xe9"), []string{rowA, "2@4 !invalid_utf8", "3@7 dn=text:uid=z uid=text:z"}},
		{"a line without a colon", between("dn: uid=b\nuid b"), []string{rowA, "2@4 !ldif_syntax", "3@7 dn=text:uid=z uid=text:z"}},
		{"a line without the name of an attribute", between("dn: uid=b\nwhat is: this"), []string{rowA, "2@4 !ldif_syntax", "3@7 dn=text:uid=z uid=text:z"}},
		{"a line that begins with its colon", between("dn: uid=b\n: this"), []string{rowA, "2@4 !ldif_syntax", "3@7 dn=text:uid=z uid=text:z"}},
		{"an entry that begins with a space", between(" dn: uid=b"), []string{rowA, "2@4 !ldif_syntax", rowZ}},
		{"an entry without dn", between("uid: b\nmail: b@b.co"), []string{rowA, "2@4 !ldif_no_dn", "3@7 dn=text:uid=z uid=text:z"}},
		{"two entries in one", between("dn: uid=b\nuid: b\ndn: uid=c\nuid: c"), []string{rowA, "2@4 !ldif_two_entries", "3@9 dn=text:uid=z uid=text:z"}},
		{"not base64", between("dn: uid=b\nuid:: e1N!!!"), []string{rowA, "2@4 !ldif_base64 uid", "3@7 dn=text:uid=z uid=text:z"}},
		{"not base64, where nobody reads it", between("dn: uid=b\ndescription:: e1N"), []string{rowA, "2@4 !ldif_base64", "3@7 dn=text:uid=z uid=text:z"}},
		{"an address", between("dn: uid=b\nuid:< file:///etc/passwd"), []string{rowA, "2@4 !ldif_url uid", "3@7 dn=text:uid=z uid=text:z"}},
		{"an address of what nobody reads", between("dn: uid=b\nphoto:< file:///tmp/x"), []string{rowA, "2@4 dn=text:uid=b", "3@7 dn=text:uid=z uid=text:z"}},
		{"an entry as ldifde writes it", between("dn: uid=b\nchangetype: add\nuid: b"), []string{rowA, "2@4 dn=text:uid=b uid=text:b", "3@8 dn=text:uid=z uid=text:z"}},
		{"changes", between("dn: uid=b\nchangetype: modify\nreplace: uid\nuid: c\n-"), []string{rowA, "2@4 !ldif_change", "3@10 dn=text:uid=z uid=text:z"}},
		{"changes, in base64", between("dn: uid=b\nchangetype:: ZGVsZXRl"), []string{rowA, "2@4 !ldif_change", "3@7 dn=text:uid=z uid=text:z"}},
		{"NUL", between("dn: uid=b\nx: \x00"), []string{rowA, "2@4 !nul_byte", "3@7 dn=text:uid=z uid=text:z"}},
		{"a stray CR", between("dn: uid=b\nuid: x\ry"), []string{rowA, "2@4 !bare_cr uid", "3@7 dn=text:uid=z uid=text:z"}},
		{"CR alone", strings.ReplaceAll(a+z, "\n", "\r"), []string{"@1 !!cr_line_ends"}},
		{"UTF-16", "\xff\xfed\x00n\x00:\x00 \x00", []string{"@0 !!wrong_encoding"}},
		{"cut off", a + "dn: uid=z\nmail: z@exam", []string{rowA, "@4 !!file_cut_off"}},
		{"cut off in a folded line", a + "dn: uid=z\nmail: z@exam\n ple", []string{rowA, "@4 !!file_cut_off"}},
		{"an entry beyond 1 MiB", between("dn: uid=b\nx: " + strings.Repeat("x", 3<<20) + "\ny: y"), []string{rowA, "2@4 !record_too_long", "3@8 dn=text:uid=z uid=text:z"}},
		{"an entry of too many lines, with CRLF", a + "dn: uid=b\r\n" + strings.Repeat("x: x\r\n", 300_000) + "\r\n" + z, []string{rowA, "2@4 !record_too_long", "3@300006 dn=text:uid=z uid=text:z"}},
		{"a last entry beyond 1 MiB", a + "dn: uid=b\nx: " + strings.Repeat("x", 3<<20), []string{rowA, "2@4 !record_too_long"}},
		{"an entry of 900 kB", "dn: uid=b\n" + strings.Repeat("mail: x\n", 110_000) + "uid: b\n\n", nil},
		{"a comment beyond 1 MiB", a + "# " + strings.Repeat("x", 3<<20) + "\n" + z, []string{rowA, "2@5 dn=text:uid=z uid=text:z"}},
		{"how a search went", a + "# search reference\nref: ldap://b.example.com/dc=b\n ,dc=c\n\n# search result\nsearch: 2\nresult: 0 Success\ncontrol: 1.2.840.113556.1.4.319 false MAUC\npagedresults: cookie=\n\n" + z,
			[]string{rowA, "2@14 dn=text:uid=z uid=text:z"}},
		{"a search that ended early", a + "# search result\nsearch: 2\nresult: 4 Size limit exceeded\n", []string{rowA, "@5 !!ldif_search_ended"}},
		{"no search", a + "search: x\nuid: b\n\n" + z, []string{rowA, "2@4 !ldif_no_dn", "3@7 dn=text:uid=z uid=text:z"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			shape := &Shape{Columns: []string{"dn", "uid", "mail", "cn;lang-de", "jpegPhoto", "objectGUID"}}
			got, in := shaped(t, "users", c.text, shape)
			if c.want == nil { // too long to be written down
				if len(got) != 1 || strings.Count(got[0], `"x"`) != 110_000 || !strings.HasSuffix(got[0], `,"x"]`) {
					t.Errorf("%d rows", len(got))
				}
				return
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if in != nil && strings.HasPrefix(c.name, "entries") {
				if diff := cmp.Diff([]string{"mail", "cn;lang-de", "jpegPhoto", "objectGUID"}, in.Missing()); diff != "" {
					t.Errorf("missing (-want +got)\n%s", diff)
				}
			}
		})
	}
}

// How an LDIF file is told from others, and what is done without a mapping.
func TestLDIFIsRecognised(t *testing.T) {
	const entry = "dn: uid=a\nusername: a\n\n"
	keep := Options{KeepExtra: true}
	for _, c := range []fileCase{
		{name: "by its content", file: "users.csv", text: entry, opts: keep, want: []string{"1@1 username=a"}},
		{name: "by its content, in base64 and other case", file: "users", text: "\n# x\n y\n\nDN:: dWlkPWE=\nusername: a\n", opts: keep, want: []string{"1@5 username=a"}},
		{name: "by its name", file: "users.LDIF.gz", text: gzipped(t, "username: a\n\n"+entry), opts: keep, want: []string{"1@1 !ldif_no_dn", "2@3 username=a"}},
		{name: "compressed", file: "users", text: zstandard(t, entry), opts: keep, want: []string{"1@1 username=a"}},
		{name: "not a table of a directory", file: "users.csv", text: "dn,username\nuid=a,a\n", opts: keep, want: []string{"1@2 username=a"}},
		{name: "no mapping", file: "users.ldif", text: entry, want: []string{"@0 !!no_known_column"}},
		{name: "strict", file: "users.ldif", text: "dn: uid=a\nusername: a\nuid: a\n\n", opts: Options{Strict: true, Shape: &Shape{Columns: []string{"dn"}}}, want: []string{"1@1 !unknown_column uid"}},
		{name: "skipped", file: "users.ldif", text: entry + "dn: \xff\n\ndn: b\n" + strings.Repeat("x", 2<<20) + "\n\n" + entry, opts: Options{KeepExtra: true, Skip: func(n int64) bool { return n < 4 }}, want: []string{"4@9 username=a"}},
	} {
		c.run(t)
	}
	in := open(t, keep, write(t, "users.ldif", "dn: uid=a\nTeam: red\nteam: blue\nshoe: 7\nphoto:: /w==\n\n"))
	row := rows(t, t.Context(), in)[0]
	if diff := cmp.Diff(map[string]string{"dn": "uid=a", "Team": `["red","blue"]`, "shoe": "7", "photo": "/w=="}, row.Extra); diff != "" {
		t.Errorf("extra (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]string{"Team", "dn", "photo", "shoe"}, in.Unknown()); diff != "" {
		t.Errorf("unknown (-want +got)\n%s", diff)
	}
}
