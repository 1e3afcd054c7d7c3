package hashers

import (
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"
)

func keycloakParams() []Param {
	return []Param{
		{"credential_data", "the credential's credential_data (JSON); holds algorithm, iterations and argon2's parameters", false},
		{"salt", "base64; needed where the digest is the bare value", false},
		{"algorithm", "pbkdf2, pbkdf2-sha256, pbkdf2-sha512 or argon2; needed without credential_data", false},
		{"iterations", "needed without credential_data", false},
	}
}

// keycloakSecret is Keycloak's secret_data.
type keycloakSecret struct {
	Value string `json:"value"`
	Salt  string `json:"salt"`
}

// keycloakData is Keycloak's credential_data.
type keycloakData struct {
	Iterations int                 `json:"hashIterations"`
	Algorithm  string              `json:"algorithm"`
	More       map[string][]string `json:"additionalParameters"`
}

func fromKeycloak(digest string, p Params) (Rewritten, Verdict) {
	secret := keycloakSecret{digest, p["salt"]}
	if strings.HasPrefix(digest, "{") && json.Unmarshal([]byte(digest), &secret) != nil {
		return otherForm()
	}
	key, ok := from64(secret.Value)
	if !ok || len(key) < minKey || isHexBytes(secret.Value) {
		return otherForm()
	}
	data, bad := keycloakDataOf(p)
	switch data.Algorithm {
	case "", "pbkdf2", "pbkdf2-sha256", "pbkdf2-sha512", "argon2":
	default: // a hash provider of somebody else's
		return impossible()
	}
	salt, ok := from64(secret.Salt)
	if !ok {
		return needs("salt")
	}
	if bad != "" {
		return needs(bad)
	}
	switch data.Algorithm {
	case "pbkdf2":
		return toPBKDF2SHA1(data.Iterations, salt, key)
	case "pbkdf2-sha256":
		return toPBKDF2SHA256(data.Iterations, salt, key)
	case "pbkdf2-sha512":
		return toPBKDF2SHA512(data.Iterations, salt, key)
	}
	return fromKeycloakArgon2(data, salt, key)
}

// keycloakDataOf gathers the parameters; bad names the first that is missing or unusable.
func keycloakDataOf(p Params) (data keycloakData, bad string) {
	if text := p["credential_data"]; text != "" && json.Unmarshal([]byte(text), &data) != nil {
		return data, "credential_data"
	}
	if data.Algorithm == "" {
		data.Algorithm = p["algorithm"]
	}
	if data.Iterations == 0 {
		data.Iterations, _ = iterationsOf(p["iterations"])
	}
	switch {
	case data.Algorithm == "":
		return data, "algorithm"
	case data.Iterations < 1 || data.Iterations > maxIterations:
		return data, "iterations"
	}
	return data, ""
}

// fromKeycloakArgon2 takes memory and lanes from credential_data, where
// Keycloak keeps them; it writes version 1.3 only.
func fromKeycloakArgon2(data keycloakData, salt, key []byte) (Rewritten, Verdict) {
	one := func(name string) string {
		if values := data.More[name]; len(values) == 1 {
			return values[0]
		}
		return ""
	}
	memory, ok1 := iterationsOf(one("memory"))
	lanes, ok2 := iterationsOf(one("parallelism"))
	if !ok1 || !ok2 {
		return needs("credential_data")
	}
	variant := "argon2" + one("type")
	if version := one("version"); version != "1.3" {
		return impossible()
	}
	raw := base64.RawStdEncoding
	return toArgon2("$" + variant + "$v=19$m=" + strconv.Itoa(memory) + ",t=" + strconv.Itoa(data.Iterations) + ",p=" + strconv.Itoa(lanes) +
		"$" + raw.EncodeToString(salt) + "$" + raw.EncodeToString(key))
}
