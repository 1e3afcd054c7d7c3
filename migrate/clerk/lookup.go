package clerk

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"carryover/migrate"
)

const (
	// Far below what servers and proxies take, which is 8 KB at the least.
	maxQuery = 6 << 10

	// lookUpLimit is the largest that Clerk takes. Its default is 10, with
	// which the filter would seem to miss users.
	lookUpLimit = 500

	// A hundred users with 24 KB of metadata each come to 3 MB.
	maxLookUpBody = 32 << 20
)

// LookUp returns the users that have one of the external ids, compared byte
// for byte. It takes as many requests as the ids need: at most
// migrate.MaxLookUp ids and 6 KB of query in each, and half as many where a
// server finds that too long. Each is repeated where it failed for now.
//
// Empty ids, and those that are there twice, are not asked for (again).
func (c *Client) LookUp(ctx context.Context, externalIDs []string) ([]migrate.Account, error) {
	return c.lookUp(ctx, byExternalID, externalIDs)
}

// LookUpUsers returns the users that have one of Clerk's own ids, as LookUp
// does: an id without a user is simply not among the accounts.
func (c *Client) LookUpUsers(ctx context.Context, userIDs []string) ([]migrate.Account, error) {
	return c.lookUp(ctx, byUserID, userIDs)
}

// An idFilter is a filter of GET /users that takes ids.
type idFilter struct {
	// param comes before each id. The filter reads a leading "+" as "include"
	// and "-" as "exclude"; without one, a single id such as -42 would ask for
	// everyone else. A bare "+" in a query is a space, so it is escaped.
	param string
	id    func(*migrate.Account) string
}

var (
	byExternalID = idFilter{"&external_id=%2B", func(a *migrate.Account) string { return a.ExternalID }}
	byUserID     = idFilter{"&user_id=%2B", func(a *migrate.Account) string { return a.ID }}
)

func (c *Client) lookUp(ctx context.Context, by idFilter, given []string) ([]migrate.Account, error) {
	wanted := make(map[string]bool, len(given))
	var ids []string
	for _, id := range given {
		if id != "" && !wanted[id] {
			wanted[id] = true
			ids = append(ids, id)
		}
	}
	var accounts []migrate.Account
	for len(ids) > 0 {
		n := by.batch(ids)
		found, err := c.lookUpBatch(ctx, by, ids[:n])
		if err != nil {
			return nil, err
		}
		accounts = append(accounts, found...)
		ids = ids[n:]
	}
	return accounts, nil
}

// batch returns how many of the ids, at least one, fit into a request.
func (by idFilter) batch(ids []string) int {
	size := len(by.query(nil))
	for i, id := range ids {
		size += len(by.param) + len(url.QueryEscape(id))
		if i > 0 && size > maxQuery || i == migrate.MaxLookUp {
			return i
		}
	}
	return len(ids)
}

// lookUpBatch looks up ids in one request, or in halves of it.
func (c *Client) lookUpBatch(ctx context.Context, by idFilter, ids []string) ([]migrate.Account, error) {
	k := call{
		operation: ListOperation,
		method:    http.MethodGet,
		template:  "/users",
		query:     by.query(ids),
		maxAnswer: maxLookUpBody,
	}
	var accounts []migrate.Account
	err := c.read(ctx, k, func(body []byte) (err error) {
		accounts, err = by.decode(body, ids)
		return err
	})
	var failed *migrate.Error
	if errors.As(err, &failed) && isTooLong(failed.Status) && len(ids) > 1 {
		first, err := c.lookUpBatch(ctx, by, ids[:len(ids)/2])
		if err != nil {
			return nil, err
		}
		second, err := c.lookUpBatch(ctx, by, ids[len(ids)/2:])
		if err != nil {
			return nil, err
		}
		return append(first, second...), nil
	}
	if err != nil {
		return nil, err
	}
	return accounts, nil
}

// isTooLong reports whether a status complains of a request's length.
func isTooLong(status int) bool {
	return status == http.StatusRequestEntityTooLarge ||
		status == http.StatusRequestURITooLong ||
		status == http.StatusRequestHeaderFieldsTooLarge
}

// query returns the query that asks for ids.
func (by idFilter) query(ids []string) string {
	var b strings.Builder
	b.WriteString("limit=" + strconv.Itoa(lookUpLimit))
	for _, id := range ids {
		b.WriteString(by.param + url.QueryEscape(id))
	}
	return b.String()
}

// errFilter is an answer that shows more than was asked for.
var errFilter = &cause{text: "the look-up returned as many users as it can, so its filter was not applied and an absent user proves nothing"}

// decode returns those users of an answer that have one of the ids.
func (by idFilter) decode(body []byte, ids []string) ([]migrate.Account, error) {
	var users []user
	if err := decodeJSON(body, &users); err != nil {
		return nil, err
	}
	if users == nil {
		return nil, errUndecodable // null is no list
	}
	if len(users) >= lookUpLimit {
		return nil, errFilter
	}
	wanted := make(map[string]bool, len(ids))
	for _, id := range ids {
		wanted[id] = true
	}
	var accounts []migrate.Account
	for _, u := range users {
		a, ok := u.account()
		if !ok {
			return nil, errUndecodable
		}
		if wanted[by.id(a)] {
			accounts = append(accounts, *a)
		}
	}
	return accounts, nil
}
