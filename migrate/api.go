package migrate

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// API is what a run needs of Clerk. Every error is an *Error, or the
// context's own where the context ended before the request was sent.
type API interface {
	// CreateUser makes a user. It is sent once: an answer that does not come
	// is an error of kind AmbiguousFault, never a second request.
	CreateUser(ctx context.Context, req *CreateUserRequest) (*Account, error)

	// UpdateUser changes the user userID. Where the API version takes
	// metadata apart, it sends a second request, and where metadata is merged
	// another one.
	UpdateUser(ctx context.Context, userID string, req *UpdateUserRequest) (*Account, error)

	// LookUp returns the users that have one of the external ids, at most
	// MaxLookUp of them, compared byte for byte. An id without a user is
	// simply not among the accounts. It is retried inside.
	LookUp(ctx context.Context, externalIDs []string) ([]Account, error)

	// LookUpUsers does the same by Clerk's own ids.
	LookUpUsers(ctx context.Context, userIDs []string) ([]Account, error)

	// User returns one user by its Clerk id; MissingFault where there is none.
	User(ctx context.Context, userID string) (*Account, error)

	// Probe makes one small request that changes nothing, to see whether Clerk
	// answers and takes the key. It is not repeated.
	Probe(ctx context.Context) error
}

// MaxLookUp is the number of ids that one look-up request takes
// (GET /users, external_id: "Accepts up to 100 external IDs").
const MaxLookUp = 100

// A Fault says what a failed request means for the row that sent it.
type Fault uint8

const (
	// RefusedFault: Clerk will not take this row. It is rejected.
	RefusedFault Fault = iota + 1
	// MissingFault: the user to update does not exist. The row is rejected.
	MissingFault
	// ExistsFault: an identifier is taken, or, where Codes is nil, may be. After
	// a create this needs a look-up, since it may have been taken by the very
	// same create.
	ExistsFault
	// NotDoneFault: the request was provably not processed (not sent, or
	// answered 429 or maintenance): send it again, no attempt is counted.
	NotDoneFault
	// TransientFault: it failed for now, and sending it again is harmless.
	TransientFault
	// AmbiguousFault: a create that may or may not have been processed.
	AmbiguousFault
	// StopFault: every further request would fail alike, and this one was not
	// processed. The run stops.
	StopFault
	// MixedFault: the answer shows another user than the request was for, so
	// that answers are being mixed up on the way. The request may have been
	// processed. The run stops.
	MixedFault
)

var faultNames = [...]string{"none", "refused", "missing", "exists", "not done", "transient", "ambiguous", "stop", "mixed"}

// String returns the fault's name.
func (f Fault) String() string {
	if int(f) < len(faultNames) {
		return faultNames[f]
	}
	return fmt.Sprintf("fault(%d)", uint8(f))
}

// An Error is a request to Clerk that did not succeed.
//
// Its text holds the method, the path template, status, codes and trace id:
// never the URL's query, a header or a body, which may hold personal data.
type Error struct {
	Fault  Fault
	Op     string // e.g. "POST /users"
	Status int    // 0 where no answer came

	Codes   []string // Clerk's error codes, as sent; may be empty strings
	Params  []string // meta.param_name of each, where given
	TraceID string

	RetryAfter  time.Duration // what a 429 or 503 asked for, clamped
	JSON        bool          // the body was Clerk's error document
	Environment bool          // network, timeout or 5xx: counts for the breaker

	Err error // the cause, scrubbed, where no answer came
}

// Code returns the first code that is not empty, else "http_<status>", else
// "no_answer".
func (e *Error) Code() string {
	for _, c := range e.Codes {
		if c != "" {
			return c
		}
	}
	if e.Status != 0 {
		return fmt.Sprintf("http_%d", e.Status)
	}
	return "no_answer"
}

// Param returns the first parameter that the answer names, or "".
func (e *Error) Param() string {
	for _, p := range e.Params {
		if p != "" {
			return p
		}
	}
	return ""
}

// Error implements error.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Op)
	if e.Status != 0 {
		fmt.Fprintf(&b, ": status %d", e.Status)
	}
	if len(e.Codes) > 0 {
		fmt.Fprintf(&b, " (%s)", strings.Join(e.namedCodes(), ", "))
	}
	if e.Err != nil {
		fmt.Fprintf(&b, ": %v", e.Err)
	}
	if e.TraceID != "" {
		fmt.Fprintf(&b, ", trace %s", e.TraceID)
	}
	return b.String()
}

// namedCodes are the codes, each with the parameter it is about.
func (e *Error) namedCodes() []string {
	named := slices.Clone(e.Codes)
	for i, param := range e.Params {
		if i < len(named) && param != "" {
			named[i] += ": " + param
		}
	}
	return named
}

// mayHaveBeenDone reports whether a request that failed may have been processed
// all the same: it was sent, and no answer of Clerk's says that it was not.
func (e *Error) mayHaveBeenDone() bool {
	switch e.Fault {
	case AmbiguousFault, MixedFault:
		return true
	case TransientFault: // 409, 423 and 425 are refusals
		return e.Status < 400 || e.Status == 408 || e.Status >= 500
	default:
		return false
	}
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// An Identifier is an e-mail address, phone number or wallet of a user.
type Identifier struct {
	ID       string
	Value    string
	Verified bool
}

// An Account is a user as Clerk shows it. Digests, TOTP secrets and backup
// codes cannot be read back: only whether they are there.
type Account struct {
	ID         string
	ExternalID string

	FirstName, LastName, Username, Locale string
	LocaleHidden                          bool // the answer does not say whether there is a locale

	EmailAddresses, PhoneNumbers, Web3Wallets                        []Identifier
	PrimaryEmailAddressID, PrimaryPhoneNumberID, PrimaryWeb3WalletID string

	PublicMetadata, PrivateMetadata, UnsafeMetadata jsontext.Value

	PasswordEnabled, TOTPEnabled, BackupCodeEnabled bool

	DeleteSelfEnabled, CreateOrganizationEnabled *bool // nil where not shown
	BypassClientTrust                            *bool
	CreateOrganizationsLimit                     *int64
	Banned, Locked                               bool

	CreatedAt, UpdatedAt, LegalAcceptedAt, LastSignInAt time.Time // zero where not shown
}
