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
	{"CHG-4", "change verdict attempt outcome anchor", appliedAsApproved},
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

func authorisedBeforeEffect(w *walk, _ *bundle) string {
	if w.attempt == nil {
		return "not_applicable"
	}
	named, at := w.attempt.body.Predecessor, w.attempt.At
	allowed := named == w.verdict.leaf && w.verdict.body.Mode == "gate" && w.verdict.body.Outcome == "allow"
	certified := w.certificate != nil && named == w.certificate.leaf &&
		w.certificate.body.ApprovedAt <= at && at < w.certificate.body.ExpiresAt
	switch {
	case !slices.ContainsFunc(w.receipts, func(r *receipt) bool { return r.leaf == named }):
		return "insufficient"
	case allowed || certified:
		return "satisfied"
	}
	return "not_satisfied"
}

func appliedAsApproved(w *walk, _ *bundle) string {
	outcome, payload := w.outcome.body, w.change.body.PayloadDigest
	switch {
	case outcome.Outcome == "failed" && text(outcome.Code) == "CLYRA_PAYLOAD_MISMATCH":
		return "satisfied"
	case outcome.Outcome == "failed" || w.attempt == nil:
		return "not_applicable"
	case w.verdict.body.PayloadDigest != payload || w.attempt.body.PayloadDigest != payload || outcome.PayloadDigest != payload:
		return "not_satisfied"
	case outcome.Outcome == "enforced" && len(w.anchors) >= 2:
		return "satisfied"
	}
	return "insufficient"
}

func requesterIsNotApprover(w *walk, _ *bundle) string {
	switch {
	case w.certificate != nil:
		requesters := map[string]bool{}
		for _, name := range w.certificate.body.Requesters {
			requesters[fold(name)] = true
		}
		for _, decision := range w.certificate.body.Decisions {
			if requesters[fold(decision.Person)] {
				return "not_satisfied"
			}
		}
		return "satisfied"
	case w.change.body.Mode == "review" || w.attempt == nil || w.verdict.body.Outcome == "allow" && w.verdict.body.Quorum == 0:
		return "not_applicable"
	}
	return "insufficient"
}

func approvalsTracked(w *walk, b *bundle) string {
	required := w.verdict != nil && w.verdict.body.Quorum > 0
	approvals, missing, short := map[string]bool{}, false, w.attempt != nil && required && w.certificate == nil
	for _, decision := range w.decisions {
		if decision.body.Status == "counted" {
			approvals[decision.leaf] = text(decision.body.Decision) == "approve"
			missing = missing || b.blob(decision.body.EnvelopeDigest) == nil
		}
	}
	if w.certificate != nil {
		short = int64(len(w.certificate.body.Decisions)) < w.certificate.body.Quorum
		for _, decision := range w.certificate.body.Decisions {
			short = short || !approvals[decision.Receipt]
		}
	}
	switch {
	case len(w.decisions) == 0 && w.certificate == nil && !required:
		return "not_applicable"
	case short:
		return "not_satisfied"
	case missing:
		return "insufficient"
	}
	return "satisfied"
}

func trailComplete(w *walk, _ *bundle) string {
	if w.recorded.body.Receipts == int64(len(w.receipts)) {
		return "satisfied"
	}
	return "not_satisfied"
}

func blockedWhenNotAllowed(w *walk, _ *bundle) string {
	if w.change.body.Mode == "review" || slices.Contains([]string{"enforced", "failed", "ambiguous"}, w.outcome.body.Outcome) {
		return "not_applicable"
	}
	return "satisfied"
}
