package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// A Sandbox is one instance of the pretended Clerk. All its methods may be
// called at any time and from any goroutine.
type Sandbox struct {
	cfg   Config
	start time.Time

	faults  atomic.Pointer[[]Fault]
	users   *store
	journal *journal
	limits  *limits
	bomb    func() []byte // built when the fault first needs it
	ids     atomic.Uint64

	done   chan struct{} // closed by Close
	close  sync.Once
	mu     sync.Mutex // guards what follows
	server *http.Server
	served chan struct{} // closed when the server's accept loop has ended
	unhook func() bool   // lets go of Start's context
}

// New makes a sandbox, or says what is wrong with the configuration.
func New(cfg Config) (*Sandbox, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	s := &Sandbox{
		cfg:     cfg,
		start:   cfg.Now(),
		users:   newStore(cfg),
		journal: newJournal(cfg.JournalSize),
		limits:  newLimits(cfg),
		bomb:    sync.OnceValue(buildBomb),
		done:    make(chan struct{}),
	}
	s.faults.Store(&cfg.Faults)
	return s, nil
}

// Handler returns what serves the requests, for those who bring their own
// server. It does not check that the server listens on loopback.
func (s *Sandbox) Handler() http.Handler { return http.HandlerFunc(s.serve) }

// Start listens on [Config].Addr and returns the URL of the sandbox, without
// the /v1 of Clerk's endpoints. It serves until ctx ends or Close is called.
func (s *Sandbox) Start(ctx context.Context) (url string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.server != nil {
		return "", errors.New("the sandbox has been started before")
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", s.cfg.Addr)
	if err != nil {
		return "", fmt.Errorf("start the sandbox: %w", err)
	}

	s.served = make(chan struct{})
	s.server = &http.Server{
		Handler:           s.Handler(),
		ReadHeaderTimeout: 10 * time.Second,
		ErrorLog:          log.New(io.Discard, "", 0), // dropped connections are the business here
	}
	go func() {
		defer close(s.served)
		_ = s.server.Serve(l) // always an error: Close's
	}()
	s.unhook = context.AfterFunc(ctx, func() { _ = s.Close() })
	return "http://" + l.Addr().String(), nil
}

// Close stops the server, ends the requests that hang, and waits for both.
// Users and journal can still be read. A second call does nothing.
func (s *Sandbox) Close() error {
	s.close.Do(func() { close(s.done) })
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.server == nil {
		return nil
	}
	s.unhook()
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	err := s.server.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = s.server.Close() // a client that neither sends nor leaves
	}
	<-s.served
	return err
}

// AddUser creates a user from the body of a POST /users, by the same rules but
// without key, limit, latency, faults or journal. It returns the user's id. The
// error names the codes that Clerk's answer would hold.
func (s *Sandbox) AddUser(createUserRequest []byte) (id string, err error) {
	var f form
	if ps := f.decode(createUserRequest, s.createMembers()); len(ps) > 0 {
		return "", problemsError(ps)
	}
	u, ps := s.create(&f, s.cfg.Now())
	if len(ps) > 0 {
		return "", problemsError(ps)
	}
	return u.id, nil
}

// SignIn notes that a user has signed in just now, which also counts as a change
// of the user. Nothing is asked of a password.
func (s *Sandbox) SignIn(userID string) error {
	now := s.cfg.Now()
	_, ps := s.change(userID, now, func(r *record) problems {
		r.lastSignInAt = new(now.UnixMilli())
		return nil
	})
	if len(ps) > 0 {
		return problemsError(ps)
	}
	return nil
}

// SetFaults puts faults in the place of those so far, for the requests that
// come from now on.
func (s *Sandbox) SetFaults(faults []Fault) error {
	if err := checkFaults(faults); err != nil {
		return err
	}
	s.faults.Store(new(slices.Clone(faults)))
	return nil
}

// Reset forgets users, journal and what was counted against the limits.
func (s *Sandbox) Reset() {
	s.users.reset()
	s.journal.reset()
	s.limits.reset()
}

// elapsed is the time since the sandbox was made, by the monotonic clock.
func (s *Sandbox) elapsed() time.Duration { return s.cfg.Now().Sub(s.start) }
