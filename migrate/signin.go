package migrate

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// A Verification is what Clerk says of a password or a code.
type Verification uint8

const (
	// Correct: it opens the user.
	Correct Verification = iota + 1
	// Incorrect: it is another one than the user's.
	Incorrect
	// NotSet: the user has none.
	NotSet
	// UsedBackupCode: it was one of the user's backup codes, which is used up now.
	UsedBackupCode
)

// A Verifier asks Clerk whether users can sign in. Every error is an *Error, or
// the context's own where the context ended before the request was sent; a
// RefusedFault says that Clerk cannot tell, and MissingFault that there is no
// such user. Requests are repeated inside, like look-ups.
type Verifier interface {
	VerifyPassword(ctx context.Context, userID string, password Secret) (Verification, error)
	VerifyTOTP(ctx context.Context, userID string, code Secret) (Verification, error)
}

// Credentials are what a user signs in with.
type Credentials struct {
	Password   Secret
	TOTPCode   Secret // of this moment; "" for none
	TOTPSecret Secret // bare base32, in the place of a code; "" for none
}

// A SignIn says whether credentials open their user. Where an error is set,
// Clerk could not tell; it is about this user only.
type SignIn struct {
	Password, TOTP       Verification // 0 where not asked, or not told
	PasswordErr, TOTPErr *Error
}

// OK reports whether the user can sign in.
func (s *SignIn) OK() bool { return s.Password == Correct && len(s.Codes()) == 0 }

// Codes returns the code of each thing that keeps the user from signing in, the
// password first.
func (s *SignIn) Codes() []string {
	var codes []string
	for _, part := range []struct {
		told   Verification
		failed *Error
		codes  map[Verification]string
	}{
		{s.Password, s.PasswordErr, map[Verification]string{Incorrect: "canary_wrong_password", NotSet: "canary_no_password"}},
		{s.TOTP, s.TOTPErr, map[Verification]string{Incorrect: "canary_wrong_totp", NotSet: "canary_no_totp", UsedBackupCode: "canary_backup_code"}},
	} {
		switch code := part.codes[part.told]; {
		case part.failed != nil && part.failed.Fault == MissingFault:
			return []string{"user_missing"}
		case part.failed != nil:
			codes = append(codes, "canary_not_verified")
		case code != "":
			codes = append(codes, code)
		}
	}
	return codes
}

// Err returns the first of the errors, or nil.
func (s *SignIn) Err() *Error {
	if s.PasswordErr != nil {
		return s.PasswordErr
	}
	return s.TOTPErr
}

// Questions say how users are asked about. API is required.
type Questions struct {
	API       Verifier
	Now       func() time.Time // the wall clock that codes go by; default time.Now
	MaxOutage time.Duration    // how long Clerk may be away; default 15 minutes
	Waiting   func(why string) // why no question gets through, when that changes; "" when they do
}

// Ask asks Clerk whether credentials open a user. While Clerk is away it waits
// and asks again. Its error is a *StopError, where there is no point in asking
// about another user.
func (q Questions) Ask(ctx context.Context, userID string, with Credentials) (SignIn, error) {
	setDefault(&q.MaxOutage, 15*time.Minute)
	if q.Now == nil {
		q.Now = time.Now
	}
	if q.Waiting == nil {
		q.Waiting = func(string) {}
	}
	var s SignIn
	var err error
	s.Password, s.PasswordErr, err = q.persist(ctx, func() (Verification, error) {
		return q.API.VerifyPassword(ctx, userID, with.Password)
	})
	if err != nil {
		return s, err
	}
	code := func(code Secret) (Verification, *Error, error) {
		return q.persist(ctx, func() (Verification, error) { return q.API.VerifyTOTP(ctx, userID, code) })
	}
	switch {
	case with.TOTPSecret != "":
		s.TOTP, s.TOTPErr, err = q.askSecret(with.TOTPSecret, code)
	case with.TOTPCode != "":
		s.TOTP, s.TOTPErr, err = code(with.TOTPCode)
	}
	return s, err
}

const (
	// edge is how near to the end of its step a code is taken for early or late:
	// clocks differ by seconds.
	edge = 10 * time.Second
	// mostCodes bounds the codes for one user: Clerk may count wrong ones.
	mostCodes = 3
)

// askSecret asks with the code of now. One that was held up on its way and has
// run out is followed by a new one; one near an edge of its step, once, by that
// of the step behind the edge.
func (q Questions) askSecret(secret Secret, ask func(Secret) (Verification, *Error, error)) (Verification, *Error, error) {
	at := q.Now()
	for asked := 1; ; asked++ {
		v, failed, err := ask(TOTPCode(secret, at))
		now := q.Now()
		late := totpStep(now) != totpStep(at)
		if v != Incorrect || err != nil || asked == mostCodes {
			return v, failed, err
		}
		if late {
			at = now
			continue
		}
		into := time.Duration(at.UnixNano()) % TOTPStep
		switch {
		case into < edge:
			at = at.Add(-TOTPStep)
		case into >= TOTPStep-edge:
			at = at.Add(TOTPStep)
		default:
			return v, failed, err
		}
		return ask(TOTPCode(secret, at))
	}
}

// persist asks until Clerk answers, also that it cannot tell.
func (q Questions) persist(ctx context.Context, ask func() (Verification, error)) (Verification, *Error, error) {
	var away time.Time // from when on
	defer func() {
		if !away.IsZero() {
			q.Waiting("")
		}
	}()
	for delay := firstProbe; ; delay = min(2*delay, lastProbe) {
		v, err := ask()
		if err == nil {
			return v, nil, nil
		}
		if ctx.Err() != nil {
			return 0, nil, &StopError{StopAsked, context.Cause(ctx)}
		}
		var failed *Error
		switch {
		case !errors.As(err, &failed):
			return 0, nil, &StopError{StopBug, err}
		case failed.Fault == StopFault:
			return 0, nil, &StopError{StopRefused, failed}
		case !failed.Environment && failed.Fault != NotDoneFault:
			return 0, failed, nil
		}
		now := time.Now()
		if away.IsZero() {
			away = now
			q.Waiting(fmt.Sprintf("Clerk cannot be reached (%v); asking again", failed))
		}
		if now.Sub(away) >= q.MaxOutage {
			return 0, nil, outageStop(failed)
		}
		wait(ctx, min(delay, q.MaxOutage-now.Sub(away)))
	}
}

// outageStop is why questions end that get no answer.
func outageStop(last *Error) *StopError {
	if last.Environment {
		return &StopError{StopOutage, last}
	}
	return &StopError{StopLimited, last}
}

// wait returns after a time, or when ctx ends.
func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
