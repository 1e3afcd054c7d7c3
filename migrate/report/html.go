package report

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"
	"time"
	"unicode"

	"carryover/migrate"
)

// A Page is what the HTML report shows. All but the document may be missing:
// what is not there is not shown.
type Page struct {
	Document *Document
	Made     time.Time // when the page is made
	Version  string    // of the program
	PII      PII       // MaskPII where it is ""

	Survey    *migrate.Survey
	Samples   []Sample
	Attempts  []migrate.Count // rows by the number of their requests
	Intervals []migrate.Interval
	Events    []migrate.Event
}

//go:embed page.html.tmpl
var pageTemplate string

//go:embed chart.html.tmpl
var chartTemplate string

//go:embed page.css
var pageStyle string

// page is without the tabs that its files are indented with.
var page = template.Must(template.New("page").Funcs(template.FuncMap{
	"number": Number, "slug": slug, "pieces": pieces, "style": func() template.CSS { return template.CSS(strings.ReplaceAll(pageStyle, "\t", "")) }, //nolint:gosec // it is ours
	"policy": func() template.HTMLAttr { return contentPolicy }, "when": when,
	"took":    func(seconds float64) string { return Duration(time.Duration(seconds * float64(time.Second))) },
	"lasted":  func(e migrate.Event) string { return Duration(max(e.To.Sub(e.From), 0)) },
	"latency": func(ms float64) string { return milli(threeDigits(ms)) },
}).Parse(strings.ReplaceAll(pageTemplate+chartTemplate, "\t", "")))

// contentPolicy lets a browser do nothing for the page: it runs no script and
// asks for nothing, whatever the data in it may be.
const contentPolicy template.HTMLAttr = `content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"`

// HTML writes the report as one page that needs nothing else: no script, no
// font, no picture, no network. It is bounded in size, whatever the input.
func HTML(w io.Writer, p *Page) error {
	var b bytes.Buffer
	if err := page.Execute(&b, newView(p)); err != nil {
		return fmt.Errorf("the page cannot be made: %w", err)
	}
	// What a terminal would obey is no better in a page: a change of the
	// direction of writing would show another text than there is.
	_, err := io.WriteString(w, CleanLines(b.String()))
	return err
}

// slug makes the name of a place in the page out of a code.
func slug(code string) string {
	return strings.Map(func(r rune) rune {
		if r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_') {
			return r
		}
		return '-'
	}, code)
}

// pieces cuts a name where a line may end.
func pieces(name string) []string {
	return strings.FieldsFunc(cutAfter.Replace(name), func(r rune) bool { return r == 0 })
}

var cutAfter = strings.NewReplacer("_", "_\x00", "@", "@\x00", ".", ".\x00", "\x00", "\uFFFD")

// when writes a time for people; "–" where there is none.
func when(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.UTC().Format("2006-01-02 15:04:05") + " UTC"
}
