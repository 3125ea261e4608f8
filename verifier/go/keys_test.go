package main

import (
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

type wycheproof struct {
	TestGroups []struct {
		PublicKey struct{ Pk string }
		Tests     []struct {
			TcId             int
			Msg, Sig, Result string
		}
	}
}

func unhex(text string) []byte {
	decoded, _ := hex.DecodeString(text)
	return decoded
}

func TestWycheproofEd25519(t *testing.T) {
	file := parse[wycheproof](t, contents(t, filepath.Join(shared(t, "wycheproof"), "ed25519_test.json")))
	count, valid := 0, 0
	for _, group := range file.TestGroups {
		for _, vector := range group.Tests {
			verified := verifySignature(readEd25519(unhex(group.PublicKey.Pk)), unhex(vector.Msg), unhex(vector.Sig))
			if verified != (vector.Result == "valid") {
				t.Errorf("%d: %v", vector.TcId, verified)
			}
			count++
			if verified {
				valid++
			}
		}
	}
	t.Logf("vectors: wycheproof ed25519 %d signatures, %d valid, %d refused", count, valid, count-valid)
	if count != 151 {
		t.Errorf("expected 151 signatures, got %d", count)
	}
}

func TestLowOrderKeySignsNothing(t *testing.T) {
	identity := append([]byte{1}, make([]byte, 31)...)
	signature := append(slices.Clone(identity), make([]byte, 32)...)
	if verifySignature(readEd25519(identity), []byte("any message"), signature) {
		t.Error("the identity signed a message")
	}
}

type conformance struct {
	VerificationMaterial struct {
		PublicKey   *struct{ Hint string }
		Certificate *struct{ RawBytes string }
	}
	DsseEnvelope     *DsseEnvelope
	MessageSignature *struct{ Signature string }
}

// Their transparency-log and certificate rules are no part of DEF v0: two cases rest on them alone.
func TestSigstoreConformance(t *testing.T) {
	dir := shared(t, "sigstore-conformance")
	outside := []string{"dsse-mismatch-envelope_fail", "dsse-mismatch-sig_fail"}
	entries, _ := os.ReadDir(dir)
	judged := 0
	for _, entry := range entries {
		if !entry.IsDir() || slices.Contains(outside, entry.Name()) {
			continue
		}
		judged++
		here := filepath.Join(dir, entry.Name())
		bundle := parse[conformance](t, contents(t, filepath.Join(here, "bundle.sigstore.json")))
		if right := bundle.verifies(here, contents(t, filepath.Join(dir, "a.txt"))); right == strings.HasSuffix(entry.Name(), "_fail") {
			t.Errorf("%s: %v", entry.Name(), right)
		}
	}
	t.Logf("vectors: sigstore-conformance %d bundles, %d judged, %d outside DEF v0", judged+len(outside), judged, len(outside))
	if judged != 6 {
		t.Errorf("expected 6 bundles, got %d", judged)
	}
}

func (c conformance) verifies(dir string, artifact []byte) bool {
	var spki []byte
	if c.VerificationMaterial.Certificate != nil {
		certificate, err := x509.ParseCertificate(bytesOf(c.VerificationMaterial.Certificate.RawBytes))
		if err != nil {
			return false
		}
		spki = certificate.RawSubjectPublicKeyInfo
	} else if text, err := os.ReadFile(filepath.Join(dir, "key.pub")); err == nil {
		if block, _ := pem.Decode(text); block != nil {
			spki = block.Bytes
		}
	}
	key := readSpki("ES256", spki)
	if key == nil {
		return false
	}
	if c.DsseEnvelope != nil {
		_, message := contentOf(c.DsseEnvelope.Payload, c.DsseEnvelope.PayloadType)
		return isRight(c.DsseEnvelope.Signatures[0].Sig, key, message)
	}
	hint := hex.EncodeToString(bytesOf(c.VerificationMaterial.PublicKey.Hint))
	return hint == sha256Hex(spki) && verifySignature(key, artifact, strictBase64(c.MessageSignature.Signature))
}
