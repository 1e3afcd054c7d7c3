package checkpoint

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"

	"carryover/migrate"
)

// sealInfo binds the keys of seals to what they are for.
const sealInfo = "carryover: fields before and after updates, 1"

// ErrSealed is what Open returns of what another secret key has sealed, or of
// what has been changed since.
var ErrSealed = errors.New("it was sealed with another secret key")

// A Seal encrypts what is kept of users' fields, so that whoever has the file
// alone cannot read them. Any goroutine may use it.
type Seal struct{ aead cipher.AEAD }

// Seal returns the seal of a secret key of Clerk for this checkpoint: that key
// opens it, in this checkpoint.
func (db *DB) Seal(key migrate.Secret) (*Seal, error) {
	derived, err := hkdf.Key(sha256.New, []byte(key.Reveal()), []byte(db.id), sealInfo, 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(derived)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	return &Seal{aead}, err
}

// close encrypts a text about a user under a nonce of its own.
func (s *Seal) close(userID string, text []byte) []byte {
	size := s.aead.NonceSize()
	sealed := make([]byte, size, size+len(text)+s.aead.Overhead())
	_, _ = rand.Read(sealed) // cannot fail
	return s.aead.Seal(sealed, sealed, text, []byte(userID))
}

// Open decrypts what was kept of a user, or returns ErrSealed.
func (s *Seal) Open(userID string, sealed []byte) (migrate.KeptChanges, error) {
	size := s.aead.NonceSize()
	if len(sealed) < size {
		return nil, ErrSealed
	}
	text, err := s.aead.Open(nil, sealed[:size], sealed[size:], []byte(userID))
	if err != nil {
		return nil, ErrSealed
	}
	return migrate.DecodeKept(text)
}

// A kept is what an update changes of a user.
type kept struct {
	userID string
	sealed []byte
}

// Keep seals what an update changes of a user. It is stored with the next
// Commit, or not at all.
func (db *DB) Keep(seal *Seal, userID string, changes migrate.KeptChanges) error {
	text, err := changes.Encode()
	if err != nil {
		return err
	}
	db.mu.Lock()
	defer db.mu.Unlock()
	db.keeping = append(db.keeping, kept{userID, seal.close(userID, text)})
	return nil
}

func (db *DB) writeKept(ctx context.Context) error {
	for _, k := range db.keeping {
		if _, err := db.stmts.keep.ExecContext(ctx, k.userID, k.sealed); err != nil {
			return err
		}
	}
	return nil
}

// addKept gives items what was kept of their users.
func addKept(ctx context.Context, tx *sql.Tx, items []migrate.UndoItem) error {
	at := make(map[string]int, len(items))
	var ids []string
	for i := range items {
		if items[i].Action == migrate.UndoUpdate {
			at[items[i].UserID] = i
			ids = append(ids, items[i].UserID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	list, err := json.Marshal(ids)
	if err != nil {
		return err
	}
	rows, err := tx.QueryContext(ctx, "SELECT user_id, sealed FROM kept WHERE user_id IN (SELECT value FROM json_each(?)) ORDER BY id", string(list))
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var userID string
		var sealed []byte
		if err := rows.Scan(&userID, &sealed); err != nil {
			return err
		}
		item := &items[at[userID]]
		item.Sealed = append(item.Sealed, sealed)
	}
	return rows.Err()
}
