package main

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"math/bits"
	"strings"
	"testing"
)

// The tree by the recursive definition of RFC 6962, section 2.1.
func treeHash(leaves [][]byte) []byte {
	if len(leaves) == 0 {
		return hash()
	}
	if len(leaves) == 1 {
		return leaves[0]
	}
	split := 1 << (bits.Len(uint(len(leaves)-1)) - 1)
	return nodeHash(treeHash(leaves[:split]), treeHash(leaves[split:]))
}

func TestGrowFromAnySize(t *testing.T) {
	var leaves [][]byte
	for i := 0; i < 70; i++ {
		leaves = append(leaves, leafHash([]byte(fmt.Sprint(i))))
	}
	for start := 0; start <= 40; start++ {
		edge := grow(0, nil, leaves[:start])
		for end := start; end <= 70; end++ {
			if !bytes.Equal(rootOf(grow(int64(start), edge, leaves[start:end])), treeHash(leaves[:end])) {
				t.Fatalf("%d to %d", start, end)
			}
		}
	}
}

type proof struct {
	LeafIdx, TreeSize, Size1, Size2 uint64
	Root, LeafHash, Root1, Root2    string
	Proof                           []string
	WantErr                         bool
}

func bytesOf(text string) []byte {
	decoded, _ := base64.StdEncoding.DecodeString(text)
	return decoded
}

// The walk up a path of RFC 9162, sections 2.1.3.2 and 2.1.4.2: left where the sibling stands left of us, else right.
func climb(fn, sn uint64, path []string, left func(p []byte), right func(p []byte)) bool {
	for _, step := range path {
		if sn == 0 {
			return false
		}
		if fn&1 == 1 || fn == sn {
			left(bytesOf(step))
			for fn != 0 && fn&1 == 0 {
				fn, sn = fn>>1, sn>>1
			}
		} else {
			right(bytesOf(step))
		}
		fn, sn = fn>>1, sn>>1
	}
	return sn == 0
}

func (p proof) included() bool {
	if p.LeafIdx >= p.TreeSize || len(bytesOf(p.LeafHash)) != 32 {
		return false
	}
	r := bytesOf(p.LeafHash)
	done := climb(p.LeafIdx, p.TreeSize-1, p.Proof, func(s []byte) { r = nodeHash(s, r) }, func(s []byte) { r = nodeHash(r, s) })
	return done && bytes.Equal(r, bytesOf(p.Root))
}

func (p proof) consistent() bool {
	if p.Size1 > p.Size2 || p.Size1 == 0 {
		return false
	}
	if p.Size1 == p.Size2 {
		return len(p.Proof) == 0 && p.Root1 == p.Root2
	}
	path := p.Proof
	if len(path) > 0 && p.Size1&(p.Size1-1) == 0 {
		path = append([]string{p.Root1}, path...)
	}
	if len(path) == 0 {
		return false
	}
	fn, sn := p.Size1-1, p.Size2-1
	for fn&1 == 1 {
		fn, sn = fn>>1, sn>>1
	}
	fr, sr := bytesOf(path[0]), bytesOf(path[0])
	done := climb(fn, sn, path[1:], func(s []byte) { fr, sr = nodeHash(s, fr), nodeHash(s, sr) }, func(s []byte) { sr = nodeHash(sr, s) })
	return done && bytes.Equal(fr, bytesOf(p.Root1)) && bytes.Equal(sr, bytesOf(p.Root2))
}

func TestMerkleProofs(t *testing.T) {
	count, held := 0, 0
	for _, path := range filesUnder(t, shared(t, "merkle")) {
		vector := parse[proof](t, contents(t, path))
		holds := vector.consistent()
		if strings.Contains(path, "inclusion") {
			holds = vector.included()
		}
		if holds == vector.WantErr {
			t.Errorf("%s: %v", path, holds)
		}
		count++
		if holds {
			held++
		}
	}
	t.Logf("vectors: merkle %d proofs, %d hold, %d refused", count, held, count-held)
	if count != 196 {
		t.Errorf("expected 196 proofs, got %d", count)
	}
}
