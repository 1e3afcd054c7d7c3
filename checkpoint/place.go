package checkpoint

import (
	"errors"
	"path/filepath"
)

// A Place is where a checkpoint would lie.
type Place struct {
	Folder  string // absolute
	Warning string // what is doubtful about it, as a sentence; "" for nothing
	Free    int64  // bytes; -1 where it is not known
}

// Look looks at the place of a checkpoint and writes nothing. The error is a
// *DiskError that says why no checkpoint can be made there.
func Look(path string) (Place, error) {
	path, err := absolute(path)
	if err != nil {
		return Place{}, err
	}
	place := Place{Folder: filepath.Dir(path), Free: -1}
	if place.Warning, err = folder(path); err != nil {
		return place, err
	}
	if !mayWrite(place.Folder) {
		return place, &DiskError{Path: path, Err: errors.New("the folder " + place.Folder + " cannot be written")}
	}
	if n, ok := free(place.Folder); ok {
		place.Free = n
	}
	return place, nil
}
