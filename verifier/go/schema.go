// JSON Schema 2020-12, the keywords of spec/versioning.md and no others; a test demands that the schemas have no others.

package main

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// A schema is its own JSON, in which every number is a float64.
type schema = map[string]any

var (
	schemas  = map[string]schema{}
	patterns = map[string]*regexp.Regexp{}
)

func init() {
	for name, text := range schemaTexts {
		schemas[name] = decode[schema]([]byte(text))
	}
}

// fits is true when the value fits the schema of that name. A name no schema has fits nothing.
func fits(name string, value any) bool {
	root := schemas[name]
	return root != nil && fitsSchema(value, root, root)
}

// fitsSchema judges a value; $ref leads into the $defs of root.
func fitsSchema(value any, s, root schema) bool {
	if ref, ok := s["$ref"].(string); ok && !fitsSchema(value, root["$defs"].(schema)[strings.TrimPrefix(ref, "#/$defs/")].(schema), root) {
		return false
	}
	name, scalar, good := "object", any(struct{}{}), true // a scalar that equals no constant
	switch value := value.(type) {
	case nil:
		name, scalar = "null", nil
	case bool:
		name, scalar = "boolean", value
	case string:
		name, scalar = "string", value
		pattern, _ := s["pattern"].(string)
		good = within(s, float64(utf8.RuneCountInString(value)), "minLength", "maxLength") && matches(pattern, value)
	case int64:
		name, scalar = "integer", float64(value)
		good = within(s, float64(value), "minimum", "maximum")
	case []any:
		name = "array"
		items, ok := s["items"].(schema)
		wrong := func(item any) bool { return ok && !fitsSchema(item, items, root) }
		good = within(s, float64(len(value)), "minItems", "maxItems") && !slices.ContainsFunc(value, wrong)
	case map[string]any:
		good = fitsObject(value, s, root)
	}
	constant, isConstant := s["const"]
	enum, isEnum := s["enum"].([]any)
	types, isUnion := s["type"].([]any)
	if !isUnion && s["type"] != nil {
		types = []any{s["type"]}
	}
	return good && (types == nil || slices.Contains(types, any(name))) && (!isConstant || constant == scalar) &&
		(!isEnum || slices.Contains(enum, scalar))
}

func fitsObject(value map[string]any, s, root schema) bool {
	required, _ := s["required"].([]any)
	missing := func(key any) bool { _, ok := value[key.(string)]; return !ok }
	if slices.ContainsFunc(required, missing) {
		return false
	}
	properties, _ := s["properties"].(schema)
	for key, member := range value {
		property, ok := properties[key].(schema)
		if !ok && s["additionalProperties"] == false || ok && !fitsSchema(member, property, root) {
			return false
		}
	}
	return true
}

func within(s schema, size float64, least, most string) bool {
	minimum, hasMinimum := s[least].(float64)
	maximum, hasMaximum := s[most].(float64)
	return (!hasMinimum || size >= minimum) && (!hasMaximum || size <= maximum)
}

func matches(pattern, text string) bool {
	if patterns[pattern] == nil {
		patterns[pattern] = regexp.MustCompile(pattern)
	}
	return patterns[pattern].MatchString(text)
}
