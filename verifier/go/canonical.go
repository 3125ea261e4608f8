// Canonical JSON, profile JCS-I (spec/canonical.md), judged on the bytes: what this reader refuses, no language gets to interpret.

package main

import (
	"encoding/json"
	"regexp"
	"strconv"
	"unicode/utf8"
)

const (
	maxDepth   = 32
	maxInteger = 1<<53 - 1
)

var (
	keyToken     = regexp.MustCompile(`^"([A-Za-z_][A-Za-z0-9_]*)":`)
	integerToken = regexp.MustCompile(`^(?:0|-?[1-9][0-9]*)`)
	escapeToken  = regexp.MustCompile(`^\\(?:[btnfr"\\]|u00(?:0[0-7bef]|1[0-9a-f]))`)
	literals     = []struct {
		word  string
		value any
	}{{"null", nil}, {"true", true}, {"false", false}}
)

type reader struct {
	text []byte
	at   int
}

// readCanonical gives the value of a canonical JSON text (nil, bool, int64, string, []any, map[string]any); false where the bytes
// are anything else.
func readCanonical(text []byte) (any, bool) {
	r := &reader{text: text}
	if !utf8.Valid(text) {
		return nil, false
	}
	value, ok := r.value(0)
	return value, ok && r.at == len(text)
}

func (r *reader) skip(char string) bool {
	if end := r.at + len(char); end > len(r.text) || string(r.text[r.at:end]) != char {
		return false
	}
	r.at += len(char)
	return true
}

func (r *reader) token(pattern *regexp.Regexp) []byte {
	match := pattern.Find(r.text[r.at:])
	r.at += len(match)
	return match
}

func (r *reader) value(depth int) (any, bool) {
	switch {
	case depth > maxDepth:
		return nil, false
	case r.skip("{"):
		return r.object(depth)
	case r.skip("["):
		return r.array(depth)
	case r.skip(`"`):
		return r.text1()
	}
	for _, literal := range literals {
		if r.skip(literal.word) {
			return literal.value, true
		}
	}
	number, err := strconv.ParseInt(string(r.token(integerToken)), 10, 64)
	return number, err == nil && -maxInteger <= number && number <= maxInteger
}

func (r *reader) object(depth int) (any, bool) {
	members := map[string]any{}
	if r.skip("}") {
		return members, true
	}
	for last := ""; ; {
		match := r.token(keyToken)
		if match == nil || string(match[1:len(match)-2]) <= last {
			return nil, false
		}
		last = string(match[1 : len(match)-2])
		member, ok := r.value(depth + 1)
		if !ok {
			return nil, false
		}
		members[last] = member
		if r.skip("}") {
			return members, true
		}
		if !r.skip(",") {
			return nil, false
		}
	}
}

func (r *reader) array(depth int) (any, bool) {
	items := []any{}
	if r.skip("]") {
		return items, true
	}
	for {
		item, ok := r.value(depth + 1)
		if !ok {
			return nil, false
		}
		items = append(items, item)
		if r.skip("]") {
			return items, true
		}
		if !r.skip(",") {
			return nil, false
		}
	}
}

func (r *reader) text1() (any, bool) {
	from := r.at - 1
	for r.at < len(r.text) {
		char := r.text[r.at]
		if r.skip(`"`) {
			return decode[string](r.text[from:r.at]), true
		}
		if char < 0x20 || char == '\\' && r.token(escapeToken) == nil {
			return nil, false
		}
		if char != '\\' {
			r.at++
		}
	}
	return nil, false
}

// decode reads a text that was judged before: it is canonical and fits the schema the type was made from.
func decode[T any](text []byte) T {
	var value T
	if err := json.Unmarshal(text, &value); err != nil {
		panic(err)
	}
	return value
}
