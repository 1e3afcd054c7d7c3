// Package migrate is what a migration into Clerk is: users, the requests they
// become, the checks they must pass, the plan for each, and the run that
// carries the plan out. It knows nothing of HTTP and nothing of SQL.
//
//	source.Row ─► User ─► plan ─► Create-/UpdateUserRequest ─► API
//	                │                                           │
//	                └─ Problem                      Result ─► Ledger
//
// Most callers want three functions: [ParseUser] turns a row into a user or
// into problems; [Decide] says what a user asks of Clerk; [Run] carries it out
// and can be stopped at any moment.
//
// # A refused row is a value
//
// A row that breaks a rule, or that Clerk refuses, is a [Problem] or a
// [Result], and the run goes on. An error means that the run itself cannot go
// on: the ledger cannot be written, the key is refused, the network is gone.
//
// # Exactly once
//
// A create is not idempotent, and Clerk has no idempotency key for users.
// Three layers make up for it: the intent is durable before the request
// leaves; a create without an answer is looked up by its external id, after a
// delay that outlives the request; and Clerk's own uniqueness of external ids
// refuses a second one. See [Run].
package migrate
