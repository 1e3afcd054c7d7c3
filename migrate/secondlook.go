package migrate

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"carryover/source"
)

// Rows is an input that can be read again, such as a *source.Input.
type Rows interface {
	// Rows yields every row, or the error in its place.
	Rows(context.Context) iter.Seq2[*source.Row, error]
	// Pick yields those of them whose numbers are wanted.
	Pick(ctx context.Context, want func(number int64) bool) iter.Seq2[*source.Row, error]
}

// errCollision says that two identifiers that differ have one fingerprint.
var errCollision = errors.New("two different identifiers have the same fingerprint")

// claimsAtOnce bounds how many rows are kept during a second look.
const claimsAtOnce = 100_000

// An identity is what of a row no other row may share, by the place of the
// column in unique.
type identity [len(unique)][]string

// confirm reads the rows again of which Check said that they share something,
// and compares the values themselves. It returns errCollision where one of the
// claims is wrong.
func (d *Duplicates) confirm(ctx context.Context, in Rows, rules Rules) error {
	for claims := range slices.Chunk(d.claims, claimsAtOnce) {
		if err := confirm(ctx, in, rules, claims); err != nil {
			return err
		}
	}
	return nil
}

func confirm(ctx context.Context, in Rows, rules Rules, claims []claim) error {
	firsts := map[uint32]identity{}
	wanted := map[uint32]bool{}
	for _, c := range claims {
		firsts[c.first], wanted[c.first], wanted[c.row] = identity{}, true, true
	}
	picked := in.Pick(ctx, func(number int64) bool { return number <= int64(^uint32(0)) && wanted[uint32(number)] })
	for p := range parseAll(picked, rules, nil, nil) {
		if p.err != nil {
			return p.err
		}
		row := rowNumber(p.user)
		for len(claims) > 0 && claims[0].row == row {
			if !shared(p.user, firsts[claims[0].first], claims[0].kind) {
				return errCollision
			}
			claims = claims[1:]
		}
		if _, ok := firsts[row]; ok {
			firsts[row] = identityOf(p.user)
		}
	}
	return ctx.Err()
}

// identityOf returns copies, since a value of the user would keep its neighbours.
func identityOf(u *User) (id identity) {
	for i := range unique {
		for _, value := range unique[i].values(u, nil) {
			id[i] = append(id[i], strings.Clone(value))
		}
	}
	return id
}

// shared reports whether a user has an identifier of an earlier row.
func shared(u *User, first identity, kind uint8) bool {
	if kind == alikeKind {
		ids := first[externalIDKind]
		return len(ids) == 1 && norm.NFC.String(ids[0]) == norm.NFC.String(*u.ExternalID)
	}
	column := unique[kind].column
	return slices.ContainsFunc(unique[kind].values(u, nil), func(value string) bool {
		return slices.ContainsFunc(first[kind], func(other string) bool { return fold(column, value) == fold(column, other) })
	})
}
