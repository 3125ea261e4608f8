// The delta of two snapshots, computed again (spec/delta.md).

package main

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
)

type spot struct{ relation, path string }

// A fact is what a snapshot says at a spot. Of what came or went, the owner's path alone tells; the relation itself has none.
type fact struct{ value, owner string }

// deltaOf gives the differences of two snapshots, in their order.
func deltaOf(before, after SchemaSnapshot) []SemanticDeltaDifference {
	differences := []SemanticDeltaDifference{}
	old, now := factsOf(before), factsOf(after)
	for at, said := range old {
		later, stays := now[at]
		_, hasOwner := now[spot{at.relation, said.owner}]
		if !stays && (hasOwner || said.owner == "") {
			differences = append(differences, SemanticDeltaDifference{nil, &said.value, "removed", at.path, at.relation})
		} else if stays && said.value != later.value && said.owner != "" {
			differences = append(differences, SemanticDeltaDifference{&later.value, &said.value, "altered", at.path, at.relation})
		}
	}
	for at, said := range now {
		_, stood := old[at]
		_, hadOwner := old[spot{at.relation, said.owner}]
		if !stood && (hadOwner || said.owner == "") {
			differences = append(differences, SemanticDeltaDifference{&said.value, nil, "added", at.path, at.relation})
		}
	}
	slices.SortFunc(differences, func(a, b SemanticDeltaDifference) int {
		return cmp.Or(compareUTF16(a.Relation, b.Relation), compareUTF16(a.Path, b.Path))
	})
	return differences
}

func factsOf(snapshot SchemaSnapshot) map[spot]fact {
	facts := map[spot]fact{}
	for _, one := range snapshot.Relations {
		say := func(path, owner string, value *string) {
			if value != nil {
				facts[spot{word(one.Schema) + "." + word(one.Name), path}] = fact{*value, owner}
			}
		}
		secured := strconv.FormatBool(one.RowSecurity)
		say("relation", "", &one.Kind)
		say("kind", "relation", &one.Kind)
		say("owner", "relation", &one.Owner)
		say("definition", "relation", one.DefinitionHash)
		say("grants", "relation", &one.GrantsHash)
		say("row_security", "relation", &secured)
		for _, part := range one.Parts {
			say("part."+part.Kind+"."+word(part.Name), "relation", &part.DefinitionHash)
		}
		for _, column := range one.Columns {
			path := "column." + word(column.Name)
			ordinal, nullable := strconv.FormatInt(column.Ordinal, 10), strconv.FormatBool(column.Nullable)
			say(path, "relation", &column.Type)
			say(path+".ordinal", path, &ordinal)
			say(path+".nullable", path, &nullable)
			say(path+".default", path, column.DefaultHash)
			say(path+".collation", path, column.Collation)
		}
	}
	return facts
}

// word is a name as it stands in a path: as a canonical JSON string where it holds a dot or a quotation mark.
func word(name string) string {
	if !strings.ContainsAny(name, `."`) {
		return name
	}
	quoted := ""
	for _, char := range name {
		if short := strings.IndexRune("\b\t\n\f\r\"\\", char); short >= 0 {
			quoted += `\` + `btnfr"\`[short:short+1]
		} else if char < 0x20 {
			quoted += fmt.Sprintf(`\u%04x`, char)
		} else {
			quoted += string(char)
		}
	}
	return `"` + quoted + `"`
}

func compareUTF16(a, b string) int {
	return slices.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b)))
}
