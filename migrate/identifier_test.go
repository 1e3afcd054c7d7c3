package migrate

import (
	"net/mail"
	"testing"
)

// What is taken for plain, the whole parser takes too.
func FuzzPlainLocal(f *testing.F) {
	for _, seed := range []string{"ada", "ada.lovelace+x", ".a", "a.", "a..b", "", "a_b-c", "A9", "a@b", "é"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, local string) {
		address := local + "@example.com"
		parsed, err := mail.ParseAddress(address)
		if plainLocal(local) && (err != nil || parsed.Name != "" || parsed.Address != address) {
			t.Errorf("%q is no address: %v", address, err)
		}
	})
}
