package main

import (
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestCanonicalReadsAndRefuses(t *testing.T) {
	value, ok := readCanonical([]byte(`{"_a":[1,-2,true,null,"\b\u0001é"],"b":{}}`))
	expected := map[string]any{"_a": []any{int64(1), int64(-2), true, nil, "\b\u0001é"}, "b": map[string]any{}}
	if !ok || !reflect.DeepEqual(value, expected) {
		t.Errorf("got %v %v", value, ok)
	}
	wrong := []string{"", " 1", "1\n", "-0", "01", "1.0", "1e1", "9007199254740992", `{"b":1,"a":2}`, `{"a":1,"a":1}`, `{"1":1}`, `{"a": 1}`,
		`"\/"`, `"\u000a"`, `"\u001F"`, `"\ud800"`, "\"\n\"", "\"\xff\"", "\"\xed\xa0\x80\"", "\xef\xbb\xbf1", "truefalse", "[1,]", "[", `"\`, `"`}
	for _, text := range wrong {
		if _, ok := readCanonical([]byte(text)); ok {
			t.Errorf("read %q", text)
		}
	}
	for depth, expected := range map[int]bool{32: true, 33: false, 100000: false} {
		text := strings.Repeat("[", depth) + "0" + strings.Repeat("]", depth)
		if _, ok := readCanonical([]byte(text)); ok != expected {
			t.Errorf("depth %d: %v", depth, ok)
		}
	}
}

// The same list is held by the tests of the TypeScript verifier.
func TestJSONParsing(t *testing.T) {
	dir := filepath.Join(shared(t, "json-parsing"), "test_parsing")
	list := strings.Fields(string(contents(t, filepath.Join(root, "tests/conformance/json-parsing.accepted.txt"))))
	var accepted []string
	paths := filesUnder(t, dir)
	for _, path := range paths {
		if _, ok := readCanonical(contents(t, path)); ok {
			accepted = append(accepted, filepath.Base(path))
		}
	}
	t.Logf("vectors: json-parsing %d texts, %d accepted, %d refused", len(paths), len(accepted), len(paths)-len(accepted))
	for _, name := range accepted {
		if strings.HasPrefix(name, "n_") {
			t.Errorf("accepted %s", name)
		}
	}
	if !reflect.DeepEqual(accepted, list) {
		t.Errorf("accepted %v, the other verifier %v", accepted, list)
	}
}

func TestJCS(t *testing.T) {
	dir := shared(t, "jcs")
	for _, path := range filesUnder(t, filepath.Join(dir, "input")) {
		if _, ok := readCanonical(contents(t, path)); ok {
			t.Errorf("read the source %s", path)
		}
	}
	// Their keys and floats lie outside the integer profile; these values of theirs lie within.
	within := []string{`{"peach":"This sorting order"}`, `{"E":"no","e":"yes"}`, `{"F":5,"f":"hi"}`, `"€$\u000f\nA'B\"\\\\\"/"`, `"Å"`, `[null,true,false]`}
	for _, text := range within {
		if _, ok := readCanonical([]byte(text)); !ok {
			t.Errorf("refused %s", text)
		}
	}
	t.Logf("vectors: jcs %d sources refused, %d values in the integer profile read", len(filesUnder(t, filepath.Join(dir, "input"))), len(within))
}
