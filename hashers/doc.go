// Package hashers knows every password digest that Clerk takes: what it looks
// like, whether a text is one, and whether a password opens it.
//
// Most callers want [Check], which judges the shape of a digest before it is
// sent, and perhaps [Verify], which tries a known password on it. [Identify]
// suggests the hasher of an unlabelled digest, and [RewriteNamed] brings the
// digests of other systems into a form that Clerk takes.
//
// # Three answers
//
// Clerk documents its hashers by a line each, and leaves questions open. So a
// [Verdict] is OK, Invalid or Undecided. Invalid is a digest that departs from
// the documented form, or that no password could ever open. Where the
// documentation can be read in two ways, the digest is Undecided, and the
// verdict puts the question in words: worth a warning and a try with one user.
// The same holds for a hasher that this package does not know.
//
// # Secrets
//
// A digest is a secret. No text that this package returns holds one, or a part
// of one, or a password: verdicts, guesses and errors are constants. [Rewritten]
// carries a digest, and prints only the name of its hasher.
//
// # Costs
//
// Check reads the digest once, allocates nothing, and takes well under two
// microseconds. Verify runs the real algorithm, which is slow by design; what
// would take more than some seconds or a gibibyte it refuses with
// [ErrTooCostly]. Nothing here is changed after it is made, so every function
// may be called from many goroutines.
//
// # Sources
//
// The formats are those of Clerk's page on createUser and of its OpenAPI
// document; the algorithms those of RFC 8018 (PBKDF2), RFC 7914 (scrypt), RFC
// 9106 (argon2), and of the systems that the hashers are named after.
package hashers
