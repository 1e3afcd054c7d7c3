package migrate_test

import (
	"fmt"
	"testing"

	"carryover/migrate"
	"carryover/source"
)

// benchRow is a row of twelve columns, as testdata/gen makes them.
func benchRow(b *testing.B) *source.Row {
	return row(b,
		"external_id", "8fe0f463-dfba-4b11-a7a6-58063867a407", "first_name", "Ada", "last_name", "Lovelace",
		"email_address", "ada.lovelace@example.com", "username", "ada_lovelace",
		"password_digest", bcryptDigest, "password_hasher", "bcrypt",
		"public_metadata", `{"plan":"pro","seats":12,"tags":["a","b"]}`,
		"created_at", "2019-03-04T05:06:07Z", "legal_accepted_at", "2019-03-04T05:06:08Z",
		"locale", "en-GB", "totp_secret", "JBSWY3DPEHPK3PXP")
}

func BenchmarkParseUser(b *testing.B) {
	r := benchRow(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, problems := migrate.ParseUser(r, rules); len(problems) > 0 {
			b.Fatal(problems)
		}
	}
}

func BenchmarkDuplicates(b *testing.B) {
	d := migrate.NewDuplicates()
	u, _ := migrate.ParseUser(benchRow(b), rules)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		id := fmt.Sprintf("%08d-1234", i)
		u.ExternalID, u.Username, u.EmailAddress[0] = &id, &id, id
		if p := d.Check(u); p != nil {
			b.Fatal(p)
		}
	}
}

// BenchmarkCheck is what validate does with a row once it is read: every check,
// and the look for duplicates.
func BenchmarkCheck(b *testing.B) { benchmarkCheck(b, rules) }

// BenchmarkCheckSurvey is the same with a survey, for the report.
func BenchmarkCheckSurvey(b *testing.B) {
	with := rules
	with.Survey = true
	benchmarkCheck(b, with)
}

func benchmarkCheck(b *testing.B, rules migrate.Rules) {
	const size = 10_000
	var all []*source.Row
	for i := range size {
		r := benchRow(b)
		r.Number, r.Line = int64(i+1), int64(i+2)
		setCell(b, r, "external_id", fmt.Sprintf("%08d-1234", i), source.Text)
		setCell(b, r, "email_address", fmt.Sprintf("ada.%d@example.com", i), source.Text)
		setCell(b, r, "username", fmt.Sprintf("ada_%d", i), source.Text)
		all = append(all, r)
	}
	rows := func(yield func(*source.Row, error) bool) {
		for _, r := range all {
			if !yield(r, nil) {
				return
			}
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		census, err := check(b.Context(), rows, rules, func(p []migrate.Problem) error { return fmt.Errorf("%v", p) })
		if err != nil || census.Good() != size {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*size/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkEncode(b *testing.B) {
	u, _ := migrate.ParseUser(benchRow(b), rules)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := migrate.Encode(u.CreateRequest()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkHash is what a delta does for each row beside reading it.
func BenchmarkHash(b *testing.B) {
	u, _ := migrate.ParseUser(benchRow(b), rules)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := (migrate.HashKey{}).Hash(u); err != nil {
			b.Fatal(err)
		}
	}
}
