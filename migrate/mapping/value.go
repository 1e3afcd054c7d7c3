package mapping

import (
	"bytes"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"carryover/source"
)

// The values of expressions are nil, bool, int, float64, string, decimal,
// []any, map[string]any, and *digest.

const (
	maxText  = 1 << 20 // bytes of a text, or of a JSON document, that an expression makes
	maxItems = 10_000  // items of a list that an expression goes through
	maxLevel = 64      // nesting of JSON and of PHP's values
)

// A decimal is a number that neither int nor float64 holds to the digit, as
// its JSON text.
type decimal string

// A valueError says that a value of the row is not what a function takes. The
// row is to blame, not the mapping. It never holds the value.
type valueError struct{ code, message string }

// Error implements error.
func (e *valueError) Error() string { return e.message }

func bad(code, message string) error { return &valueError{code, message} }

// A typeError says that an expression was given a kind of value that it cannot
// work with: the mapping is to blame.
type typeError struct{ message string }

// Error implements error.
func (e *typeError) Error() string { return e.message }

func wrongType(message string) error { return &typeError{message} }

// kind names what a value is.
func kind(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case string:
		return "a text"
	case bool:
		return "a boolean"
	case int, float64, decimal:
		return "a number"
	case []any:
		return "a list"
	case map[string]any:
		return "an object"
	case *digest:
		return "a digest"
	default:
		return "another value"
	}
}

// missing reports whether a value is "not given": null, or an empty text.
func missing(v any) bool { return v == nil || v == "" }

// textOf returns a text, or a number as it is written.
func textOf(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case int:
		return strconv.Itoa(v), true
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), true
	case decimal:
		return string(v), true
	}
	return "", false
}

// truth reads a boolean of any spelling; what is missing is false.
func truth(v any) (bool, error) {
	switch v := v.(type) {
	case nil:
		return false, nil
	case bool:
		return v, nil
	case int:
		if v == 0 || v == 1 {
			return v == 1, nil
		}
	case string:
		switch strings.ToLower(strings.TrimSpace(v)) {
		case "":
			return false, nil
		case "true", "t", "yes", "y", "on", "1", "b'1'":
			return true, nil
		case "false", "f", "no", "n", "off", "0", "b'0'":
			return false, nil
		}
	}
	return false, bad("not_a_boolean", "a condition is "+kind(v)+" that is neither true nor false; write true, false, t, f, yes, no, y, n, on, off, 1 or 0")
}

// cellValue returns the value of a cell, for an expression. An empty text is
// null.
func cellValue(c source.Cell) (any, error) {
	switch c.Kind {
	case source.NotGiven:
		return nil, nil
	case source.Bool:
		return c.Text == "true", nil
	case source.Number, source.List, source.Object:
		return decodeJSON(c.Text)
	}
	if c.Text == "" {
		return nil, nil
	}
	return c.Text, nil
}

var errJSON = bad("json_invalid", "the value is not valid JSON")

// decodeJSON returns the value of a JSON text.
func decodeJSON(text string) (any, error) {
	if len(text) > 0 && (text[0] == '-' || text[0] >= '0' && text[0] <= '9') && jsontext.Value(text).IsValid() {
		return number(strings.TrimSpace(text)), nil
	}
	d := jsontext.NewDecoder(bytes.NewReader([]byte(text)))
	v, err := decodeValue(d)
	if err != nil {
		return nil, errJSON // what the decoder says may quote the text
	}
	if _, err := d.ReadToken(); err == nil {
		return nil, errJSON
	}
	return v, nil
}

var errDeep = errors.New("nested too deep")

func decodeValue(d *jsontext.Decoder) (any, error) {
	if d.StackDepth() > maxLevel {
		return nil, errDeep
	}
	switch kind := d.PeekKind(); kind {
	case '{':
		return decodeObject(d)
	case '[':
		return decodeList(d)
	case '0':
		raw, err := d.ReadValue()
		return number(string(raw)), err
	}
	token, err := d.ReadToken()
	if err != nil {
		return nil, err
	}
	switch token.Kind() {
	case 'n':
		return nil, nil
	case 't', 'f':
		return token.Bool(), nil
	default:
		return token.String(), nil
	}
}

func decodeObject(d *jsontext.Decoder) (any, error) {
	object := map[string]any{}
	if _, err := d.ReadToken(); err != nil {
		return nil, err
	}
	for d.PeekKind() != '}' {
		name, err := d.ReadToken()
		if err != nil {
			return nil, err
		}
		key := name.String()
		if object[key], err = decodeValue(d); err != nil {
			return nil, err
		}
	}
	_, err := d.ReadToken()
	return object, err
}

func decodeList(d *jsontext.Decoder) (any, error) {
	list := []any{}
	if _, err := d.ReadToken(); err != nil {
		return nil, err
	}
	for d.PeekKind() != ']' {
		v, err := decodeValue(d)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	_, err := d.ReadToken()
	return list, err
}

// number returns a JSON number as an int or a float64 where that loses no
// digit.
func number(text string) any {
	if n, err := strconv.Atoi(text); err == nil && text != "-0" {
		return n
	}
	digits := 0
	for _, c := range text {
		switch {
		case c >= '0' && c <= '9':
			digits++
		case c == 'e', c == 'E':
			return decimal(text)
		}
	}
	if f, err := strconv.ParseFloat(text, 64); err == nil && digits <= 15 && strings.IndexByte(text, '.') > 0 {
		return f
	}
	return decimal(text)
}

var errLarge = bad("value_too_large", "the value is larger than 1 MiB")

// appendJSON appends a value as JSON, the members of objects in the order of
// their names.
func appendJSON(dst []byte, v any) ([]byte, error) {
	if len(dst) > maxText {
		return nil, errLarge
	}
	switch v := v.(type) {
	case nil:
		return append(dst, "null"...), nil
	case bool:
		return strconv.AppendBool(dst, v), nil
	case int:
		return strconv.AppendInt(dst, int64(v), 10), nil
	case float64:
		text, err := jsontext.AppendFormat(nil, strconv.AppendFloat(nil, v, 'g', -1, 64))
		if err != nil {
			return nil, bad("not_a_number", "the number is infinite or none at all")
		}
		return append(dst, text...), nil
	case decimal:
		return append(dst, v...), nil
	case string:
		dst, err := jsontext.AppendQuote(dst, v)
		if err != nil {
			return nil, bad("invalid_utf8", "the text is not valid UTF-8")
		}
		return dst, nil
	case []any:
		return appendList(dst, v)
	case map[string]any:
		return appendObject(dst, v)
	}
	return nil, wrongType(kind(v) + " cannot be written as JSON")
}

func appendList(dst []byte, list []any) (_ []byte, err error) {
	dst = append(dst, '[')
	for i, item := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		if dst, err = appendJSON(dst, item); err != nil {
			return nil, err
		}
	}
	return append(dst, ']'), nil
}

func appendObject(dst []byte, object map[string]any) (_ []byte, err error) {
	dst = append(dst, '{')
	for i, name := range slices.Sorted(maps.Keys(object)) {
		if i > 0 {
			dst = append(dst, ',')
		}
		if dst, err = jsontext.AppendQuote(dst, name); err != nil {
			return nil, bad("invalid_utf8", "the text is not valid UTF-8")
		}
		dst = append(dst, ':')
		if dst, err = appendJSON(dst, object[name]); err != nil {
			return nil, err
		}
	}
	return append(dst, '}'), nil
}
