// Canonical JSON, profile JCS-I (spec/canonical.md), judged on the bytes: what this reader refuses, no language gets to interpret.

package main

import (
	"encoding/json"
	"errors"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	maxDepth   = 32
	maxInteger = 1<<53 - 1
)

var (
	keyToken        = regexp.MustCompile(`^"[A-Za-z_][A-Za-z0-9_]*":`)
	stringToken     = regexp.MustCompile(`^"(?:[^"\\\x00-\x1f]|\\(?:[btnfr"\\]|u00(?:0[0-7bef]|1[0-9a-f])))*"`)
	plainToken      = regexp.MustCompile(`^(?:null|true|false|0|-?[1-9][0-9]*)`)
	errNotCanonical = errors.New("not canonical")
)

type reader struct{ rest []byte }

// readCanonical gives the value of a canonical JSON text: nil, bool, int64, string, []any, map[string]any. False where the bytes are
// anything else.
func readCanonical(text []byte) (value any, ok bool) {
	defer func() {
		if problem := recover(); problem != nil && problem != errNotCanonical {
			panic(problem)
		}
	}()
	r := &reader{text}
	r.need(utf8.Valid(text))
	value = r.value(0)
	r.need(len(r.rest) == 0)
	return value, true
}

func (r *reader) need(good bool) {
	if !good {
		panic(errNotCanonical)
	}
}

func (r *reader) skip(char byte) bool {
	if len(r.rest) == 0 || r.rest[0] != char {
		return false
	}
	r.rest = r.rest[1:]
	return true
}

func (r *reader) token(pattern *regexp.Regexp) string {
	match := pattern.Find(r.rest)
	r.need(match != nil)
	r.rest = r.rest[len(match):]
	return string(match)
}

func (r *reader) value(depth int) any {
	r.need(depth <= maxDepth)
	if len(r.rest) > 0 && r.rest[0] == '"' {
		return decode[string]([]byte(r.token(stringToken)))
	}
	if r.skip('{') {
		members, last := map[string]any{}, ""
		for !r.skip('}') {
			r.need(last == "" || r.skip(','))
			key := strings.Trim(r.token(keyToken), `":`)
			r.need(key > last)
			members[key], last = r.value(depth+1), key
		}
		return members
	}
	if r.skip('[') {
		items := []any{}
		for !r.skip(']') {
			r.need(len(items) == 0 || r.skip(','))
			items = append(items, r.value(depth+1))
		}
		return items
	}
	switch word := r.token(plainToken); word {
	case "null":
		return nil
	case "true", "false":
		return word == "true"
	default:
		number, err := strconv.ParseInt(word, 10, 64)
		r.need(err == nil && -maxInteger <= number && number <= maxInteger)
		return number
	}
}

// decode reads a text that was judged before: it is canonical and fits the schema the type was made from.
func decode[T any](text []byte) (value T) {
	if err := json.Unmarshal(text, &value); err != nil {
		panic(err)
	}
	return value
}
