package main

import (
	"slices"
	"strings"
	"testing"
)

var keywords = strings.Fields(`type properties required additionalProperties enum const items minItems maxItems minLength maxLength
	minimum maximum pattern $ref $defs`)

func unknownKeywords(s any, names bool) (unknown []string) {
	object, _ := s.(schema)
	for key, value := range object {
		if !names && !slices.Contains(keywords, key) {
			unknown = append(unknown, key)
		}
		if names || key == "properties" || key == "$defs" || key == "items" {
			unknown = append(unknown, unknownKeywords(value, !names && key != "items")...)
		}
	}
	return unknown
}

// A keyword the validator does not know must not go unnoticed.
func TestEmbeddedSchemasUseKnownKeywords(t *testing.T) {
	for name, s := range schemas {
		if unknown := unknownKeywords(s, false); unknown != nil {
			t.Errorf("%s: %v", name, unknown)
		}
	}
	if len(schemas) < 25 {
		t.Errorf("only %d schemas", len(schemas))
	}
	if unknown := unknownKeywords(parse[schema](t, []byte(`{"properties":{"oneOf":{"items":{"oneOf":[]}}}}`)), false); len(unknown) != 1 {
		t.Errorf("found %v", unknown)
	}
}

func TestSchemaKeywords(t *testing.T) {
	cases := []struct {
		schema       string
		right, wrong []string
	}{
		{`{"maxLength":2,"minLength":2}`, []string{`"ab"`, `"😀😀"`}, []string{`"a"`, `"😀"`, `"abc"`}},
		{`{"minimum":1,"maximum":3}`, []string{`1`, `3`, `"x"`}, []string{`0`, `4`}},
		{`{"items":{"type":"integer"},"minItems":1,"maxItems":2}`, []string{`[1]`, `[1,2]`}, []string{`[]`, `[1,2,3]`, `["x"]`}},
		{`{"type":["string","null"],"enum":["a",null]}`, []string{`"a"`, `null`}, []string{`"b"`, `1`}},
		{`{"type":"object","properties":{"a":{}},"additionalProperties":false}`, []string{`{}`, `{"a":1}`}, []string{`{"b":1}`, `[]`}},
		{`{"required":["a"]}`, []string{`{"a":null}`, `"x"`}, []string{`{}`, `{"b":1}`}},
		{`{"pattern":"^[a-z]+$"}`, []string{`"a"`, `1`}, []string{`"a\n"`, `"A"`, `""`}},
		{`{"const":0}`, []string{`0`}, []string{`1`, `"0"`, `false`}},
		{`{"$ref":"#/$defs/n","$defs":{"n":{"type":"null"}}}`, []string{`null`}, []string{`0`}},
	}
	for _, c := range cases {
		s := parse[schema](t, []byte(c.schema))
		for i, texts := range [][]string{c.right, c.wrong} {
			for _, text := range texts {
				value, ok := readCanonical([]byte(text))
				if !ok || fitsSchema(value, s, s) != (i == 0) {
					t.Errorf("%s %s", c.schema, text)
				}
			}
		}
	}
	if fits("nothing", nil) {
		t.Error("a name no schema has")
	}
}
