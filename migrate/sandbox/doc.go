// Package sandbox is a small Clerk in memory, on loopback, for rehearsals and
// tests. It answers the part of Clerk's Backend API that a migration needs and
// keeps what a test wants to know afterwards: every user, and every request.
//
//	box, err := sandbox.New(sandbox.Config{Limit: 100, Latency: 150 * time.Millisecond})
//	url, err := box.Start(ctx) // http://127.0.0.1:PORT
//	defer box.Close()
//
// # Goals
//
//   - Be refused here rather than there. Where Clerk's documents are strict the
//     sandbox is strict; where they are silent it takes the stricter reading, so
//     that a client which pleases it has no nasty surprise left.
//   - Be an oracle. The journal says of each request whether it was applied and
//     whether it was answered, which is what no client can know by itself. A
//     request that has been read is applied, also when its client has gone.
//   - Be unpleasant on request. Limits, latency and faults come from the
//     [Config]; given the same Seed, the n-th request meets the same fate.
//   - Be quick enough never to be what a measurement measures.
//   - Share no type with the client that it tests: a misspelt name in both would
//     go unseen.
//
// # Limitations
//
//   - It forgets everything when it stops, and listens on loopback only.
//   - It refuses secret keys that could be real: sk_test_ with any text is
//     taken, sk_live_ only as sk_live_sandbox…
//   - The users are all there is: no sessions, organizations, images, webhooks,
//     mail, plans or dashboard. Of the query filters only external_id, user_id,
//     email_address, phone_number, username and web3_wallet work; any other is
//     refused rather than ignored, and only created_at can be ordered by.
//   - Phone numbers are checked for the shape of E.164, not for being in use
//     somewhere; e-mail addresses for their shape and for a public domain.
//   - A password is kept as it came, for a bcrypt of each would be the slowest
//     thing here. Nothing that leaves the sandbox holds a secret: only its SHA-256.
//   - What Clerk does not document is a guess, marked as such where it is made:
//     the codes for a duplicate external_id, for 402 and 409, whether a limit's
//     window is fixed or slides, and what a null does to most properties.
//
// # Endpoints
//
// Under /v1, with a key: POST and GET /users, GET /users/count; GET, PATCH and
// DELETE /users/{user_id}; PATCH and PUT /users/{user_id}/metadata; POST
// /users/{user_id}/verify_password and …/verify_totp; POST /email_addresses;
// GET /instance and /domains. Without a key, as the Frontend API: GET
// /environment, which tells the settings. Under /sandbox, without a key: GET users
// and journal (JSON lines), GET stats, POST reset, POST sign-in, whose body is the
// id of a user a line, and POST faults, whose body is one fault a line, as
// [ParseFault] reads it, in the place of those so far.
package sandbox
