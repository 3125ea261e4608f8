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

// What an artifact follows from: the first of these kinds that the attempt holds.
var predecessors = map[string]string{
	"requester": "change", "verdict": "change", "attempt": "approval_certificate verdict", "grant": "attempt",
	"outcome": "attempt approval_certificate verdict change", "anchor": "outcome", "snapshot": "outcome", "delta": "outcome",
	"recorded": "outcome",
}

// Which field of which kind names a blob, and as what.
var blobFields = [][3]string{
	{"verdict", "policy_digest", "policy"}, {"decision", "envelope_digest", "decision"}, {"approval_certificate", "envelope_digest", "certificate"}, {"outcome", "effect", "effect"},
	{"snapshot", "digest", "snapshot"},
}

// checkReferences applies the rules in the order of spec/verifier-cli.md; within a rule, receipt by receipt.
func checkReferences(b *bundle, w *walk) {
	checkIdentity(b, w)
	if w.verdict != nil {
		demand(w.verdict.body.Mode == w.change.body.Mode, "REF_POLICY", w.verdict.place())
	}
	named := namedBlobs(w)
	for _, blob := range named {
		if blob.receipt.fields["status"] == "refused" {
			continue // A decision that was refused may have been anything, also what cannot be a blob.
		}
		code := map[bool]string{true: "REF_POLICY", false: "REF_BLOB"}[blob.role == "policy"]
		listed := func(one DefManifestBlobs) bool { return one.Digest == blob.digest && one.Role == blob.role }
		demand(b.blob(blob.digest) != nil && slices.ContainsFunc(b.manifest.Blobs, listed), code, blob.receipt.place())
	}
	outcome := w.outcome.body
	enforced := outcome.Outcome == "enforced"
	if w.attempt != nil {
		// That an allow verdict or a certificate stands before it is the lifecycle's.
		at, limit, rows := w.attempt.At, w.attempt.body.RowLimit, outcome.AffectedRows
		right := w.certificate == nil || w.certificate.body.ApprovedAt <= at && at < w.certificate.body.ExpiresAt
		demand(right, "REF_AUTHORISATION", w.attempt.place())
		demand(limit == w.verdict.body.RowLimit, "REF_ROW_LIMIT", w.attempt.place())
		demand(text(outcome.Enforcement) != "applied" || rows != nil && *rows <= limit, "REF_ROW_LIMIT", w.outcome.place())
		checkGrants(w, w.attempt.body.Window)
	}
	// Lifecycle (verdict, mode) and predecessors (a counted reject) hold the other outcomes.
	if outcome.Outcome == "expired" {
		deadline := w.verdict.body.Deadline
		demand(deadline != nil && w.outcome.At > *deadline, "REF_OUTCOME", w.outcome.place())
	}
	demand((outcome.Code == nil) == (enforced || outcome.Outcome == "observed"), "REF_OUTCOME", w.outcome.place())
	checkEnforcement(w, outcome.Redemption)
	demand((outcome.Effect != nil) == enforced, "REF_EFFECT", w.outcome.place())
	if enforced {
		checkEffect(b, w, decode[Effect](b.blob(*outcome.Effect)))
	}
	checkRecorded(b, w)
	checkManifest(b, w)
	checkBlobs(b, named)
}

func checkIdentity(b *bundle, w *walk) {
	for i, r := range b.receipts {
		attempt, ok := r.fields["attempt"].(int64)
		right := !ok || attempt == b.manifest.Attempt
		if i < len(w.earlier) {
			right = attempt < b.manifest.Attempt
		}
		demand(r.fields["change_id"] == b.manifest.ChangeId && right, "REF_CHANGE_ID", r.place())
	}
	for _, r := range w.receipts[1:] {
		demand(w.mayFollow(r, r.fields["predecessor"]), "REF_PREDECESSOR", r.place())
	}
	for _, r := range w.receipts {
		payload, ok := r.fields["payload_digest"]
		demand(!ok || payload == w.change.body.PayloadDigest, "REF_PAYLOAD", r.place())
	}
}

// mayFollow is true for the predecessor an artifact must name; a rejection may rest on any counted reject.
func (w *walk) mayFollow(r *receipt, leaf any) bool {
	if r.Kind == "decision" || r.Kind == "approval_certificate" {
		judged := w.change.leaf
		for _, one := range w.receipts {
			if one.Kind == "verdict" && one.Seq < r.Seq {
				judged = one.leaf
			}
		}
		return judged == leaf
	} else if r.fields["outcome"] == "rejected" && r.Kind == "outcome" {
		return slices.ContainsFunc(w.decisions, func(one *counted) bool {
			return one.leaf == leaf && one.body.Status == "counted" && text(one.body.Decision) == "reject"
		})
	}
	standing := standingOf(w.receipts)
	for _, kind := range strings.Fields(predecessors[r.Kind]) {
		if i := slices.IndexFunc(standing, func(one *receipt) bool { return one.Kind == kind }); i >= 0 {
			return standing[i].leaf == leaf
		}
	}
	return false
}

func namedBlobs(w *walk) (named []namedBlob) {
	for _, one := range blobFields {
		for _, r := range w.receipts {
			if digest, ok := r.fields[one[1]].(string); ok && r.Kind == one[0] {
				named = append(named, namedBlob{digest, one[2], r})
			}
		}
	}
	return named
}

// checkGrants: who was to do the work, and under which grants.
func checkGrants(w *walk, window *AttemptWindow) {
	right := window == nil
	if w.attempt.body.Executor == "caller" {
		right = window != nil && window.Anchor.Position == "before" && window.ExpiresAt > w.attempt.At
	}
	demand(right && w.attempt.body.Executor == w.change.body.Executor, "REF_EXECUTOR", w.attempt.place())
	given := map[string]bool{}
	for _, grant := range w.grants {
		body := grant.body
		asked := func(one *of[Requester]) bool {
			return one.Seq < w.attempt.Seq && one.body.Requester.Actor == body.Caller.Actor
		}
		right = !given[body.GrantId] && !given[body.TokenHash] && slices.ContainsFunc(w.requesters, asked) &&
			body.Target == w.change.body.Target && body.ExpiresAt == window.ExpiresAt && grant.At < body.ExpiresAt
		demand(right, "REF_GRANT", grant.place())
		given[body.GrantId], given[body.TokenHash] = true, true
	}
}

// checkEnforcement: Clyra counts what it applied; of a caller the warehouse kept under which grant he committed.
func checkEnforcement(w *walk, redemption *OutcomeRedemption) {
	outcome, how := w.outcome.body, ""
	if outcome.Outcome == "enforced" {
		how = map[string]string{"clyra": "applied", "caller": "observed"}[w.attempt.body.Executor]
	}
	right := (redemption != nil) == (how == "observed") && text(outcome.Enforcement) == how
	redeemed := func(one *of[Grant]) bool {
		return one.body.GrantId == redemption.GrantId && one.body.Login == redemption.Login && redemption.RedeemedAt < one.body.ExpiresAt
	}
	if right && redemption != nil {
		right = outcome.AffectedRows == nil && len(outcome.RowsByStatement) == 0 && outcome.SettledBy == "guard_row" &&
			slices.ContainsFunc(w.grants, redeemed)
	}
	demand(right, "REF_ENFORCEMENT", w.outcome.place())
}

// checkEffect compares the effect with the one the receipts add up to.
func checkEffect(b *bundle, w *walk, effect Effect) {
	outcome, positions := w.outcome.body, ""
	seen := Effect{outcome.AffectedRows, effect.After, nil, w.attempt.body.Attempt, effect.Before, w.change.body.ChangeId,
		outcome.PayloadDigest, outcome.RowsByStatement}
	for _, anchor := range w.anchors {
		positions += anchor.body.Anchor.Position + " "
		seen.Anchors = append(seen.Anchors, EffectAnchor(anchor.body.Anchor))
	}
	for _, snapshot := range w.snapshots {
		positions += snapshot.body.Position + " "
		ref := map[string]*EffectSnapshotRef{"before": &seen.Before, "after": &seen.After}[snapshot.body.Position]
		*ref = EffectSnapshotRef{snapshot.body.Digest, snapshot.body.Relations}
	}
	right := positions == "before after before after " && reflect.DeepEqual(seen, effect) && len(w.deltas) == 1
	demand(right, "REF_EFFECT", w.outcome.place())
	if window := w.attempt.body.Window; window != nil {
		framed := effect.Before == EffectSnapshotRef(window.Before) && reflect.DeepEqual(effect.Anchors[0], EffectAnchor(window.Anchor))
		demand(framed && text(effect.Anchors[1].Xid) == outcome.Redemption.Xid, "REF_EFFECT", w.outcome.place())
	}
	delta, before, after := w.deltas[0].body, b.blob(effect.Before.Digest), b.blob(effect.After.Digest)
	changes := deltaOf(decode[SchemaSnapshot](before), decode[SchemaSnapshot](after))
	right = reflect.DeepEqual(delta.Changes, changes) && delta.Before == effect.Before.Digest && delta.After == effect.After.Digest && reflect.DeepEqual(delta.AffectedRows, effect.AffectedRows)
	demand(right, "REF_EFFECT", w.outcome.place())
}

func checkRecorded(b *bundle, w *walk) {
	recorded, start, end := w.recorded.body, b.manifest.Range.Start, w.recorded.Seq
	right := recorded.Receipts == int64(len(w.receipts)) && recorded.Outcome == w.outcome.body.Outcome
	pillars := recorded.Governance
	seqs := slices.Concat(pillars.Accuracy, pillars.Oversight, pillars.Reliability, pillars.Transparency)
	outside := slices.ContainsFunc(seqs, func(seq int64) bool { return seq < start || seq > end })
	demand(right && !outside, "REF_RECORDED", w.recorded.place())
}

// checkManifest compares the manifest with the one the receipts add up to.
func checkManifest(b *bundle, w *walk) {
	counts, kinds := map[string]int64{}, []string{}
	for _, r := range b.receipts {
		if counts[r.Kind]++; counts[r.Kind] == 1 {
			kinds = append(kinds, r.Kind)
		}
	}
	slices.Sort(kinds)
	schemas := []string{"data_receipt", "def_manifest"}
	seen := b.manifest
	seen.Tenant, seen.Outcome, seen.Range.End = w.change.body.Tenant, w.outcome.body.Outcome, seen.Range.Start+int64(len(b.receipts))
	seen.Root, seen.PrevRoot = "sha256:"+hex.EncodeToString(b.checkpoints[0].root), nil
	seen.Counts, seen.Schemas = nil, nil
	seen.Governance = DefManifestGovernance(w.recorded.body.Governance)
	if len(b.edge) > 0 {
		seen.PrevRoot = optional("sha256:" + hex.EncodeToString(rootOf(b.edge)))
	}
	for _, kind := range kinds {
		seen.Counts = append(seen.Counts, DefManifestCounts{counts[kind], kind})
		schemas = append(schemas, bodySchema(kind))
	}
	slices.Sort(schemas)
	for _, name := range schemas {
		seen.Schemas = append(seen.Schemas, DefManifestSchemas{schemaDigests[name], name})
	}
	whole := (seen.Attempt == 1) == (seen.Range.Start == 0)
	demand(whole && reflect.DeepEqual(seen, b.manifest), "REF_MANIFEST", "manifest.json")
}

func checkBlobs(b *bundle, named []namedBlob) {
	roles, listed, last := map[string]string{}, map[string]bool{}, ""
	for _, blob := range named {
		roles[blob.digest] = blob.role
	}
	for _, blob := range b.manifest.Blobs {
		path, content := blobPath(blob.Digest), b.blob(blob.Digest)
		media := map[bool]string{true: "application/vnd.dsse.envelope+json", false: "application/json"}[blob.Role == "decision" || blob.Role == "certificate"]
		right := blob.Digest > last && content != nil && int64(len(content)) == blob.Size && blob.MediaType == media
		demand(right && roles[blob.Digest] == blob.Role, "REF_MANIFEST", path)
		last, listed[path] = blob.Digest, true
	}
	for _, path := range b.files.under("blobs/") {
		demand(listed[path], "REF_MANIFEST", path)
	}
}
