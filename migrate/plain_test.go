package migrate

import (
	"encoding/base32"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/go-json-experiment/json/jsontext"
)

// What is quickly told of a character is what the tables of Unicode say.
func TestFormatCharacters(t *testing.T) {
	for r := range rune(unicode.MaxRune + 1) {
		if want := r >= 0x80 && unicode.Is(unicode.Cf, r); isFormat(r) != want {
			t.Errorf("%U: %v", r, isFormat(r))
		}
		if (isControl(r) || isFormat(r)) && classes[string(r)[0]]&odd == 0 {
			t.Errorf("%U: not odd", r)
		}
	}
	for c := range 256 {
		ordinary := c < 0x80 && !isControl(rune(c))
		if plain := classes[c]&foreign == 0; plain != ordinary {
			t.Errorf("byte %#x: plain %v", c, plain)
		}
	}
}

// A time that is plain is one that the whole parser finds good.
func TestPlainTime(t *testing.T) {
	now := time.Date(2026, 7, 14, 12, 0, 0, 5, time.FixedZone("", 3600))
	rules := Rules{Now: now}
	p := parser{examiner: newExaminer(&rules, nil, nil)}
	plain := 0
	for _, year := range []string{"0001", "1969", "1970", "2000", "2023", "2024", "2026", "2027", "9999", "20 4"} {
		for month := range 15 {
			for day := range 33 {
				for _, clock := range []string{"T00:00:00Z", "T10:59:59Z", "T11:00:00Z", "T11:00:01Z", "T23:59:59Z", "T24:00:00Z", "T10:60:00Z", "T10:00:60Z", "t10:00:00Z", "T1o:00:00Z", "T10:00:00z"} {
					text := fmt.Sprintf("%s-%02d-%02d%s", year, month, day, clock)
					at, err := time.Parse(time.RFC3339, text)
					good := err == nil && !at.After(now) && at.Unix() >= 0
					if got := p.plainTime(text); got && !good || good && !got && day != 31 && (day < 29 || month != 2) {
						t.Errorf("%s: plain %v, good %v", text, got, good)
					} else if got {
						plain++
					}
				}
			}
		}
	}
	if plain < 5000 {
		t.Errorf("only %d are plain", plain)
	}
}

// The size of a secret is what its decoder makes of it.
func TestBase32Size(t *testing.T) {
	decoder := base32.StdEncoding.WithPadding(base32.NoPadding)
	for _, alphabet := range []string{"A", "7ZA2", "ab", "A1", "A=", "A\n", "A\u00e9"} {
		for n := range 40 {
			text := strings.Repeat(alphabet, n)[:n]
			key, err := decoder.DecodeString(text)
			if got := base32Size(text); got != len(key) && err == nil || err != nil && got >= 0 {
				t.Errorf("%q: %d, decoded %d, %v", text, got, len(key), err)
			}
		}
	}
}

// FuzzPlainObject: what is plain is valid to the decoder of record, and holds no
// number that is too large.
func FuzzPlainObject(f *testing.F) {
	for _, text := range []string{
		`{}`, ` { } `, `{"a":1}`, `{"a":[1,-2.5,{"b":null}],"c":"d \u00e9"}`, `{"a":1,"a":2}`, `{"a":{"a":1}}`, `{"a":01}`, `{"a":-}`, `{"a":1.}`,
		`{"a":1e400}`, `{"a":1E5}`, `{"a":` + strings.Repeat("9", 309) + `}`, `{"a":"\n"}`, "{\"a\":\"\n\"}", `{"a":tru}`, `{"a":true,}`, `[1]`, `{"a"}`,
		`{"a":1}x`, "{\"a\":\"\xff\"}", `{"\u0061":1,"a":2}`, strings.Repeat(`{"a":`, 9) + "1" + strings.Repeat("}", 9), `{`, `{"`, `{"a`, `{"a":`, `{"a":[`, `"a"`, ``,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		value := jsontext.Value(text)
		if plainObject(text) && (!value.IsValid() || value.Kind() != '{' || hugeNumber(value)) {
			t.Errorf("%q is plain", text)
		}
		if inner, ok := plainItem(text); ok {
			if want := (jsontext.Value(text)); !want.IsValid() || !strings.Contains(text, inner) || len(inner) != len(text)-4 {
				t.Errorf("%q is a plain item", text)
			}
		}
	})
}

// Most metadata is plain, whatever its white space and nesting.
func TestPlainObject(t *testing.T) {
	for text, want := range map[string]bool{
		`{}`: true, ` {"a" : [ ] , "b":[1 , "x",{"c":{}}], "d":-0.50,"e":true,"f":false,"g":null}` + "\r\n": true, `{"a":"é"}`: true,
		`{"a":1,"b":2,"a":3}`: false, `{"a":"\u0041"}`: false, `{"a":1e5}`: false, `{"a":1} {}`: false, `{"a":"` + "\xc3" + `"}`: false, `[]`: false, ``: false,
	} {
		if got := plainObject(text); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}
