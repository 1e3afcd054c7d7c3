package mapping

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const fields = "\nfields:\n  external_id: id\n"

// recognizer knows two made-up systems.
func recognizer(t *testing.T) *Recognizer {
	t.Helper()
	r := &Recognizer{columns: map[string]*watched{}}
	for name, text := range map[string]string{
		"shop": `
recognize:
  - about: the table shop_user
    columns: [id, mail, shop, basket.total]
  - about: cards of the shop
    join: cards
    columns: [user, card]
  - about: the export without a header
    cells: 7
    values: {active: "^[01]$"}
join:
  cards: {key: user, to: id, columns: [card]}`,
		"forum": `
recognize:
  - columns: [id, mail]
    values:
      hash: ^forum\$`,
	} {
		m, err := Read(name, text+fields)
		if err != nil {
			t.Fatal(err)
		}
		r.add(m)
	}
	return r
}

func TestRecognitions(t *testing.T) {
	for name, c := range map[string]struct {
		columns string
		values  map[string]string // of a column, with blanks between
		cells   int
		want    []Recognition
	}{
		"all columns": {
			columns: "mail id shop basket.total other",
			want:    []Recognition{{Preset: "shop", About: "the table shop_user", Because: "columns id, mail, shop, basket.total"}},
		},
		"a column is missing": {
			columns: "id mail shop",
			want:    []Recognition{{Preset: "shop", About: "the table shop_user", Because: "columns id, mail, shop", Lacks: []string{"basket.total"}}},
		},
		"too much is missing":     {columns: "id mail"},
		"names are other letters": {columns: "ID Mail Shop basket.total"},
		"columns and values": {
			columns: "id mail hash", values: map[string]string{"hash": "forum$1 forum$2 forum$3 broken"},
			want: []Recognition{{Preset: "forum", Because: "columns id, mail; the form of the values in hash"}},
		},
		"values of another form": {columns: "id mail hash", values: map[string]string{"hash": "forum$1 x y"}},
		"no value":               {columns: "id mail hash"},
		"cells": {
			columns: "active", values: map[string]string{"active": "0 1 1"}, cells: 7,
			want: []Recognition{{Preset: "shop", About: "the export without a header", Because: "7 cells a record and no header; the form of the values in active"}},
		},
		"other cells": {columns: "active", values: map[string]string{"active": "0 1 1"}, cells: 8},
		"a second file": {
			columns: "user card",
			want:    []Recognition{{Preset: "shop", Join: "cards", About: "cards of the shop", Because: "columns user, card"}},
		},
		"a second file that lacks something": {columns: "card"},
		"the likeliest first": {
			columns: "id mail hash shop basket.total", values: map[string]string{"hash": "forum$1"},
			want: []Recognition{
				{Preset: "forum", Because: "columns id, mail; the form of the values in hash"},
				{Preset: "shop", About: "the table shop_user", Because: "columns id, mail, shop, basket.total"},
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := recognizer(t)
			for column := range strings.FieldsSeq(c.columns) {
				r.Meet(column)
			}
			for column, values := range c.values {
				for value := range strings.FieldsSeq(values) {
					r.See(column, value)
				}
			}
			got := r.Recognitions(c.cells)
			if diff := cmp.Diff(c.want, got, cmpopts.IgnoreUnexported(Recognition{}), cmpopts.SortSlices(byPreset)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func byPreset(a, b Recognition) bool { return a.Preset < b.Preset }

// Only what is nearly as likely rivals the likeliest.
func TestRivals(t *testing.T) {
	likely, close, far := Recognition{weight: 8}, Recognition{weight: 6}, Recognition{weight: 5}
	if !close.Rivals(likely) || far.Rivals(likely) {
		t.Error("6 of 8 rivals, 5 of 8 does not")
	}
}

// What a preset says of itself to begin a mapping with is a mapping, and does
// what the preset does. So it is where its comments on parameters are put to use.
func TestExtension(t *testing.T) {
	for _, name := range Presets() {
		t.Run(name, func(t *testing.T) {
			m, err := Preset(name)
			if err != nil {
				t.Fatal(err)
			}
			text := m.Extension("Made for\nx: y.")
			e, err := Read("legacy.yaml", text)
			if err != nil {
				t.Fatalf("%v\n%s", err, text)
			}
			if e.canonical() != m.canonical() {
				t.Error("it is another mapping than the preset")
			}
			_, params, has := strings.Cut(text, "\n# params:\n")
			if !has {
				return
			}
			params, _, _ = strings.Cut(params, "\n\n")
			params = "params:\n" + strings.TrimPrefix(strings.ReplaceAll("\n"+params, "\n# ", "\n"), "\n")
			if len(m.Params()) > 0 {
				params = strings.ReplaceAll(params, `default: "…"`, "required: true")
			}
			e, err = Read("legacy.yaml", "extends: "+name+"\n"+params+"\n")
			if err != nil {
				t.Fatalf("%v\n%s", err, params)
			}
			if diff := cmp.Diff(len(m.Params()), len(e.Params())); diff != "" {
				t.Errorf("parameters (-want +got)\n%s", diff)
			}
		})
	}
}

// A mapping that extends a preset is not recognised as it is.
func TestSignsAreNotInherited(t *testing.T) {
	m, err := Read("legacy.yaml", "extends: django\n")
	if err != nil {
		t.Fatal(err)
	}
	if len(m.signs) != 0 {
		t.Errorf("%d signs", len(m.signs))
	}
}
