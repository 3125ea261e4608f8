// Claim `schemas`: every text of a bundle is read here once, and only here.

package main

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// A receipt is a line of the log. leaf is how other receipts name it: `sha256:<hex>`.
type receipt struct {
	DataReceipt
	fields map[string]any
	hash   []byte
	leaf   string
}

func (r *receipt) place() string { return fmt.Sprintf("seq %d", r.Seq) }

// A bundle whose every text is well formed; nothing more is known of it.
type bundle struct {
	id          string
	files       files
	manifest    DefManifest
	receipts    []*receipt
	edge        [][]byte
	checkpoints []*checkpoint
}

const maxLine = 65535

var (
	plainKinds  = strings.Fields("change requester verdict decision approval_certificate attempt grant outcome snapshot recorded attestation ticket")
	otherKinds  = map[string]string{"anchor": "warehouse_anchor", "delta": "semantic_delta"}
	blobSchemas = map[string]string{"decision": "dsse_envelope", "certificate": "dsse_envelope", "snapshot": "schema_snapshot", "effect": "effect"}
)

// isOtherSpec is true when the manifest names another format or version than DEF v0.
func isOtherSpec(f files) bool {
	value, ok := readCanonical(f.content["manifest.json"])
	manifest, _ := value.(map[string]any)
	format, hasFormat := manifest["format"].(string)
	spec, hasSpec := manifest["spec"].(int64)
	return ok && (hasFormat && format != "def" || hasSpec && spec != 0)
}

// readBundle: manifest, receipts, blobs, sig, log: JSON_NOT_CANONICAL, SCHEMA_MISMATCH, KIND_UNKNOWN, CHECKPOINT_MALFORMED,
// EDGE_MALFORMED.
func readBundle(f files) *bundle {
	readJSON(f.content["manifest.json"], "def_manifest", "manifest.json")
	b := &bundle{id: bundleID(f), files: f, manifest: decode[DefManifest](f.content["manifest.json"])}
	b.receipts = readReceipts(f.content["log/receipts.jsonl"])
	schemasOf := map[string][]string{}
	for _, blob := range b.manifest.Blobs {
		path := blobPath(blob.Digest)
		schemasOf[path] = append(schemasOf[path], blobSchemas[blob.Role])
	}
	for _, path := range f.under("blobs/") {
		for _, name := range append([]string{""}, schemasOf[path]...) {
			readJSON(f.content[path], name, path)
		}
	}
	for _, path := range f.under("sig/") {
		readJSON(f.content[path], "sigstore_bundle", path)
	}
	b.checkpoints = append(b.checkpoints, readCheckpoint("log/checkpoint", f.content["log/checkpoint"]))
	if prev := f.content["log/prev.checkpoint"]; prev != nil {
		b.checkpoints = append(b.checkpoints, readCheckpoint("log/prev.checkpoint", prev))
	}
	b.edge = readEdge(f.content["log/edge"], b.manifest.Range.Start)
	return b
}

func (b *bundle) blob(digest string) []byte { return b.files.content[blobPath(digest)] }

// readJSON takes a canonical text that fits a schema; without a name any canonical text.
func readJSON(text []byte, name, place string) any {
	value, ok := readCanonical(text)
	demand(ok, "JSON_NOT_CANONICAL", place)
	demand(name == "" || fits(name, value), "SCHEMA_MISMATCH", place)
	return value
}

// bodySchema names the schema of the bodies of a kind; empty for a kind that does not stand in a change's stream.
func bodySchema(kind string) string {
	if slices.Contains(plainKinds, kind) {
		return kind
	}
	return otherKinds[kind]
}

func readReceipts(log []byte) (receipts []*receipt) {
	for len(log) > 0 || len(receipts) == 0 {
		place := fmt.Sprintf("line %d", len(receipts)+1)
		end := bytes.IndexByte(log, '\n')
		demand(end >= 0 && end <= maxLine, "JSON_NOT_CANONICAL", place)
		line := log[:end]
		value := readJSON(line, "data_receipt", place).(map[string]any)
		r := &receipt{DataReceipt: decode[DataReceipt](line), fields: value["body"].(map[string]any), hash: leafHash(line)}
		demand(bodySchema(r.Kind) != "", "KIND_UNKNOWN", place)
		demand(fits(bodySchema(r.Kind), r.fields), "SCHEMA_MISMATCH", place)
		r.leaf = "sha256:" + hex.EncodeToString(r.hash)
		receipts = append(receipts, r)
		log = log[end+1:]
	}
	return receipts
}
