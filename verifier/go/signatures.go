// Claims `signature` and `attestations`: who signed what, by which trusted key. Statements are read only after their signature held.

package main

import (
	"encoding/hex"
	"reflect"
	"slices"
	"strings"
)

// checkSignatures: SIGNATURE_UNTRUSTED, _PURPOSE, _EXPIRED, _INVALID, then STATEMENT_MISMATCH, for each sig/bundle file.
func checkSignatures(b *bundle, keys []signingKey, now string) {
	m := b.manifest
	manifest := digest(b.files.content["manifest.json"])
	expected := DefStatementPredicate{b.id, m.Range.End, manifest, m.Origin, m.PrevRoot, m.Root, m.Range.Start}
	eachSigned(b, keys, "bundle", now, func(path string, payload []byte) {
		statement := readStatement[DefStatement](payload, "def_statement")
		right := statement != nil && "sha256:"+statement.Subject[0].Digest.Sha256 == b.id && reflect.DeepEqual(statement.Predicate, expected)
		demand(right, "STATEMENT_MISMATCH", path)
	})
}

// checkAttestations: open where there is none; else the same codes, ATTESTATION_MISMATCH for another subject, ATTESTATION_CONTROLS at the first control judged
// otherwise.
func checkAttestations(b *bundle, w *walk, keys []signingKey, now string) {
	demand(len(b.files.under("sig/attest.")) > 0, "", "none present")
	judged := judgeControls(b, w)
	eachSigned(b, keys, "attest", now, func(path string, payload []byte) {
		statement := readStatement[AttestationSox](payload, "attestation_sox")
		demand(statement != nil, "ATTESTATION_MISMATCH", path)
		said, m := statement.Predicate, b.manifest
		right := "sha256:"+statement.Subject[0].Digest.Sha256 == b.id && said.BundleId == b.id && said.ChangeId == m.ChangeId &&
			said.Attempt == m.Attempt && said.Outcome == m.Outcome
		demand(right, "ATTESTATION_MISMATCH", path)
		for i, one := range judged {
			right := i < len(said.Controls) && said.Controls[i].Control == one.control && said.Controls[i].Status == one.status &&
				slices.Equal(said.Controls[i].Receipts, one.receipts)
			demand(right, "ATTESTATION_CONTROLS", one.control)
		}
		demand(len(said.Controls) == len(judged), "ATTESTATION_CONTROLS", path)
	})
}

// eachSigned hands on the signed payloads of a kind, one after the other. The hint only picks the key.
func eachSigned(b *bundle, keys []signingKey, kind, now string, check func(path string, payload []byte)) {
	for _, path := range b.files.under("sig/" + kind + ".") {
		signed := decode[SigstoreBundle](b.files.content[path])
		hint := hex.EncodeToString(strictBase64(signed.VerificationMaterial.PublicKey.Hint))
		i := slices.IndexFunc(keys, func(key signingKey) bool { return key.KeyId == hint })
		demand(i >= 0 && strings.HasSuffix(path, "."+hint[:8]+".sigstore.json"), "SIGNATURE_UNTRUSTED", path)
		key := keys[i]
		demand(slices.Contains(key.Purposes, kind), "SIGNATURE_PURPOSE", path)
		over := key.NotAfter != nil && now >= *key.NotAfter || key.RevokedAt != nil && now >= *key.RevokedAt
		demand(now >= key.NotBefore && !over, "SIGNATURE_EXPIRED", path)
		envelope := signed.DsseEnvelope
		payload, message := contentOf(envelope.Payload, envelope.PayloadType)
		demand(isRight(envelope.Signatures[0].Sig, key.key, message), "SIGNATURE_INVALID", path)
		check(path, payload)
	}
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
