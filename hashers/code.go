package hashers

// A Code explains a problem code. The texts are whole sentences without a full
// stop.
type Code struct {
	Code    string
	Group   string // "digests" or "rewrites"
	Meaning string
	Cause   string // how a migration comes to meet it
	Fix     string // what to do; the Fix of a Verdict is about the very digest
}

// Codes lists every code that a [Verdict] can carry, in a fixed order.
func Codes() []Code {
	const digests, rewrites = "digests", "rewrites of digests"
	return []Code{
		{"hasher_unknown", digests, "the password_hasher is not a name that Clerk documents; names are exact and lower case",
			"the legacy system's own name for the algorithm stands in the column, or Clerk has added a hasher since",
			"compare it with carryover hashers list; without --strict the row is sent as it is"},
		{codeEmpty, digests, "the digest, or a part of it that must hold something, is empty",
			"users who sign in through Google and the like have no password, and the column was filled all the same",
			"leave both the digest and the hasher out of such rows"},
		{codeWhitespace, digests, "there is white space inside the digest, which no hasher writes",
			"a cell was wrapped, padded or joined from two columns",
			"export the column again, as it stands in the database"},
		{codeAlphabet, digests, "a part of the digest holds characters that its hasher never writes",
			"the digest belongs to another hasher, is encrypted, or was changed by an encoding on the way",
			"let carryover hashers identify look at it; name another hasher, or export the column again"},
		{codePrefix, digests, "the digest does not begin as digests of this hasher do",
			"the digest belongs to another hasher, or the legacy system writes its own prefix",
			"let carryover hashers identify look at it; name another hasher, or the rewrite that it names"},
		{codeParts, digests, "the digest has too few or too many parts between its separators",
			"salt, iterations and hash stand in columns of their own, or the separator is another one",
			"join the parts in the order that carryover hashers list shows"},
		{codeLength, digests, "a part of the digest is too short or too long",
			"it was cut off at a limit of a column, or belongs to another hasher",
			"export the column again at its whole length, or name another hasher"},
		{codeHex, digests, "a part that must be hexadecimal is not",
			"the legacy system writes base64 or bytes",
			"let carryover hashers identify look at it; a rewrite may bring it into Clerk's form"},
		{codeBase64, digests, "a part that must be base64 is not standard base64: wrong characters, padding or last bits",
			"the legacy system writes base64url, bcrypt's alphabet or no padding, or the value was cut off",
			"let carryover hashers identify look at it; a rewrite may bring it into Clerk's form"},
		{codeCase, digests, "letters are in upper case where the documentation shows lower case",
			"the legacy system writes hexadecimal in upper case",
			"add --rewrite-digests hex_lower"},
		{codeCost, digests, "a cost (rounds, iterations, memory) is not a number, or outside of what the algorithm or Clerk allows",
			"the legacy system used a higher cost than Clerk takes, or the parts are in another order",
			"check the order of the parts; a cost that Clerk does not take cannot be lowered: --no-password without leaves the user without a password"},
		{codeOptions, digests, "the options of the digest (version, order, unknown names) are not those that Clerk documents",
			"an older or a newer library wrote the digest",
			"try one such user first; where Clerk refuses it, the user needs a new password"},
		{codeSalt, digests, "the salt is legal but can be read in two ways, or has a form that the documentation leaves open",
			"the salt could be text, hexadecimal or base64, and the digest does not say which",
			"prove a user whose password is known: carryover validate FILE --prove ACCOUNTS"},
		{codePepper, digests, "the pepper is empty, or holds the character that separates the parts",
			"the legacy system has no pepper, or one with a $ in it",
			"without a pepper name the hasher bcrypt; otherwise try one user whose password is known first"},
		{codeForm, digests, "Clerk names this hasher but documents no format for it, so its digests cannot be checked",
			"the row names hmac_sha256_utf16_b64 or md5_phpass",
			"try one user whose password is known first"},
		{codeRewriteUnknown, rewrites, "there is no rewrite of this name",
			"the name is misspelt",
			"compare it with carryover hashers list"},
		{codeRewriteForm, rewrites, "the digest is not in the form that this rewrite reads",
			"the column holds digests of several kinds, or another rewrite is meant",
			"let carryover hashers identify look at it; several rewrites can be given, and the first that fits is used"},
		{codeRewriteParam, rewrites, "a parameter that this rewrite needs is missing or has no usable value",
			"some values belong to the whole system, not to a digest, such as Firebase's hash parameters",
			"give it with --param NAME=VALUE, or in the file of --param-file where it is secret; carryover hashers list --output json names the parameters"},
		{codeRewriteTarget, rewrites, "the digest is understood, but no hasher of Clerk's can express it",
			"the legacy system used an algorithm, a cost or a length that Clerk has no form for",
			"--no-password without leaves the user without a password; they set a new one"},
	}
}
