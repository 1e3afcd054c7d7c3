package hashers

import "strings"

func firebaseParams() []Param {
	return []Param{
		{"salt", "the user's salt, base64; a column of the export", true},
		{"base64_signer_key", "base64", true},
		{"base64_salt_separator", "base64, usually Bw==", true},
		{"rounds", "usually 8", true},
		{"mem_cost", "usually 14", true},
	}
}

// fromFirebase joins hash, salt and the project's parameters into the six
// parts. Firebase's interfaces differ in their base64, so all of it is written anew.
func fromFirebase(digest string, p Params) (Rewritten, Verdict) {
	hash, ok := from64(digest)
	if !ok || len(hash) < 32 || isHexBytes(digest) {
		return otherForm()
	}
	parts := []string{std64(hash)}
	for _, name := range []string{"salt", "base64_signer_key", "base64_salt_separator"} {
		b, ok := from64(p[name])
		if !ok {
			return needs(name)
		}
		parts = append(parts, std64(b))
	}
	for _, name := range []string{"rounds", "mem_cost"} {
		if _, ok := iterationsOf(p[name]); !ok {
			return needs(name)
		}
		parts = append(parts, p[name])
	}
	return rewritten("scrypt_firebase", strings.Join(parts, "$"))
}

// fromDevise appends the pepper to a bcrypt digest, where Clerk expects it.
func fromDevise(digest string, p Params) (Rewritten, Verdict) {
	switch {
	case checkBcrypt(digest).Status == Invalid:
		return otherForm()
	case p["pepper"] == "":
		return needs("pepper")
	}
	return rewritten("bcrypt_peppered", digest+"$"+p["pepper"])
}
