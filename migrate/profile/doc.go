// Package profile finds out what a file of users holds that nobody has described:
// which columns, how full, what kinds of values, which digests.
//
// A [Profile] is told of one record after the other by [Profile.Add] and keeps
// nothing of them but counts and, for each column, a few examples. [Profile.Columns]
// tells what came of it, and [Profile.Draft] writes a mapping to begin with.
//
// # Nothing is given away
//
// What a profile shows of a file is meant for a terminal, a ticket, a chat. So
// an example is shown only where neither the name of its column nor the form of
// any of its values speaks of a secret: passwords, digests, second factors,
// tokens and keys are masked, and so is what merely looks like one. Addresses,
// numbers and names of people are shortened until they name nobody.
package profile
