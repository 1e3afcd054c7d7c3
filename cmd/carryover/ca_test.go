package main

import (
	"crypto/tls"
	"encoding/pem"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"carryover/migrate/sandbox"
)

// overTLS serves the box by HTTPS, with a certificate of its own, which it
// returns in PEM form.
func (b *box) overTLS(t *testing.T, config *tls.Config) (url string, certificate []byte) {
	t.Helper()
	server := httptest.NewUnstartedServer(b)
	server.TLS = config
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // handshakes that are meant to fail
	server.StartTLS()
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	return server.URL, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
}

// A server is trusted that the system or --ca-file vouches for, and nobody
// else; there is no way around it. The key does not go to anyone else.
func TestCertificates(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	file := writeFile(t, filepath.Join(folder, "users.csv"), newUsers(3))
	b := newBox(t, sandbox.Config{})
	url, certificate := b.overTLS(t, &tls.Config{})
	writeFile(t, filepath.Join(folder, "ca.pem"), append([]byte("a comment\n"), certificate...))
	writeFile(t, filepath.Join(folder, "key.pem"), []byte("-----BEGIN PRIVATE KEY-----\naHVudGVyMg==\n-----END PRIVATE KEY-----\n"))
	env := []string{"CLERK_SECRET_KEY=" + testKey, "CARRYOVER_API_URL=" + url}

	out := carryover(t, exitRefused, folder, env, "run", file)
	wantWords(t, out.stderr, "the server's certificate is not trusted by this machine", "--ca-file")
	carryover(t, exitRefused, folder, append(env, "SSL_CERT_FILE=/dev/null", "SSL_CERT_DIR=/no"), "run", file)
	if len(b.Journal()) > 0 {
		t.Error("a request was sent")
	}
	for name, want := range map[string]string{"missing.pem": "no such file", "key.pem": "key.pem holds no certificate", "users.csv": "holds no certificate"} {
		if out := carryover(t, exitUsage, folder, env, "run", file, "--ca-file", name); !strings.Contains(out.stderr, want) || strings.Contains(out.stderr, "hunter2") {
			t.Errorf("%s: %s", name, out.stderr)
		}
	}
	if _, err := os.Stat(filepath.Join(folder, "users.csv.carryover.db")); err == nil {
		t.Error("a checkpoint was left")
	}
	carryover(t, exitOK, folder, env, "run", file, "--ca-file", "ca.pem")
	checkOnce(t, b, 3)
}

// What is older than TLS 1.2 is not spoken.
func TestOldTLS(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	file := writeFile(t, filepath.Join(folder, "users.csv"), newUsers(1))
	b := newBox(t, sandbox.Config{})
	url, certificate := b.overTLS(t, &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11})
	writeFile(t, filepath.Join(folder, "ca.pem"), certificate)
	out := carryover(t, exitResumable, folder, []string{"CLERK_SECRET_KEY=" + testKey}, "run", file, "--api-url", url, "--ca-file", "ca.pem")
	wantWords(t, out.stderr, "Clerk cannot be reached")
	if len(b.Journal()) > 0 {
		t.Error("a request was sent")
	}
}
