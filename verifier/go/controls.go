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

var controls = []struct {
	control string
	judge   func(*walk, *bundle) string
	kinds   string
}{
	{"CHG-1", authorisedBeforeEffect, "verdict approval_certificate attempt"},
	{"CHG-4", appliedAsApproved, "change verdict attempt outcome anchor"},
	{"SOD-1", requesterIsNotApprover, "change requester decision approval_certificate"},
	{"APR-1", approvalsTracked, "decision approval_certificate"},
	{"LOG-3", trailComplete, "change recorded"},
	{"ENF-1", blockedWhenNotAllowed, "verdict outcome"},
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

// choose gives the status of the first row that fits, in pairs of condition and status; the last has no condition.
func choose(rows ...any) string {
	for i := 0; i+1 < len(rows); i += 2 {
		if rows[i].(bool) {
			return rows[i+1].(string)
		}
	}
	return rows[len(rows)-1].(string)
}

func authorisedBeforeEffect(w *walk, _ *bundle) string {
	if w.attempt == nil {
		return "not_applicable"
	}
	named, at := w.attempt.body.Predecessor, w.attempt.At
	inAttempt := slices.ContainsFunc(w.receipts, func(r *receipt) bool { return r.leaf == named })
	allowed := named == w.verdict.leaf && w.verdict.body.Mode == "gate" && w.verdict.body.Outcome == "allow"
	certificate := w.certificate
	certified := certificate != nil && named == certificate.leaf && certificate.body.ApprovedAt <= at && at < certificate.body.ExpiresAt
	return choose(!inAttempt, "insufficient", allowed || certified, "satisfied", "not_satisfied")
}

func appliedAsApproved(w *walk, _ *bundle) string {
	outcome, payload := w.outcome.body, w.change.body.PayloadDigest
	if outcome.Outcome == "failed" {
		return choose(text(outcome.Code) == "CLYRA_PAYLOAD_MISMATCH", "satisfied", "not_applicable")
	}
	if w.attempt == nil {
		return "not_applicable"
	}
	equal := w.verdict.body.PayloadDigest == payload && w.attempt.body.PayloadDigest == payload && outcome.PayloadDigest == payload
	return choose(!equal, "not_satisfied", outcome.Outcome == "enforced" && len(w.anchors) >= 2, "satisfied", "insufficient")
}

func requesterIsNotApprover(w *walk, _ *bundle) string {
	if w.certificate != nil {
		for _, decision := range w.certificate.body.Decisions {
			for _, requester := range w.certificate.body.Requesters {
				if fold(decision.Person) == fold(requester) {
					return "not_satisfied"
				}
			}
		}
		return "satisfied"
	}
	outside := w.change.body.Mode == "review" || w.attempt == nil || w.verdict.body.Outcome == "allow" && w.verdict.body.Quorum == 0
	return choose(outside, "not_applicable", "insufficient")
}

func approvalsTracked(w *walk, b *bundle) string {
	required := w.verdict != nil && w.verdict.body.Quorum > 0
	if len(w.decisions) == 0 && w.certificate == nil && !required {
		return "not_applicable"
	}
	approvals, missing := map[string]bool{}, false
	for _, decision := range w.decisions {
		if decision.body.Status == "counted" {
			approvals[decision.leaf] = text(decision.body.Decision) == "approve"
			missing = missing || b.blob(decision.body.EnvelopeDigest) == nil
		}
	}
	short := w.attempt != nil && required && w.certificate == nil
	if w.certificate != nil {
		short = int64(len(w.certificate.body.Decisions)) < w.certificate.body.Quorum
		for _, decision := range w.certificate.body.Decisions {
			short = short || !approvals[decision.Receipt]
		}
	}
	return choose(short, "not_satisfied", missing, "insufficient", "satisfied")
}

func trailComplete(w *walk, _ *bundle) string {
	return choose(w.recorded.body.Receipts == int64(len(w.receipts)), "satisfied", "not_satisfied")
}

func blockedWhenNotAllowed(w *walk, _ *bundle) string {
	went := slices.Contains([]string{"enforced", "failed", "ambiguous"}, w.outcome.body.Outcome)
	return choose(went || w.change.body.Mode == "review", "not_applicable", "satisfied")
}
