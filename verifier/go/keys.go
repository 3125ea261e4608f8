// Public keys and signatures: ES256 (P-256, SHA-256, DER), Ed25519, and RS256 of ID tokens. The algorithm is the key's, never the file's.

package main

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/hex"
	"math/big"
	"regexp"
	"slices"
)

var (
	// RS256: an odd modulus and the exponent 65,537 stand at the end.
	forms = map[string]*regexp.Regexp{
		"ES256":   regexp.MustCompile(`^3059301306072a8648ce3d020106082a8648ce3d03010703420004.{128}$`),
		"Ed25519": regexp.MustCompile(`^302a300506032b6570032100.{64}$`),
		"RS256":   regexp.MustCompile(`[13579bdf]0203010001$`),
	}
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
	if !forms[alg].MatchString(hex.EncodeToString(spki)) {
		return nil
	}
	key, err := x509.ParsePKIXPublicKey(spki)
	if err != nil {
		return nil // not a point of the curve
	}
	again, err := x509.MarshalPKIXPublicKey(key)
	if modulus, isRsa := key.(*rsa.PublicKey); err != nil || !bytes.Equal(again, spki) || isRsa != (alg == "RS256") ||
		isRsa && (modulus.N.BitLen() < 2048 || modulus.N.BitLen() > 8192) {
		return nil
	}
	return key
}

// readEd25519 gives a key from its 32 bytes.
func readEd25519(raw []byte) any {
	prefix, _ := hex.DecodeString("302a300506032b6570032100")
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

// verifyJws is true when the signature of a JWS is right: RSASSA-PKCS1-v1_5 with SHA-256, or ECDSA as r ‖ s (RFC 7518, §3.3 and §3.4).
func verifyJws(key any, message, signature []byte) bool {
	switch key := key.(type) {
	case *rsa.PublicKey:
		return rsa.VerifyPKCS1v15(key, crypto.SHA256, hash(message), signature) == nil
	case *ecdsa.PublicKey:
		whole := len(signature) == 64
		return whole && ecdsa.Verify(key, hash(message), new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:]))
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
