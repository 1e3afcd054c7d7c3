package clerk

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"slices"

	"carryover/migrate"

	"github.com/go-json-experiment/json/jsontext"
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
// VersionMetadataApart the metadata follows in a second request, or goes
// alone where there is nothing else; an error of either means that sending
// both again is harmless.
func (c *Client) UpdateUser(ctx context.Context, userID string, req *migrate.UpdateUserRequest) (*migrate.Account, error) {
	if c.apiVersion != VersionMetadataApart {
		return c.patch(ctx, userID, req)
	}
	rest, metadata, found := splitMetadata(req)
	if !found {
		return c.patch(ctx, userID, req)
	}
	body, err := migrate.Encode(rest)
	if err != nil || !bytes.Equal(body, []byte("{}")) {
		if account, err := c.patch(ctx, userID, rest); err != nil {
			return account, err
		}
	}
	k := call{operation: UpdateOperation, method: http.MethodPut, template: "/users/{user_id}/metadata", userID: userID}
	return c.update(ctx, k, metadata, req.ExternalID)
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

// A metadataRequest is the body of PUT /users/{user_id}/metadata, which
// replaces each member that is given.
type metadataRequest struct {
	PublicMetadata  jsontext.Value `json:"public_metadata,omitzero"`
	PrivateMetadata jsontext.Value `json:"private_metadata,omitzero"`
	UnsafeMetadata  jsontext.Value `json:"unsafe_metadata,omitzero"`
}

// splitMetadata takes the metadata out of an update. found is false where it
// has none.
func splitMetadata(req *migrate.UpdateUserRequest) (rest *migrate.UpdateUserRequest, metadata *metadataRequest, found bool) {
	metadata = &metadataRequest{req.PublicMetadata, req.PrivateMetadata, req.UnsafeMetadata}
	without := *req
	without.PublicMetadata, without.PrivateMetadata, without.UnsafeMetadata = nil, nil, nil
	found = metadata.PublicMetadata != nil || metadata.PrivateMetadata != nil || metadata.UnsafeMetadata != nil
	return &without, metadata, found
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
