package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"carryover/migrate"
	"carryover/migrate/report"
)

// complete reports whether every row has had its outcome before, in the instance
// that the key opens. Where the key is the one of the last run, that takes no
// request.
func (m *migration) complete() (bool, error) {
	if !m.resumed || m.replaced || m.o.dryRun || m.canary != nil || m.toSend() > 0 {
		return false, nil
	}
	sessions, err := m.db.Sessions(m.soft)
	if err != nil {
		return false, checkpointError(err)
	}
	if last := sessions[len(sessions)-1]; last.KeyPrint != m.keyPrint() {
		return true, m.connect()
	}
	id := m.db.Identity()
	m.target.InstanceID, m.target.APIURL, m.target.APIVersion = id.InstanceID, m.client.BaseURL(), id.APIVersion
	m.target.Kind, m.keyKind = environmentOf[id.KeyKind], id.KeyKind
	return true, nil
}

// environmentOf is the kind of instance that a kind of key opens, as the
// checkpoint names it.
var environmentOf = map[string]string{"live": "production", "test": "development", "sandbox": "sandbox"}

// printOf tells keys and the instances they open apart, without telling anything
// about them. The embedded sandbox is the same wherever it listens.
func (m *migration) printOf(key migrate.Secret) string {
	by, url := m.db.Key(), m.client.BaseURL()
	if m.sandbox != nil {
		url = ""
	}
	mac := hmac.New(sha256.New, by[:])
	fmt.Fprintf(mac, "secret key\x00%s\x00%s", url, key.Reveal())
	return hex.EncodeToString(mac.Sum(nil)[:8])
}

// sayNothingToDo says why nothing is sent.
func (m *migration) sayNothingToDo() {
	input, path := report.Clean(m.paths[0]), report.Clean(m.path)
	switch {
	case m.o.only != "":
		m.ui.say("Nothing to do: --only %s means no row of %s.", m.o.only, input)
	default:
		m.ui.say("Nothing to do: every row of %s has its outcome in %s (instance %s).", input, path, report.Clean(m.target.InstanceID))
	}
}
