package migrate

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"
)

// A HashKey keys the hashes that a ledger keeps, so that equal users in two
// ledgers, or a guessed value, cannot be matched without it.
type HashKey [32]byte

// content is everything that a row may send, for hashing.
type content struct {
	UserID string `json:"user_id,omitzero"`
	Profile
	UpdateOnly
	CreateOnly
}

// Hash returns the first 16 bytes of HMAC-SHA-256 over what the row may send,
// which must not hold a generated external id yet. The row's place, the format
// of its file, and white space and the order of members inside metadata do not
// count; the spelling of a number does (1 and 1.0 differ).
func (k HashKey) Hash(u *User) ([16]byte, error) {
	sum, err := k.sum(u, "content", 0)
	return [16]byte(sum[:16]), err
}

// keyHash returns the first 16 bytes of HMAC-SHA-256 over the key of a row.
func (k HashKey) keyHash(key string) [16]byte {
	mac := hmac.New(sha256.New, k[:])
	fmt.Fprintf(mac, "carryover 1\x00key\x00%s", key)
	return [16]byte(mac.Sum(nil)[:16])
}

// needsID reports whether a row is given a generated external id, since it may
// be created and has none.
func needsID(u *User, mode Mode) bool {
	return u.ExternalID == nil && u.UserID == "" && mode != UpdateOnlyMode
}

// GeneratedID returns the external id of a row that has none, so that its
// create can be looked up again: the same for the same row of the same input
// under the same key, and different for any other.
func (k HashKey) GeneratedID(u *User) (string, error) {
	sum, err := k.sum(u, "external_id", u.Row)
	return "carryover_" + base32.HexEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:15]), err
}

func (k HashKey) sum(u *User, purpose string, row int64) ([]byte, error) {
	c := content{u.UserID, u.Profile, u.UpdateOnly, u.CreateOnly}
	// Nothing else of a body can be written in more than one way.
	for _, metadata := range []*jsontext.Value{&c.PublicMetadata, &c.PrivateMetadata, &c.UnsafeMetadata} {
		if *metadata == nil {
			continue
		}
		*metadata = metadata.Clone()
		if err := metadata.Format(jsontext.ReorderRawObjects(true)); err != nil {
			return make([]byte, sha256.Size), fmt.Errorf("encode row %d: invalid JSON", u.Row)
		}
	}
	body, err := Encode(&c)
	if err != nil {
		return make([]byte, sha256.Size), fmt.Errorf("encode row %d: invalid text", u.Row)
	}
	mac := hmac.New(sha256.New, k[:])
	fmt.Fprintf(mac, "carryover 1\x00%s\x00%d\x00", purpose, row)
	mac.Write(body)
	return mac.Sum(nil), nil
}
