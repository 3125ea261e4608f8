// Claims `signature` and `attestations`: who signed what, by which trusted key. Statements are read only after their signature held.

package main

import (
	"encoding/hex"
	"reflect"
	"slices"
	"strings"
)

// isAttested is true when a bundle carries an attestation.
func isAttested(b *bundle) bool { return len(b.files.under("sig/attest.")) > 0 }

// checkSignatures: SIGNATURE_UNTRUSTED, _PURPOSE, _EXPIRED, _INVALID, then STATEMENT_MISMATCH, for each sig/bundle file.
func checkSignatures(b *bundle, keys []signingKey, now string) {
	m := b.manifest
	manifest := digest(b.files.content["manifest.json"])
	expected := DefStatementPredicate{b.id, m.Range.End, manifest, m.Origin, m.PrevRoot, m.Root, m.Range.Start}
	for _, file := range b.signatures {
		if strings.HasPrefix(file.path, "sig/bundle.") {
			statement := readStatement[DefStatement](openSigned(file, keys, "bundle", now), "def_statement")
			right := statement != nil && "sha256:"+statement.Subject[0].Digest.Sha256 == b.id && reflect.DeepEqual(statement.Predicate, expected)
			demand(right, "STATEMENT_MISMATCH", file.path)
		}
	}
}

// checkAttestations: the same codes, ATTESTATION_MISMATCH for another subject, ATTESTATION_CONTROLS at the first control judged
// otherwise.
func checkAttestations(b *bundle, w *walk, keys []signingKey, now string) {
	judged := judgeControls(b, w)
	for _, file := range b.signatures {
		if !strings.HasPrefix(file.path, "sig/attest.") {
			continue
		}
		statement := readStatement[AttestationSox](openSigned(file, keys, "attest", now), "attestation_sox")
		demand(statement != nil, "ATTESTATION_MISMATCH", file.path)
		said, m := statement.Predicate, b.manifest
		right := "sha256:"+statement.Subject[0].Digest.Sha256 == b.id && said.BundleId == b.id && said.ChangeId == m.ChangeId &&
			said.Attempt == m.Attempt && said.Outcome == m.Outcome
		demand(right, "ATTESTATION_MISMATCH", file.path)
		for i, one := range judged {
			right := i < len(said.Controls) && said.Controls[i].Control == one.control && said.Controls[i].Status == one.status &&
				slices.Equal(said.Controls[i].Receipts, one.receipts)
			demand(right, "ATTESTATION_CONTROLS", one.control)
		}
		demand(len(said.Controls) == len(judged), "ATTESTATION_CONTROLS", file.path)
	}
}

// openSigned gives the signed payload of a file. The hint only picks the key.
func openSigned(file signatureFile, keys []signingKey, kind, now string) []byte {
	hint := hex.EncodeToString(strictBase64(file.bundle.VerificationMaterial.PublicKey.Hint))
	i := slices.IndexFunc(keys, func(key signingKey) bool { return key.KeyId == hint })
	demand(i >= 0 && strings.HasSuffix(file.path, "."+hint[:8]+".sigstore.json"), "SIGNATURE_UNTRUSTED", file.path)
	key := keys[i]
	demand(slices.Contains(key.Purposes, kind), "SIGNATURE_PURPOSE", file.path)
	over := key.NotAfter != nil && now >= *key.NotAfter || key.RevokedAt != nil && now >= *key.RevokedAt
	demand(now >= key.NotBefore && !over, "SIGNATURE_EXPIRED", file.path)
	envelope := file.bundle.DsseEnvelope
	signature := []DsseEnvelopeSignatures{{envelope.Signatures[0].Sig}}
	payload, ok := openEnvelope(DsseEnvelope{envelope.Payload, envelope.PayloadType, signature}, key.key)
	demand(ok, "SIGNATURE_INVALID", file.path)
	return payload
}

// readStatement takes a canonical statement that fits its schema; nil for anything else.
func readStatement[T any](payload []byte, name string) *T {
	value, ok := readCanonical(payload)
	if !ok || !fits(name, value) {
		return nil
	}
	statement := decode[T](payload)
	return &statement
}
