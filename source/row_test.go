package source

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A row whose memory was another's before has nothing of it, and the texts of
// that one stay what they are.
func TestRecycle(t *testing.T) {
	for _, c := range []struct {
		name, text string
		opts       Options
	}{
		{"users.csv", "external_id,username,locale,team\n1,ada,en,red\n2,,,\n3,\"c\"\"y\",,blue\n4,short\n5,eve,de,\n", Options{KeepExtra: true}},
		{"other.csv", "team,id\nred,1\n,2\nblue,\n", Options{Shape: &Shape{Columns: []string{"id"}, All: true}}},
		{"users.jsonl", `{"external_id":"1","banned":true,"team":"red"}` + "\n{}\n[]\n" + `{"username":"\u0061da"}` + "\n", Options{KeepExtra: true}},
		{"users.ldif", "dn: uid=a\nuid: a\nmail: a@example.com\n\ndn: uid=b\ncn: b\n", Options{KeepExtra: true}},
	} {
		in := open(t, c.opts, write(t, c.name, c.text))
		type kept struct {
			Said  string
			Texts []string
			All   []Member
			Extra map[string]string
		}
		look := func(recycle bool) (all []kept) {
			for round := range 50 {
				for row, err := range in.Rows(t.Context()) {
					k := kept{Said: describe(t, row, err)}
					if row != nil {
						k.All, k.Extra = row.All, row.Extra
						for column := range Column(NumColumns) {
							text, _ := row.Cell(column)
							k.Texts = append(k.Texts, text)
						}
					}
					if round == 0 {
						all = append(all, k)
					}
					if recycle && row != nil {
						row.Recycle()
						row.Recycle() // once more, which does nothing
					}
				}
			}
			return all
		}
		if diff := cmp.Diff(look(false), look(true)); diff != "" {
			t.Errorf("%s (-kept +given back):\n%s", c.name, diff)
		}
	}
}

// A row that was not read is its maker's.
func TestRecycleNone(t *testing.T) {
	row := &Row{Number: 7}
	row.Set(ColUsername, "ada", Text)
	row.Recycle()
	if row.Number != 7 || row.Username != "ada" {
		t.Errorf("it has become %v, %q", row, row.Username)
	}
}
