// Claim `approvals`: each counted decision is its person's own, and the certificate wraps enough of them (walk rules 3 and 4).

package main

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

type counted = of[Decision]

var (
	// What a decision and a certificate repeat of the verdict, and a decision's receipt of its statement.
	boundFields = []string{"payload_digest", "policy_digest", "display_hash", "nonce"}
	saidFields  = []string{"change_id", "decision_id", "decision", "person"}
)

// same is true where both have the same plain values in these fields.
func same(a, b map[string]any, fields ...string) bool {
	return !slices.ContainsFunc(fields, func(field string) bool { return a[field] != b[field] })
}

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
		place, person := decision.place(), fold(text(decision.body.Person))
		key := keyOf(decision, approvers)
		blob := b.blob(decision.body.EnvelopeDigest)
		value, ok := readCanonical(blob)
		demand(ok && fits("dsse_envelope", value), "APPROVAL_SIGNATURE", place)
		envelope := decode[DsseEnvelope](blob)
		payload, ok := openDecision(envelope, key)
		demand(ok, "APPROVAL_SIGNATURE", place)
		demand(binds(payload, decision, w.verdict), "APPROVAL_BINDING", place)
		demand(!slices.Contains(requestersBefore(w, decision.Seq), person), "APPROVAL_SELF", place)
		twice := func(other *counted) bool {
			return fold(text(other.body.Person)) == person || text(other.body.DecisionId) == text(decision.body.DecisionId)
		}
		demand(!slices.ContainsFunc(before, twice), "APPROVAL_DUPLICATE", place)
		before = append(before, decision)
	}
	if w.certificate != nil {
		checkCertificate(w, before)
	}
}

func keyOf(decision *counted, approvers []approverKey) approverKey {
	code, body, at := "APPROVAL_KEY_UNKNOWN", decision.body, decision.At
	for _, one := range approvers {
		if one.KeyId == text(body.KeyId) && one.Person == text(body.Person) && one.EnrolledAt <= at {
			code = "APPROVAL_KEY_REVOKED"
			if one.RevokedAt == nil || *one.RevokedAt > at {
				return one
			}
		}
	}
	panic(fault{code, decision.place()})
}

func openDecision(envelope DsseEnvelope, key approverKey) ([]byte, bool) {
	signature := envelope.Signatures[0]
	signed := func(message []byte) []byte { return signedBytes(message, key.Webauthn, signature.Webauthn) }
	return openEnvelope(envelope.Payload, envelope.PayloadType, signature.Sig, key.key, signed)
}

func binds(payload []byte, decision *counted, verdict *of[Verdict]) bool {
	value, ok := readCanonical(payload)
	if !ok || !fits("decision_statement", value) || verdict == nil || verdict.Seq > decision.Seq || verdict.body.Nonce == nil {
		return false
	}
	subject, eligible := decode[DecisionStatement](payload).Subject[0], verdict.body.EligibleApprovers
	said := value.(map[string]any)["predicate"].(map[string]any)
	isHim := func(person string) bool { return fold(person) == fold(text(decision.body.Person)) }
	return subject.Name == decision.body.ChangeId && "sha256:"+subject.Digest.Sha256 == verdict.body.PayloadDigest &&
		same(said, verdict.fields, boundFields...) && same(said, decision.fields, saidFields...) &&
		(len(eligible) == 0 || slices.ContainsFunc(eligible, isHim))
}

// requestersBefore: everyone who had asked by then: persons, actors where no person is known, and claimed persons.
func requestersBefore(w *walk, seq int64) (names []string) {
	for _, one := range w.requesters {
		who := one.body.Requester
		for _, name := range []*string{cmp.Or(who.Person, &who.Actor), one.body.ClaimedPerson} {
			if name != nil && one.Seq < seq {
				names = append(names, fold(*name))
			}
		}
	}
	return names
}

func checkCertificate(w *walk, before []*counted) {
	place, seq, body, verdict := w.certificate.place(), w.certificate.Seq, w.certificate.body, w.verdict.body
	approvals, requesters, persons := []ApprovalCertificateDecisions{}, []string{}, []string{}
	for _, one := range before {
		if one.Seq < seq && text(one.body.Decision) == "approve" {
			named := ApprovalCertificateDecisions{one.body.EnvelopeDigest, text(one.body.KeyId), text(one.body.Person), one.leaf}
			approvals = append(approvals, named)
		}
	}
	for _, name := range body.Requesters {
		requesters = append(requesters, fold(name))
	}
	agrees := same(w.certificate.fields, w.verdict.fields, append(boundFields, "run_id", "quorum")...) &&
		body.ExpiresAt == later(body.ApprovedAt, verdict.CertificateTtlSeconds)
	for _, name := range requestersBefore(w, seq) {
		agrees = agrees && slices.Contains(requesters, name)
	}
	overlaps := false
	for _, named := range body.Decisions {
		agrees = agrees && slices.Contains(approvals, named)
		overlaps = overlaps || slices.Contains(requesters, fold(named.Person))
		persons = append(persons, fold(named.Person))
	}
	slices.Sort(persons)
	demand(agrees, "APPROVAL_CERTIFICATE", place)
	demand(!overlaps, "APPROVAL_SELF", place)
	demand(len(slices.Compact(slices.Clone(persons))) == len(persons), "APPROVAL_DUPLICATE", place)
	demand(int64(len(persons)) >= verdict.Quorum, "APPROVAL_QUORUM", place)
	demand(verdict.Deadline != nil && body.ApprovedAt <= *verdict.Deadline, "APPROVAL_LATE", place)
}

// later is so many seconds later; empty for a time that is in no calendar.
func later(at string, seconds int64) string {
	moment, err := time.Parse(timeForm, at)
	if err != nil {
		return ""
	}
	return moment.Add(time.Duration(seconds) * time.Second).Format(timeForm)
}
