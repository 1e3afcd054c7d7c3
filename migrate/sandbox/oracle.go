package sandbox

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// A User is what the sandbox holds of a user, complete, for comparing it with
// what was meant to be there. In the place of each secret stands the lower-case
// hexadecimal SHA-256 of the stored value; "" is none. Times are Unix
// milliseconds. The metadata are compact JSON objects with the numbers as sent.
type User struct {
	ID         string  `json:"id"`
	ExternalID *string `json:"external_id"`
	Username   *string `json:"username"`
	FirstName  *string `json:"first_name"`
	LastName   *string `json:"last_name"`
	Locale     *string `json:"locale"`

	EmailAddresses        []Identifier `json:"email_addresses"`
	PhoneNumbers          []Identifier `json:"phone_numbers"`
	Web3Wallets           []Identifier `json:"web3_wallets"`
	PrimaryEmailAddressID string       `json:"primary_email_address_id"`
	PrimaryPhoneNumberID  string       `json:"primary_phone_number_id"`
	PrimaryWeb3WalletID   string       `json:"primary_web3_wallet_id"`

	PasswordSHA256       string   `json:"password_sha256"`
	PasswordDigestSHA256 string   `json:"password_digest_sha256"`
	PasswordHasher       string   `json:"password_hasher"`
	TOTPSecretSHA256     string   `json:"totp_secret_sha256"`
	BackupCodesSHA256    []string `json:"backup_codes_sha256"`

	PublicMetadata  jsontext.Value `json:"public_metadata"`
	PrivateMetadata jsontext.Value `json:"private_metadata"`
	UnsafeMetadata  jsontext.Value `json:"unsafe_metadata"`

	ProfileImageID            string `json:"profile_image_id"`
	DeleteSelfEnabled         bool   `json:"delete_self_enabled"`
	CreateOrganizationEnabled bool   `json:"create_organization_enabled"`
	CreateOrganizationsLimit  *int64 `json:"create_organizations_limit"`
	BypassClientTrust         bool   `json:"bypass_client_trust"`
	Banned                    bool   `json:"banned"`
	Locked                    bool   `json:"locked"`

	CreatedAt       int64  `json:"created_at"`
	UpdatedAt       int64  `json:"updated_at"`
	LastSignInAt    *int64 `json:"last_sign_in_at"`
	LegalAcceptedAt *int64 `json:"legal_accepted_at"`
}

// An Identifier is an e-mail address, phone number or wallet of a user.
type Identifier struct {
	ID     string `json:"id"`
	Value  string `json:"value"`
	Status string `json:"status"` // verified, reserved or unverified
}

// Users returns all users, in the order in which they were created here. The
// copies are the caller's own.
func (s *Sandbox) Users() []User {
	list := []User{}
	for _, r := range s.users.all() {
		list = append(list, r.snapshot())
	}
	return list
}

func (r *record) snapshot() User {
	return User{
		ID: r.id, ExternalID: copyOf(r.externalID), Username: copyOf(r.username),
		FirstName: copyOf(r.firstName), LastName: copyOf(r.lastName), Locale: copyOf(r.locale),
		EmailAddresses: exported(r.emails), PhoneNumbers: exported(r.phones), Web3Wallets: exported(r.wallets),
		PrimaryEmailAddressID: r.primaryEmail, PrimaryPhoneNumberID: r.primaryPhone, PrimaryWeb3WalletID: r.primaryWallet,
		PasswordSHA256: hashed(r.password), PasswordDigestSHA256: hashed(r.digest), PasswordHasher: r.hasher,
		TOTPSecretSHA256: hashed(r.totp), BackupCodesSHA256: hashedAll(r.backupCodes),
		PublicMetadata: r.publicMetadata.Clone(), PrivateMetadata: r.privateMetadata.Clone(), UnsafeMetadata: r.unsafeMetadata.Clone(),
		ProfileImageID: r.profileImageID, DeleteSelfEnabled: r.deleteSelf, CreateOrganizationEnabled: r.createOrganizations,
		CreateOrganizationsLimit: copyOf(r.organizationsLimit), BypassClientTrust: r.bypassTrust,
		Banned: r.banned, Locked: r.locked,
		CreatedAt: r.createdAt, UpdatedAt: r.updatedAt, LegalAcceptedAt: copyOf(r.legalAcceptedAt),
		LastSignInAt: copyOf(r.lastSignInAt),
	}
}

func copyOf[T any](p *T) *T {
	if p == nil {
		return nil
	}
	return new(*p)
}

func exported(list []identifier) []Identifier {
	out := make([]Identifier, len(list))
	for i, id := range list {
		out[i] = Identifier{ID: id.id, Value: id.value, Status: id.status}
	}
	return out
}

func hashed(secret string) string {
	if secret == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

func hashedAll(secrets []string) []string {
	out := make([]string, len(secrets))
	for i, secret := range secrets {
		out[i] = hashed(secret)
	}
	return out
}

// serveOracle answers what tests and people in other processes want to know:
// no key, no limits, no faults, no journal.
func (s *Sandbox) serveOracle(w http.ResponseWriter, r *http.Request) {
	var send func()
	method := http.MethodGet
	switch r.URL.Path {
	case "/sandbox/users":
		send = func() { sendLines(w, s.users.all(), (*record).snapshot) }
	case "/sandbox/journal":
		send = func() { sendLines(w, s.Journal(), entryLine) }
	case "/sandbox/stats":
		send = func() { sendJSON(w, s.Stats()) }
	case "/sandbox/reset":
		method, send = http.MethodPost, func() { s.Reset(); w.WriteHeader(http.StatusNoContent) }
	case "/sandbox/faults":
		method, send = http.MethodPost, func() { s.takeFaults(w, r) }
	case "/sandbox/sign-in":
		method, send = http.MethodPost, func() { s.takeSignIns(w, r) }
	default:
		http.NotFound(w, r)
		return
	}
	if r.Method != method {
		w.Header().Set("Allow", method)
		http.Error(w, "use "+method, http.StatusMethodNotAllowed)
		return
	}
	send()
}

// takeFaults reads faults, one a line, as ParseFault reads them. No line is no
// faults.
func (s *Sandbox) takeFaults(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var faults []Fault
	for line := range strings.FieldsSeq(string(body)) {
		fault, bad := ParseFault(line)
		faults, err = append(faults, fault), errors.Join(err, bad)
	}
	if err == nil {
		err = s.SetFaults(faults)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// takeSignIns reads the ids of users who have signed in, one a line.
func (s *Sandbox) takeSignIns(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	for id := range strings.FieldsSeq(string(body)) {
		err = errors.Join(err, s.SignIn(id))
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// entryLine is an entry for JSON, which has no durations.
func entryLine(e Entry) any {
	return struct {
		Entry
		AtNS        int64 `json:"at_ns"`
		AppliedAtNS int64 `json:"applied_at_ns,omitzero"`
	}{e, int64(e.At), int64(e.AppliedAt)}
}

func sendJSON(w http.ResponseWriter, v any) {
	body := append(encode(v), '\n')
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body)
}

// sendLines sends a list as JSON lines, in pieces, so that a million users take
// no more memory than one.
func sendLines[T, L any](w http.ResponseWriter, list []T, line func(T) L) {
	w.Header().Set("Content-Type", "application/jsonl")
	for part := range slices.Chunk(list, 100) {
		var b bytes.Buffer
		for _, item := range part {
			b.Write(encode(line(item)))
			b.WriteByte('\n')
		}
		if _, err := w.Write(b.Bytes()); err != nil {
			return
		}
	}
}
