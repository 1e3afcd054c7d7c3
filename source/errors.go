package source

import "fmt"

// A RowError says that one record cannot be used; the records after it can.
// It never holds what stands in a cell.
type RowError struct {
	File    string // as named by the user
	Number  int64  // 1-based data record over the whole input
	Line    int64  // 1-based line of its file where the record begins
	Offset  int64  // byte of its file (decompressed) where the record begins, from 0
	Column  string // header or key, where the fault belongs to one
	Code    string // one of [Codes]
	Message string // what is wrong
	Hint    string // what to do
}

// Error returns the place and the message, without the hint.
func (e *RowError) Error() string {
	if e.Column != "" {
		return fmt.Sprintf("%s:%d: %s: %s", e.File, e.Line, e.Column, e.Message)
	}
	return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Message)
}

// NoUser reports whether the record holds no user at all: it repeats the header,
// or has no value.
func (e *RowError) NoUser() bool { return e.Code == codeRepeated || e.Code == codeBlank }

// WholeCells reports whether the cells of the record are certain all the same.
func (e *RowError) WholeCells() bool { return e.Code == codeUTF8 }

// A FileError says that the input cannot be read, or not be read any further:
// where one record ends and the next begins is no longer certain, or the file
// itself is not what it should be. It never holds what stands in a cell.
type FileError struct {
	File    string // as named by the user
	Line    int64  // 1-based line of the file, 0 where no line is to blame
	Column  string // of Shape.Columns, where it is missing
	Code    string // one of [Codes]
	Message string // what is wrong
	Hint    string // what to do
	Err     error  // what the operating system or a decompressor said, or nil
}

// Error returns the place and the message, without the hint.
func (e *FileError) Error() string {
	if e.Line > 0 {
		return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Message)
	}
	return fmt.Sprintf("%s: %s", e.File, e.Message)
}

// Changed reports whether the file is another one than when it was opened, or
// holds something else than when it was read first.
func (e *FileError) Changed() bool { return e.Code == codeChanged }

// Unwrap returns the cause.
func (e *FileError) Unwrap() error { return e.Err }

// fault returns the error that ends the stream at a line of a file.
func fault(file string, line int64, code, format string, args ...any) *FileError {
	return &FileError{
		File: file, Line: line, Code: code,
		Message: fmt.Sprintf(format, args...), Hint: catalogue[code].fix,
	}
}

// because returns e with its cause.
func (e *FileError) because(err error) *FileError {
	e.Err = err
	return e
}

// advise returns e with a hint that fits better than that of its code.
func (e *FileError) advise(format string, args ...any) *FileError {
	e.Hint = fmt.Sprintf(format, args...)
	return e
}

// reject returns the error of one record; where it stands is filled in by the
// reader of the record.
func reject(column, code, format string, args ...any) *RowError {
	return &RowError{
		Column: column, Code: code,
		Message: fmt.Sprintf(format, args...), Hint: catalogue[code].fix,
	}
}

// at returns e with its place.
func (e *RowError) at(p place) *RowError {
	e.File, e.Number, e.Line, e.Offset = p.file, p.number, p.line, p.offset
	return e
}
