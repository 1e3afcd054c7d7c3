package main

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// A vt is a terminal as far as the program draws on one: it shows what would be
// on the screen. It breaks long lines, and breaks them anew when it gets another
// width, as terminals do. Every character is one column wide.
type vt struct {
	width    int
	rows     []vtRow
	row, col int // of the cursor
	strange  []string
}

// A vtRow is a row; one that goes on has no end of line behind it.
type vtRow struct {
	text   []rune
	goesOn bool
}

func newVT(width int) *vt { return &vt{width: width, rows: make([]vtRow, 1)} }

var sequence = regexp.MustCompile(`^\x1b\[([0-9]*)([A-Za-z])`)

// feed shows what is written.
func (v *vt) feed(text string) {
	for text != "" {
		if m := sequence.FindStringSubmatch(text); m != nil {
			v.obey(m[2], m[1])
			text = text[len(m[0]):]
			continue
		}
		r := []rune(text)[0]
		text = text[len(string(r)):]
		switch {
		case r == '\r':
			v.col = 0
		case r == '\n':
			v.down()
			v.col = 0 // as a line discipline makes it
		case r < ' ' || r == 0x7f:
			v.strange = append(v.strange, strconv.QuoteRune(r))
		default:
			v.put(r)
		}
	}
}

func (v *vt) obey(command, number string) {
	switch {
	case command == "A":
		n, _ := strconv.Atoi(number)
		v.row = max(0, v.row-n)
	case command == "J" && number == "":
		v.rows = v.rows[:v.row+1]
		v.rows[v.row] = vtRow{text: v.rows[v.row].text[:min(v.col, len(v.rows[v.row].text))]}
	default:
		v.strange = append(v.strange, "\x1b["+number+command)
	}
}

func (v *vt) put(r rune) {
	if v.col == v.width {
		v.rows[v.row].goesOn = true
		v.down()
		v.col = 0
	}
	line := &v.rows[v.row]
	for len(line.text) <= v.col {
		line.text = append(line.text, ' ')
	}
	line.text[v.col] = r
	v.col++
}

func (v *vt) down() {
	if v.row++; v.row == len(v.rows) {
		v.rows = append(v.rows, vtRow{})
	}
}

// resize breaks the lines anew. The cursor stays at its character.
func (v *vt) resize(width int) {
	old, at := v.rows, v.row
	v.width, v.rows = width, nil
	var line []rune
	cursor := -1
	for i, row := range old {
		if i == at {
			cursor = len(line) + v.col
		}
		if line = append(line, row.text...); row.goesOn {
			continue
		}
		first := len(v.rows)
		for len(line) > width {
			v.rows = append(v.rows, vtRow{line[:width:width], true})
			line = line[width:]
		}
		v.rows = append(v.rows, vtRow{text: line})
		if cursor >= 0 {
			v.row, v.col = first+cursor/width, cursor%width
			cursor = -1
		}
		line = nil
	}
}

// String is what is on the screen.
func (v *vt) String() string {
	lines := make([]string, len(v.rows))
	for i, row := range v.rows {
		lines[i] = strings.TrimRight(string(row.text), " ")
	}
	return strings.Join(lines, "\n")
}

// wantShown wants the screen to show these lines and nothing else, and that
// nothing was written that terminals take differently.
func (v *vt) wantShown(t *testing.T, want ...string) {
	t.Helper()
	if got := v.String(); got != strings.Join(append(want, ""), "\n") {
		t.Errorf("the screen shows\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
	if v.strange != nil {
		t.Errorf("written were %q", v.strange)
	}
}
