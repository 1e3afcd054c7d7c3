package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"strconv"
	"strings"
)

// A cell is a property of a row by its wire name.
type cell struct {
	name  string
	value any // nil is not given
}

// cells are the properties of a row, always the same names in the same order.
func (u *user) cells() []cell {
	return []cell{
		{"external_id", text(u.externalID)},
		{"email_address", list(u.emails)},
		{"phone_number", list(strings.Fields(u.phone))},
		{"username", text(u.username)},
		{"first_name", u.firstName},
		{"last_name", u.lastName},
		{"locale", u.locale},
		{"password", text(u.password)},
		{"skip_password_checks", given(u.password != "")},
		{"skip_password_requirement", given(u.password == "" && u.digest == "")},
		{"skip_user_requirement", given(u.kind == nobody)},
		{"password_digest", text(u.digest)},
		{"password_hasher", text(u.hasher)},
		{"totp_secret", text(u.totp)},
		{"backup_codes", list(u.codes)},
		{"public_metadata", object(u.publicMetadata)},
		{"private_metadata", object(u.privateMetadata)},
		{"unsafe_metadata", object(u.unsafeMetadata)},
		{"created_at", u.createdAt},
		{"legal_accepted_at", text(u.legalAcceptedAt)},
		{"delete_self_enabled", u.deleteSelf},
		{"create_organization_enabled", u.createOrgs},
		{"create_organizations_limit", number(u.orgsLimit)},
		{"bypass_client_trust", true},
	}
}

func text(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func list(items []string) any {
	if len(items) == 0 {
		return nil
	}
	return items
}

func object(s string) any {
	if s == "" {
		return nil
	}
	return json.RawMessage(s)
}

func given(yes bool) any {
	if !yes {
		return nil
	}
	return true
}

func number(n int64) any {
	if n == 0 {
		return nil
	}
	return n
}

// body is the row as a JSON object.
func (u *user) body() ([]byte, error) {
	members := map[string]any{}
	for _, c := range u.cells() {
		if c.value != nil {
			members[c.name] = c.value
		}
	}
	return json.Marshal(members)
}

// write renders the users as a file of a format.
func write(format string, users []*user) ([]byte, error) {
	var b bytes.Buffer
	if format == "jsonl" {
		for _, u := range users {
			line, err := u.body()
			if err != nil {
				return nil, err
			}
			b.Write(append(line, '\n'))
		}
		return b.Bytes(), nil
	}
	w := csv.NewWriter(&b)
	for i, u := range users {
		var names, values []string
		for _, c := range u.cells() {
			value, err := c.text()
			if err != nil {
				return nil, err
			}
			names, values = append(names, c.name), append(values, value)
		}
		if i == 0 {
			_ = w.Write(names) // an error stays with w
		}
		_ = w.Write(values)
	}
	w.Flush()
	return b.Bytes(), w.Error()
}

// text is the cell of a CSV file.
func (c cell) text() (string, error) {
	switch v := c.value.(type) {
	case nil:
		return "", nil
	case string:
		return v, nil
	case bool:
		return strconv.FormatBool(v), nil
	case int64:
		return strconv.FormatInt(v, 10), nil
	default: // lists and objects are JSON
		b, err := json.Marshal(v)
		return string(b), err
	}
}
