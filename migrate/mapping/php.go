package mapping

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

var errPHP = bad("php_invalid", "the value is not what PHP's serialize() writes, or holds an object or reference")

func fromPHP(args []any) (any, uint, error) {
	if args[0] == nil {
		return nil, 0, nil
	}
	text, err := argText(args[0])
	if err != nil {
		return nil, 0, err
	}
	r := phpReader{text}
	v, ok := r.value(0)
	if !ok || r.rest != "" {
		return nil, 0, errPHP
	}
	return v, uint(8 * len(text)), nil
}

// A phpReader reads PHP's serialization format: null, booleans, numbers,
// strings (whose length is in bytes) and arrays. Objects and references are
// refused: they mean something only to the program that wrote them.
type phpReader struct{ rest string }

func (r *phpReader) value(depth int) (any, bool) {
	if len(r.rest) < 2 || depth > maxLevel {
		return nil, false
	}
	tag := r.rest[0]
	if tag == 'N' {
		return nil, r.skip("N;")
	}
	if r.rest[1] != ':' {
		return nil, false
	}
	r.rest = r.rest[2:]
	switch tag {
	case 'b':
		text, ok := r.until(";")
		return text == "1", ok && (text == "0" || text == "1")
	case 'i':
		text, ok := r.until(";")
		n, err := strconv.Atoi(text)
		return n, ok && err == nil
	case 'd':
		text, ok := r.until(";")
		f, err := strconv.ParseFloat(text, 64)
		return f, ok && err == nil
	case 's':
		text, ok := r.text()
		return text, ok && r.skip(";")
	case 'a':
		return r.array(depth)
	}
	return nil, false
}

func (r *phpReader) skip(mark string) bool {
	rest, ok := strings.CutPrefix(r.rest, mark)
	r.rest = rest
	return ok
}

func (r *phpReader) until(mark string) (string, bool) {
	text, rest, ok := strings.Cut(r.rest, mark)
	r.rest = rest
	return text, ok
}

// size reads a length, which PHP writes without sign and leading zeros.
func (r *phpReader) size() (int, bool) {
	text, ok := r.until(":")
	n, err := strconv.Atoi(text)
	return n, ok && err == nil && n >= 0 && strconv.Itoa(n) == text
}

func (r *phpReader) text() (string, bool) {
	n, ok := r.size()
	if !ok || !r.skip(`"`) || n > len(r.rest) {
		return "", false
	}
	text := r.rest[:n]
	r.rest = r.rest[n:]
	return text, r.skip(`"`) && utf8.ValidString(text)
}

func (r *phpReader) array(depth int) (any, bool) {
	n, ok := r.size()
	if !ok || n > len(r.rest) || !r.skip("{") {
		return nil, false
	}
	list, object := []any{}, map[string]any{}
	for i := range n {
		key, ok := r.value(depth + 1)
		if !ok {
			return nil, false
		}
		name, isText := key.(string)
		if number, isInt := key.(int); isInt {
			name = strconv.Itoa(number)
			if list != nil && number == i {
				isText = false
			} else {
				list = nil
			}
		} else {
			list = nil
		}
		if !isText && key == nil {
			return nil, false
		}
		v, ok := r.value(depth + 1)
		if !ok {
			return nil, false
		}
		if list != nil {
			list = append(list, v)
		}
		object[name] = v
	}
	if !r.skip("}") || len(object) != n {
		return nil, false
	}
	if list != nil {
		return list, true
	}
	return object, true
}
