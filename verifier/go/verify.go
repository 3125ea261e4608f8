// The verifier: a pure function of a file, what is trusted, and the time at which keys must be valid.

package main

// verify reports on an evidence file. now is RFC 3339 UTC with milliseconds; it decides key validity and nothing else.
func verify(zip []byte, given *trust, now string) Report {
	const premise = "premise failed"
	found := findings{}
	var f files
	other := false
	container := func() {
		f = readZip(zip)
		if other = isOtherSpec(f); !other {
			checkFiles(f)
		}
	}
	if !found.judge("container", container) {
		return makeReport(found, "", nil, premise)
	}
	if other {
		return unknownSpec(premise)
	}

	found.judge("sums", func() { checkSums(f) })
	var b *bundle
	if !found.judge("schemas", func() { b = readBundle(f) }) {
		return makeReport(found, bundleID(f), nil, premise)
	}

	found.judge("chain", func() { checkChain(b) })
	found.judge("tree", func() { checkTree(b) })
	found.judge("checkpoint", func() { checkCheckpoints(b, given.logs) })
	found.judge("signature", func() { checkSignatures(b, given.keys, now) })
	var w *walk
	if !found.judge("lifecycle", func() { w = walkOf(b) }) {
		return makeReport(found, b.id, &b.manifest, premise)
	}

	found.judge("references", func() { checkReferences(b, w) })
	found.note("approvals", "PASS", "", "none needed")
	if len(w.decisions) > 0 || w.certificate != nil {
		found.judge("approvals", func() { checkApprovals(b, w, given.approvers) })
	}
	found.note("attestations", "NOT_CHECKED", "", "none present")
	if isAttested(b) {
		found.judge("attestations", func() { checkAttestations(b, w, given.keys, now) })
	}
	return makeReport(found, b.id, &b.manifest, premise)
}

// unknownSpec: another version may have other files and other rules: nothing else is said of it.
func unknownSpec(premise string) Report {
	found := findings{}
	found.judge("schemas", func() { demand(false, "SPEC_UNKNOWN", "manifest.json") })
	report := makeReport(found, "", nil, premise)
	report.Verdict = "cannot_judge"
	return report
}
