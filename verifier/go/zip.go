// The container "clyra-zip/0" (spec/evidence-zip.md): one byte form, so that encode(decode(zip)) == zip. No zip library.

package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"regexp"
	"strings"
)

const localHeader = 0x04034b50

var (
	pathPattern = regexp.MustCompile(`^([A-Za-z0-9_-][A-Za-z0-9._-]*/)*[A-Za-z0-9_-][A-Za-z0-9._-]*$`)
	known       = regexp.MustCompile(`^(README\.txt|SHA256SUMS|manifest\.json|log/(checkpoint|edge|prev\.checkpoint|receipts\.jsonl)` +
		`|blobs/sha256/[0-9a-f]{64}|sig/(attest\.sox|bundle)\.[0-9a-f]{8}\.sigstore\.json)$`)
	little = binary.LittleEndian
)

// files of a zip, in its order.
type files struct {
	paths   []string
	content map[string][]byte
}

// isPath is true for a path a bundle may name.
func isPath(path string) bool { return len(path) <= 200 && pathPattern.MatchString(path) }

// under gives the paths in a folder.
func (f files) under(folder string) (paths []string) {
	for _, path := range f.paths {
		if strings.HasPrefix(path, folder) {
			paths = append(paths, path)
		}
	}
	return paths
}

// readZip gives the files of a canonical zip: ZIP_NOT_CANONICAL, ZIP_BAD_NAME, ZIP_BAD_CRC.
func readZip(zip []byte) files {
	read, folded := files{nil, map[string][]byte{}}, map[string]bool{}
	paths, crcs, contents := walkZip(zip)
	for i, path := range paths {
		ascends, fold := i == 0 || path > paths[i-1], strings.ToLower(path)
		demand(isPath(path) && ascends && !folded[fold], "ZIP_BAD_NAME", fmt.Sprintf("entry %d", i))
		folded[fold] = true
	}
	for i, path := range paths {
		demand(crc32.ChecksumIEEE(contents[i]) == crcs[i], "ZIP_BAD_CRC", path)
		read.paths, read.content[path] = append(read.paths, path), contents[i]
	}
	return read
}

// checkFiles knows which files a DEF v0 bundle must and may have: FILE_MISSING, FILE_UNEXPECTED.
func checkFiles(f files) {
	required := []string{"README.txt", "SHA256SUMS", "log/checkpoint", "log/receipts.jsonl", "manifest.json"}
	if f.content["log/edge"] != nil || f.content["log/prev.checkpoint"] != nil {
		required = append(required, "log/edge", "log/prev.checkpoint")
	}
	for _, path := range required {
		demand(f.content[path] != nil, "FILE_MISSING", path)
	}
	demand(len(f.under("sig/bundle.")) > 0, "FILE_MISSING", "sig/bundle")
	for _, path := range f.paths {
		demand(known.MatchString(path), "FILE_UNEXPECTED", path)
	}
}

// walkZip reads sizes and names only; every other byte is compared with what they imply. No content is nil.
func walkZip(zip []byte) (paths []string, crcs []uint32, contents [][]byte) {
	at, central := 0, []byte{}
	for at+30 <= len(zip) && little.Uint32(zip[at:]) == localHeader {
		crc, size := little.Uint32(zip[at+14:]), little.Uint32(zip[at+18:])
		start := at + 30 + int(little.Uint16(zip[at+26:]))
		end := start + int(size)
		demand(end <= len(zip), "ZIP_NOT_CANONICAL", "")
		name := zip[at+30 : start]
		// Flags, method, time, date, CRC, sizes, name length, extra length: the same in the local and the central header.
		shared := pack("222244422", 0, 0, 0, 0x21, int(crc), int(size), int(size), len(name), 0)
		header := bytes.Join([][]byte{pack("42", localHeader, 10), shared, name}, nil)
		demand(bytes.Equal(header, zip[at:start]), "ZIP_NOT_CANONICAL", "")
		paths, crcs, contents = append(paths, string(name)), append(crcs, crc), append(contents, zip[start:end:end])
		central = bytes.Join([][]byte{central, pack("422", 0x02014b50, 0x032d, 10), shared, pack("22244", 0, 0, 0, 0x81a40020, at), name}, nil)
		at = end
	}
	count := len(paths)
	demand(count < 65535, "ZIP_NOT_CANONICAL", "")
	central = append(central, pack("4422442", 0x06054b50, 0, count, count, len(central), at, 0)...)
	demand(bytes.Equal(central, zip[at:]), "ZIP_NOT_CANONICAL", "")
	return paths, crcs, contents
}

// pack writes little-endian fields of the given widths.
func pack(widths string, values ...int) (packed []byte) {
	for i, value := range values {
		packed = append(packed, little.AppendUint32(nil, uint32(value))[:widths[i]-'0']...)
	}
	return packed
}
