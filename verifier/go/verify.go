// The verifier: a pure function of a file, what is trusted, and the time at which keys must be valid.

package main

import "slices"

const premise = "premise failed"

// verify reports on an evidence file. now is RFC 3339 UTC with milliseconds; it decides key validity and nothing else. tokens are
// the ID tokens that were disclosed.
func verify(zip []byte, given *trust, now string, tokens map[string]string) Report {
	found, other := findings{}, findings{}
	var f files
	var b *bundle
	var w *walk
	if !found.judge("container", func() { f = readZip(zip) }) {
		return makeReport(found, "", nil, premise)
	}
	// Another version may have other files and other rules: nothing else is said of it.
	if !other.judge("schemas", func() { demand(!isOtherSpec(f), "SPEC_UNKNOWN", "manifest.json") }) {
		return cannotJudge(other, premise)
	}
	if !found.judge("container", func() { checkFiles(f) }) {
		return makeReport(found, "", nil, premise)
	}

	found.judge("sums", func() { checkSums(f) })
	if !found.judge("schemas", func() { b = readBundle(f) }) {
		return makeReport(found, bundleID(f), nil, premise)
	}

	found.judge("chain", func() { checkChain(b) })
	found.judge("tree", func() { checkTree(b) })
	found.judge("checkpoint", func() { checkCheckpoints(b, given.logs) })
	found.judge("signature", func() { checkSignatures(b, given.keys, now) })
	if !found.judge("lifecycle", func() { w = walkOf(b) }) {
		return makeReport(found, b.id, &b.manifest, premise)
	}

	found.judge("references", func() { checkReferences(b, w) })
	signedOn := found.judge("sign_on", func() { checkSignOn(b, w, given.providers, tokens) })
	found.note("approvals", "PASS", "", "none needed")
	if len(w.decisions) > 0 || w.certificate != nil {
		found.judge("approvals", func() {
			counted := checkDecisions(b, w, given)
			checkCertificate(b, w, counted, given.keys)
			demand(signedOn || !slices.ContainsFunc(counted, restsOnSignOn), "", restsOnToken)
		})
	}
	found.judge("attestations", func() { checkAttestations(b, w, given.keys, now) })
	return makeReport(found, b.id, &b.manifest, premise)
}
