package clerk

import (
	"context"
	"math"
	"net/http"
	"testing"
	"time"

	"carryover/migrate"
)

// BenchmarkCreateUser is what a create costs beside the network.
func BenchmarkCreateUser(b *testing.B) {
	c, err := newClient(Config{Key: testKey}, exchange(func(*http.Request) (*http.Response, error) {
		return reply(200, `{"id":"user_1","external_id":"legacy-1"}`), nil
	}))
	if err != nil {
		b.Fatal(err)
	}
	req := &migrate.CreateUserRequest{
		Profile: migrate.Profile{
			ExternalID:     ptr("legacy-1"),
			PasswordDigest: ptr(migrate.Secret("$2a$10$digest")),
			PasswordHasher: ptr("bcrypt"),
		},
		CreateOnly: migrate.CreateOnly{EmailAddress: []string{"a@example.com"}},
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.CreateUser(context.Background(), req); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPacer is what the limiter costs a request that need not wait: with
// slots that are all taken and free again in turn.
func BenchmarkPacer(b *testing.B) {
	for name, limit := range map[string]Limit{
		"limit":    {N: math.MaxInt32, Window: time.Millisecond},
		"no limit": {},
	} {
		b.Run(name, func(b *testing.B) {
			p := newPacer(limit)
			b.ReportAllocs()
			for b.Loop() {
				sent, err := p.enter(context.Background())
				if err != nil {
					b.Fatal(err)
				}
				p.leave(observation{method: http.MethodPost, sent: sent, received: sent, status: 200})
			}
		})
	}
}
