// Claim `references`: each artifact names its predecessor, and all agree with each other and with the manifest (walk rules 1, 2, 5-9).

package main

import (
	"encoding/hex"
	"reflect"
	"slices"
	"strings"
)

type namedBlob struct {
	digest, role string
	receipt      *receipt
}

// checkReferences applies the rules in the order of spec/verifier-cli.md; within a rule, receipt by receipt.
func checkReferences(b *bundle, w *walk) {
	checkIdentity(b, w)
	named := namedBlobs(w)
	for _, blob := range named {
		if blob.receipt.fields["status"] == "refused" {
			continue // A decision that was refused may have been anything, also what cannot be a blob.
		}
		code := "REF_BLOB"
		if blob.role == "policy" {
			code = "REF_POLICY"
		}
		listed := func(one DefManifestBlobs) bool { return one.Digest == blob.digest && one.Role == blob.role }
		demand(b.blob(blob.digest) != nil && slices.ContainsFunc(b.manifest.Blobs, listed), code, blob.receipt.place())
	}
	outcome := w.outcome.body
	enforced := outcome.Outcome == "enforced"
	if w.attempt != nil {
		// That an allow verdict or a certificate stands before it is the lifecycle's.
		at, limit := w.attempt.At, w.attempt.body.RowLimit
		if w.certificate != nil {
			demand(w.certificate.body.ApprovedAt <= at && at < w.certificate.body.ExpiresAt, "REF_AUTHORISATION", w.attempt.place())
		}
		demand(limit == w.verdict.body.RowLimit, "REF_ROW_LIMIT", w.attempt.place())
		rows := outcome.AffectedRows
		demand(!enforced || rows != nil && *rows <= limit, "REF_ROW_LIMIT", w.outcome.place())
	}
	// Lifecycle (verdict, mode) and predecessors (a counted reject) hold the other outcomes.
	if outcome.Outcome == "expired" {
		deadline := w.verdict.body.Deadline
		demand(deadline != nil && w.outcome.At > *deadline, "REF_OUTCOME", w.outcome.place())
	}
	demand((outcome.Effect != nil) == enforced, "REF_EFFECT", w.outcome.place())
	if outcome.Effect != nil {
		checkEffect(decode[Effect](b.blob(*outcome.Effect)), w)
	}
	checkRecorded(b, w)
	checkManifest(b, w)
	checkBlobs(b, named)
}

func checkIdentity(b *bundle, w *walk) {
	for _, r := range b.receipts {
		attempt, ok := r.fields["attempt"].(int64)
		right := !ok || attempt == b.manifest.Attempt
		if r.Seq < w.change.Seq {
			right = attempt < b.manifest.Attempt
		}
		demand(r.fields["change_id"] == b.manifest.ChangeId && right, "REF_CHANGE_ID", r.place())
	}
	for _, r := range w.receipts[1:] {
		named, _ := r.fields["predecessor"].(string)
		demand(slices.Contains(predecessors(r, w), named), "REF_PREDECESSOR", r.place())
	}
	for _, r := range w.receipts {
		payload, ok := r.fields["payload_digest"]
		demand(!ok || payload == w.change.body.PayloadDigest, "REF_PAYLOAD", r.place())
	}
}

// predecessors: most artifacts have one possible predecessor; a rejection may rest on any counted reject.
func predecessors(r *receipt, w *walk) (leaves []string) {
	ground := w.change.receipt
	if w.verdict != nil && (r.Kind != "decision" || w.verdict.Seq < r.Seq) {
		ground = w.verdict.receipt
	}
	authority := ground
	if w.certificate != nil {
		authority = w.certificate.receipt
	}
	switch {
	case r.Kind == "requester" || r.Kind == "verdict":
		return []string{w.change.leaf}
	case r.Kind == "decision" || r.Kind == "approval_certificate":
		return []string{ground.leaf}
	case r.Kind == "attempt" || r.Kind == "outcome" && w.attempt == nil && w.outcome.body.Outcome != "rejected":
		return []string{authority.leaf}
	case r.Kind == "outcome" && w.attempt != nil:
		return []string{w.attempt.leaf}
	case r.Kind != "outcome": // anchor, snapshot, delta, recorded
		return []string{w.outcome.leaf}
	}
	for _, decision := range w.decisions {
		if decision.body.Status == "counted" && text(decision.body.Decision) == "reject" {
			leaves = append(leaves, decision.leaf)
		}
	}
	return leaves
}

// namedBlobs: which blobs the receipts name, and as what.
func namedBlobs(w *walk) (named []namedBlob) {
	if w.verdict != nil {
		named = append(named, namedBlob{w.verdict.body.PolicyDigest, "policy", w.verdict.receipt})
	}
	for _, decision := range w.decisions {
		named = append(named, namedBlob{decision.body.EnvelopeDigest, "decision", decision.receipt})
	}
	if w.outcome.body.Effect != nil {
		named = append(named, namedBlob{*w.outcome.body.Effect, "effect", w.outcome.receipt})
	}
	for _, snapshot := range w.snapshots {
		named = append(named, namedBlob{snapshot.body.Digest, "snapshot", snapshot.receipt})
	}
	return named
}

func checkEffect(effect Effect, w *walk) {
	outcome, place := w.outcome.body, w.outcome.place()
	same := effect.ChangeId == w.change.body.ChangeId && effect.Attempt == w.attempt.body.Attempt &&
		effect.PayloadDigest == outcome.PayloadDigest && effect.AffectedRows == *outcome.AffectedRows &&
		slices.Equal(effect.RowsByStatement, outcome.RowsByStatement)
	demand(same, "REF_EFFECT", place)
	positions, anchors := []string{}, []EffectAnchor{}
	for _, anchor := range w.anchors {
		positions, anchors = append(positions, anchor.body.Anchor.Position), append(anchors, EffectAnchor(anchor.body.Anchor))
	}
	right := slices.Equal(positions, []string{"before", "after"}) && reflect.DeepEqual(anchors, effect.Anchors)
	demand(right, "REF_EFFECT", place)
	positions = []string{}
	snapshots := []EffectSnapshotRef{}
	for _, snapshot := range w.snapshots {
		positions = append(positions, snapshot.body.Position)
		snapshots = append(snapshots, EffectSnapshotRef{snapshot.body.Digest, snapshot.body.Relations})
	}
	right = slices.Equal(positions, []string{"before", "after"}) && slices.Equal(snapshots, []EffectSnapshotRef{effect.Before, effect.After})
	demand(right && len(w.deltas) == 1, "REF_EFFECT", place)
	delta := w.deltas[0].body
	right = delta.Before == effect.Before.Digest && delta.After == effect.After.Digest && delta.AffectedRows == effect.AffectedRows
	demand(right, "REF_EFFECT", place)
}

func checkRecorded(b *bundle, w *walk) {
	recorded := w.recorded.body
	right := recorded.Receipts == int64(len(w.receipts)) && recorded.Outcome == w.outcome.body.Outcome
	pillars := recorded.Governance
	for _, seq := range slices.Concat(pillars.Accuracy, pillars.Oversight, pillars.Reliability, pillars.Transparency) {
		right = right && seq >= b.manifest.Range.Start && seq <= w.recorded.Seq
	}
	demand(right, "REF_RECORDED", w.recorded.place())
}

func checkManifest(b *bundle, w *walk) {
	manifest := b.manifest
	kinds := []string{}
	for _, r := range b.receipts {
		kinds = append(kinds, r.Kind)
	}
	slices.Sort(kinds)
	counts := []DefManifestCounts{}
	for _, kind := range kinds {
		if len(counts) == 0 || counts[len(counts)-1].Kind != kind {
			counts = append(counts, DefManifestCounts{0, kind})
		}
		counts[len(counts)-1].Count++
	}
	prevRoot := ""
	if len(b.edge) > 0 {
		prevRoot = "sha256:" + hex.EncodeToString(rootOf(b.edge))
	}
	right := manifest.Tenant == w.change.body.Tenant && manifest.Range.End == manifest.Range.Start+int64(len(b.receipts)) &&
		manifest.Root == "sha256:"+hex.EncodeToString(b.checkpoints[0].root) && text(manifest.PrevRoot) == prevRoot &&
		manifest.Outcome == w.outcome.body.Outcome && slices.Equal(manifest.Counts, counts) &&
		reflect.DeepEqual(manifest.Governance, DefManifestGovernance(w.recorded.body.Governance))
	demand(right, "REF_MANIFEST", "manifest.json")
}

func checkBlobs(b *bundle, named []namedBlob) {
	roles, listed, last := map[string]string{}, map[string]bool{}, ""
	for _, blob := range named {
		roles[blob.digest] = blob.role
	}
	for _, blob := range b.manifest.Blobs {
		media := "application/json"
		if blob.Role == "decision" {
			media = "application/vnd.dsse.envelope+json"
		}
		content := b.blob(blob.Digest)
		right := blob.Digest > last && content != nil && int64(len(content)) == blob.Size && blob.MediaType == media
		demand(right && roles[blob.Digest] == blob.Role, "REF_MANIFEST", blobPath(blob.Digest))
		last, listed[blob.Digest] = blob.Digest, true
	}
	for _, path := range b.files.under("blobs/") {
		demand(listed[strings.Replace(path, "blobs/sha256/", "sha256:", 1)], "REF_MANIFEST", path)
	}
}
