// RFC 6962 hashing over a range: from the edge of the tree at its start to the root at its end.

package main

import "crypto/sha256"

func hash(parts ...[]byte) []byte {
	h := sha256.New()
	for _, part := range parts {
		h.Write(part)
	}
	return h.Sum(nil)
}

func leafHash(line []byte) []byte { return hash([]byte{0}, line) }

func nodeHash(left, right []byte) []byte { return hash([]byte{1}, left, right) }

// subtreeSizes of a tree, left to right: its binary digits.
func subtreeSizes(size int64) (sizes []int64) {
	for bit := int64(1) << 62; bit > 0; bit >>= 1 {
		if size&bit != 0 {
			sizes = append(sizes, bit)
		}
	}
	return sizes
}

// rootOf a tree given by the roots of its perfect subtrees, left to right.
func rootOf(edge [][]byte) []byte {
	if len(edge) == 0 {
		return hash()
	}
	root := edge[len(edge)-1]
	for i := len(edge) - 2; i >= 0; i-- {
		root = nodeHash(edge[i], root)
	}
	return root
}

// grow gives the edge of the tree that grows by leaves from a tree of size with that edge.
func grow(size int64, edge, leaves [][]byte) [][]byte {
	stack, sizes := append([][]byte{}, edge...), subtreeSizes(size)
	for _, top := range leaves {
		width := int64(1)
		for len(sizes) > 0 && sizes[len(sizes)-1] == width {
			top, width = nodeHash(stack[len(stack)-1], top), width*2
			stack, sizes = stack[:len(stack)-1], sizes[:len(sizes)-1]
		}
		stack, sizes = append(stack, top), append(sizes, width)
	}
	return stack
}
