package main

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
)

const (
	phpassAlphabet = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	saltAlphabet   = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyzAB" // 64, so that 6 bits pick one
)

// bcrypt64 is base64 in bcrypt's order of letters.
var bcrypt64 = base64.NewEncoding("./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789").WithPadding(base64.NoPadding)

// digest gives the user a digest of random bytes: the shape of the real one,
// with usual parameters, and no password behind it.
func (u *user) digest() {
	switch n := u.below(20); {
	case n < 10:
		u.hasher("bcrypt", "$2", pick(u, bcryptVersions))
		u.encoded(bcrypt64, 16)
		u.encoded(bcrypt64, 23)
	case n < 13:
		u.hasher("argon2id", "$argon2id$v=19$m=65536,t=3,p=4$")
		u.encoded(base64.RawStdEncoding, 16)
		u.set(passwordDigest, "$")
		u.encoded(base64.RawStdEncoding, 32)
	case n < 15:
		u.hasher("pbkdf2_sha256_django", "pbkdf2_sha256$260000$")
		u.letters(saltAlphabet, 22)
		u.set(passwordDigest, "$")
		u.encoded(base64.StdEncoding, 32)
	case n < 16:
		u.hasher("sha256")
		u.hex(32)
	case n < 17:
		u.hasher("scrypt_werkzeug", "scrypt:32768:8:1$")
		u.letters(saltAlphabet, 16)
		u.set(passwordDigest, "$")
		u.hex(64)
	case n < 18:
		u.hasher("phpass", "$P$B")
		u.letters(phpassAlphabet, 8+21)
		u.letters(phpassAlphabet[:4], 1) // 16 bytes are 21 letters and 2 bits
	case n < 19:
		u.hasher("bcrypt_sha256_django", "bcrypt_sha256$$2b$12$")
		u.encoded(bcrypt64, 16)
		u.encoded(bcrypt64, 23)
	default:
		u.hasher("sha512_symfony", "sha512_symfony$5000$")
		u.letters(saltAlphabet, 31)
		u.set(passwordDigest, "$")
		u.encoded(base64.StdEncoding, 64)
	}
}

var bcryptVersions = []string{"a$10$", "a$11$", "b$12$", "y$10$"}

// hasher names the user's hasher and begins the digest.
func (u *user) hasher(name string, prefix ...string) {
	u.set(passwordHasher, name)
	u.set(passwordDigest, prefix...)
}

// encoded appends n random bytes to the digest, in base64.
func (u *user) encoded(encoding *base64.Encoding, n int) {
	var raw [64]byte
	u.fill(raw[:n])
	u.cells[passwordDigest] = encoding.AppendEncode(u.cells[passwordDigest], raw[:n])
}

// hex appends n random bytes to the digest, in lower-case hexadecimal.
func (u *user) hex(n int) {
	var raw [64]byte
	u.fill(raw[:n])
	u.cells[passwordDigest] = hex.AppendEncode(u.cells[passwordDigest], raw[:n])
}

// letters appends n random letters of an alphabet to the digest. The length of
// the alphabet is a power of two, at most 64.
func (u *user) letters(alphabet string, n int) {
	var raw [32]byte
	u.fill(raw[:n])
	for _, b := range raw[:n] {
		u.cells[passwordDigest] = append(u.cells[passwordDigest], alphabet[int(b)%len(alphabet)])
	}
}

// fill fills raw, at most 64 bytes, with random bytes.
func (u *user) fill(raw []byte) {
	var block [64]byte
	for i := 0; i < len(raw); i += 8 {
		binary.LittleEndian.PutUint64(block[i:], u.rng.Uint64())
	}
	copy(raw, block[:])
}
