// JSON Schema 2020-12, the keywords of spec/versioning.md and no others; a test demands that the schemas have no others.

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
	return root != nil && root.fits(value, root)
}

// fits judges a value; $ref leads into the $defs of root. A number that is read from a schema is a float64.
func (s *schema) fits(value any, root *schema) bool {
	if s.Ref != "" && !root.Defs[strings.TrimPrefix(s.Ref, "#/$defs/")].fits(value, root) {
		return false
	}
	name, scalar := "object", any(struct{}{}) // what equals no constant
	within := func(size int64, least, most *int64) bool {
		return (least == nil || size >= *least) && (most == nil || size <= *most)
	}
	good := true
	switch value := value.(type) {
	case nil:
		name, scalar = "null", nil
	case bool:
		name, scalar = "boolean", value
	case string:
		name, scalar = "string", value
		good = within(int64(utf8.RuneCountInString(value)), s.MinLength, s.MaxLength) && (s.Pattern == "" || pattern(s.Pattern).MatchString(value))
	case int64:
		name, scalar = "integer", float64(value)
		good = within(value, s.Minimum, s.Maximum)
	case []any:
		name = "array"
		wrong := func(item any) bool { return s.Items != nil && !s.Items.fits(item, root) }
		good = within(int64(len(value)), s.MinItems, s.MaxItems) && !slices.ContainsFunc(value, wrong)
	case map[string]any:
		good = s.fitsObject(value, root)
	}
	if types, several := s.Type.([]any); several {
		good = good && slices.Contains(types, any(name))
	} else if s.Type != nil {
		good = good && s.Type == name
	}
	return good && (s.Const == nil || s.Const == scalar) && (s.Enum == nil || slices.Contains(s.Enum, scalar))
}

func (s *schema) fitsObject(value map[string]any, root *schema) bool {
	for _, key := range s.Required {
		if _, ok := value[key]; !ok {
			return false
		}
	}
	for key, member := range value {
		property := s.Properties[key]
		if property == nil && s.AdditionalProperties != nil || property != nil && !property.fits(member, root) {
			return false
		}
	}
	return true
}

func pattern(text string) *regexp.Regexp {
	if patterns[text] == nil {
		patterns[text] = regexp.MustCompile(text)
	}
	return patterns[text]
}
