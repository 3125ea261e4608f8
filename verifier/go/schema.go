// JSON Schema 2020-12, the keywords of spec/versioning.md and no others. A test compares with the schemas' own words.

package main

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

type schema struct {
	Type                 any                `json:"type"`
	Properties           map[string]*schema `json:"properties"`
	Required             []string           `json:"required"`
	AdditionalProperties *bool              `json:"additionalProperties"`
	Enum                 []any              `json:"enum"`
	Const                any                `json:"const"`
	Items                *schema            `json:"items"`
	MinItems             *int64             `json:"minItems"`
	MaxItems             *int64             `json:"maxItems"`
	MinLength            *int64             `json:"minLength"`
	MaxLength            *int64             `json:"maxLength"`
	Minimum              *int64             `json:"minimum"`
	Maximum              *int64             `json:"maximum"`
	Pattern              string             `json:"pattern"`
	Ref                  string             `json:"$ref"`
	Defs                 map[string]*schema `json:"$defs"`
}

var (
	schemas  = map[string]*schema{}
	patterns = map[string]*regexp.Regexp{}
)

func init() {
	for name, text := range schemaTexts {
		schemas[name] = decode[*schema]([]byte(text))
	}
}

// fits is true when the value fits the schema of that name. A name no schema has fits nothing.
func fits(name string, value any) bool {
	root := schemas[name]
	return root != nil && fitsSchema(value, root, root)
}

func fitsSchema(value any, s, root *schema) bool {
	if s.Ref != "" && !fitsSchema(value, root.Defs[strings.TrimPrefix(s.Ref, "#/$defs/")], root) {
		return false
	}
	if s.Type != nil && !isOneOf(typeOf(value), s.Type) || s.Const != nil && !same(value, s.Const) {
		return false
	}
	if s.Enum != nil && !slices.ContainsFunc(s.Enum, func(allowed any) bool { return same(value, allowed) }) {
		return false
	}
	switch value := value.(type) {
	case string:
		return within(int64(utf8.RuneCountInString(value)), s.MinLength, s.MaxLength) &&
			(s.Pattern == "" || pattern(s.Pattern).MatchString(value))
	case int64:
		return within(value, s.Minimum, s.Maximum)
	case []any:
		wrong := func(item any) bool { return s.Items != nil && !fitsSchema(item, s.Items, root) }
		return within(int64(len(value)), s.MinItems, s.MaxItems) && !slices.ContainsFunc(value, wrong)
	case map[string]any:
		return fitsObject(value, s, root)
	}
	return true
}

func fitsObject(value map[string]any, s, root *schema) bool {
	for _, key := range s.Required {
		if _, ok := value[key]; !ok {
			return false
		}
	}
	for key, member := range value {
		property := s.Properties[key]
		if property == nil && s.AdditionalProperties != nil && !*s.AdditionalProperties {
			return false
		}
		if property != nil && !fitsSchema(member, property, root) {
			return false
		}
	}
	return true
}

func within(value int64, least, most *int64) bool {
	return (least == nil || value >= *least) && (most == nil || value <= *most)
}

func pattern(text string) *regexp.Regexp {
	if patterns[text] == nil {
		patterns[text] = regexp.MustCompile(text)
	}
	return patterns[text]
}

// same compares scalars; numbers of a schema are read as float64, those of a value as int64.
func same(value, allowed any) bool {
	if number, ok := allowed.(float64); ok {
		return value == int64(number)
	}
	return value == allowed
}

func isOneOf(name string, types any) bool {
	if list, ok := types.([]any); ok {
		return slices.Contains(list, any(name))
	}
	return name == types
}

// typeOf names a value; every number canonical JSON carries is an integer.
func typeOf(value any) string {
	switch value.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case string:
		return "string"
	case int64:
		return "integer"
	case []any:
		return "array"
	}
	return "object"
}
