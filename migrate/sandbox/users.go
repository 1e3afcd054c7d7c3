package sandbox

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// A record is one user as the sandbox keeps it. A record in the store is never
// changed: an update puts a changed copy in its place, so readers need no lock
// once they hold the pointer.
type record struct {
	seq       uint64 // order of creation here, whatever created_at says
	id        string
	visibleAt time.Time // in lists

	externalID, username, firstName, lastName, locale *string

	emails, phones, wallets                         []identifier
	primaryEmail, primaryPhone, primaryWallet       string // ids; "" is none
	password, digest, hasher                        string
	totp                                            string
	backupCodes                                     []string
	publicMetadata, privateMetadata, unsafeMetadata jsontext.Value // objects, compact

	profileImageID                                               string
	deleteSelf, createOrganizations, banned, locked, bypassTrust bool
	organizationsLimit                                           *int64

	createdAt, updatedAt                             int64  // Unix milliseconds
	legalAcceptedAt, passwordUpdatedAt, mfaEnabledAt *int64 // the same
	lastSignInAt                                     *int64 // the same
}

// An identifier is an e-mail address, a phone number or a wallet of a user.
type identifier struct {
	id, value string
	status    string // verified, reserved or unverified
	createdAt int64  // Unix milliseconds
}

const (
	verified   = "verified"
	reserved   = "reserved"
	unverified = "unverified"
)

// hasIdentifier tells whether the user could name himself at a sign-in.
func (r *record) hasIdentifier() bool {
	return len(r.emails)+len(r.phones)+len(r.wallets) > 0 || r.username != nil
}

// The kinds of value that are unique in an instance, by their wire names.
const (
	byEmail    = "email_address"
	byPhone    = "phone_number"
	byWallet   = "web3_wallet"
	byUsername = "username"
	byExternal = "external_id"
)

var uniqueKinds = []string{byEmail, byPhone, byWallet, byUsername, byExternal}

// keys calls yield with each unique value of the user, in the form in which it
// is compared.
func (r *record) keys(yield func(kind, key string) bool) {
	for _, list := range []struct {
		kind string
		ids  []identifier
	}{{byEmail, r.emails}, {byPhone, r.phones}, {byWallet, r.wallets}} {
		for _, id := range list.ids {
			if !yield(list.kind, fold(list.kind, id.value)) {
				return
			}
		}
	}
	if r.username != nil && !yield(byUsername, fold(byUsername, *r.username)) {
		return
	}
	if r.externalID != nil {
		yield(byExternal, *r.externalID)
	}
}

// fold brings a value into the form in which Clerk compares it.
func fold(kind, value string) string {
	switch {
	case kind == byEmail, kind == byUsername:
		return strings.ToLower(value)
	case kind == byWallet && strings.HasPrefix(strings.ToLower(value), "0x"):
		return strings.ToLower(value) // hexadecimal: the case is a checksum
	}
	return value
}

// A store holds the users and finds them by what is unique about them.
type store struct {
	max  int  // users, 0 is no limit
	fold bool // find external ids whatever their case

	mu     sync.RWMutex
	seq    uint64
	byID   map[string]*record
	unique map[string]map[string]string // kind, then key, to id
	order  []string                     // ids by creation; nil when it has to be sorted again
}

func newStore(cfg Config) *store {
	s := &store{max: cfg.MaxUsers, fold: cfg.FoldExternalIDs}
	s.reset()
	return s
}

func (s *store) reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.byID = map[string]*record{}
	s.order = nil
	s.unique = map[string]map[string]string{}
	for _, kind := range uniqueKinds {
		s.unique[kind] = map[string]string{}
	}
}

// get returns the user with that id, or nil.
func (s *store) get(id string) *record {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.byID[id]
}

// insert adds a user, or says which of its values others have.
func (s *store) insert(r *record) problems {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.max > 0 && len(s.byID) >= s.max {
		return problems{userQuota(s.max)}
	}
	if ps := s.taken(r); len(ps) > 0 {
		return ps
	}
	s.seq++
	r.seq = s.seq
	s.byID[r.id] = r
	s.index(r)
	s.order = nil
	return nil
}

// swap puts next in the place of old. It returns false where old is no longer
// the current state, so that the caller starts again from what is.
func (s *store) swap(old, next *record) (bool, problems) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byID[old.id] != old {
		return false, nil
	}
	if ps := s.taken(next); len(ps) > 0 {
		return true, ps
	}
	s.unindex(old)
	s.byID[old.id] = next
	s.index(next)
	if old.createdAt != next.createdAt {
		s.order = nil
	}
	return true, nil
}

// remove deletes a user and returns what it was, or nil.
func (s *store) remove(id string) *record {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.byID[id]
	if r != nil {
		s.unindex(r)
		delete(s.byID, id)
		s.order = nil
	}
	return r
}

// taken says which values of r belong to another user, once for each kind.
func (s *store) taken(r *record) problems {
	var ps problems
	for kind, key := range r.keys {
		if id, ok := s.unique[kind][key]; ok && id != r.id && !ps.names(kind) {
			ps = append(ps, identifierExists(kind))
		}
	}
	return ps
}

func (s *store) index(r *record) {
	for kind, key := range r.keys {
		s.unique[kind][key] = r.id
	}
}

func (s *store) unindex(r *record) {
	for kind, key := range r.keys {
		delete(s.unique[kind], key)
	}
}

// all returns the users in the order of their creation here.
func (s *store) all() []*record {
	s.mu.RLock()
	list := make([]*record, 0, len(s.byID))
	for _, r := range s.byID {
		list = append(list, r)
	}
	s.mu.RUnlock()
	slices.SortFunc(list, func(a, b *record) int { return cmp.Compare(a.seq, b.seq) })
	return list
}

func (s *store) count() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return len(s.byID)
}

// byCreation returns all ids sorted by created_at. The slice must not be
// changed; it is sorted anew only after users came or went.
func (s *store) byCreation() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.order == nil {
		s.order = make([]string, 0, len(s.byID))
		for id := range s.byID {
			s.order = append(s.order, id)
		}
		slices.SortFunc(s.order, func(a, b string) int { return older(s.byID[a], s.byID[b]) })
	}
	return s.order
}

// older compares two users by created_at, and by order of arrival where it is
// the same.
func older(a, b *record) int {
	if c := cmp.Compare(a.createdAt, b.createdAt); c != 0 {
		return c
	}
	return cmp.Compare(a.seq, b.seq)
}
