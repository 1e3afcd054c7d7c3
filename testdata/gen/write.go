package main

import (
	"bufio"
	"bytes"
	"io"
)

// generate writes the users of a run, one after the other; memory does not
// grow with their number.
func generate(to io.Writer, o options) (*tally, error) {
	w := bufio.NewWriterSize(to, 256<<10)
	record := recordOf(o.format)
	u := newUser(o.seed, len(o.columns) == int(numColumns))
	t := &tally{rows: o.rows, faults: faults, byFault: make([]int64, len(faults))}
	var line []byte
	if o.format == "csv" {
		w.Write(header(o.columns)) // an error stays with w until the flush
	}
	for row := range o.rows {
		u.become(row)
		if row > 0 && u.share() < o.broken {
			i := u.below(len(faults))
			faults[i].apply(u)
			t.byFault[i]++
		}
		line = append(record(line[:0], u, o.columns), '\n')
		if _, err := w.Write(line); err != nil {
			return t, err
		}
	}
	return t, w.Flush()
}

// recordOf returns the function that appends one record in a format, without
// the end of its line.
func recordOf(format string) func([]byte, *user, []column) []byte {
	if format == "jsonl" {
		return appendJSON
	}
	return appendCSV
}

func header(columns []column) []byte {
	var line []byte
	for i, c := range columns {
		if i > 0 {
			line = append(line, ',')
		}
		line = append(line, names[c].name...)
	}
	return append(line, '\n')
}

// appendCSV writes but the first cells of a torn record: where it ended inside
// quotes, it would take the next records with it.
func appendCSV(line []byte, u *user, columns []column) []byte {
	if u.torn {
		columns = columns[:3]
	}
	for i, c := range columns {
		if i > 0 {
			line = append(line, ',')
		}
		cell := u.cells[c]
		if bytes.IndexByte(cell, ',') < 0 && bytes.IndexByte(cell, '"') < 0 {
			line = append(line, cell...)
			continue
		}
		line = append(line, '"')
		for _, b := range cell {
			if b == '"' {
				line = append(line, '"')
			}
			line = append(line, b)
		}
		line = append(line, '"')
	}
	return line
}

// appendJSON leaves out what a user does not have, and half of a torn record.
func appendJSON(line []byte, u *user, columns []column) []byte {
	line = append(line, '{')
	for _, c := range columns {
		cell := u.cells[c]
		if len(cell) == 0 {
			continue
		}
		if line[len(line)-1] != '{' {
			line = append(line, ',')
		}
		line = append(line, '"')
		line = append(line, names[c].name...)
		line = append(line, '"', ':')
		switch names[c].kind {
		case literal:
			line = append(line, cell...)
		case text:
			line = appendQuoted(line, cell)
		case list:
			line = append(line, '[')
			for i, item := range bytes.Split(cell, []byte{'|'}) {
				if i > 0 {
					line = append(line, ',')
				}
				line = appendQuoted(line, item)
			}
			line = append(line, ']')
		}
	}
	if u.torn {
		return line[:len(line)/2]
	}
	return append(line, '}')
}

// appendQuoted appends a JSON string of a text without control characters: the
// generator makes none. Broken bytes stay broken, being the fault that was
// asked for.
func appendQuoted(line, text []byte) []byte {
	line = append(line, '"')
	if bytes.IndexByte(text, '"') < 0 && bytes.IndexByte(text, '\\') < 0 {
		line = append(line, text...)
		return append(line, '"')
	}
	for _, b := range text {
		if b == '"' || b == '\\' {
			line = append(line, '\\')
		}
		line = append(line, b)
	}
	return append(line, '"')
}
