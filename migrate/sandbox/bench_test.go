package sandbox_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"carryover/migrate/sandbox"
)

// BenchmarkCreate measures creates a second over loopback HTTP, client and
// sandbox in one process.
func BenchmarkCreate(b *testing.B) {
	b.Run("no network", func(b *testing.B) {
		box, err := sandbox.New(sandbox.Config{})
		if err != nil {
			b.Fatal(err)
		}
		for n := int64(0); b.Loop(); n++ {
			if w := send(box, "POST", "/v1/users", typicalUser(n)); w.Code != 200 {
				b.Fatalf("status %d", w.Code)
			}
		}
	})

	b.Run("net/http client", func(b *testing.B) {
		box := startBox(b, sandbox.Config{})
		transport := &http.Transport{MaxIdleConnsPerHost: 64}
		defer transport.CloseIdleConnections()
		var n atomic.Int64
		b.SetParallelism(8)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				req, err := http.NewRequest("POST", box.url+"/v1/users", strings.NewReader(typicalUser(n.Add(1))))
				if err != nil {
					b.Error(err)
					return
				}
				req.Header.Set("Authorization", "Bearer "+testKey)
				req.Header.Set("Content-Type", "application/json")
				resp, err := transport.RoundTrip(req)
				if err != nil {
					b.Error(err)
					return
				}
				_, _ = io.Copy(io.Discard, resp.Body)
				_ = resp.Body.Close()
				if resp.StatusCode != 200 {
					b.Errorf("status %d", resp.StatusCode)
					return
				}
			}
		})
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "creates/s")
	})

	b.Run("bare client", func(b *testing.B) {
		box := startBox(b, sandbox.Config{})
		var n atomic.Int64
		b.SetParallelism(8)
		b.RunParallel(func(pb *testing.PB) {
			conn, err := net.Dial("tcp", strings.TrimPrefix(box.url, "http://"))
			if err != nil {
				b.Error(err)
				return
			}
			defer conn.Close()
			r := bufio.NewReader(conn)
			for pb.Next() {
				body := typicalUser(n.Add(1))
				fmt.Fprintf(conn, "POST /v1/users HTTP/1.1\r\nHost: sandbox\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
					testKey, len(body), body)
				resp, err := http.ReadResponse(r, nil)
				if err != nil {
					b.Error(err)
					return
				}
				_, _ = io.Copy(io.Discard, resp.Body)
				if resp.StatusCode != 200 {
					b.Errorf("status %d", resp.StatusCode)
					return
				}
			}
		})
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "creates/s")
	})
}

// typicalUser is the body of a create as a migration sends it.
func typicalUser(n int64) string {
	return fmt.Sprintf(`{"external_id":"legacy-%d","email_address":["user%d@example.com"],"username":"user-%d",`+
		`"first_name":"Ada","last_name":"Park","password_digest":"$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy",`+
		`"password_hasher":"bcrypt","public_metadata":{"plan":"pro","seats":12},"created_at":"2019-03-04T05:06:07Z","skip_legal_checks":true}`, n, n, n)
}
