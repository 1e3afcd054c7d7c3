package migrate_test

import (
	"testing"
	"time"

	"carryover/migrate"
)

// The times and codes are those of RFC 6238, appendix B: the last six digits of
// the column for SHA-1.
func TestTOTPCode(t *testing.T) {
	const secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
	for at, want := range map[int64]string{
		59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130",
	} {
		if got := migrate.TOTPCode(secret, time.Unix(at, 0)).Reveal(); got != want {
			t.Errorf("at %d: %s, want %s", at, got, want)
		}
	}
	if got := migrate.TOTPCode("not base32!", time.Unix(59, 0)); got != "" {
		t.Errorf("a code came of no secret")
	}
}

func TestReadTOTPSecret(t *testing.T) {
	for _, tt := range []struct{ text, want, code string }{
		{"JBSWY3DPEHPK3PXP", "JBSWY3DPEHPK3PXP", ""},
		{" jbsw y3dp-ehpk 3pxp== ", "JBSWY3DPEHPK3PXP", ""},
		{"otpauth://totp/A:b?secret=jbswy3dpehpk3pxp&issuer=A", "JBSWY3DPEHPK3PXP", ""},
		{"otpauth://totp/A:b?secret=JBSWY3DPEHPK3PXP&digits=8", "", "totp_parameters"},
		{"otpauth://hotp/A:b?secret=JBSWY3DPEHPK3PXP", "", "totp_otpauth"},
		{"8189", "", "totp_not_base32"}, {"", "", "totp_not_base32"},
	} {
		if got, code := migrate.ReadTOTPSecret(tt.text); got.Reveal() != tt.want || code != tt.code {
			t.Errorf("%q: %q %q, want %q %q", tt.text, got.Reveal(), code, tt.want, tt.code)
		}
	}
}
