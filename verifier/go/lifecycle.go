// Claim `lifecycle`: the receipts replayed through the state machine of spec/lifecycle.md.

package main

import (
	"slices"
	"strings"
)

// of is a receipt with the body of its kind.
type of[B any] struct {
	*receipt
	body B
}

// A walk holds the receipts of a legal walk by what they are: receipts of this attempt, from `change` to `recorded`; earlier, the
// attestation and ticket of an earlier attempt. Void receipts stand in receipts alone. A change names its requester as a requester does.
type walk struct {
	receipts, earlier []*receipt
	change            *of[Change]
	requesters        []*of[Requester]
	verdict           *of[Verdict]
	decisions         []*of[Decision]
	certificate       *of[ApprovalCertificate]
	attempt           *of[Attempt]
	grants            []*of[Grant]
	outcome           *of[Outcome]
	anchors           []*of[WarehouseAnchor]
	snapshots         []*of[Snapshot]
	deltas            []*of[SemanticDelta]
	recorded          *of[Recorded]
}

// Move: states it may come from, state it leads to (none: unchanged). EARLIER* is the tail of the attempt before;
// DENY and REVIEW are the two faces of EVALUATED, CALLER is ENFORCING by a caller.
const open = "OPEN DENY REVIEW AWAITING_APPROVAL APPROVED ENFORCING CALLER"

const judging = "OPEN AWAITING_APPROVAL APPROVED"

var moves = map[string][2]string{
	"attestation":            {"EARLIER", "EARLIER_ATTESTED"},
	"ticket":                 {"EARLIER_ATTESTED", "EARLIER_CLOSED"},
	"change":                 {"NONE EARLIER EARLIER_ATTESTED EARLIER_CLOSED", "OPEN"},
	"requester":              {open},
	"decision":               {open},
	"verdict review":         {"OPEN", "REVIEW"},
	"verdict deny":           {judging, "DENY"},
	"verdict allow":          {judging, "APPROVED"},
	"verdict needs_approval": {judging, "AWAITING_APPROVAL"},
	"approval_certificate":   {"AWAITING_APPROVAL", "APPROVED"},
	"attempt clyra":          {"APPROVED", "ENFORCING"},
	"attempt caller":         {"APPROVED", "CALLER"},
	"grant":                  {"CALLER"},
	"outcome enforced":       {"ENFORCING CALLER", "ENFORCED"},
	"outcome ambiguous":      {"ENFORCING CALLER", "AMBIGUOUS"},
	"outcome failed":         {"ENFORCING CALLER APPROVED", "FAILED"},
	"outcome denied":         {"DENY", "DENIED"},
	"outcome observed":       {"REVIEW", "OBSERVED"},
	"outcome rejected":       {"AWAITING_APPROVAL", "REJECTED"},
	"outcome expired":        {"AWAITING_APPROVAL", "EXPIRED"},
	"outcome cancelled":      {"OPEN DENY REVIEW AWAITING_APPROVAL APPROVED", "CANCELLED"},
	"anchor":                 {"ENFORCED"},
	"snapshot":               {"ENFORCED"},
	"delta":                  {"ENFORCED"},
	"recorded":               {"ENFORCED AMBIGUOUS FAILED DENIED OBSERVED REJECTED EXPIRED CANCELLED", "RECORDED"},
}

// walkOf: LIFECYCLE_ILLEGAL at the first receipt that may not stand where it stands; LIFECYCLE_INCOMPLETE without `recorded` at the
// end.
func walkOf(b *bundle) *walk {
	state := "NONE"
	if b.manifest.Range.Start > 0 {
		state = "EARLIER"
	}
	runs := map[any]bool{}
	for _, r := range b.receipts {
		move, again := moves[moveOf(r)], r.Kind == "verdict" && runs[r.fields["run_id"]]
		demand(slices.Contains(strings.Fields(move[0]), state) && !again, "LIFECYCLE_ILLEGAL", r.place())
		if r.Kind == "verdict" {
			runs[r.fields["run_id"]] = true
		}
		if move[1] != "" {
			state = move[1]
		}
	}
	demand(state == "RECORDED", "LIFECYCLE_INCOMPLETE", b.receipts[len(b.receipts)-1].place())
	begin := slices.IndexFunc(b.receipts, func(r *receipt) bool { return r.Kind == "change" })
	attempt := b.receipts[begin:]
	rs := standingOf(attempt)
	return &walk{
		receipts: attempt, earlier: b.receipts[:begin],
		change: first[Change](rs, "change"), requesters: append(all[Requester](rs, "change"), all[Requester](rs, "requester")...),
		verdict:   first[Verdict](rs, "verdict"),
		decisions: all[Decision](rs, "decision"), certificate: first[ApprovalCertificate](rs, "approval_certificate"),
		attempt: first[Attempt](rs, "attempt"), grants: all[Grant](rs, "grant"), outcome: first[Outcome](rs, "outcome"),
		anchors: all[WarehouseAnchor](rs, "anchor"), snapshots: all[Snapshot](rs, "snapshot"), deltas: all[SemanticDelta](rs, "delta"),
		recorded: first[Recorded](rs, "recorded"),
	}
}

// standingOf: a verdict voids the verdicts before it, and what was decided on them.
func standingOf(attempt []*receipt) (standing []*receipt) {
	seen, verdicts := 0, len(all[Verdict](attempt, "verdict"))
	for _, r := range attempt {
		if r.Kind == "verdict" {
			seen++
		}
		gate := r.Kind == "verdict" || r.Kind == "decision" || r.Kind == "approval_certificate"
		if seen == 0 || seen == verdicts || !gate {
			standing = append(standing, r)
		}
	}
	return standing
}

func all[B any](receipts []*receipt, kind string) (found []*of[B]) {
	for _, r := range receipts {
		if r.Kind == kind {
			found = append(found, &of[B]{r, decode[B](r.Body)})
		}
	}
	return found
}

func first[B any](receipts []*receipt, kind string) *of[B] {
	if found := all[B](receipts, kind); len(found) > 0 {
		return found[0]
	}
	return nil
}

func moveOf(r *receipt) string {
	if r.Kind == "verdict" && r.fields["mode"] == "review" {
		return "verdict review"
	}
	face, _ := r.fields[map[string]string{"verdict": "outcome", "outcome": "outcome", "attempt": "executor"}[r.Kind]].(string)
	return strings.TrimSpace(r.Kind + " " + face)
}
