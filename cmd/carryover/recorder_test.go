package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
)

// A recorder answers as an instance without users and with every user_id in
// it, and keeps each request as it came.
type recorder struct {
	url  string
	mu   sync.Mutex
	list []recorded
	news int
	ids  map[string]string // external ids by Clerk's
}

// A recorded request has the raw body, not what some type makes of it.
type recorded struct {
	method, path, query, apiVersion string
	header                          http.Header
	body                            []byte
}

func newRecorder(t *testing.T) *recorder {
	t.Helper()
	r := &recorder{ids: map[string]string{}}
	server := httptest.NewServer(r)
	r.url = server.URL
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	return r
}

// ServeHTTP implements http.Handler.
func (r *recorder) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		http.Error(w, "", http.StatusBadRequest)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.list = append(r.list, recorded{
		req.Method, strings.TrimPrefix(req.URL.Path, "/v1"), req.URL.RawQuery, req.Header.Get("Clerk-API-Version"), req.Header.Clone(), body,
	})
	w.Header().Set("Content-Type", "application/json")
	switch req.URL.Path {
	case "/v1/instance":
		fmt.Fprint(w, `{"object":"instance","id":"ins_recorder","environment_type":"development"}`)
		return
	case "/v1/domains":
		fmt.Fprint(w, `{"data":[],"total_count":0}`)
		return
	}
	if req.Method == http.MethodGet {
		fmt.Fprint(w, `[]`)
		return
	}
	var sent struct {
		ExternalID *string `json:"external_id"`
	}
	if err := json.Unmarshal(body, &sent); err != nil {
		http.Error(w, "", http.StatusBadRequest)
		return
	}
	id := strings.Split(req.URL.Path, "/")[2:] // users, its id, …
	if req.Method == http.MethodPost {
		r.news++
		id = append(id, fmt.Sprintf("user_new%d", r.news))
	}
	if sent.ExternalID != nil {
		r.ids[id[1]] = *sent.ExternalID
	}
	answer, err := json.Marshal(map[string]any{"object": "user", "id": id[1], "external_id": r.ids[id[1]]})
	if err != nil {
		http.Error(w, "", http.StatusInternalServerError)
		return
	}
	_, _ = w.Write(answer)
}

func (r *recorder) env() []string {
	return []string{"CLERK_SECRET_KEY=" + testKey, "CLERK_API_URL=" + r.url, "CARRYOVER_RATE_LIMIT=10000/100ms"}
}

// all returns the requests with a method and a path.
func (r *recorder) all(method, path string) []recorded {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(r.list), func(q recorded) bool { return q.method != method || q.path != path })
}

// every returns all requests.
func (r *recorder) every() []recorded {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.list)
}
