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
	path, text, origin string
	size               int64
	root               []byte
	signatures         []noteSignature
}

type noteSignature struct {
	name, keyHash string
	signature     []byte
}

// readCheckpoint takes exactly origin, size, root and signature lines: CHECKPOINT_MALFORMED.
func readCheckpoint(path string, text []byte) *checkpoint {
	match := notePattern.FindStringSubmatch(string(text))
	demand(match != nil && utf8.Valid(text), "CHECKPOINT_MALFORMED", path)
	size, _ := strconv.ParseInt(match[3], 10, 64)
	read := &checkpoint{path, match[1], match[2], size, strictBase64(match[4]), nil}
	demand(read.root != nil && size <= maxInteger, "CHECKPOINT_MALFORMED", path)
	for _, line := range strings.Split(strings.TrimSuffix(match[5], "\n"), "\n") {
		parts := strings.Split(line, " ")
		blob := strictBase64(parts[2])
		demand(len(blob) >= 5, "CHECKPOINT_MALFORMED", path)
		read.signatures = append(read.signatures, noteSignature{parts[1], hex.EncodeToString(blob[:4]), blob[4:]})
	}
	return read
}

// readEdge gives the subtree roots of an edge file for a tree of start, which has exactly those: EDGE_MALFORMED. A range from 0 has
// no file.
func readEdge(text []byte, start int64) (edge [][]byte) {
	demand((text == nil) == (start == 0), "EDGE_MALFORMED", "log/edge")
	if start == 0 {
		return nil
	}
	lines, count := strings.Split(string(text), "\n"), len(subtreeSizes(start))
	good := len(lines) == count+2 && lines[0] == strconv.FormatInt(start, 10) && lines[count+1] == ""
	demand(good, "EDGE_MALFORMED", "log/edge")
	for _, line := range lines[1 : count+1] {
		edge = append(edge, strictBase64(line))
		demand(len(edge[len(edge)-1]) == 32, "EDGE_MALFORMED", "log/edge")
	}
	return edge
}
