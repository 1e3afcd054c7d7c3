package hashers

import "strings"

// identifyScheme reads the schemes of LDAP and Dovecot.
func identifyScheme(digest string) []Guess {
	scheme, _ := cutScheme(digest)
	if scheme == "" {
		return nil
	}
	if checkSSHA(digest).Status == OK {
		return []Guess{{"ldap_ssha", Certain, "the digest names its scheme", ""}}
	}
	for _, name := range []string{"ldap", "dovecot"} {
		if out, v := RewriteNamed(name, digest, nil); v.Status != Invalid {
			return []Guess{{out.Hasher, Certain, "the digest names its scheme", name}}
		}
	}
	why := "a scheme of LDAP or Dovecot that no hasher takes"
	switch {
	case strings.EqualFold(scheme, "{SHA}"):
		why = "SHA-1 without a salt: no hasher takes it"
	case strings.EqualFold(scheme, "{SSHA}"):
		why = "{SSHA}, but what follows is not base64 of a SHA-1 and a salt"
	case strings.EqualFold(scheme, "{CRYPT}"):
		why = "{CRYPT} with another algorithm than bcrypt"
	}
	return []Guess{unsupported(why)}
}

// identifyBare reads what has no prefix to go by.
func identifyBare(digest string) []Guess {
	switch {
	case strings.HasPrefix(digest, "{"):
		return identifyKeycloak(digest)
	case checkFirebase(digest).Status != Invalid:
		return []Guess{{"scrypt_firebase", Certain, "six parts, the first four base64, the hash as long as the signer key", ""}}
	case isHexBytes(digest):
		return identifyHex(digest)
	case checkMD5Salted(digest).Status != Invalid:
		return []Guess{{"md5_salted", Likely, "a salt and 32 hexadecimal characters, as of an MD5", ""}}
	case checkSHA256Salted(digest).Status != Invalid:
		return []Guess{{"sha256_salted", Likely, "a salt and 64 hexadecimal characters, as of a SHA-256", ""}}
	}
	if out, v := RewriteNamed("colon_salt", digest, nil); v.Status != Invalid {
		return []Guess{{out.Hasher, Likely, "a salt and a hexadecimal hash, joined by a colon", "colon_salt"}}
	}
	return identifyBase64(digest)
}

func identifyKeycloak(digest string) []Guess {
	if _, v := fromKeycloak(digest, nil); v.Code == codeRewriteParam {
		return []Guess{{"pbkdf2_sha256", Likely, "Keycloak's secret_data; which hasher it is stands in credential_data", "keycloak"}}
	}
	return nil
}

// identifyHex goes by the length, which is all that a bare hash shows.
func identifyHex(digest string) []Guess {
	rewrite := ""
	if _, upper := scanHex(digest); upper {
		rewrite = "hex_lower"
	}
	switch len(digest) {
	case 32:
		return []Guess{{"md5", Likely, "32 hexadecimal characters; nothing says that it is not another hash, or salted", rewrite},
			unsupported("NTLM and MD4 digests look the same, and no hasher takes them")}
	case 64:
		return []Guess{{"sha256", Likely, "64 hexadecimal characters; nothing says that it is not another hash, or salted", rewrite},
			unsupported("SHA3-256, BLAKE2 and HMAC digests look the same, and no hasher takes them")}
	case 40:
		return []Guess{unsupported("40 hexadecimal characters, as of a SHA-1: no hasher takes it")}
	case 128:
		return []Guess{{"sha512_symfony", Possible, "128 hexadecimal characters, as of Symfony's encoder without base64", "symfony"},
			unsupported("a bare SHA-512 looks the same, and no hasher takes it")}
	}
	return nil
}

// identifyBase64 goes by the length in bytes, and by the format byte of ASP.NET Identity.
func identifyBase64(digest string) []Guess {
	b, ok := from64(digest)
	if !ok {
		return nil
	}
	if out, v := RewriteNamed("aspnet_identity", digest, nil); v.Status != Invalid {
		return []Guess{{out.Hasher, Likely, "a blob of ASP.NET Identity", "aspnet_identity"}}
	}
	switch {
	case len(b) == 64:
		return []Guess{
			{"sha512_symfony", Possible, "64 bytes in base64, as of Symfony's encoder", "symfony"},
			{"scrypt_firebase", Possible, "64 bytes in base64, as of Firebase's passwordHash", "firebase"},
			{"pbkdf2_sha256", Possible, "64 bytes in base64, as of a Keycloak value", "keycloak"}}
	case len(b) == 32:
		return []Guess{{"sha256", Possible, "32 bytes in base64, as of a SHA-256: put {SHA256} before it for the rewrite ldap", ""},
			{"hmac_sha256_utf16_b64", Possible, "32 bytes in base64, as of ASP.NET Membership's HMAC; Clerk documents no format", ""}}
	case len(b) > 20 && len(b) <= 36:
		return []Guess{{"ldap_ssha", Possible, "more than 20 bytes in base64, as of a salted SHA-1 without its scheme", "ldap"}}
	}
	return nil
}
