package mapping_test

import (
	"testing"
	"time"

	"carryover/migrate"
	"carryover/migrate/mapping"
	"carryover/source"
)

// opened puts a preset to work.
func opened(b testing.TB, preset string, settings mapping.Settings) *mapping.Mapper {
	b.Helper()
	m, err := mapping.Preset(preset)
	if err != nil {
		b.Fatal(err)
	}
	mapper, err := m.Open(b.Context(), settings)
	if err != nil {
		b.Fatal(err)
	}
	return mapper
}

// record makes a row of the columns that a mapping asks for.
func record(b testing.TB, preset string, cells map[string]source.Cell) source.Row {
	b.Helper()
	m, err := mapping.Preset(preset)
	if err != nil {
		b.Fatal(err)
	}
	shape := m.Shape()
	row := source.Row{File: "users.csv", Number: 1, Line: 2, Cells: make([]source.Cell, len(shape.Columns))}
	for i, name := range shape.Columns {
		row.Cells[i] = cells[name]
	}
	return row
}

func texts(pairs ...string) map[string]source.Cell {
	cells := map[string]source.Cell{}
	for i := 0; i < len(pairs); i += 2 {
		cells[pairs[i]] = source.Cell{Text: pairs[i+1], Kind: source.Text}
	}
	return cells
}

var djangoRow = texts("id", "17", "password", "pbkdf2_sha256$260000$d3WFcqmojtnuq7J8Y1jHZJ$UskwAF1//hDNOZJXF/EEVDU1z7Ww9cpdvxVx3tdIjas=",
	"is_superuser", "0", "username", "ada_lovelace", "last_name", "Lovelace", "email", "ada@example.com", "is_staff", "0", "is_active", "1",
	"date_joined", "2021-03-04 05:06:07.890123", "first_name", "Ada")

var firebaseParams = map[string]string{
	"base64_signer_key":     "jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==",
	"base64_salt_separator": "Bw==", "rounds": "8", "mem_cost": "14",
}

var firebaseRow = texts("localId", "pXkB2fKq1xR0aDa0000000000001", "email", "ada@example.com", "emailVerified", "true", "displayName", "Ada Lovelace",
	"passwordHash", "lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==", "salt", "42xEC+ixf3L2lw==",
	"createdAt", "1614834367890", "phoneNumber", "+12025550123", "customAttributes", `{"plan":"pro"}`)

// What a mapping adds to the cost of a row. The figure to stay below is 3 µs.
func BenchmarkMap(b *testing.B) {
	for _, c := range []struct {
		preset   string
		settings mapping.Settings
		row      map[string]source.Cell
	}{
		{"django", mapping.Settings{Params: map[string]string{"email_verified": "yes"}}, djangoRow},
		{"firebase", mapping.Settings{Params: firebaseParams}, firebaseRow},
	} {
		b.Run(c.preset, func(b *testing.B) {
			mapper, template := opened(b, c.preset, c.settings), record(b, c.preset, c.row)
			b.ReportAllocs()
			for b.Loop() {
				row := template
				if problems := mapper.Map(&row); len(problems) > 0 {
					b.Fatal(problems)
				}
			}
		})
	}
}

// The whole way from a record to a user.
func BenchmarkParseMapped(b *testing.B) {
	mapper, template := opened(b, "django", mapping.Settings{Params: map[string]string{"email_verified": "yes"}}), record(b, "django", djangoRow)
	rules := migrate.Rules{Mapper: mapper, Now: time.Now()}
	b.ReportAllocs()
	for b.Loop() {
		row := template
		if _, problems := migrate.ParseUser(&row, rules); len(problems) > 0 {
			b.Fatal(problems)
		}
	}
}
