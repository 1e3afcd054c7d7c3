package sandbox_test

import (
	"context"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"carryover/migrate/sandbox"
)

func TestConfigRefused(t *testing.T) {
	for name, cfg := range map[string]sandbox.Config{
		"every interface":       {Addr: ":8080"},
		"any address":           {Addr: "0.0.0.0:0"},
		"public address":        {Addr: "192.0.2.1:80"},
		"IPv6 any":              {Addr: "[::]:0"},
		"a name":                {Addr: "example.com:80"},
		"no port":               {Addr: "127.0.0.1"},
		"real key":              {Key: "sk_live_4f7"},
		"no key at all":         {Key: "secret"},
		"environment":           {EnvironmentType: "staging"},
		"negative limit":        {Limit: -1},
		"negative user limit":   {UserLimit: -2},
		"negative window":       {Window: -time.Second},
		"negative latency":      {Latency: -1},
		"sigma":                 {Sigma: math.NaN()},
		"window kind":           {WindowKind: 9},
		"journal":               {JournalSize: -2},
		"requirement":           {Require: []string{"shoe_size"}},
		"fault":                 {Faults: []sandbox.Fault{{Name: "gremlins", Probability: 0.5}}},
		"probability":           {Faults: []sandbox.Fault{{Name: "500", Probability: math.NaN()}}},
		"method":                {Faults: []sandbox.Fault{{Name: "500", Method: "TRACE", Probability: 0.5}}},
		"more than all":         {Faults: []sandbox.Fault{{Name: "500", Probability: 0.6}, {Name: "502", Probability: 0.6}}},
		"more than all of GETs": {Faults: []sandbox.Fault{{Name: "500", Probability: 0.6}, {Name: "502", Method: "GET", Probability: 0.6}}},
	} {
		if _, err := sandbox.New(cfg); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	for name, cfg := range map[string]sandbox.Config{
		"zero":             {},
		"localhost":        {Addr: "localhost:0"},
		"IPv6 loopback":    {Addr: "[::1]:0"},
		"other loopback":   {Addr: "127.8.9.10:0"},
		"apart by methods": {Faults: []sandbox.Fault{{Name: "500", Method: "POST", Probability: 0.6}, {Name: "502", Method: "GET", Probability: 0.6}}},
	} {
		if _, err := sandbox.New(cfg); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRealKeyIsNotRepeated(t *testing.T) {
	_, err := sandbox.New(sandbox.Config{Key: "sk_live_canary"})
	if err == nil || strings.Contains(err.Error(), "canary") {
		t.Errorf("error %v", err)
	}
}

func TestInstance(t *testing.T) {
	b := startBox(t, sandbox.Config{InstanceID: "ins_mine", EnvironmentType: "production"})
	got := b.user("GET", "/v1/instance", "")
	if got["object"] != "instance" || got["id"] != "ins_mine" || got["environment_type"] != "production" {
		t.Errorf("instance: %v", got)
	}
}

func TestStartAndClose(t *testing.T) {
	s, err := sandbox.New(sandbox.Config{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	url, err := s.Start(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(url, "http://127.0.0.1:") || strings.HasSuffix(url, "/v1") {
		t.Errorf("url %q", url)
	}
	if _, err := s.Start(ctx); err == nil {
		t.Error("started twice")
	}
	cancel() // ends the service as Close does
	if err := s.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("second close: %v", err)
	}
	if resp, err := http.Get(url); err == nil {
		resp.Body.Close()
		t.Error("still serving after Close")
	}
}
