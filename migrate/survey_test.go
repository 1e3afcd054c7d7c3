package migrate_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"carryover/migrate"
	"carryover/source"
)

func survey(t *testing.T, rows ...*source.Row) *migrate.Survey {
	t.Helper()
	with := rules
	with.Survey = true
	census, err := check(t.Context(), func(yield func(*source.Row, error) bool) {
		for _, r := range rows {
			if !yield(r, nil) {
				return
			}
		}
	}, with, func([]migrate.Problem) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	return census.Survey
}

func TestASurveyTellsWhatAnInputIsMadeOf(t *testing.T) {
	got := survey(t,
		row(t, "external_id", "1", "email_address", "a@Example.com", "created_at", "2019-03-04T05:06:07Z", "password_digest", bcryptDigest, "password_hasher", "bcrypt"),
		row(t, "external_id", "2", "email_address", "b@example.com", "phone_number", "+12025550123", "created_at", "2019-03-31T05:06:07Z", "locale", "en-GB"),
		row(t, "external_id", "3", "email_address", "c@example.com|d@other.example", "email_address_identification_status", "verified|reserved", "created_at", "2021-12-31T23:59:59Z", "password", "correct horse"),
		row(t, "external_id", "4", "username", "ada_l"),
		row(t, "external_id", "5", "email_address", "d@example.com"),
		row(t, "external_id", "6", "email_address", "e@EXAMPLE.com"),
	)
	want := &migrate.Survey{
		Rows: 6,
		Columns: []migrate.Count{
			{Name: "external_id", Rows: 6}, {Name: "username", Rows: 1}, {Name: "password", Rows: 1}, {Name: "password_digest", Rows: 1},
			{Name: "password_hasher", Rows: 1}, {Name: "created_at", Rows: 3}, {Name: "locale", Rows: 1}, {Name: "email_address", Rows: 5},
			{Name: "phone_number", Rows: 1}, {Name: "email_address_identification_status", Rows: 1},
		},
		Identifiers: []migrate.Count{{Name: "e-mail", Rows: 4}, {Name: "e-mail + phone", Rows: 1}, {Name: "username", Rows: 1}},
		Hashers:     []migrate.Count{{Name: "(none)", Rows: 4}, {Name: "bcrypt", Rows: 1}, {Name: "(plain password)", Rows: 1}},
		Addresses:   []migrate.Count{{Name: "e-mail, verified", Rows: 5}, {Name: "e-mail, reserved", Rows: 1}, {Name: "phone, verified", Rows: 1}},
		Domains:     []migrate.Count{{Name: "example.com", Rows: 5}},
		MoreLocales: 1, // one user's would tell who it is
		Months:      []migrate.Count{{Name: "2019-03", Rows: 2}, {Name: "2021-12", Rows: 1}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestASurveyNamesNothingOfASingleUser(t *testing.T) {
	const digest = "$2b$12$saltsaltsaltsaltsaltse"
	got := fmt.Sprintf("%+v", survey(t,
		row(t, "external_id", "only-me", "email_address", "me@my-own-name.example", "locale", "mas", "password_hasher", digest, "password_digest", "x"),
	))
	for _, personal := range []string{"only-me", "my-own-name", "mas", digest} {
		if strings.Contains(got, personal) {
			t.Errorf("it holds %q: %s", personal, got)
		}
	}
}

// A domain of half of the users is found whatever the others are, in bounded
// memory and with nobody lost.
func TestASurveyHoldsManyDomains(t *testing.T) {
	var rows []*source.Row
	const n = 20_000
	for i := range n {
		domain := "mail.example"
		if i%2 == 0 {
			domain = fmt.Sprintf("d%d.example", i)
		}
		rows = append(rows, row(t, "external_id", fmt.Sprint("id", i), "email_address", fmt.Sprintf("u%d@%s", i, domain)))
	}
	got := survey(t, rows...)
	if want := []migrate.Count{{Name: "mail.example", Rows: n / 2}}; !slices.Equal(got.Domains, want) || got.MoreDomains != n/2 {
		t.Errorf("domains %v and %d more", got.Domains, got.MoreDomains)
	}
}

func TestWithoutBeingAskedThereIsNoSurvey(t *testing.T) {
	census, err := check(t.Context(), func(func(*source.Row, error) bool) {}, rules, nil)
	if err != nil || census.Survey != nil {
		t.Error(census.Survey, err)
	}
}
