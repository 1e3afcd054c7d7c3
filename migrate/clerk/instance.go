package clerk

import (
	"context"
	"net/http"
)

// An Instance is what a key opens. Its id tells two instances apart, so that
// a checkpoint of one is not used for another.
type Instance struct {
	ID              string `json:"id"`
	EnvironmentType string `json:"environment_type"` // "development", "production" …
}

// Instance returns the instance of the key. It is repeated like a look-up.
func (c *Client) Instance(ctx context.Context) (Instance, error) {
	var instance Instance
	k := call{operation: ListOperation, method: http.MethodGet, template: "/instance"}
	err := c.read(ctx, k, func(body []byte) error {
		instance = Instance{}
		if err := decodeJSON(body, &instance); err != nil {
			return err
		}
		if !isID(instance.ID) {
			return errUndecodable
		}
		return nil
	})
	if err != nil {
		return Instance{}, err
	}
	return instance, nil
}

// CountUsers returns the number of users of the instance. It is repeated like
// a look-up.
func (c *Client) CountUsers(ctx context.Context) (int64, error) {
	var answer struct {
		TotalCount *int64 `json:"total_count"`
	}
	k := call{operation: ListOperation, method: http.MethodGet, template: "/users/count"}
	err := c.read(ctx, k, func(body []byte) error {
		if err := decodeJSON(body, &answer); err != nil {
			return err
		}
		if answer.TotalCount == nil || *answer.TotalCount < 0 {
			return errUndecodable
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return *answer.TotalCount, nil
}
