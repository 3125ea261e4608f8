// SHA256SUMS and the names of blobs.

package main

import (
	"encoding/hex"
	"regexp"
	"strings"
)

var sumsLine = regexp.MustCompile(`^([0-9a-f]{64})  (.+)$`)

func sha256Hex(text []byte) string { return hex.EncodeToString(hash(text)) }

func digest(text []byte) string { return "sha256:" + sha256Hex(text) }

// blobPath is where the blob of a digest stands.
func blobPath(digest string) string { return strings.Replace(digest, "sha256:", "blobs/sha256/", 1) }

// bundleID is the SHA-256 of SHA256SUMS.
func bundleID(f files) string { return digest(f.content["SHA256SUMS"]) }

// checkSums judges claim `sums`: SUMS_MALFORMED, SUMS_INCOMPLETE, SUMS_MISMATCH, BLOB_MISNAMED.
func checkSums(f files) {
	listed, sums := readSums(string(f.content["SHA256SUMS"]))
	covered := map[string]bool{}
	for _, path := range f.paths {
		covered[path] = path != "SHA256SUMS" && !strings.HasPrefix(path, "sig/")
		demand(!covered[path] || sums[path] != "", "SUMS_INCOMPLETE", path)
	}
	for _, path := range listed {
		demand(covered[path], "SUMS_INCOMPLETE", path)
	}
	for _, path := range listed {
		demand(sums[path] == sha256Hex(f.content[path]), "SUMS_MISMATCH", path)
	}
	for _, path := range f.under("blobs/") {
		demand(strings.HasSuffix(path, "/"+sums[path]), "BLOB_MISNAMED", path)
	}
}

func readSums(text string) (paths []string, sums map[string]string) {
	lines, sums, last := strings.Split(text, "\n"), map[string]string{}, ""
	demand(lines[len(lines)-1] == "", "SUMS_MALFORMED", "SHA256SUMS")
	for _, line := range lines[:len(lines)-1] {
		match := sumsLine.FindStringSubmatch(line)
		demand(match != nil && isPath(match[2]) && match[2] > last, "SUMS_MALFORMED", "SHA256SUMS")
		last = match[2]
		paths, sums[last] = append(paths, last), match[1]
	}
	return paths, sums
}
