package mapping

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// An Error says what is wrong with a mapping, and where. It never holds a
// value of the input, nor that of a secret parameter.
type Error struct {
	File    string // as the user named it, or the name of a preset
	Line    int    // 1-based; 0 where no line is to blame
	Column  int    // 1-based, in characters
	Message string // what is wrong
	Hint    string // what to do
	Snippet string // the line, and a caret below the column; may be empty
}

// Error returns the place and the message.
func (e *Error) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %s", e.File, e.Message)
	}
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Message)
}

// advise returns e with what to do about it.
func (e *Error) advise(format string, args ...any) *Error {
	e.Hint = fmt.Sprintf(format, args...)
	return e
}

// A page is the text of a mapping file.
type page struct {
	name  string
	lines []string
}

func newPage(name, text string) *page {
	return &page{name: name, lines: strings.Split(text, "\n")}
}

// A place is a line and a column of a page, 1-based, the column in characters.
type place struct {
	page         *page
	line, column int
}

// String returns the place as messages name it.
func (p place) String() string { return fmt.Sprintf("%s:%d:%d", p.page.name, p.line, p.column) }

// fail returns the error at a place.
func (p place) fail(format string, args ...any) *Error {
	e := &Error{File: p.page.name, Line: p.line, Column: p.column, Message: fmt.Sprintf(format, args...)}
	if p.line >= 1 && p.line <= len(p.page.lines) {
		e.Snippet = snippet(p.page.lines[p.line-1], p.line, p.column)
	}
	return e
}

// quietly is fail without a look at the line, which may hold a secret.
func (p place) quietly(format string, args ...any) *Error {
	return &Error{File: p.page.name, Line: p.line, Column: p.column, Message: fmt.Sprintf(format, args...)}
}

// maxSnippet is how many characters of a line a snippet shows.
const maxSnippet = 100

// snippet shows a line and a caret below a column of it. Tabs become spaces,
// so that the caret stands where it should.
func snippet(line string, number, column int) string {
	runes := []rune(strings.Map(plainRune, strings.TrimRight(line, "\r")))
	from := 0
	if column > maxSnippet*3/4 {
		from = min(column-maxSnippet/2, len(runes))
	}
	shown := runes[from:min(len(runes), from+maxSnippet)]
	caret := max(0, column-1-from)
	margin := fmt.Sprintf("%4d | ", number)
	return margin + string(shown) + "\n" + strings.Repeat(" ", len(margin)-2) + "| " + strings.Repeat(" ", caret) + "^"
}

// plainRune replaces what a terminal would act on.
func plainRune(r rune) rune {
	switch {
	case r == '\t':
		return ' '
	case r < ' ' || r >= 0x7f && r <= 0x9f || r == utf8.RuneError || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069:
		return '·'
	}
	return r
}
