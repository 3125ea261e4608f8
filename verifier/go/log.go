// Claims `chain`, `tree` and `checkpoint`: the receipts are the range of one log, and a trusted log says so.

package main

import (
	"bytes"
	"fmt"
	"strings"
)

func (b *bundle) stream() string { return "change/" + b.manifest.ChangeId }

// checkChain: CHAIN_SEQ, CHAIN_PREV, CHAIN_STREAM, CHAIN_TIME, line by line.
func checkChain(b *bundle) {
	start, before := b.manifest.Range.Start, ""
	prev := digest([]byte(fmt.Sprintf("clyra.genesis/0\n%s\n", b.manifest.Origin)))
	for i, r := range b.receipts {
		demand(r.Seq == start+int64(i), "CHAIN_SEQ", r.place())
		demand(i == 0 && start > 0 || r.Prev == prev, "CHAIN_PREV", r.place())
		demand(r.Stream == b.stream(), "CHAIN_STREAM", r.place())
		demand(r.At >= before, "CHAIN_TIME", r.place())
		prev, before = r.leaf, r.At
	}
}

// checkTree: TREE_ROOT, TREE_PREV_ROOT.
func checkTree(b *bundle) {
	leaves, start := [][]byte{}, b.manifest.Range.Start
	for _, r := range b.receipts {
		leaves = append(leaves, r.hash)
	}
	b.checkpoints[0].demand(start+int64(len(leaves)), rootOf(grow(start, b.edge, leaves)), "TREE_ROOT")
	if len(b.checkpoints) > 1 {
		b.checkpoints[1].demand(start, rootOf(b.edge), "TREE_PREV_ROOT")
	}
}

func (c *checkpoint) demand(size int64, root []byte, code string) {
	demand(c.size == size && bytes.Equal(c.root, root), code, c.path)
}

// checkCheckpoints: CHECKPOINT_ORIGIN, CHECKPOINT_UNTRUSTED, CHECKPOINT_SIGNATURE. The log's name is the origin before the stream.
func checkCheckpoints(b *bundle, keys []logKey) {
	for _, point := range b.checkpoints {
		log, ok := strings.CutSuffix(point.origin, "/"+b.stream())
		demand(ok && point.origin == b.manifest.Origin, "CHECKPOINT_ORIGIN", point.path)
		trusted, right := 0, true
		// Lines of other names or key hashes are somebody else's, and ignored.
		for _, line := range point.signatures {
			for _, key := range keys {
				if key.name == log && line.name == log && key.keyHash == line.keyHash {
					trusted++
					right = right && verifySignature(key.key, []byte(point.text), line.signature)
				}
			}
		}
		demand(trusted > 0, "CHECKPOINT_UNTRUSTED", point.path)
		demand(right, "CHECKPOINT_SIGNATURE", point.path)
	}
}
