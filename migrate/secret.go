package migrate

import (
	"fmt"
	"io"
	"log/slog"
)

// masked is what every way of printing a Secret yields.
const masked = "***"

// A Secret is a password, a digest, a TOTP secret, a backup code or a key.
//
// Printing, formatting, logging and encoding it all yield "***", so that a
// struct which holds one may be logged by mistake without harm. Only Reveal,
// and the request encoding of this package (see Encode), give the value.
type Secret string

// Reveal returns the value. Callers must not print, log or store it.
func (s Secret) Reveal() string { return string(s) }

// String implements fmt.Stringer.
func (s Secret) String() string { return masked }

// GoString implements fmt.GoStringer.
func (s Secret) GoString() string { return masked }

// Format implements fmt.Formatter, so that no verb prints the value.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, masked) }

// LogValue implements slog.LogValuer.
func (s Secret) LogValue() slog.Value { return slog.StringValue(masked) }

// MarshalText implements encoding.TextMarshaler, which every encoder asks first.
func (s Secret) MarshalText() ([]byte, error) { return []byte(masked), nil }
