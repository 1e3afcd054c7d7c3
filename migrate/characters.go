package migrate

import "unicode"

// A character class is a bit for the bytes that checks tell apart. What a text
// is made of is the sum of its bytes' classes: one look answers most questions,
// for most texts.
const (
	lowerCase = 1 << iota
	upperCase
	digit
	joint     // - and _
	blank     // a space
	sign      // what names of people hardly have, and ids seldom: < > # @ : . ,
	otherSign // all other ASCII
	foreign   // control characters, and all that is not ASCII
	odd       // of these, the ones with which a control or format character may begin
)

// classes is never written to after it is made.
var classes = func() (table [256]uint16) {
	for i := range table {
		switch c := byte(i); {
		case c < ' ', c == 0x7f, c == 0xc2, c >= 0xd8 && c <= 0xe2, c >= 0xef: // but U+00C0 to 05FF and 3000 to EFFF
			table[i] = foreign | odd
		case c >= 0x80:
			table[i] = foreign
		case c >= 'a' && c <= 'z':
			table[i] = lowerCase
		case c >= 'A' && c <= 'Z':
			table[i] = upperCase
		case c >= '0' && c <= '9':
			table[i] = digit
		default:
			table[i] = otherSign
		}
	}
	table[' '], table['-'], table['_'] = blank, joint, joint
	for _, c := range "<>#@:.," {
		table[c] = sign
	}
	return table
}()

// classesOf returns the classes of all bytes of a text.
func classesOf(text string) (sum uint16) {
	for i := range len(text) {
		sum |= classes[text[i]]
	}
	return sum
}

// isControl is true of C0, DEL and C1.
func isControl(r rune) bool { return r < 0x20 || r >= 0x7f && r <= 0x9f }

// isFormat is true of characters that only change how others are shown, byte
// order marks and zero-width spaces among them.
func isFormat(r rune) bool {
	switch {
	case r < 0x0600:
		return r == 0x00ad
	case r > 0x206f && r < 0xfeff: // most scripts of Asia
		return false
	}
	return unicode.Is(unicode.Cf, r)
}

// isNeedless is true of those that no name needs. Joiners are part of Persian
// names and of emoji, direction marks of names in two scripts.
func isNeedless(r rune) bool {
	switch r {
	case '\u200c', '\u200d', '\u200e', '\u200f', '\u061c':
		return false
	}
	return isFormat(r)
}
