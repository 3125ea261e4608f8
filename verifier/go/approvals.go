// Claim `approvals`: each counted decision is its person's own, and the certificate wraps enough of them (walk rules 3 and 4).

package main

import (
	"slices"
	"strings"
)

type counted = of[Decision]

// bound are the fields of a verdict that a decision and a certificate repeat.
type bound struct{ payload, policy, display, nonce string }

// fold compares persons without the case of ASCII letters and without blanks around: a second spelling is no second person.
func fold(person string) string {
	lower := func(char rune) rune {
		if 'A' <= char && char <= 'Z' {
			return char + 'a' - 'A'
		}
		return char
	}
	return strings.Map(lower, strings.Trim(person, "\t\n\v\f\r "))
}

// checkApprovals takes decisions in order, then the certificate; the first fault counts.
func checkApprovals(b *bundle, w *walk, approvers []approverKey) {
	var before []*counted
	for _, decision := range w.decisions {
		if decision.body.Status != "counted" {
			continue
		}
		place, body := decision.place(), decision.body
		person := fold(text(body.Person))
		payload, ok := openEnvelopeOf(b, decision, keyOfDecision(decision, approvers))
		demand(ok, "APPROVAL_SIGNATURE", place)
		demand(binds(payload, decision, w.verdict), "APPROVAL_BINDING", place)
		demand(!slices.Contains(requestersBefore(w, decision.Seq), person), "APPROVAL_SELF", place)
		twice := func(other *counted) bool {
			return fold(text(other.body.Person)) == person || *other.body.DecisionId == *body.DecisionId
		}
		demand(!slices.ContainsFunc(before, twice), "APPROVAL_DUPLICATE", place)
		before = append(before, decision)
	}
	if w.certificate != nil {
		checkCertificate(w, before)
	}
}

func keyOfDecision(decision *counted, approvers []approverKey) any {
	known, key := false, any(nil)
	for _, approver := range approvers {
		if approver.KeyId != text(decision.body.KeyId) || approver.Person != text(decision.body.Person) || approver.EnrolledAt > decision.At {
			continue
		}
		known = true
		if key == nil && (approver.RevokedAt == nil || *approver.RevokedAt > decision.At) {
			key = approver.key
		}
	}
	demand(known, "APPROVAL_KEY_UNKNOWN", decision.place())
	demand(key != nil, "APPROVAL_KEY_REVOKED", decision.place())
	return key
}

func openEnvelopeOf(b *bundle, decision *counted, key any) ([]byte, bool) {
	blob := b.blob(decision.body.EnvelopeDigest)
	value, ok := readCanonical(blob)
	if !ok || !fits("dsse_envelope", value) {
		return nil, false
	}
	return openEnvelope(decode[DsseEnvelope](blob), key)
}

func binds(payload []byte, decision *counted, verdict *of[Verdict]) bool {
	value, ok := readCanonical(payload)
	if !ok || !fits("decision_statement", value) || verdict == nil || verdict.Seq > decision.Seq || verdict.body.Nonce == nil {
		return false
	}
	statement := decode[DecisionStatement](payload)
	said, body, subject := statement.Predicate, decision.body, statement.Subject[0]
	eligible := func(person string) bool { return fold(person) == fold(said.Person) }
	return subject.Name == body.ChangeId && "sha256:"+subject.Digest.Sha256 == verdict.body.PayloadDigest &&
		bound{said.PayloadDigest, said.PolicyDigest, said.DisplayHash, said.Nonce} == boundBy(verdict) &&
		said.ChangeId == body.ChangeId && said.DecisionId == text(body.DecisionId) &&
		said.Decision == text(body.Decision) && said.Person == text(body.Person) &&
		(len(verdict.body.EligibleApprovers) == 0 || slices.ContainsFunc(verdict.body.EligibleApprovers, eligible))
}

func boundBy(verdict *of[Verdict]) bound {
	return bound{verdict.body.PayloadDigest, verdict.body.PolicyDigest, verdict.body.DisplayHash, text(verdict.body.Nonce)}
}

// requestersBefore: everyone who had asked by then: persons, actors where no person is known, and claimed persons.
func requestersBefore(w *walk, seq int64) (names []string) {
	add := func(r *receipt, actor string, person, claimed *string) {
		if r.Seq >= seq {
			return
		}
		if person == nil {
			person = &actor
		}
		names = append(names, fold(*person))
		if claimed != nil {
			names = append(names, fold(*claimed))
		}
	}
	add(w.change.receipt, w.change.body.Requester.Actor, w.change.body.Requester.Person, w.change.body.ClaimedPerson)
	for _, r := range w.requesters {
		add(r.receipt, r.body.Requester.Actor, r.body.Requester.Person, r.body.ClaimedPerson)
	}
	return names
}

func checkCertificate(w *walk, before []*counted) {
	place, body, verdict := w.certificate.place(), w.certificate.body, w.verdict.body
	agrees := bound{body.PayloadDigest, body.PolicyDigest, body.DisplayHash, body.Nonce} == boundBy(w.verdict) &&
		body.RunId == verdict.RunId && body.Quorum == verdict.Quorum
	requesters, persons := []string{}, []string{}
	for _, name := range body.Requesters {
		requesters = append(requesters, fold(name))
	}
	for _, name := range requestersBefore(w, w.certificate.Seq) {
		agrees = agrees && slices.Contains(requesters, name)
	}
	for _, named := range body.Decisions {
		agrees = agrees && slices.ContainsFunc(before, func(one *counted) bool {
			return one.leaf == named.Receipt && one.Seq < w.certificate.Seq && *one.body.Decision == "approve" &&
				*one.body.Person == named.Person && *one.body.KeyId == named.KeyId && one.body.EnvelopeDigest == named.EnvelopeDigest
		})
		persons = append(persons, fold(named.Person))
	}
	demand(agrees, "APPROVAL_CERTIFICATE", place)
	isRequester := func(person string) bool { return slices.Contains(requesters, person) }
	demand(!slices.ContainsFunc(persons, isRequester), "APPROVAL_SELF", place)
	slices.Sort(persons)
	demand(len(slices.Compact(slices.Clone(persons))) == len(persons), "APPROVAL_DUPLICATE", place)
	demand(int64(len(persons)) >= verdict.Quorum, "APPROVAL_QUORUM", place)
	demand(verdict.Deadline != nil && body.ApprovedAt <= *verdict.Deadline, "APPROVAL_LATE", place)
}
