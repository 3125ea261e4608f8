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
	required = []string{"README.txt", "SHA256SUMS", "log/checkpoint", "log/receipts.jsonl", "manifest.json"}
	pair     = []string{"log/edge", "log/prev.checkpoint"}
)

// files of a zip, in its order.
type files struct {
	paths   []string
	content map[string][]byte
}

type entry struct {
	path    string
	crc     uint32
	content []byte
}

// isPath is true for a path a bundle may name.
func isPath(path string) bool { return len(path) <= 200 && pathPattern.MatchString(path) }

func (f files) has(path string) bool { return f.content[path] != nil }

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
	entries := walkZip(zip)
	read := files{content: map[string][]byte{}}
	folded := map[string]bool{}
	for i, entry := range entries {
		ascends := i == 0 || entry.path > entries[i-1].path
		fold := strings.ToLower(entry.path)
		demand(isPath(entry.path) && ascends && !folded[fold], "ZIP_BAD_NAME", fmt.Sprintf("entry %d", i))
		folded[fold] = true
	}
	for _, entry := range entries {
		demand(crc32.ChecksumIEEE(entry.content) == entry.crc, "ZIP_BAD_CRC", entry.path)
		read.paths = append(read.paths, entry.path)
		read.content[entry.path] = entry.content
	}
	return read
}

// checkFiles knows which files a DEF v0 bundle must and may have: FILE_MISSING, FILE_UNEXPECTED.
func checkFiles(f files) {
	expected := required
	if f.has(pair[0]) || f.has(pair[1]) {
		expected = append(append([]string{}, required...), pair...)
	}
	for _, path := range expected {
		demand(f.has(path), "FILE_MISSING", path)
	}
	demand(len(f.under("sig/bundle.")) > 0, "FILE_MISSING", "sig/bundle")
	for _, path := range f.paths {
		demand(known.MatchString(path), "FILE_UNEXPECTED", path)
	}
}

// walkZip reads sizes and names only; every other byte is compared with what they imply.
func walkZip(zip []byte) (entries []entry) {
	var central []byte
	at := 0
	for at+30 <= len(zip) && binary.LittleEndian.Uint32(zip[at:]) == localHeader {
		crc, size := binary.LittleEndian.Uint32(zip[at+14:]), binary.LittleEndian.Uint32(zip[at+18:])
		start := at + 30 + int(binary.LittleEndian.Uint16(zip[at+26:]))
		demand(start+int(size) <= len(zip), "ZIP_NOT_CANONICAL", "")
		name := zip[at+30 : start]
		// Flags, method, time, date, CRC, sizes, name length, extra length: the same in the local and the central header.
		shared := pack(uint16(0), uint16(0), uint16(0), uint16(0x21), crc, size, size, uint16(len(name)), uint16(0))
		header := bytes.Join([][]byte{pack(uint32(localHeader), uint16(10)), shared, name}, nil)
		demand(bytes.Equal(header, zip[at:start]), "ZIP_NOT_CANONICAL", "")
		entries = append(entries, entry{string(name), crc, zip[start : start+int(size) : start+int(size)]})
		place := pack(uint16(0), uint16(0), uint16(0), uint32(0x81a40020), uint32(at))
		head := pack(uint32(0x02014b50), uint16(0x032d), uint16(10))
		central = bytes.Join([][]byte{central, head, shared, place, name}, nil)
		at = start + int(size)
	}
	demand(len(entries) < 65535, "ZIP_NOT_CANONICAL", "")
	count := uint16(len(entries))
	end := pack(uint32(0x06054b50), uint32(0), count, count, uint32(len(central)), uint32(at), uint16(0))
	demand(bytes.Equal(append(central, end...), zip[at:]), "ZIP_NOT_CANONICAL", "")
	return entries
}

// pack writes little-endian fields.
func pack(fields ...any) (packed []byte) {
	for _, field := range fields {
		switch value := field.(type) {
		case uint16:
			packed = binary.LittleEndian.AppendUint16(packed, value)
		case uint32:
			packed = binary.LittleEndian.AppendUint32(packed, value)
		}
	}
	return packed
}
