package report

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"carryover/migrate/profile"
)

// An inspection tells a person what is known, what it means and what to do, and
// obeys nothing that the file holds.
func TestInspectionText(t *testing.T) {
	header := false
	long := strings.Repeat("a rather long explanation ", 6)
	var b strings.Builder
	err := InspectionText(&b, &Inspection{Files: []InspectedFile{
		{
			File: "a\x1b[31m.csv.gz", Bytes: 12_345_678, Format: "CSV", Compression: "gzip", Encoding: "UTF-8", BOM: true, LineEnds: "mixed", Delimiter: "|", Header: &header,
			Rows: 1200, Broken: 1, Partly: true, Problems: []Problem{{Code: "short_record", Count: 1, Lines: []int64{7}, Severity: "error", Message: "add it"}},
			Columns: []profile.Column{
				{Name: "id\n", Rows: 1200, Coverage: 1, Kind: "integer", Many: true, Examples: []string{"1", "2"}},
				{Name: "pw", Rows: 3, Coverage: 0.0025, Kind: "text", Distinct: 3, Secret: true, Nulls: []string{"NULL"}},
				{Name: "none", Kind: "empty"}, {Name: "nothing", Kind: "empty", Nulls: []string{"\\N"}},
			},
			MoreColumns: true,
			Digests: []profile.Digest{
				{Column: "pw", Count: 2, Hasher: "md5", Sure: "likely", Why: "32 characters", Or: "md5_salted", Rewrite: "hex_lower", Open: "which side"},
				{Column: "pw", Count: 1, Why: "nothing takes it", Sure: "unsupported"},
			},
			Presets: []Suggest{
				{Preset: "shop", About: "the shop", Because: "columns a, b", Needs: []Need{
					{Flag: "--param zone=VALUE", About: long, Default: "UTC"}, {Flag: "--join x=FILE"}, {Flag: "--param key=VALUE", About: "the key", Required: true},
				}},
				{Preset: "forum", About: "the forum", Because: "columns a"},
			},
			Next: []string{"carryover validate a"},
		},
		{File: "b.json", Format: "JSON document", Encoding: "UTF-8", ArrayAt: "data.users", OtherArrays: []string{"roles (2)"}, Stopped: "line 3: it is broken",
			Presets: []Suggest{{Preset: "shop", About: "the shop", Because: "columns a, b", Lacks: []string{"c"}}}},
		{File: "c.csv", Format: "TSV", Encoding: "UTF-8", Delimiter: "\t", LineEnds: "CRLF", Presets: []Suggest{{Preset: "shop", Join: "cards", About: "its cards", Because: "columns c"}}},
		{File: "d.csv", Format: "CSV", Encoding: "UTF-8", Delimiter: "~", NoMapping: true, Known: []string{"external_id"}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	want := `a�[31m.csv.gz

  format  CSV, UTF-8 with a byte order mark, delimiter vertical bar, lines end with LF and CRLF, without a header
  size    12 MB, compressed with gzip
  rows    1,201, 1 of them broken; the rest was not read (--max-rows)

Broken rows (1)
  1 × short_record, line 7
      add it

Columns (4)
  NAME  FILLED  KIND                     DISTINCT  EXAMPLES
  id�   100 %   integer                  > 256     1, 2
  pw    < 1 %   text (NULL for nothing)  3         (masked)
  without any value: none, nothing (\N for nothing)
  … and more, which are not told apart

Digests in pw
  2 × md5 (likely: 32 characters), or md5_salted; needs the rewrite hex_lower
      undecided: which side
  1 × nothing takes it
  That is by their form alone; shop knows what its system writes, and validate counts what becomes of them

This is shop: the shop
  since it has columns a, b
  It needs
    --param key=VALUE
      the key
  It can be given
    --param zone=VALUE
      a rather long explanation a rather long explanation a rather long explanation a rather long
      explanation a rather long explanation a rather long explanation (default UTC)
    --join x=FILE

It may also be forum: the forum
  since it has columns a

Next
  carryover validate a


b.json

  format  JSON document, records under data.users, UTF-8
  size    0 bytes
  rows    0; the rest cannot be read: line 3: it is broken; other lists of the document: roles (2)

It resembles shop (the shop), but for c
  since it has columns a, b

No preset knows such a file for certain: a mapping says what each column means (carryover help mapping)


c.csv

  format  TSV, UTF-8, delimiter tab, lines end with CRLF
  size    0 bytes
  rows    0

This is a second file of shop: its cards
  since it has columns c


d.csv

  format  CSV, UTF-8, delimiter ~
  size    0 bytes
  rows    0

The columns are Clerk's own (external_id): no preset is needed
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestBytes(t *testing.T) {
	for n, want := range map[int64]string{0: "0 bytes", 9999: "9,999 bytes", 10_000: "10 kB", 9_999_999: "9,999 kB", 10_000_000: "10 MB", 10_000_000_000: "10 GB"} {
		if got := Bytes(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}
