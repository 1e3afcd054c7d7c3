package clerk

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"carryover/migrate"
	"carryover/migrate/sandbox"
)

// Requests a row, over HTTP: each is written once, and 100 are looked up in one
// request, ahead of the writes, which never wait for that.
func TestRequestsARow(t *testing.T) {
	rows := 3300
	if testing.Short() {
		rows = 1100
	}
	for _, tt := range []struct {
		name    string
		mode    migrate.Mode
		latency time.Duration
		there   bool
		lookUps int
	}{
		{"create", migrate.CreateOnlyMode, 150 * time.Millisecond, false, 0},
		{"upsert of new users", migrate.Upsert, 150 * time.Millisecond, false, rows / migrate.MaxLookUp},
		{"upsert of new users, slow", migrate.Upsert, time.Second, false, rows / migrate.MaxLookUp},
		{"update by external_id", migrate.UpdateOnlyMode, 150 * time.Millisecond, true, rows / migrate.MaxLookUp},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStack(t, sandbox.Config{
					Limit: hundred.N, Window: hundred.Window, WindowKind: sandbox.Sliding, Latency: tt.latency, Sigma: 0.3,
				})
				s.limit = hundred
				if tt.there {
					s.settleThere(rows)
				}
				begin := time.Now()
				if _, err := s.run(tt.mode, people(rows), func(c *migrate.Config) {
					c.Concurrency = c.API.(*Client).Concurrency
				}); err != nil {
					t.Fatal(err)
				}
				took := time.Since(begin)
				s.check(rows)
				lookUps, writes, refused := 0, 0, 0
				for _, e := range s.Journal() {
					switch {
					case e.Status == http.StatusTooManyRequests:
						refused++
					case e.Method == http.MethodGet && strings.HasSuffix(e.Path, "/users"):
						lookUps++
					case e.Method == http.MethodPost || e.Method == http.MethodPatch:
						writes++
					}
				}
				t.Logf("%d look-ups and %d writes in %v: %.4f requests a row, %.2f a second", lookUps, writes, took,
					float64(s.requests)/float64(rows), float64(s.requests)/took.Seconds())
				if lookUps != tt.lookUps || writes != rows || refused > 0 || s.requests != int64(lookUps+writes) {
					t.Errorf("%d look-ups, want %d; %d writes of %d rows; %d refused; %d requests in all", lookUps, tt.lookUps, writes, rows, refused, s.requests)
				}
				// The pace, and some latencies: of the first look-up and of the
				// last write.
				pace := time.Duration(float64(lookUps+rows) / hundred.PerSecond() / paceBelow * float64(time.Second))
				if most := pace + pace/50 + 8*tt.latency; took > most {
					t.Errorf("it took %v, want %v at most", took, most)
				}
			})
		})
	}
}

// Rows of one user keep to Clerk's limit for a user, whose refusal would hold up
// all others.
func TestManyUpdatesOfOneUser(t *testing.T) {
	const rows = 25
	synctest.Test(t, func(t *testing.T) {
		s := newStack(t, sandbox.Config{Latency: 50 * time.Millisecond, Sigma: 0.3}) // 10 updates in 10 s
		s.limit = hundred
		s.settleThere(1)
		id := s.Users()[0].ID
		begin := time.Now()
		_, err := s.run(migrate.UpdateOnlyMode, func(yield func(*migrate.User, error) bool) {
			for i := range rows {
				u := &migrate.User{Row: int64(i + 1), Line: int64(i + 2), UserID: id}
				u.FirstName = ptr(fmt.Sprintf("Name %d", i))
				if !yield(u, nil) {
					return
				}
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		if name := *s.Users()[0].FirstName; name != "Name 24" {
			t.Errorf("in the end it is %q", name)
		}
		if took := time.Since(begin); s.gates > 0 || s.requests != rows || took < 20*time.Second || took > 23*time.Second {
			t.Errorf("%d gates, %d requests, %v", s.gates, s.requests, took)
		}
	})
}
