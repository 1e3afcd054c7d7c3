package hashers

import "strings"

// fromSupabase reads encrypted_password of Supabase's auth.users: bcrypt, argon2,
// and Firebase's scrypt as Supabase imports it, with the project's parameters
// before the salt and the hash.
func fromSupabase(digest string, _ Params) (Rewritten, Verdict) {
	switch {
	case strings.HasPrefix(digest, "$2"):
		return rewritten("bcrypt", digest)
	case strings.HasPrefix(digest, "$argon2"):
		return toArgon2(digest)
	}
	var p [5]string
	if split(digest, '$', p[:]) != 5 || p[0] != "" || p[1] != "fbscrypt" {
		return otherForm()
	}
	options := map[string]string{}
	for _, option := range strings.Split(p[2], ",") {
		name, value, ok := strings.Cut(option, "=")
		if _, twice := options[name]; !ok || twice {
			return otherForm()
		}
		options[name] = value
	}
	if options["v"] != "1" || options["p"] != "1" { // Firebase knows no other
		return impossible()
	}
	out, v := fromFirebase(p[4], Params{
		"salt": p[3], "base64_signer_key": options["sk"], "base64_salt_separator": options["ss"],
		"rounds": options["r"], "mem_cost": options["n"],
	})
	if v.Code == codeRewriteParam { // they are in the digest: there is nothing to pass
		return otherForm()
	}
	return out, v
}
