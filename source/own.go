package source

import (
	"bytes"
	"strings"
)

// ownPrefix begins the names of the columns that carryover itself adds to rows
// that it gives back to be corrected: why each was refused.
const ownPrefix = "carryover_"

// unreadColumn is the column, of those, that holds a record which could not be
// read, as it stood in its file.
const unreadColumn = ownPrefix + "record"

// IsOwn reports whether a column is one that carryover added to rows which it
// gave back. Such columns are read over: they are neither unknown nor refused.
func IsOwn(name string) bool {
	return len(name) > len(ownPrefix) && strings.EqualFold(name[:len(ownPrefix)], ownPrefix)
}

// shapeOf returns the shape that a CSV file is read by. One whose records have
// no header gets one when carryover gives rows of it back.
func shapeOf(shape *Shape, header []byte) *Shape {
	if shape == nil || shape.Header == nil || !IsOwn(string(bytes.TrimLeft(header[:min(len(header), 64)], `"`))) {
		return shape
	}
	named := *shape
	named.Header = nil
	return &named
}

// Secret reports whether the column holds what nobody but its user may see.
func (c Column) Secret() bool {
	switch c {
	case ColPassword, ColPasswordDigest, ColTOTPSecret, ColBackupCodes:
		return true
	}
	return false
}

// secretWords are parts of the names that programs give to columns of secrets.
var secretWords = []string{
	"pass", "pwd", "hash", "digest", "secret", "salt", "pepper", "token", "totp", "otp", "mfa", "2fa",
	"twofactor", "backup", "recovery", "credential", "privatekey", "apikey", "cookie", "session",
}

// SeemsSecret reports whether a column of another system is called like one
// that holds a secret. It is for what must not be shown by mistake: it errs on
// the side of yes.
func SeemsSecret(name string) bool {
	plain := PlainName(name)
	for _, word := range secretWords {
		if strings.Contains(plain, word) {
			return true
		}
	}
	return false
}
