package migrate

import (
	"context"
	"slices"
)

// roomFor is how many identifiers a look keeps in memory, in some 15 MB: those of
// some 350,000 rows.
const roomFor = 1_000_000

// keep remembers that a row has an identifier.
func (d *Duplicates) keep(k key, row uint32) {
	switch {
	case d.only != nil:
		if _, ok := d.only[k.table].get(k.print); !ok {
			return
		}
	case d.late == nil && d.room == 0:
		d.late, _ = newSpill(spillFolder()) // without a file there is nothing but memory
	}
	if d.late != nil {
		d.late.add(k.noted())
		return
	}
	d.room--
	d.tables[k.table].put(k.print, row)
}

// keepAll remembers that a row has the identifiers of a list.
func (d *Duplicates) keepAll(list []key, row uint32) {
	for i, k := range list {
		if !slices.Contains(list[:i], k) { // one that a row has twice is no duplicate
			d.keep(k, row)
		}
	}
}

// refused notes the identifiers of a row that is refused for one of them: it may
// share the others with a row that is not in the tables.
func (d *Duplicates) refused(list []key) {
	if d.late != nil {
		d.keepAll(list, 0)
	}
}

// kindBits are the bits of a fingerprint that a table does not keep. In a spill
// they say which table it would be in.
const kindBits = 64 - shardBits - tagBits

func (k key) noted() uint64 { return k.print>>kindBits<<kindBits | uint64(k.table) }

func keyNoted(noted uint64) key {
	const kinds = 1<<kindBits - 1
	return key{int(noted & kinds), noted &^ kinds}
}

// suspects returns a Duplicates for another look at the same rows, where this
// one could not keep all: it finds what this one should have found. It keeps
// those identifiers only that may be the same in two rows; all others cannot
// matter. It returns nil where this one has found everything.
//
// The error is errSpill, or the context's.
func (d *Duplicates) suspects(ctx context.Context) (*Duplicates, error) {
	if d.late == nil {
		return nil, nil
	}
	repeated, err := d.late.repeated(ctx)
	if err != nil || len(repeated) == 0 {
		return nil, err
	}
	again := &Duplicates{hash: d.hash, only: new([alikeKind + 1]table)}
	for _, noted := range repeated {
		k := keyNoted(noted)
		again.only[k.table].put(k.print, 0)
	}
	for _, c := range d.claims {
		again.only[c.kind].put(c.print, 0)
	}
	return again, nil
}

// close gives back what a Duplicates has taken beside memory.
func (d *Duplicates) close() {
	if d.late != nil {
		_ = d.late.close() // it has served
	}
}
