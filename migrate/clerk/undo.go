package clerk

import (
	"context"
	"net/http"

	"carryover/migrate"

	"github.com/go-json-experiment/json/jsontext"
)

var _ migrate.UndoAPI = (*Client)(nil)

// DeleteUser deletes a user with DELETE /users/{user_id}; MissingFault where
// there is none. It is repeated like a look-up, since a second request harms
// nobody: then it is the second that finds none.
func (c *Client) DeleteUser(ctx context.Context, userID string) error {
	k := call{operation: UpdateOperation, method: http.MethodDelete, template: "/users/{user_id}", userID: userID}
	return c.read(ctx, k, func(body []byte) error {
		var answer struct {
			ID      string `json:"id"`
			Deleted bool   `json:"deleted"`
		}
		if err := decodeJSON(body, &answer); err != nil {
			return err
		}
		switch {
		case answer.ID != userID:
			return errOtherUser
		case !answer.Deleted:
			return errUndecodable
		}
		return nil
	})
}

// RestoreUser sets fields of a user with PATCH /users/{user_id}, and returns
// what Clerk shows then. With VersionMetadataApart the metadata goes in a second
// request, or alone. It is repeated like a look-up.
func (c *Client) RestoreUser(ctx context.Context, userID string, fields migrate.FieldValues) (*migrate.Account, error) {
	inline, apart := migrate.FieldValues{}, migrate.FieldValues{}
	for name, value := range fields {
		if c.apiVersion == VersionMetadataApart && isMetadata(name) {
			apart[name] = value
		} else {
			inline[name] = value
		}
	}
	var account *migrate.Account
	for _, request := range []struct {
		method, template string
		fields           migrate.FieldValues
	}{{http.MethodPatch, "/users/{user_id}", inline}, {http.MethodPut, "/users/{user_id}/metadata", apart}} {
		if len(request.fields) == 0 {
			continue
		}
		k := call{operation: UpdateOperation, method: request.method, template: request.template, userID: userID}
		var err error
		if k.body, err = encode(k, map[string]jsontext.Value(request.fields)); err != nil {
			return nil, err
		}
		if err := c.read(ctx, k, decodeAccount(&account, &userID, nil)); err != nil {
			return nil, err
		}
	}
	return account, nil
}

func isMetadata(name string) bool {
	return name == "public_metadata" || name == "private_metadata" || name == "unsafe_metadata"
}
