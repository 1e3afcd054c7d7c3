package clerk

import (
	"fmt"
	"strings"
	"testing"

	"carryover/migrate"
)

func TestKindOfKey(t *testing.T) {
	for _, tt := range []struct {
		key  migrate.Secret
		want KeyKind
		hint string // part of the error
	}{
		{"sk_live_CANARYabc", LiveKey, ""},
		{"sk_test_CANARYabc", TestKey, ""},
		{"", 0, "empty"},
		{"pk_live_CANARYabc", 0, "publishable"},
		{" sk_live_CANARYabc", 0, "white space around"},
		{"sk_live_CANARYabc\n", 0, "white space around"},
		{"sk_live_CANARY\r\nX-Evil: 1", 0, "character"},
		{"sk_live_CANARYé", 0, "character"},
		{"sk_live_", 0, "after its prefix"},
		{"sk_CANARYabc", 0, "must begin"},
		{"CANARY", 0, "must begin"},
	} {
		got, err := KindOfKey(tt.key)
		if got != tt.want && tt.hint == "" {
			t.Errorf("%s…: kind %v, want %v", tt.key.Reveal(), got, tt.want)
		}
		if (err != nil) != (tt.hint != "") {
			t.Errorf("%s…: error %v, want one with %q", tt.key.Reveal(), err, tt.hint)
			continue
		}
		if err == nil {
			continue
		}
		if !strings.Contains(err.Error(), tt.hint) {
			t.Errorf("error %q does not say %q", err, tt.hint)
		}
		if strings.Contains(err.Error(), "CANARY") {
			t.Errorf("error %q quotes the key", err)
		}
	}
}

func TestKindOfKeyInWords(t *testing.T) {
	for kind, want := range map[KeyKind]string{LiveKey: "live", TestKey: "test", 0: "unknown"} {
		if got := kind.String(); got != want {
			t.Errorf("kind %d is %q, want %q", kind, got, want)
		}
	}
}

// The key is in a field that fmt prints without asking its type.
func TestClientPrintsNoKey(t *testing.T) {
	c := newTestClient(t, Config{Key: "sk_test_hunter2"})
	for _, verb := range "vsqxd" {
		for _, flag := range []string{"", "+", "#"} {
			text := fmt.Sprintf("%"+flag+string(verb), c) + fmt.Sprintf("%"+flag+string(verb), []*Client{c})
			if strings.Contains(text, "hunter2") || strings.Contains(text, fmt.Sprintf("%x", "hunter2")) {
				t.Errorf("%%%s%c prints %s", flag, verb, text)
			}
		}
	}
	if got, want := fmt.Sprint(c), "client of "+c.BaseURL(); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
