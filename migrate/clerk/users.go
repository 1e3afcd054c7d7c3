package clerk

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"slices"

	"carryover/migrate"
)

// CreateUser makes a user with POST /users. The restriction checks of the
// instance are skipped unless the row says otherwise, or Clerk does not know
// how to (see Stats.RestrictionsApply).
//
// It is sent once, but for one case: where Clerk refuses the parameter that
// skips the checks, nothing was made, and the create is sent without it.
func (c *Client) CreateUser(ctx context.Context, req *migrate.CreateUserRequest) (*migrate.Account, error) {
	isFirst, err := c.restrictions.enter(ctx)
	if err != nil {
		return nil, &migrate.Error{Fault: migrate.NotDoneFault, Op: "POST /users", Err: err}
	}
	if isFirst {
		defer c.restrictions.settle()
	}
	if c.restrictions.dropped.Load() {
		return c.create(ctx, req, false)
	}
	account, err := c.create(ctx, req, true)
	var failed *migrate.Error
	if err == nil || !errors.As(err, &failed) {
		return account, err
	}
	refused, named := refusedIn(failed)
	switch {
	case !refused:
		return nil, err
	case named:
		c.restrictions.dropped.Store(true)
		return c.create(ctx, req, false)
	default:
		return c.tryWithout(ctx, req, failed)
	}
}

// tryWithout sends a create again that was refused for an unknown parameter
// without a name: without skip_restriction_checks, unless it is known by now
// that another was meant. refusal is what the first try brought.
func (c *Client) tryWithout(ctx context.Context, req *migrate.CreateUserRequest, refusal *migrate.Error) (*migrate.Account, error) {
	r := c.restrictions
	select {
	case <-r.guess:
		defer func() { r.guess <- struct{}{} }()
	case <-ctx.Done():
		return nil, &migrate.Error{Fault: migrate.NotDoneFault, Op: refusal.Op, Err: ctx.Err()}
	}
	if r.guessed.Load() {
		return nil, refusal
	}
	account, err := c.create(ctx, req, false)
	var failed *migrate.Error
	switch {
	case err == nil:
		r.dropped.Store(true)
	case errors.As(err, &failed) && slices.Contains(failed.Codes, codeParamUnknown):
		r.guessed.Store(true)
	}
	return account, err
}

// create sends one POST /users, with skip_restriction_checks or without.
func (c *Client) create(ctx context.Context, req *migrate.CreateUserRequest, skipChecks bool) (*migrate.Account, error) {
	sent := *req
	if !skipChecks {
		sent.SkipRestrictionChecks = nil
	} else if sent.SkipRestrictionChecks == nil {
		sent.SkipRestrictionChecks = &skipChecks
	}
	k := call{operation: CreateOperation, method: http.MethodPost, template: "/users"}
	var err error
	if k.body, err = encode(k, &sent); err != nil {
		return nil, err
	}
	var account *migrate.Account
	if err := c.send(ctx, k, decodeAccount(&account, nil, req.ExternalID)); err != nil {
		return nil, err
	}
	return account, nil
}

// UpdateUser changes a user with PATCH /users/{user_id}. With
// VersionMetadataApart the metadata follows in a second request; metadata that
// is merged always follows in one of its own. Where there is nothing else, they
// go alone. An error of any means that sending all again is harmless.
func (c *Client) UpdateUser(ctx context.Context, userID string, req *migrate.UpdateUserRequest) (account *migrate.Account, err error) {
	rest, replaced := c.splitMetadata(req)
	alone := replaced.Empty() && req.Merge.Empty()
	if alone || !isEmpty(rest) {
		if account, err = c.patch(ctx, userID, rest); err != nil || alone {
			return account, err
		}
	}
	k := call{operation: UpdateOperation, method: http.MethodPut, template: "/users/{user_id}/metadata", userID: userID}
	if !replaced.Empty() {
		if account, err = c.update(ctx, k, &replaced, req.ExternalID); err != nil {
			return account, err
		}
	}
	if !req.Merge.Empty() {
		k.method = http.MethodPatch
		return c.update(ctx, k, &req.Merge, req.ExternalID)
	}
	return account, nil
}

// UpdateRequests returns how many requests UpdateUser makes of one.
func (c *Client) UpdateRequests(req *migrate.UpdateUserRequest) int64 {
	rest, replaced := c.splitMetadata(req)
	var n int64
	for _, sent := range []bool{!isEmpty(rest), !replaced.Empty(), !req.Merge.Empty()} {
		if sent {
			n++
		}
	}
	return max(n, 1)
}

// isEmpty reports whether a request asks for nothing. One that cannot be
// written does not count: sending it tells.
func isEmpty(req *migrate.UpdateUserRequest) bool {
	body, err := migrate.Encode(req)
	return err == nil && bytes.Equal(body, []byte("{}"))
}

// patch sends one PATCH /users/{user_id}.
func (c *Client) patch(ctx context.Context, userID string, req *migrate.UpdateUserRequest) (*migrate.Account, error) {
	k := call{operation: UpdateOperation, method: http.MethodPatch, template: "/users/{user_id}", userID: userID}
	return c.update(ctx, k, req, req.ExternalID)
}

// update sends one request that changes the user k.userID.
func (c *Client) update(ctx context.Context, k call, request any, externalID *string) (*migrate.Account, error) {
	var err error
	if k.body, err = encode(k, request); err != nil {
		return nil, err
	}
	var account *migrate.Account
	if err := c.send(ctx, k, decodeAccount(&account, &k.userID, externalID)); err != nil {
		return nil, err
	}
	return account, nil
}

// User returns one user by its Clerk id. It is repeated like a look-up.
func (c *Client) User(ctx context.Context, userID string) (*migrate.Account, error) {
	k := call{operation: ReadOperation, method: http.MethodGet, template: "/users/{user_id}", userID: userID}
	var account *migrate.Account
	if err := c.read(ctx, k, decodeAccount(&account, &userID, nil)); err != nil {
		return nil, err
	}
	return account, nil
}

// splitMetadata takes the metadata that is to be replaced out of an update, where
// it goes in a request of its own.
func (c *Client) splitMetadata(req *migrate.UpdateUserRequest) (rest *migrate.UpdateUserRequest, metadata migrate.Metadata) {
	if c.apiVersion != VersionMetadataApart {
		return req, metadata
	}
	metadata = migrate.Metadata{PublicMetadata: req.PublicMetadata, PrivateMetadata: req.PrivateMetadata, UnsafeMetadata: req.UnsafeMetadata}
	without := *req
	without.PublicMetadata, without.PrivateMetadata, without.UnsafeMetadata = nil, nil, nil
	return &without, metadata
}

// errEncode is a request that is not sent. The encoder's own error could
// quote a value.
var errEncode = &cause{text: "the request cannot be written as JSON: a text is not valid UTF-8, or metadata is not JSON"}

// encode returns the body of a call.
func encode(k call, request any) ([]byte, error) {
	body, err := migrate.Encode(request)
	if err != nil {
		return nil, &migrate.Error{Fault: migrate.RefusedFault, Op: k.op(), Err: errEncode}
	}
	return body, nil
}
