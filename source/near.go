package source

import (
	"fmt"
	"strings"
)

// nearColumns says which columns the headers of a file may mean. It names the
// known columns only, never what the file has.
func nearColumns(names []string) string {
	var near []string
	for i, name := range names {
		if column, ok := nearest(name); ok {
			near = append(near, fmt.Sprintf("column %d may be %s", i+1, column))
		}
		if len(near) == 3 {
			break
		}
	}
	return strings.Join(near, ", ")
}

// nearest finds the known column whose name is a few letters away from a
// header, or begins with it.
func nearest(name string) (Column, bool) {
	plain := PlainName(name)
	if len(plain) < 4 || len(plain) > 64 {
		return 0, false
	}
	best, distance := unknownColumn, len(plain)/3+1
	for c := range Column(NumColumns) {
		wire := PlainName(c.String())
		d := EditDistance(plain, wire)
		if strings.HasPrefix(wire, plain) {
			d = 0
		}
		if d < distance {
			best, distance = c, d
		}
	}
	return best, best != unknownColumn
}

// EditDistance counts the bytes to insert, remove or replace that turn a into b.
func EditDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replace := diagonal
			if a[i] != b[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, diagonal+1, row[j]+1)
		}
	}
	return row[len(b)]
}
