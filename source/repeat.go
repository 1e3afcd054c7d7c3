package source

import (
	"slices"
	"unicode/utf8"
)

// A repeat says whether a record is a header once more.
type repeat uint8

const (
	noHeader repeat = iota
	sameHeader
	otherHeader
)

// again finds the header in the middle of a file, where files were joined:
// the same one, though perhaps in another spelling or behind a byte order
// mark, or one of other columns. At least half of its cells are known names.
func (h *header) again(cells []string) repeat {
	if cells[0] == h.cells[0] && slices.Equal(cells, h.cells) {
		return sameHeader
	}
	for _, cell := range cells {
		if !mayBeName(cell) && !slices.Contains(h.cells, cell) {
			return noHeader // nearly every record, by its first cell or two
		}
	}
	filled, known, same := 0, 0, len(cells) == len(h.names)
	for i, cell := range cells {
		plain := PlainName(cell)
		same = same && plain == PlainName(h.names[i])
		if cell == "" {
			continue
		}
		filled++
		_, canonical := LookupColumn(cell)
		if slot, _ := h.shape.slot(cell); canonical || slot >= 0 {
			known++
		}
	}
	switch {
	case known == 0 || 2*known < filled:
		return noHeader
	case same:
		return sameHeader
	case known > 1:
		return otherHeader
	}
	return noHeader
}

// mayBeName reports whether a cell holds nothing that no known name has.
func mayBeName(cell string) bool {
	for i := range len(cell) {
		switch c := cell[i]; {
		case 'a' <= c|0x20 && c|0x20 <= 'z', c >= utf8.RuneSelf: // invisible ones too
		case c == '_', c == '-', c == ' ', c == '3': // web3_wallet
		default:
			return false
		}
	}
	return true
}
