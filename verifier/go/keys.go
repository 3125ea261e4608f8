// Public keys and signatures: ES256 (P-256, SHA-256, DER) and Ed25519. The algorithm is the key's, never the file's.

package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/hex"
	"slices"
)

var (
	prefixes = map[string]string{"ES256": "3059301306072a8648ce3d020106082a8648ce3d03010703420004", "Ed25519": "302a300506032b6570032100"}
	sizes    = map[string]int{"ES256": 91, "Ed25519": 44}
	order, _ = hex.DecodeString("1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed")
)

// The 14 encodings of points of low order, without the sign bit (C2SP/CCTV ed25519): such a key signs anything.
var lowOrder = []string{
	"0000000000000000000000000000000000000000000000000000000000000000", "0100000000000000000000000000000000000000000000000000000000000000",
	"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05", "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
	"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
}

// readSpki takes the one encoding allowed (uncompressed point, no parameters but the curve); nil for any other.
func readSpki(alg string, spki []byte) any {
	if len(spki) != sizes[alg] || hex.EncodeToString(spki)[:len(prefixes[alg])] != prefixes[alg] {
		return nil
	}
	key, err := x509.ParsePKIXPublicKey(spki)
	if err != nil {
		return nil // not a point of the curve
	}
	return key
}

// readEd25519 gives a key from its 32 bytes.
func readEd25519(raw []byte) any {
	prefix, _ := hex.DecodeString(prefixes["Ed25519"])
	return readSpki("Ed25519", append(prefix, raw...))
}

// verifySignature is true when the signature is right. Ed25519 stands behind the pre-check both verifiers share.
func verifySignature(key any, message, signature []byte) bool {
	switch key := key.(type) {
	case *ecdsa.PublicKey:
		return ecdsa.VerifyASN1(key, hash(message), signature)
	case ed25519.PublicKey:
		return passesPrecheck(key, signature) && ed25519.Verify(key, message, signature)
	}
	return false
}

// passesPrecheck: lengths; S < L; neither A nor R of low order.
func passesPrecheck(publicKey, signature []byte) bool {
	if len(publicKey) != 32 || len(signature) != 64 {
		return false
	}
	s := slices.Clone(signature[32:])
	slices.Reverse(s)
	return bytes.Compare(s, order) < 0 && !isLowOrder(publicKey) && !isLowOrder(signature[:32])
}

func isLowOrder(point []byte) bool {
	unsigned := slices.Clone(point)
	unsigned[31] &= 0x7f
	return slices.Contains(lowOrder, hex.EncodeToString(unsigned))
}
