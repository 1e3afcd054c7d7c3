package clerk

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"carryover/migrate"
)

var _ migrate.Verifier = (*Client)(nil)

// VerifyPassword asks whether a password is the user's, with
// POST /users/{user_id}/verify_password. It changes nothing and is repeated
// like a look-up.
func (c *Client) VerifyPassword(ctx context.Context, userID string, password migrate.Secret) (migrate.Verification, error) {
	return c.verify(ctx, call{template: "/users/{user_id}/verify_password", userID: userID}, struct {
		Password migrate.Secret `json:"password"`
	}{password})
}

// VerifyTOTP asks whether a code is the one that the user's authenticator shows,
// with POST /users/{user_id}/verify_totp, and is repeated likewise. A backup
// code that is given here is used up.
func (c *Client) VerifyTOTP(ctx context.Context, userID string, code migrate.Secret) (migrate.Verification, error) {
	return c.verify(ctx, call{template: "/users/{user_id}/verify_totp", userID: userID}, struct {
		Code migrate.Secret `json:"code"`
	}{code})
}

// Codes of the two endpoints that say more than their status. Clerk documents
// the statuses only: 400 where the user has no password or TOTP, 422 where what
// was given is not correct [?]. Any other code with these statuses may be about
// something else, such as a digest that cannot be computed, and is not taken for
// a verdict.
var (
	notSetCodes    = []string{"no_password_set", "totp_not_enabled"}
	incorrectCodes = []string{"incorrect_password", "incorrect_code", "form_password_incorrect", "form_code_incorrect"}
)

// verified is the answer of both.
type verified struct {
	Verified *bool  `json:"verified"`
	CodeType string `json:"code_type"` // of verify_totp: "totp" or "backup_code"
}

func (c *Client) verify(ctx context.Context, k call, request any) (migrate.Verification, error) {
	k.operation, k.method = ReadOperation, http.MethodPost
	var err error
	if k.body, err = encode(k, request); err != nil {
		return 0, err
	}
	var answer verified
	err = c.read(ctx, k, func(body []byte) error {
		answer = verified{}
		if err := decodeJSON(body, &answer); err != nil {
			return err
		}
		if answer.Verified == nil {
			return errUndecodable
		}
		return nil
	})
	var failed *migrate.Error
	switch {
	case err == nil && !*answer.Verified:
		return migrate.Incorrect, nil
	case err == nil && answer.CodeType == "backup_code":
		return migrate.UsedBackupCode, nil
	case err == nil:
		return migrate.Correct, nil
	case !errors.As(err, &failed):
		return 0, err
	case failed.Status == http.StatusBadRequest && only(failed.Codes, notSetCodes):
		return migrate.NotSet, nil
	case failed.Status == http.StatusUnprocessableEntity && only(failed.Codes, incorrectCodes):
		return migrate.Incorrect, nil
	default:
		return 0, err
	}
}

// only reports whether there are codes, and none but those of a list.
func only(codes, of []string) bool {
	return len(codes) > 0 && !slices.ContainsFunc(codes, func(code string) bool { return !slices.Contains(of, code) })
}
