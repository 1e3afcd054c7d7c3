package hashers

import (
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
)

// Errors of [Verify]. Their texts never hold the digest or the password.
var (
	// ErrUnknownHasher: no hasher of [All] has this name.
	ErrUnknownHasher = errors.New("unknown hasher")
	// ErrInvalidDigest: [Check] finds the digest invalid; the wrapping error says why.
	ErrInvalidDigest = errors.New("digest is not in the form of its hasher")
	// ErrUnverifiable: the digest is of a kind that cannot be computed here, such as argon2 version 16
	// or an HMAC without its key.
	ErrUnverifiable = errors.New("digest cannot be verified here")
	// ErrOnlyCognito: an awscognito digest names a user; only Amazon Cognito can check that user's password.
	ErrOnlyCognito = errors.New("only Amazon Cognito can verify this password")
	// ErrTooCostly: verifying would take more than a few seconds or more than 1 GiB. No work was done.
	ErrTooCostly = errors.New("digest costs too much to verify here")
)

// A Match is the answer of [Verify].
type Match struct {
	// OK says that the password opens the digest as Clerk documents the hasher.
	OK bool
	// How names the reading that matched, where there is more than one; with
	// OK false, a reading that would have matched and how to get there. Else empty.
	How string
}

// Verify computes whether password opens digest, with the real algorithm and a
// comparison in constant time.
//
// A wrong password is a Match that is not OK, and no error. The error is
// [ErrUnknownHasher], [ErrInvalidDigest], [ErrUnverifiable], [ErrOnlyCognito]
// or [ErrTooCostly], to be told with [errors.Is]. A call may take some seconds
// of one core and up to 1 GiB, never more: dearer digests are refused first.
func Verify(hasher, digest, password string) (Match, error) {
	switch v := Check(hasher, digest); v.Status {
	case UnknownHasher:
		return Match{}, ErrUnknownHasher
	case Invalid:
		return Match{}, fmt.Errorf("%w: %s: %s", ErrInvalidDigest, v.Part, v.Why)
	}
	return find(hasher).verify(digest, password)
}

// Bounds of Verify, each about three seconds of one 2020s core.
const (
	maxHashes  = 10_000_000 // hash blocks in a row: PBKDF2, phpass, Symfony
	maxScrypt  = 1 << 23    // scrypt's N*r*p; its memory is 128*N*r bytes
	maxMemory  = 1 << 30    // bytes
	maxArgonKB = 1 << 22    // argon2's passes times KiB
)

func affordable(cost, limit int) error {
	if cost < 0 || cost > limit {
		return ErrTooCostly
	}
	return nil
}

// affordableChain bounds an iterated hash whose every round takes in the whole password.
func affordableChain(rounds, roundBytes int) error {
	return affordable(rounds*(roundBytes/64+1), maxHashes)
}

func same(a, b []byte) bool {
	return subtle.ConstantTimeCompare(a, b) == 1
}

// sameHex compares a hash with its hexadecimal form, in either case.
func sameHex(text string, sum []byte) bool {
	want, err := hex.DecodeString(text)
	return err == nil && same(want, sum)
}
