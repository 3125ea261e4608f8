// C2SP signed notes (tlog-checkpoint) and the edge file.

package main

import (
	"encoding/hex"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

var notePattern = regexp.MustCompile(`^(([!-*,-~]+)\n(0|[1-9][0-9]{0,15})\n([A-Za-z0-9+/]{43}=)\n)\n` +
	`((?:— [!-*,-~\x{80}-\x{10ffff}]+ [A-Za-z0-9+/]+={0,2}\n)+)$`)

// A checkpoint, parsed: text is what its signatures cover.
type checkpoint struct {
	path, origin string
	size         int64
	root         []byte
	text         string
	signatures   []noteSignature
}

type noteSignature struct {
	name, keyHash string
	signature     []byte
}

// readCheckpoint takes exactly origin, size, root and signature lines; nil for anything else.
func readCheckpoint(path string, text []byte) *checkpoint {
	match := notePattern.FindStringSubmatch(string(text))
	if match == nil || !utf8.Valid(text) {
		return nil
	}
	size, _ := strconv.ParseInt(match[3], 10, 64)
	root := strictBase64(match[4])
	if root == nil || size > maxInteger {
		return nil
	}
	read := &checkpoint{path, match[2], size, root, match[1], nil}
	for _, line := range strings.Split(strings.TrimSuffix(match[5], "\n"), "\n") {
		parts := strings.Split(line, " ")
		blob := strictBase64(parts[2])
		if len(blob) < 5 {
			return nil
		}
		read.signatures = append(read.signatures, noteSignature{parts[1], hex.EncodeToString(blob[:4]), blob[4:]})
	}
	return read
}

// readEdge gives the subtree roots of an edge file for a tree of start; false unless it has exactly those. A range from 0 has no file.
func readEdge(text []byte, start int64) (edge [][]byte, ok bool) {
	if text == nil || start == 0 {
		return nil, text == nil && start == 0
	}
	lines := strings.Split(string(text), "\n")
	if lines[len(lines)-1] != "" || lines[0] != strconv.FormatInt(start, 10) || len(lines) != len(subtreeSizes(start))+2 {
		return nil, false
	}
	for _, line := range lines[1 : len(lines)-1] {
		root := strictBase64(line)
		if len(root) != 32 {
			return nil, false
		}
		edge = append(edge, root)
	}
	return edge, true
}
