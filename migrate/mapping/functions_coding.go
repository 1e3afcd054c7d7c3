package mapping

import (
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"unicode/utf8"
)

func codingFunctions() []function {
	return []function{
		{name: "recode", params: "text, from, to",
			about: `bytes written anew. The codings are "text" (UTF-8), "hex", "base64", "base64url" (both without padding where they are written as "base64raw", "base64urlraw"; read with or without) and "base32"`,
			takes: []param{{kind: aText}, {kind: aWord, prepare: prepareCoding}, {kind: aWord, prepare: prepareCoding}}, call: recode,
			tests: []sample{{`recode("68656c6c6f", "hex", "base64")`, `"aGVsbG8="`}, {`recode("my secret", "text", "base32")`, `"NV4SA43FMNZGK5A"`}, {`recode("-_8", "base64url", "hex")`, `"fbff"`}}},
	}
}

// A coding is a way to write bytes as text.
type coding struct {
	name   string
	decode func(string) ([]byte, error)
	encode func([]byte) string
}

var codings = []coding{
	{"text", func(s string) ([]byte, error) { return []byte(s), nil }, func(b []byte) string { return string(b) }},
	{"hex", hex.DecodeString, hex.EncodeToString},
	{"base64", fromBase64, base64.StdEncoding.EncodeToString},
	{"base64raw", fromBase64, base64.RawStdEncoding.EncodeToString},
	{"base64url", fromBase64, base64.URLEncoding.EncodeToString},
	{"base64urlraw", fromBase64, base64.RawURLEncoding.EncodeToString},
	{"base32", fromBase32, base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString},
}

// fromBase64 takes either alphabet, padded or not.
func fromBase64(text string) ([]byte, error) {
	text = strings.TrimRight(strings.ReplaceAll(strings.ReplaceAll(text, "-", "+"), "_", "/"), "=")
	return base64.RawStdEncoding.DecodeString(text)
}

func fromBase32(text string) ([]byte, error) {
	text = strings.ToUpper(strings.TrimRight(strings.ReplaceAll(strings.ReplaceAll(text, " ", ""), "-", ""), "="))
	return base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(text)
}

func prepareCoding(text string) (any, error) {
	names := make([]string, len(codings))
	for i := range codings {
		if codings[i].name == text {
			return &codings[i], nil
		}
		names[i] = codings[i].name
	}
	return nil, unknownWord("coding", text, names)
}

func recode(args []any) (any, uint, error) {
	if missing(args[0]) {
		return nil, 0, nil
	}
	text, err := argText(args[0])
	if err != nil {
		return nil, 0, err
	}
	from, ok1 := args[1].(*coding)
	to, ok2 := args[2].(*coding)
	if !ok1 || !ok2 {
		return nil, 0, wrongType("recode needs the names of two codings")
	}
	raw, err := from.decode(text)
	switch {
	case err != nil: // it may quote the text
		return nil, 0, bad("coding_invalid", "the value is not "+from.name)
	case to.name == "text" && !utf8.Valid(raw):
		return nil, 0, bad("coding_invalid", "the bytes of the value are no text")
	}
	return made(to.encode(raw))
}
