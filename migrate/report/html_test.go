package report_test

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"carryover/migrate"
	"carryover/migrate/report"
)

var made = time.Date(2026, 11, 23, 9, 30, 0, 0, time.UTC)

// pages are the pages that tests look at, by name.
func pages() map[string]*report.Page {
	return map[string]*report.Page{
		"empty":    {Document: &report.Document{Command: "validate", State: "checked", Input: report.Input{Files: []string{"users.csv"}}}, Made: made, Version: "1.0.0", Survey: &migrate.Survey{}},
		"one-row":  onePage(),
		"one-plan": onePlan(),
		"plan":     planPage(),
		"million":  millionPage(),
		"stopped":  stoppedPage(),
	}
}

func onePage() *report.Page {
	p := &report.Page{Made: made, Version: "1.0.0", Document: &report.Document{
		Command: "report", State: "finished", Counts: report.Counts{Rows: 1, Created: 1}, Runs: 1, Seconds: 0.2, Rate: 5,
		Input:    report.Input{Files: []string{"one.csv"}, Bytes: 120, SHA256: strings.Repeat("ab", 32)},
		Requests: &report.Requests{Total: 1, ByStatus: map[string]int64{"200": 1}},
	}}
	p.Intervals = seconds(1, made, 1, func(_ int, i *migrate.Interval) {
		i.Outcomes[migrate.Created], i.Requests, i.InFlight, i.Wanted = 1, 1, 1, 64
		i.Latency.Add(180*time.Millisecond, 1)
	})
	return p
}

func onePlan() *report.Page {
	return &report.Page{Made: made, Version: "1.0.0", Document: &report.Document{
		Command: "validate", State: "checked", Counts: report.Counts{Rows: 1, Unfinished: 1}, Input: report.Input{Files: []string{"one.csv"}}, Seconds: 0.01,
	}, Survey: &migrate.Survey{
		Rows: 1, Columns: []migrate.Count{{Name: "external_id", Rows: 1}, {Name: "email_address", Rows: 1}}, Identifiers: []migrate.Count{{Name: "e-mail", Rows: 1}},
		Hashers: []migrate.Count{{Name: "(none)", Rows: 1}}, Months: []migrate.Count{{Name: "2024-05", Rows: 1}}, MoreDomains: 1,
	}}
}

// seconds are intervals of a second each, from a time on.
func seconds(session int64, from time.Time, n int, set func(int, *migrate.Interval)) []migrate.Interval {
	list := make([]migrate.Interval, n)
	for i := range list {
		list[i] = migrate.Interval{Session: session, From: from.Add(time.Duration(i) * time.Second), To: from.Add(time.Duration(i+1) * time.Second)}
		set(i, &list[i])
	}
	return list
}

func planPage() *report.Page {
	p := &report.Page{Made: made, Version: "1.0.0", Document: &report.Document{
		Command: "validate", State: "checked", Seconds: 1.4, Mapping: "firebase",
		Counts: report.Counts{Rows: 480_473, Unfinished: 480_016 - 1200, Rejected: 457, Dropped: 1200},
		Input:  report.Input{Files: []string{"exports/users-2026-11.csv"}},
		Problems: []report.Problem{
			{Code: "no_identifier", Field: "email_address", Severity: "error", Count: 212, Lines: []int64{17, 220, 3041, 3300, 3301}, Message: migrate.Explain("no_identifier")},
			{Code: "duplicate_email_address", Field: "email_address", Severity: "error", Count: 140, Lines: []int64{991, 2210}, Message: migrate.Explain("duplicate_email_address")},
			{Code: "phone_not_e164", Field: "phone_number", From: "tel", Severity: "error", Count: 105, Lines: []int64{7, 8801, 40122, 40123, 40124}, Message: migrate.Explain("phone_not_e164")},
			{Code: "phone_not_valid", Field: "phone_number", Severity: "warning", Count: 1201, Lines: []int64{3, 9, 12, 44, 51}, Message: migrate.Explain("phone_not_valid")},
			{Code: "locale_rewritten", Field: "locale", Severity: "warning", Count: 439, Lines: []int64{5, 6, 7, 8, 9}, Message: migrate.Explain("locale_rewritten")},
			{Code: "mapping_drop", Severity: "dropped", Count: 1200, Lines: []int64{100, 200}, Message: "disabled in the legacy system"},
		},
		Unknown: []string{"legacy_flags", "shoe_size", "tmp"},
		Proofs:  []report.Proof{{Key: "ada@example.com", Hasher: "scrypt_firebase", Proved: true, Message: "the password opens the digest"}, {Key: "legacy_9911", Hasher: "scrypt_firebase", Message: "the password does not open the digest"}},
		Next:    []report.Step{{Command: "carryover validate users.csv --problems problems.csv", Does: "lists every problem"}, {Command: "carryover run users.csv --max-rejects 457", Does: "sends the others"}},
	}}
	for i := range 50 {
		p.Samples = append(p.Samples, report.Sample{Code: "no_identifier", Field: "email_address", Row: int64(16 + i*31), Line: int64(17 + i*31), Key: fmt.Sprintf("legacy_%05d", i), Message: migrate.Explain("no_identifier")},
			report.Sample{Code: "duplicate_email_address", Field: "email_address", Row: int64(990 + i), Line: int64(991 + i), Key: fmt.Sprintf("jane.%d@example.com", i), Message: fmt.Sprintf("line %d has the same e-mail address", i+1)})
	}
	p.Survey = surveyed(480_473)
	return p
}

func surveyed(rows int64) *migrate.Survey {
	part := func(p float64) int64 { return int64(float64(rows) * p) }
	s := &migrate.Survey{Rows: rows, MoreDomains: part(0.12)}
	for i, name := range []string{"external_id", "email_address", "password_digest", "password_hasher", "created_at", "first_name", "last_name", "phone_number", "locale", "public_metadata", "totp_secret", "email_address_identification_status"} {
		s.Columns = append(s.Columns, migrate.Count{Name: name, Rows: part(1 / (1 + float64(i*i)/40))})
	}
	s.Identifiers = []migrate.Count{{Name: "e-mail", Rows: part(0.7)}, {Name: "e-mail + phone", Rows: part(0.2)}, {Name: "username", Rows: part(0.0995)}, {Name: "(none)", Rows: 212}}
	s.Hashers = []migrate.Count{{Name: "bcrypt", Rows: part(0.8)}, {Name: "scrypt_firebase", Rows: part(0.15)}, {Name: "(none)", Rows: part(0.05)}}
	s.Addresses = []migrate.Count{{Name: "e-mail, verified", Rows: part(0.8)}, {Name: "e-mail, reserved", Rows: part(0.1)}, {Name: "phone, verified", Rows: part(0.2)}}
	for i, name := range []string{"gmail.com", "outlook.com", "example.com", "yahoo.co.uk", "icloud.com", "a-rather-long-name-of-a-company.example"} {
		s.Domains = append(s.Domains, migrate.Count{Name: name, Rows: part(0.4 / float64(i+1))})
	}
	s.Locales = []migrate.Count{{Name: "en-GB", Rows: part(0.3)}, {Name: "de-DE", Rows: part(0.1)}}
	random := rand.New(rand.NewPCG(1, 2))
	s.Months = append(s.Months, migrate.Count{Name: "1970-01", Rows: 40 + part(0.001)})
	for m := range 90 {
		s.Months = append(s.Months, migrate.Count{Name: fmt.Sprintf("%04d-%02d", 2018+m/12, m%12+1), Rows: part(0.011*(1-math.Exp(-float64(m)/30))) + int64(random.IntN(1000))})
	}
	return s
}

// millionPage is two runs of a million rows, the first one with other traffic.
func millionPage() *report.Page {
	d := &report.Document{
		Command: "report", State: "finished_with_problems", Seconds: 10_400, Runs: 2, Rate: 96.2,
		Target:     &report.Target{Kind: "production", InstanceID: "ins_2x9kQabcdefghijklmnopqrst", APIURL: "https://api.clerk.com/v1", APIVersion: "2025-11-10", KeyOrigin: "CLERK_SECRET_KEY"},
		Counts:     report.Counts{Rows: 1_000_000, Created: 860_000, Updated: 90_000, Unchanged: 48_000, Rejected: 1_903, Conflict: 97},
		Input:      report.Input{Files: []string{"users.csv"}, Bytes: 247_000_000, SHA256: strings.Repeat("9c1f", 16)},
		Requests:   &report.Requests{Total: 1_011_204, ByStatus: map[string]int64{"200": 1_009_000, "422": 2_000, "429": 204}},
		Thresholds: []report.Threshold{{Name: report.RejectsThreshold, Most: 50_000, Is: 1_903, Kept: true}, {Name: report.LimitThreshold, Is: 204}},
		Sessions: []report.Session{
			{Command: "carryover run users.csv --confirm ins_2x9kQabcdefghijklmnopqrst", StartedAt: made.Add(-10 * time.Hour), EndedAt: made.Add(-8 * time.Hour), Seconds: 7200, State: "interrupted", Reason: "SIGINT", Requests: 700_000, LatencyMS: &report.Latency{P95: 311}},
			{Command: "carryover run users.csv --confirm ins_2x9kQabcdefghijklmnopqrst", StartedAt: made.Add(-time.Hour), EndedAt: made, Seconds: 3200, State: "finished", Requests: 311_204, LatencyMS: &report.Latency{P95: 298}},
		},
		Checkpoint: "users.csv.carryover.db",
		Files:      []report.File{{Path: "users.csv.carryover.db", Meaning: "the checkpoint: outcomes and ids of all rows, no secret"}},
		Next:       []report.Step{{Command: "carryover report users.csv --rejects users.rejects.csv", Does: "writes the refused rows, to be corrected and run as an input of their own"}},
	}
	for i, code := range []string{"form_identifier_exists", "form_param_format_invalid", "form_password_pwned", "email_invalid", "duplicate_email_address"} {
		d.Problems = append(d.Problems, report.Problem{Code: code, Field: "email_address", Severity: "error", Count: int64(1200 / (i*i + 1)), Lines: []int64{12, 99, 1234, 40211, 99120}, Message: migrate.Explain(code)})
	}
	p := &report.Page{Document: d, Made: made, Version: "1.0.0", Survey: surveyed(1_000_000)}
	for i := range 600 {
		problem := d.Problems[i%5]
		p.Samples = append(p.Samples, report.Sample{
			Code: problem.Code, Field: problem.Field, Row: int64(i * 97), Line: int64(i*97 + 1), Key: fmt.Sprintf("user%d@example.org", i), Message: problem.Message,
			Status: 422, TraceID: fmt.Sprintf("%032x", i*7919),
		})
	}
	p.Attempts = []migrate.Count{{Name: "1", Rows: 998_000}, {Name: "2", Rows: 1_900}, {Name: "3", Rows: 100}}
	d.Problems = append(d.Problems, report.Problem{Code: "phone_not_valid", Field: "phone_number", Severity: "warning", Count: 1201, Lines: []int64{3, 9}, Message: migrate.Explain("phone_not_valid")})
	random := rand.New(rand.NewPCG(3, 4))
	series := migrate.Series{}
	slow := 1.0
	run := func(session int64, from time.Time, n int) {
		for _, i := range seconds(session, from, n, func(second int, i *migrate.Interval) {
			i.Limit, i.Pace, i.Wanted = 100, 99*slow, 42
			i.InFlight = 14 + random.IntN(12)
			rate := int64(99 * slow)
			if session == 1 && second%1500 == 1400 {
				slow, i.Limited, i.Gates = 0.6, 17, 1
			}
			slow = min(1, slow+0.002)
			i.Requests = rate
			i.Outcomes[migrate.Created] = rate * 86 / 100
			i.Outcomes[migrate.Updated] = rate * 9 / 100
			i.Outcomes[migrate.Unchanged] = rate * 4 / 100
			i.Outcomes[migrate.Rejected] = int64(random.IntN(2))
			for range rate {
				i.Latency.Add(time.Duration(150*math.Exp(0.35*random.NormFloat64()))*time.Millisecond, 1)
			}
		}) {
			series.Add(i)
		}
	}
	run(1, made.Add(-10*time.Hour), 7200)
	run(2, made.Add(-time.Hour), 3200)
	p.Intervals = series.Intervals
	for i := range 5 {
		at := made.Add(-10 * time.Hour).Add(time.Duration(1400+1500*i) * time.Second)
		p.Events = append(p.Events, migrate.Event{Session: 1, From: at, To: at.Add(4 * time.Second), Text: "Clerk asked for 4 s"})
	}
	return p
}

func stoppedPage() *report.Page {
	p := millionPage()
	d := p.Document
	d.State, d.Reason, d.Runs = "stopped", "Clerk cannot be reached", 1
	d.Counts = report.Counts{Rows: 1_000_000, Created: 12_000, Unfinished: 988_000}
	d.Problems, p.Samples, p.Attempts = nil, nil, nil
	p.Intervals = seconds(1, made, 40, func(second int, i *migrate.Interval) {
		i.Limit, i.Wanted = 100, 64
		if second < 20 || second > 30 {
			i.Requests, i.InFlight = int64(80+second%7), 30
			i.Outcomes[migrate.Created] = i.Requests
			i.Latency.Add(time.Duration(200+second)*time.Millisecond, uint64(i.Requests))
		}
	})
	p.PII = report.FullPII
	return p
}

func render(t *testing.T, p *report.Page) string {
	t.Helper()
	var b bytes.Buffer
	if err := report.HTML(&b, p); err != nil {
		t.Fatal(err)
	}
	if dir := os.Getenv("CARRYOVER_TEST_PAGES"); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, strings.ReplaceAll(t.Name(), "/", "-")+".html"), b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

var asks = regexp.MustCompile(`(?i)<script|<link|<img|<iframe|<object|<form|\bon[a-z]+="|url\(|@import|javascript:|https?://[^a]`)

func TestAPageNeedsNothingElse(t *testing.T) {
	for name, p := range pages() {
		t.Run(name, func(t *testing.T) {
			text := render(t, p)
			if found := asks.FindString(text); found != "" {
				t.Errorf("it has %q", found)
			}
			if !strings.Contains(text, `content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"`) {
				t.Error("it has no policy")
			}
			if len(text) > 300<<10 {
				t.Errorf("it is %d KiB", len(text)>>10)
			}
			for _, wrong := range []string{"NaN", "Inf", "ZgotmplZ", "<nil>", "%!"} {
				if strings.Contains(text, wrong) {
					t.Errorf("it has %q", wrong)
				}
			}
		})
	}
}

// Whatever an input holds, a page is bounded, and says what it leaves out.
func TestAPageIsBounded(t *testing.T) {
	p := planPage()
	samples := report.NewSamples()
	p.Document.Problems = nil
	for i := range 20_000 {
		problem := migrate.Problem{
			Code: "mapping_reject", Field: strings.Repeat("field", 10), Row: int64(i), Line: int64(i), Key: fmt.Sprintf("user%d@example.com", i),
			Severity: migrate.Fatal, Message: fmt.Sprintf("the reason %d, in some words of its author", i),
		}
		samples.Problems([]migrate.Problem{problem, problem})
		p.Document.Problems = append(p.Document.Problems, report.Problem{
			Code: problem.Code, Field: problem.Field, Severity: "error", Count: int64(i + 1), Lines: []int64{1, 2, 3, 4, 5}, Message: problem.Message,
		})
		p.Document.Unknown = append(p.Document.Unknown, fmt.Sprintf("column %d", i))
	}
	p.Samples = samples.List()
	text := render(t, p)
	if len(text) > 300<<10 {
		t.Errorf("it is %d KiB", len(text)>>10)
	}
	if !strings.Contains(text, "and 19,963 more") || !strings.Contains(text, "19,900 more problems") {
		t.Error("it does not say what is left out")
	}
}

// Personal data is masked unless it is asked for; the beginning of an id stays,
// so that whoever has the file knows which row is meant.
func TestAPageMasksPersonalData(t *testing.T) {
	p := planPage()
	for _, pii := range []report.PII{"", report.MaskPII, report.NoPII} {
		p.PII = pii
		text := render(t, p)
		if strings.Contains(text, "jane.") || strings.Contains(text, "ada@") || strings.Contains(text, "legacy_0") {
			t.Errorf("--pii %s shows an id", pii)
		}
		if masked := strings.Contains(text, "j•••@e•••.com"); masked == (pii == report.NoPII) {
			t.Errorf("--pii %s: %v", pii, masked)
		}
	}
	p.PII = report.FullPII
	if text := render(t, p); !strings.Contains(text, "jane.3@example.com") || !strings.Contains(text, "This page holds personal data") {
		t.Error("--pii full shows no id, or does not say so")
	}
}

// What would turn the direction of writing, or end a terminal's line, is shown as
// a sign.
func TestAPageIsClean(t *testing.T) {
	p := onePlan()
	p.Document.Input.Files = []string{"a\u202egpj.csv\x1b[2J\x00\u2028"}
	text := render(t, p)
	if strings.ContainsAny(text, "\u202e\x1b\x00\u2028\t") || !strings.Contains(text, "a\ufffdgpj.csv\ufffd[2J") {
		t.Error("it is not")
	}
}
