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

// A count is the answer of GET /users/count.
type count struct {
	TotalCount *int64 `json:"total_count"`
}

func (n *count) decode(body []byte) error {
	*n = count{}
	if err := decodeJSON(body, n); err != nil {
		return err
	}
	if n.TotalCount == nil || *n.TotalCount < 0 {
		return errUndecodable
	}
	return nil
}

// countCall asks for as little as a request can ask for.
var countCall = call{operation: ListOperation, method: http.MethodGet, template: "/users/count"}

// CountUsers returns the number of users of the instance. It is repeated like
// a look-up.
func (c *Client) CountUsers(ctx context.Context) (int64, error) {
	var n count
	if err := c.read(ctx, countCall, n.decode); err != nil {
		return 0, err
	}
	return *n.TotalCount, nil
}

// Probe implements migrate.API with one GET /users/count.
func (c *Client) Probe(ctx context.Context) error {
	var n count
	return c.send(ctx, countCall, n.decode)
}
