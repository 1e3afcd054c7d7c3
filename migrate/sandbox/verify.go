package sandbox

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/binary"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"carryover/hashers"
)

// Clerk documents the statuses of the two endpoints, not the codes.
var (
	noPassword = general(http.StatusBadRequest, "no_password_set", "no password set",
		"The user does not have a password set.")
	wrongPassword = general(http.StatusUnprocessableEntity, "incorrect_password", "incorrect password",
		"The provided password was incorrect.")
	// A code of the sandbox's own, so that nobody takes it for a wrong password.
	cannotVerify = general(http.StatusUnprocessableEntity, "sandbox_cannot_verify", "password cannot be verified",
		"The sandbox cannot verify digests of this hasher.")
	noSecondFactor = general(http.StatusBadRequest, "totp_not_enabled", "TOTP is not enabled",
		"The user does not have TOTP configured for their account.")
	wrongCode = general(http.StatusUnprocessableEntity, "incorrect_code", "incorrect code",
		"The provided TOTP or backup code was incorrect.")
)

// verifyPassword answers POST /users/{user_id}/verify_password.
func (c *call) verifyPassword() reply {
	f, ps := c.form(verifyPasswordSet)
	if !f.password.given && len(ps) == 0 {
		ps = append(ps, invalid("form_param_missing", "password", "must be included"))
	}
	if len(ps) > 0 {
		return c.refuse(ps...)
	}
	r := c.s.users.get(c.route.userID)
	switch {
	case r == nil:
		return c.refuse(noSuchUser(c.route.userID))
	case r.password == "" && r.digest == "":
		return c.refuse(noPassword)
	case r.digest == "":
		if r.password != f.password.value {
			return c.refuse(wrongPassword)
		}
		return c.ok(verifiedAnswer{Verified: true})
	}
	match, err := hashers.Verify(r.hasher, r.digest, f.password.value)
	switch {
	case err != nil:
		return c.refuse(cannotVerify)
	case !match.OK:
		return c.refuse(wrongPassword)
	}
	return c.ok(verifiedAnswer{Verified: true})
}

// verifyTOTP answers POST /users/{user_id}/verify_totp: with a code of the
// authenticator, or with a backup code, which is used up by it.
func (c *call) verifyTOTP() reply {
	f, ps := c.form(verifyTOTPSet)
	if !f.code.given && len(ps) == 0 {
		ps = append(ps, invalid("form_param_missing", "code", "must be included"))
	}
	if len(ps) > 0 {
		return c.refuse(ps...)
	}
	r, now := c.s.users.get(c.route.userID), c.s.cfg.Now()
	switch {
	case r == nil:
		return c.refuse(noSuchUser(c.route.userID))
	case r.totp == "" && len(r.backupCodes) == 0:
		return c.refuse(noSecondFactor)
	}
	if key, ok := totpKey(r.totp); ok && totpMatches(key, f.code.value, now) {
		return c.ok(verifiedAnswer{Verified: true, CodeType: "totp"})
	}
	if !c.s.useBackupCode(r, f.code.value, now) {
		return c.refuse(wrongCode)
	}
	answer := c.ok(verifiedAnswer{Verified: true, CodeType: "backup_code"})
	answer.applied = true
	return answer
}

// useBackupCode strikes a backup code off the list, or tells that there is no
// such code. Of two requests with one code, one gets it.
func (s *Sandbox) useBackupCode(r *record, code string, now time.Time) bool {
	i := slices.IndexFunc(r.backupCodes, func(stored string) bool {
		if !isBcrypt(stored) {
			return stored == code
		}
		match, err := hashers.Verify("bcrypt", stored, code)
		return err == nil && match.OK
	})
	if i < 0 {
		return false
	}
	_, ps := s.change(r.id, now, func(next *record) problems {
		j := slices.Index(next.backupCodes, r.backupCodes[i])
		if j < 0 {
			return problems{wrongCode} // used in the meantime
		}
		next.backupCodes = slices.Delete(slices.Clone(next.backupCodes), j, j+1)
		return nil
	})
	return len(ps) == 0
}

// totpStep is the life of a code, the only one that Clerk supports.
const totpStep = 30 * time.Second

// totpMatches checks a code of six digits against the time step of now and its
// two neighbours.
func totpMatches(key []byte, code string, now time.Time) bool {
	step := now.Unix() / int64(totpStep/time.Second)
	code = strings.TrimSpace(code)
	for _, n := range []int64{step - 1, step, step + 1} {
		if n >= 0 && code == hotp(key, uint64(n)) {
			return true
		}
	}
	return false
}

// hotp is the code of six digits for a counter (RFC 4226 section 5.3), which for
// TOTP is the number of the time step (RFC 6238 section 4.2).
func hotp(key []byte, counter uint64) string {
	mac := hmac.New(sha1.New, key)
	mac.Write(binary.BigEndian.AppendUint64(nil, counter))
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 0x0f
	n := binary.BigEndian.Uint32(sum[at:]) & 0x7fffffff
	return fmt.Sprintf("%06d", n%1_000_000)
}
