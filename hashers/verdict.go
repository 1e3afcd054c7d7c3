package hashers

// A Status is what [Check] concludes about a digest.
//
// The zero value is Invalid, so that a Verdict nobody filled in passes nothing.
type Status uint8

const (
	// Invalid: the digest departs from its hasher's documented shape, or no password could ever open it.
	Invalid Status = iota
	// OK: the digest has the documented shape, to the last character.
	OK
	// Undecided: the documentation leaves open whether Clerk takes this form. Worth a warning, no refusal.
	Undecided
	// UnknownHasher: the hasher is none of [All]. Clerk adds hashers, so a caller may send it all the same.
	UnknownHasher
)

// String returns the status in the words of the reports: "invalid", "ok", "undecided", "unknown hasher".
func (s Status) String() string {
	switch s {
	case OK:
		return "ok"
	case Undecided:
		return "undecided"
	case UnknownHasher:
		return "unknown hasher"
	default:
		return "invalid"
	}
}

// A Verdict is the answer of [Check] and [RewriteNamed].
//
// It is comparable, and safe to print and store: its texts are constants of
// this package and never hold a piece of the digest. All texts are empty when
// Status is OK.
type Verdict struct {
	Status Status
	Code   string // stable problem code, one of [Codes]
	Part   string // which part of the digest: "salt", "hash", "iterations" …
	Why    string // what is wrong or open, one clause
	Fix    string // what to do about it
}

var good = Verdict{Status: OK}

func invalid(code, part, why, fix string) Verdict {
	return Verdict{Invalid, code, part, why, fix}
}

// doubt turns a good verdict into an undecided one. The first doubt stands:
// parsers read from the left, and so do the people who mend the data.
func (v Verdict) doubt(code, part, why, fix string) Verdict {
	if v.Status != OK {
		return v
	}
	return Verdict{Undecided, code, part, why, fix}
}

// Check tells whether digest has the form that Clerk documents for hasher.
//
// It looks at the shape alone: alphabets, lengths, prefixes, ranges, costs.
// Only [Verify], with a password, can tell whether the digest is the right
// one. Hasher names are exact, lower case. White space around the digest is an
// error here; [Trim] takes it off.
func Check(hasher, digest string) Verdict {
	h := find(hasher)
	if h == nil {
		return Verdict{UnknownHasher, "hasher_unknown", "hasher",
			"this is not the name of a hasher that Clerk documents",
			"compare it with the list of hashers; names are lower case"}
	}
	if v := readable(digest); v.Status != OK {
		return v
	}
	return h.check(digest)
}

// Problem codes, as a Verdict carries them.
const (
	codeEmpty      = "digest_empty"
	codeWhitespace = "digest_whitespace"
	codeAlphabet   = "digest_alphabet"
	codePrefix     = "digest_prefix"
	codeParts      = "digest_parts"
	codeLength     = "digest_length"
	codeHex        = "digest_hex"
	codeBase64     = "digest_base64"
	codeCase       = "digest_case"
	codeCost       = "digest_cost"
	codeOptions    = "digest_options"
	codeSalt       = "digest_salt"
	codePepper     = "digest_pepper"
	codeForm       = "digest_undocumented"

	codeRewriteUnknown = "rewrite_unknown"
	codeRewriteForm    = "rewrite_form"
	codeRewriteParam   = "rewrite_param"
	codeRewriteTarget  = "rewrite_impossible"
)
