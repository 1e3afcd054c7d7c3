package clerk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"log"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"carryover/migrate"
	"carryover/migrate/sandbox"
)

// A pipeNet is a network without a machine: connections are pipes, so that a
// test in a synctest bubble has net/http on both sides and takes no time.
type pipeNet struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func newPipeNet() *pipeNet {
	return &pipeNet{conns: make(chan net.Conn), done: make(chan struct{})}
}

func (n *pipeNet) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case n.conns <- there:
		return here, nil
	case <-n.done:
	case <-ctx.Done():
	}
	return nil, &net.OpError{Op: "dial", Err: errors.New("nobody listens")}
}

// Accept implements net.Listener.
func (n *pipeNet) Accept() (net.Conn, error) {
	select {
	case c := <-n.conns:
		return c, nil
	case <-n.done:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (n *pipeNet) Close() error {
	n.once.Do(func() { close(n.done) })
	return nil
}

// Addr implements net.Listener.
func (n *pipeNet) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1} }

// A stack is the whole way of a row: the run, a client, HTTP, the sandbox.
type stack struct {
	*sandbox.Sandbox
	t      *testing.T
	ledger *migrate.MemoryLedger
	limit  Limit
	dial   func(context.Context, string, string) (net.Conn, error)

	reopened []migrate.Result // for the next run

	mu        sync.Mutex
	intercept func(http.ResponseWriter, *http.Request) bool
	gates     int64
	requests  int64
}

// newStack returns a stack inside of a synctest bubble.
func newStack(t *testing.T, cfg sandbox.Config) *stack {
	t.Helper()
	box, err := sandbox.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	network := newPipeNet()
	s := &stack{Sandbox: box, t: t, ledger: migrate.NewMemoryLedger(), dial: network.dial}
	server := &http.Server{Handler: s, ErrorLog: log.New(io.Discard, "", 0)}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = server.Serve(network)
	}()
	t.Cleanup(func() {
		_ = box.Close() // ends requests that hang
		_ = server.Close()
		<-served
	})
	return s
}

// ServeHTTP implements http.Handler.
func (s *stack) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	intercept := s.intercept
	s.mu.Unlock()
	if intercept == nil || !intercept(w, r) {
		s.Handler().ServeHTTP(w, r)
	}
}

// inFront lets a function answer in the sandbox's place; nil takes it away.
func (s *stack) inFront(f func(http.ResponseWriter, *http.Request) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.intercept = f
}

// settle outlives the requests of a stack, which may take three quarters of it.
const settle = 20 * time.Second

// run runs the rows with a client of its own, as a process would.
func (s *stack) run(mode migrate.Mode, users iter.Seq2[*migrate.User, error], change ...func(*migrate.Config)) (migrate.Summary, error) {
	s.t.Helper()
	timeout := settle * 3 / 4
	base := newHTTPTransport(timeout, spareConnections+maxInFlight, nil)
	base.DialContext = s.dial
	c, err := newClient(Config{BaseURL: "http://127.0.0.1:1", Key: testKey, Limit: s.limit, Timeout: timeout}, base)
	if err != nil {
		s.t.Fatal(err)
	}
	defer base.CloseIdleConnections()
	config := migrate.Config{
		Mode: mode, API: c, Ledger: s.ledger, Users: users, Settle: settle,
		Reopen: s.reopened,
		Drain:  c.Drain, Recall: c.Recall, Gates: c.Gates, Concurrency: func() int { return 8 },
	}
	for _, f := range change {
		f(&config)
	}
	summary, err := migrate.Run(s.t.Context(), config)
	s.reopened = nil
	stats := c.Stats()
	s.gates, s.requests = stats.Gates, stats.Requests
	return summary, err
}

// reason returns why a run stopped; "" where it did not.
func reason(err error) migrate.StopReason {
	var stop *migrate.StopError
	if errors.As(err, &stop) {
		return stop.Reason
	}
	return ""
}

// people yields n rows with an external id and an e-mail address of their own.
func people(n int) iter.Seq2[*migrate.User, error] {
	return func(yield func(*migrate.User, error) bool) {
		for i := range n {
			u := &migrate.User{Row: int64(i + 1), Line: int64(i + 2)}
			u.ExternalID, u.FirstName = ptr(person(i)), ptr(fmt.Sprintf("Name %d", i))
			u.EmailAddress = []string{person(i) + "@example.com"}
			if !yield(u, nil) {
				return
			}
		}
	}
}

func person(i int) string { return fmt.Sprintf("person-%d", i) }

// settleThere puts the first n people into the instance, with other names.
func (s *stack) settleThere(n int) {
	for i := range n {
		body := fmt.Sprintf(`{"external_id":%q,"email_address":["%s@example.com"],"first_name":"Before"}`, person(i), person(i))
		if _, err := s.AddUser([]byte(body)); err != nil {
			s.t.Fatal(err)
		}
	}
}

// counts returns how many rows the ledger has in each state.
func (s *stack) counts() (n [migrate.NumStates]int) {
	for _, r := range s.ledger.Results() {
		n[r.State]++
	}
	return n
}

// check compares what the ledger says of n people with what the instance holds
// (reliability 5.2, invariants 1 to 6): each is there once where it is said to
// be, as its row wants it, and no create was sent again that had been applied.
func (s *stack) check(n int) {
	s.t.Helper()
	there := map[string]sandbox.User{}
	for _, u := range s.Users() {
		if _, twice := there[*u.ExternalID]; twice {
			s.t.Errorf("%s is there twice", *u.ExternalID)
		}
		there[*u.ExternalID] = u
	}
	known := map[string]migrate.Result{}
	for _, r := range s.ledger.Results() {
		known[r.Key] = r
		user, isThere := there[r.Key]
		switch {
		case r.State.Good() && (!isThere || user.ID != r.UserID || *user.FirstName != fmt.Sprintf("Name %d", r.Row-1)):
			s.t.Errorf("%s is %v, and the instance has %+v", r.Key, r.State, user)
		case r.State == migrate.Rejected && r.Action == migrate.Create && isThere:
			s.t.Errorf("%s is rejected, and it is there", r.Key)
		case r.State == migrate.InFlight:
			s.t.Errorf("%s was left in flight", r.Key)
		}
	}
	if len(known) > n {
		s.t.Errorf("%d rows are known of %d", len(known), n)
	}
	s.checkCreates()
}

// checkCreates wants no create of a user that an earlier one had made.
func (s *stack) checkCreates() {
	s.t.Helper()
	applied := map[string]bool{}
	for _, e := range s.Journal() {
		if e.Method != http.MethodPost || e.ExternalID == "" {
			continue
		}
		if applied[e.ExternalID] {
			s.t.Errorf("%s was sent again after it had been made", e.ExternalID)
		}
		applied[e.ExternalID] = applied[e.ExternalID] || e.Applied
	}
}

// finish makes the instance well again and runs until all is done, which a run
// after that finds.
func (s *stack) finish(mode migrate.Mode, n int) {
	s.t.Helper()
	if err := s.SetFaults(nil); err != nil {
		s.t.Fatal(err)
	}
	s.inFront(nil)
	time.Sleep(time.Hour) // whatever still runs has ended, and the updates are old
	if _, err := s.run(mode, people(n)); err != nil {
		s.t.Errorf("with a sound instance: %v", err)
	}
	s.check(n)
	if counts := s.counts(); counts[migrate.Created]+counts[migrate.Updated]+counts[migrate.Unchanged] != n {
		s.t.Errorf("at the end: %v", counts)
	}
	before := len(s.Journal())
	if _, err := s.run(mode, people(n)); err != nil || len(s.Journal()) != before {
		s.t.Errorf("a further run made %d requests, %v", len(s.Journal())-before, err)
	}
}
