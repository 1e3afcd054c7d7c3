package hashers

import "encoding/binary"

// fromASPNet reads the blob of ASP.NET Identity's PasswordHasher: a format
// byte, then salt and PBKDF2 key; version 3 has its parameters between, as
// big-endian numbers.
func fromASPNet(digest string, _ Params) (Rewritten, Verdict) {
	blob, ok := from64(digest)
	if !ok || isHexBytes(digest) {
		return otherForm()
	}
	switch {
	case blob[0] == 0 && len(blob) == 1+16+32:
		return toPBKDF2SHA1(1000, blob[1:17], blob[17:])
	case blob[0] == 1 && len(blob) > 13:
		return fromASPNet3(blob[1:])
	}
	return otherForm()
}

func fromASPNet3(b []byte) (Rewritten, Verdict) {
	prf := binary.BigEndian.Uint32(b)
	iterations := binary.BigEndian.Uint32(b[4:])
	size := binary.BigEndian.Uint32(b[8:])
	b = b[12:]
	// PasswordHasher itself refuses salts and keys under 16 bytes.
	if iterations < 1 || iterations > maxIterations || size < 16 || int64(size)+16 > int64(len(b)) {
		return otherForm()
	}
	salt, key := b[:size], b[size:]
	switch prf {
	case 0:
		return toPBKDF2SHA1(int(iterations), salt, key)
	case 1:
		return toPBKDF2SHA256(int(iterations), salt, key)
	case 2:
		return toPBKDF2SHA512(int(iterations), salt, key)
	}
	return otherForm()
}
