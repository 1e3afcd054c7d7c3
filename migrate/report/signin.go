package report

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
)

// A SignIn says whether an account of a canary can sign in, as Clerk was asked.
type SignIn struct {
	Key     string `json:"key"`
	Line    int64  `json:"line"` // of its row in the input
	UserID  string `json:"user_id,omitzero"`
	Hasher  string `json:"hasher,omitzero"` // of the row's digest
	SignsIn bool   `json:"signs_in"`
	Code    string `json:"code,omitzero"` // why not, the first reason
	// RowCode is that of the row where it was not migrated, Status and AnswerCode
	// those of Clerk's answer where it does not say.
	RowCode    string `json:"row_code,omitzero"`
	Status     int    `json:"status,omitzero"`
	AnswerCode string `json:"answer_code,omitzero"`
	TraceID    string `json:"trace_id,omitzero"`
	Message    string `json:"message,omitzero"`
}

// SignIn writes a line of the type "canary".
func (l *Lines) SignIn(s SignIn) { _ = l.write(typed[SignIn]{"canary", s}, false) }

func (s SignIn) signsIn() bool { return s.SignsIn }

// notAsked reports whether nothing is known of the account.
func (s SignIn) notAsked() bool { return s.Code == "canary_not_asked" }

func count(list []SignIn, is func(SignIn) bool) (n int) {
	for _, s := range list {
		if is(s) {
			n++
		}
	}
	return n
}

// mostSignIns is how many accounts that sign in are named.
const mostSignIns = 10

// canary writes which accounts sign in, those that do not first, each with what
// to look at.
func canary(b *strings.Builder, list []SignIn) {
	if len(list) == 0 {
		return
	}
	good := count(list, SignIn.signsIn)
	fmt.Fprintf(b, "\nCanary: accounts that sign in: %d of %d", good, len(list))
	if n := count(list, SignIn.notAsked); n > 0 {
		fmt.Fprintf(b, "; not asked about: %d", n)
	}
	b.WriteString("\n")
	shown := slices.Clone(list)
	slices.SortStableFunc(shown, func(x, y SignIn) int { return order(x) - order(y) })
	shown = shown[:len(list)-good+min(good, mostSignIns)]
	var table strings.Builder
	t := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	for _, s := range shown {
		sign := "yes"
		switch {
		case s.notAsked():
			sign = "?"
		case !s.SignsIn:
			sign = "NO"
		}
		fmt.Fprintf(t, "  %s\t%s\t%s\t%s\n", sign, Clean(s.Key), Clean(s.Hasher), Clean(s.Code))
	}
	_ = t.Flush() // a strings.Builder takes everything
	for i, line := range strings.Split(strings.TrimSuffix(table.String(), "\n"), "\n") {
		fmt.Fprintln(b, strings.TrimRight(line, " "))
		for text := range strings.Lines(shown[i].Message) {
			fmt.Fprintf(b, "       %s\n", Clean(strings.TrimSuffix(text, "\n")))
		}
	}
	if left := good - mostSignIns; left > 0 {
		fmt.Fprintf(b, "  yes  … and %d more\n", left)
	}
}

// order puts those that do not sign in before the others.
func order(s SignIn) int {
	if s.SignsIn {
		return 1
	}
	return 0
}
