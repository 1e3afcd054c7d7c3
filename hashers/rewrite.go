package hashers

import (
	"encoding/base64"
	"encoding/hex"
	"strconv"
)

// A Rewrite turns digests as some system stores them into the form of one of
// Clerk's hashers. The secret stays the same: every password that opened the
// digest before opens it after, and no other.
type Rewrite struct {
	Name   string
	From   string   // the forms it reads
	To     []string // the hashers it can end in
	Params []Param  // what it needs beside the digest
	Note   string
}

// A Param is a value that a [Rewrite] needs and the digest does not hold.
type Param struct {
	Name     string
	What     string // meaning and form
	Required bool
}

// Params are the values of a rewrite's parameters, by name. Unknown names are
// ignored, so that one set serves several rewrites. They may hold secrets.
type Params map[string]string

// Rewritten is what a rewrite gives: a digest and the hasher it is for.
type Rewritten struct {
	Hasher string
	Digest string
}

// String names the hasher only, so that a digest cannot be printed by accident.
func (r Rewritten) String() string { return "digest for " + r.Hasher }

// GoString is String, for %#v.
func (r Rewritten) GoString() string { return r.String() }

// Rewrites lists the rewrites, by name.
func Rewrites() []Rewrite {
	infos := make([]Rewrite, len(rewrites))
	for i := range rewrites {
		infos[i] = rewrites[i].info
	}
	return infos
}

// RewriteNamed applies the rewrite of this name to a digest.
//
// The verdict is that of [Check] on the outcome, or Invalid with one of the
// codes rewrite_unknown, rewrite_form (not a form it reads), rewrite_param (a
// parameter is missing; Part names it) and rewrite_impossible (understood, but
// no hasher expresses it). Where it is Invalid, Rewritten is empty. A digest
// that needs no change comes back as it is, so one rewrite can be applied to a
// whole column (pbkdf2_sha1_raw_salt excepted: it cannot see that it was there).
func RewriteNamed(name, digest string, params Params) (Rewritten, Verdict) {
	for i := range rewrites {
		if rewrites[i].info.Name == name {
			return rewrites[i].run(digest, params)
		}
	}
	return Rewritten{}, invalid(codeRewriteUnknown, "rewrite", "there is no rewrite of this name", "compare it with the list of rewrites")
}

// FindRewrites names the rewrites that would change this digest into one that
// Clerk takes, as far as its form tells. It is a suggestion: forms overlap, and
// rewrites that rest on knowledge outside of the digest (auth0, devise,
// pbkdf2_sha1_raw_salt) are never among them.
func FindRewrites(digest string) []string {
	var names []string
	for i := range rewrites {
		if rewrites[i].told {
			continue
		}
		out, v := rewrites[i].run(digest, nil)
		if v.Code == codeRewriteParam || (v.Status != Invalid && out.Digest != digest) {
			names = append(names, rewrites[i].info.Name)
		}
	}
	return names
}

// A rewrite is one row of the table of rewrites.
type rewrite struct {
	info  Rewrite
	told  bool // only the operator can know that it applies
	apply func(digest string, p Params) (Rewritten, Verdict)
}

func (r *rewrite) run(digest string, p Params) (Rewritten, Verdict) {
	if digest == "" || len(digest) > maxDigest {
		return Rewritten{}, readable(digest)
	}
	out, v := r.apply(digest, p)
	if v.Status == OK {
		v = Check(out.Hasher, out.Digest)
	}
	if v.Status != OK && v.Status != Undecided {
		return Rewritten{}, v
	}
	return out, v
}

// The ways in which a rewrite ends.

func rewritten(hasher, digest string) (Rewritten, Verdict) {
	return Rewritten{hasher, digest}, good
}

func otherForm() (Rewritten, Verdict) {
	return Rewritten{}, invalid(codeRewriteForm, "digest", "the digest is not in a form that this rewrite reads", "compare it with the forms that the rewrite names")
}

func needs(param string) (Rewritten, Verdict) {
	return Rewritten{}, invalid(codeRewriteParam, param, "the rewrite needs a parameter that is missing or unusable", "pass it with --param, or map the column that holds it")
}

func impossible() (Rewritten, Verdict) {
	return Rewritten{}, invalid(codeRewriteTarget, "digest", "no hasher of Clerk's can express this digest", "import the user without a password and ask for a new one")
}

// Building blocks.

// std64 is base64 as most decoders want it: standard alphabet, padded.
func std64(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

// from64 decodes base64 of either alphabet, padded or not.
func from64(s string) ([]byte, bool) {
	b := scanBase64(s)
	if !b.ok || b.size == 0 {
		return nil, false
	}
	return decode64(s), true
}

// toPBKDF2SHA1 writes salt and key so that nothing is left to guess: the salt in hexadecimal, the key with its length.
func toPBKDF2SHA1(iterations int, salt, key []byte) (Rewritten, Verdict) {
	return rewritten("pbkdf2_sha1", "pbkdf2_sha1$"+strconv.Itoa(iterations)+"$"+hex.EncodeToString(salt)+"$"+hex.EncodeToString(key)+"$"+strconv.Itoa(len(key)))
}

// toPBKDF2SHA256 cuts a longer key to the documented 32 bytes. PBKDF2 derives
// each block of 32 bytes on its own (RFC 8018 section 5.2), so the first block
// alone is the key that Clerk would derive from the same password.
func toPBKDF2SHA256(iterations int, salt, key []byte) (Rewritten, Verdict) {
	key = key[:min(len(key), 32)]
	return rewritten("pbkdf2_sha256", "pbkdf2_sha256$"+strconv.Itoa(iterations)+"$"+std64(salt)+"$"+std64(key))
}

// toPBKDF2SHA512 cuts a longer key to the documented 64 bytes, for the same reason.
func toPBKDF2SHA512(iterations int, salt, key []byte) (Rewritten, Verdict) {
	key = key[:min(len(key), 64)]
	return rewritten("pbkdf2_sha512_hex", "pbkdf2_sha512_hex$"+strconv.Itoa(iterations)+"$"+hex.EncodeToString(salt)+"$"+hex.EncodeToString(key))
}

// iterationsOf reads a count of iterations as it stands in a digest or a parameter.
func iterationsOf(s string) (int, bool) {
	n, ok := number(s, maxIterations)
	return n, ok && n > 0
}
