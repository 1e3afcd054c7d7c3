// Package source reads the users of a legacy system from files: CSV, JSON
// Lines, a JSON array or a JSON text sequence, and LDIF, plain or compressed with
// gzip or zstd, from disk or from standard input. Files in, records out.
//
// [Open] looks at the files, [Input.Rows] yields a [Row] a record. A format is
// recognised by the bytes of the file; its name decides only where they do not.
//
// # No row is lost in silence
//
// Every record has a number and its true line, and comes out as a row or as a
// [RowError]. Where it is doubtful which bytes are a record, reading ends with
// a [FileError], since anything behind that place may be misread: a quote that
// is never closed, a record of many lines whose cells do not add up or whose
// lines all look like records, line ends that are not, a second header of other
// columns, a broken JSON array, a file that is cut off. Lines that are empty are
// no records. The folder testdata/malformed of this module says for a hundred
// such faults what comes of each.
//
// In LDIF an empty line ends an entry, so that a bad one harms no other. Reading
// ends there where ldapsearch says that the directory did not give out all
// entries, and where the last line has no end. What the entries are and what an
// attribute means must be said: LDIF needs a [Shape].
//
// A record whose quotes are broken is given up for itself only if it certainly
// ends with its line. That is so where a careless writer's reading of the line
// leaves no cell open and gives the right number of cells, or where its quotes
// are in pairs.
//
// # No value is quoted
//
// Cells hold passwords, digests and second factors. No error of this package
// quotes a cell, nor the first line of a file that may have no header.
//
// # Nothing is converted
//
// A cell is a string, kept to the byte, and a [Kind]. An empty CSV cell and a
// JSON null are not given; a JSON number keeps every digit. An LDIF attribute that
// comes several times is a list; base64 is decoded, but for attributes whose
// values are no text, such as photos: these are base64 however they were written.
// What a value means is for the reader of the row to decide.
package source
