package migrate

import "sort"

// Files says which rows of an input are in which of its files. Rows are
// numbered through all of them, lines begin anew in each.
type Files []FileRows

// FileRows is a file of an input, and the last row in it.
type FileRows struct {
	File string `json:"file"`
	Last int64  `json:"last"`
}

// add takes in the next row of the input.
func (f *Files) add(file string) {
	n, last := len(*f), int64(0)
	if n > 0 {
		if last = (*f)[n-1].Last; (*f)[n-1].File == file {
			(*f)[n-1].Last++
			return
		}
	}
	*f = append(*f, FileRows{file, last + 1})
}

// Of returns the file that a row is in, or "" where the input is one file:
// then its name says nothing.
func (f Files) Of(row int64) string {
	i := sort.Search(len(f), func(i int) bool { return f[i].Last >= row })
	if len(f) < 2 || i == len(f) {
		return ""
	}
	return f[i].File
}
