// The controls of the sox attestation, judged again from the receipts of a legal walk (spec/controls.md).

package main

import (
	"slices"
	"strings"
)

// A judgement is what an attestation must say of a control; its title, reasons and references are words.
type judgement struct {
	control, status string
	receipts        []int64
}

const maxReceipts = 40

// A control says its status by the first row that fits.
var controls = []struct {
	control, kinds string
	judge          func(*walk, *bundle) string
}{
	{"CHG-1", "verdict approval_certificate attempt", authorisedBeforeEffect},
	{"CHG-4", "change verdict attempt grant outcome anchor", appliedAsApproved},
	{"SOD-1", "change requester decision approval_certificate", requesterIsNotApprover},
	{"APR-1", "decision approval_certificate", approvalsTracked},
	{"LOG-3", "change recorded", trailComplete},
	{"ENF-1", "verdict outcome", blockedWhenNotAllowed},
}

// judgeControls takes every control in the order of the spec. Cases that no legal walk can hold are left out.
func judgeControls(b *bundle, w *walk) (judged []judgement) {
	for _, one := range controls {
		status, seqs := one.judge(w, b), []int64{}
		if trailComplete(w, b) != "satisfied" && one.control != "LOG-3" && status != "not_satisfied" {
			status = "insufficient"
		}
		for _, r := range w.receipts {
			if len(seqs) < maxReceipts && slices.Contains(strings.Fields(one.kinds), r.Kind) {
				seqs = append(seqs, r.Seq)
			}
		}
		judged = append(judged, judgement{one.control, status, seqs})
	}
	return judged
}

type row struct {
	fits   bool
	status string
}

// firstRow gives the status of the first row that fits.
func firstRow(otherwise string, rows ...row) string {
	for _, one := range rows {
		if one.fits {
			return one.status
		}
	}
	return otherwise
}

func authorisedBeforeEffect(w *walk, _ *bundle) string {
	if w.attempt == nil {
		return "not_applicable"
	}
	named, at, certificate := w.attempt.body.Predecessor, w.attempt.At, w.certificate
	allowed := named == w.verdict.leaf && w.verdict.body.Mode == "gate" && w.verdict.body.Outcome == "allow"
	certified := certificate != nil && named == certificate.leaf && certificate.body.ApprovedAt <= at && at < certificate.body.ExpiresAt
	missing := !slices.ContainsFunc(w.receipts, func(r *receipt) bool { return r.leaf == named })
	return firstRow("not_satisfied", row{missing, "insufficient"}, row{allowed || certified, "satisfied"})
}

func appliedAsApproved(w *walk, _ *bundle) string {
	outcome, payload := w.outcome.body, w.change.body.PayloadDigest
	if failed := outcome.Outcome == "failed"; failed || w.attempt == nil {
		return firstRow("not_applicable", row{failed && text(outcome.Code) == "CLYRA_PAYLOAD_MISMATCH", "satisfied"})
	}
	equal := w.verdict.body.PayloadDigest == payload && w.attempt.body.PayloadDigest == payload && outcome.PayloadDigest == payload
	// Which statements a caller ran was not seen.
	applied := outcome.Outcome == "enforced" && text(outcome.Enforcement) != "observed" && len(w.anchors) >= 2
	return firstRow("insufficient", row{!equal, "not_satisfied"}, row{applied, "satisfied"})
}

func requesterIsNotApprover(w *walk, _ *bundle) string {
	if w.certificate == nil {
		judged := w.change.body.Mode == "gate" && w.attempt != nil && (w.verdict.body.Outcome != "allow" || w.verdict.body.Quorum > 0)
		return firstRow("not_applicable", row{judged, "insufficient"})
	}
	overlaps := slices.ContainsFunc(w.certificate.body.Decisions, func(decision ApprovalCertificateDecisions) bool {
		same := func(requester string) bool { return fold(requester) == fold(decision.Person) }
		return slices.ContainsFunc(w.certificate.body.Requesters, same)
	})
	return firstRow("satisfied", row{overlaps, "not_satisfied"})
}

func approvalsTracked(w *walk, b *bundle) string {
	required := w.verdict != nil && w.verdict.body.Quorum > 0
	approvals, missing, short := map[string]bool{}, false, w.attempt != nil && required && w.certificate == nil
	for _, decision := range w.decisions {
		if decision.body.Status == "counted" {
			approvals[decision.body.EnvelopeDigest] = approvals[decision.body.EnvelopeDigest] || text(decision.body.Decision) == "approve"
			missing = missing || b.blob(decision.body.EnvelopeDigest) == nil
		}
	}
	if w.certificate != nil {
		short = int64(len(w.certificate.body.Decisions)) < w.certificate.body.Quorum
		for _, decision := range w.certificate.body.Decisions {
			short = short || !approvals[decision.EnvelopeDigest]
		}
	}
	none := len(w.decisions) == 0 && w.certificate == nil && !required
	return firstRow("satisfied", row{none, "not_applicable"}, row{short, "not_satisfied"}, row{missing, "insufficient"})
}

func trailComplete(w *walk, _ *bundle) string {
	return firstRow("not_satisfied", row{w.recorded.body.Receipts == int64(len(w.receipts)), "satisfied"})
}

func blockedWhenNotAllowed(w *walk, _ *bundle) string {
	went := slices.Contains([]string{"enforced", "failed", "ambiguous"}, w.outcome.body.Outcome)
	return firstRow("satisfied", row{went || w.change.body.Mode == "review", "not_applicable"})
}
