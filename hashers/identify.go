package hashers

import (
	"slices"
	"strings"
)

// Words for how sure a [Guess] is.
const (
	Certain     = "certain"     // the form belongs to this hasher alone
	Likely      = "likely"      // the usual meaning of the form, which others share
	Possible    = "possible"    // nothing speaks against it
	Unsupported = "unsupported" // recognised, and none that Clerk takes; Hasher is empty
)

// A Guess is one answer of [Identify].
type Guess struct {
	Hasher     string // empty when Unsupported
	Confidence string
	Why        string // constant text, never a piece of the digest
	Rewrite    string // the rewrite that brings the digest into Clerk's form; empty if it has that already
}

// Identify suggests which hashers a digest may belong to, best first; none if
// the form is not known. White space around the digest is ignored.
//
// It is a suggestion and no more: many forms are shared, and a bare hash says
// nothing of what went into it. Settle it with [Verify] and one known password.
func Identify(digest string) []Guess {
	digest, _ = Trim(digest)
	if readable(digest).Status != OK {
		if strings.HasPrefix(digest, "{") { // JSON may hold white space
			return identifyBare(digest)
		}
		return nil
	}
	for _, p := range prefixes {
		if !strings.HasPrefix(digest, p.prefix) {
			continue
		}
		if p.more != nil {
			return p.more(digest)
		}
		return []Guess{confirmed(p.guess, digest)}
	}
	return identifyBare(digest)
}

// confirmed lowers the confidence of a guess whose prefix fits but whose digest does not pass.
func confirmed(g Guess, digest string) Guess {
	if g.Hasher == "" || g.Rewrite != "" || Check(g.Hasher, digest).Status != Invalid {
		return g
	}
	g.Confidence, g.Why = Possible, "the prefix is this hasher's, but the digest does not have its form: check it"
	if mends := FindRewrites(digest); len(mends) > 0 {
		g.Why, g.Rewrite = "the prefix is this hasher's; the rewrite mends the rest of the form", mends[0]
	}
	return g
}

func unsupported(why string) Guess { return Guess{"", Unsupported, why, ""} }

// prefixes are tried in order: a longer prefix stands before its beginning. It is never written to.
var prefixes = []struct {
	prefix string
	guess  Guess
	more   func(digest string) []Guess
}{
	{"$2a$", Guess{}, identifyBcrypt},
	{"$2b$", Guess{}, identifyBcrypt},
	{"$2y$", Guess{}, identifyBcrypt},
	{"$2x$", Guess{"bcrypt", Possible, "bcrypt of an old, faulty PHP, which Clerk does not document", ""}, nil},
	{"$2$", Guess{"bcrypt", Possible, "the first version of bcrypt, which Clerk does not document", ""}, nil},
	{"bcrypt_sha256$$", Guess{"bcrypt_sha256_django", Certain, "Django's bcrypt over SHA-256", ""}, nil},
	{"bcrypt$$", Guess{"bcrypt", Certain, "Django's bcrypt, behind Django's prefix", "django"}, nil},
	{"$argon2id$", Guess{"argon2id", Certain, "the digest names its algorithm", ""}, nil},
	{"$argon2i$", Guess{"argon2i", Certain, "the digest names its algorithm", ""}, nil},
	{"$argon2d$", unsupported("argon2d: Clerk takes argon2i and argon2id only"), nil},
	{"argon2$argon2id$", Guess{"argon2id", Certain, "Django's argon2, behind Django's prefix", "django"}, nil},
	{"argon2$argon2i$", Guess{"argon2i", Certain, "Django's argon2, behind Django's prefix", "django"}, nil},
	{"pbkdf2_sha256$", Guess{}, identifyPBKDF2SHA256},
	{"pbkdf2_sha1$", Guess{}, identifyPBKDF2SHA1},
	{"pbkdf2_sha512_hex$", Guess{"pbkdf2_sha512_hex", Certain, "the digest names its hasher", ""}, nil},
	{"pbkdf2_sha512$", Guess{"pbkdf2_sha512", Certain, "the digest names its hasher", ""}, nil},
	{"pbkdf2:", Guess{}, identifyWerkzeug},
	{"scrypt:", Guess{"scrypt_werkzeug", Certain, "Werkzeug's scrypt", ""}, nil},
	{"scrypt$", Guess{"scrypt_werkzeug", Likely, "Django's scrypt, which Werkzeug's form can express", "django"}, nil},
	{"$P$", Guess{}, identifyPhpass},
	{"U$P$", Guess{"md5_phpass", Possible, "Drupal's mark for phpass over an MD5; Clerk documents no format for it", ""}, nil},
	{"$H$", Guess{"phpass", Certain, "phpBB's spelling of phpass", "phpbb"}, nil},
	{"sha512_symfony$", Guess{"sha512_symfony", Certain, "the digest names its hasher", ""}, nil},
	{"awscognito#", Guess{"awscognito", Certain, "the digest names its hasher", ""}, nil},
	{"$pbkdf2-sha256$", Guess{"pbkdf2_sha256", Certain, "passlib's PBKDF2", "passlib"}, nil},
	{"$pbkdf2-sha512$", Guess{"pbkdf2_sha512_hex", Certain, "passlib's PBKDF2", "passlib"}, nil},
	{"$pbkdf2$", Guess{"pbkdf2_sha1", Certain, "passlib's PBKDF2", "passlib"}, nil},
	{"md5$", Guess{"md5_salted", Likely, "Django's salted MD5", "django"}, nil},
	{"sha1$", unsupported("Django's salted SHA-1: no hasher takes it"), nil},
	{"$wp$", unsupported("WordPress 6.8 and later: bcrypt over an HMAC, which is not plain bcrypt"), nil},
	{"$1$", unsupported("md5-crypt: no hasher takes it"), nil},
	{"$apr1$", unsupported("Apache's md5-crypt: no hasher takes it"), nil},
	{"$5$", unsupported("sha256-crypt: no hasher takes it"), nil},
	{"$6$", unsupported("sha512-crypt: no hasher takes it"), nil},
	{"$7$", unsupported("scrypt as crypt writes it: no hasher takes it"), nil},
	{"$y$", unsupported("yescrypt: no hasher takes it"), nil},
	{"$gy$", unsupported("gost-yescrypt: no hasher takes it"), nil},
	{"$S$", unsupported("Drupal 7's SHA-512: phpass's form, another hash"), nil},
	{"$scrypt$", unsupported("scrypt in passlib's form, whose salt need not be text"), nil},
	{"$bcrypt-sha256$", unsupported("passlib's bcrypt over SHA-256, which is not Django's"), nil},
	{"{\"", Guess{}, identifyBare},
	{"{", Guess{}, identifyScheme},
}

func identifyBcrypt(digest string) []Guess {
	if checkBcryptPeppered(digest).Status != Invalid {
		return []Guess{{"bcrypt_peppered", Certain, "a bcrypt digest followed by a pepper", ""}}
	}
	guesses := []Guess{confirmed(Guess{"bcrypt", Certain, "the digest names its algorithm", ""}, digest)}
	if guesses[0].Confidence == Certain {
		guesses = append(guesses, Guess{"bcrypt_peppered", Possible, "Devise with a pepper writes the same, the pepper is not in it", "devise"})
	}
	return guesses
}

// identifyPBKDF2SHA256 weighs two hashers that share a prefix by what their salts look like.
func identifyPBKDF2SHA256(digest string) []Guess {
	django := Guess{"pbkdf2_sha256_django", Likely, "Django writes this prefix, and salts of letters and digits", ""}
	other := Guess{"pbkdf2_sha256", Possible, "the same prefix as Django's, but the salt would be base64", ""}
	asDjango, asOther := checkPBKDF2SHA256Django(digest).Status, checkPBKDF2SHA256(digest).Status
	switch {
	case asDjango == Invalid && asOther == Invalid:
		return []Guess{confirmed(django, digest), confirmed(other, digest)}
	case asOther == Invalid:
		return []Guess{django}
	case asDjango == Invalid:
		other.Confidence, other.Why = Likely, "salt and hash are base64, and Django would not write it so"
		return []Guess{other}
	case asDjango == Undecided:
		other.Confidence, other.Why = Likely, "the salt is base64, and holds what Django's salts do not"
		django.Confidence, django.Why = Possible, "the same prefix, if the salt was used as text"
		return []Guess{other, django}
	}
	return []Guess{django, other}
}

func identifyPBKDF2SHA1(digest string) []Guess {
	if out, v := fromDjango(digest, nil); v.Status == OK && Check(out.Hasher, out.Digest).Status != Invalid {
		return []Guess{{"pbkdf2_sha1", Certain, "Django's PBKDF2 with SHA-1, whose hash is base64", "django"}}
	}
	g := confirmed(Guess{"pbkdf2_sha1", Certain, "the digest names its hasher", ""}, digest)
	if g.Confidence == Certain && slices.Contains(FindRewrites(digest), "pbkdf2_sha1_key_length") {
		g.Why, g.Rewrite = "the digest names its hasher, but the length of its key must be given", "pbkdf2_sha1_key_length"
	}
	return []Guess{g}
}

func identifyWerkzeug(digest string) []Guess {
	if out, v := fromWerkzeug(digest, nil); v.Status == OK {
		return []Guess{{out.Hasher, Certain, "Werkzeug's PBKDF2, which this hasher can express", "werkzeug"}}
	}
	return []Guess{unsupported("looks like Werkzeug's PBKDF2, but with a hash or form that no hasher takes")}
}

func identifyPhpass(digest string) []Guess {
	g := confirmed(Guess{"phpass", Certain, "phpass's prefix and length", ""}, digest)
	return []Guess{g, {"md5_phpass", Possible, "phpass over an MD5 looks the same", ""}}
}
