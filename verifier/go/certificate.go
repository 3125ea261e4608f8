// Claim `approvals`, the certificate: it wraps enough counted approvals, and a trusted approval key signed it (walk rule 4).

package main

import (
	"reflect"
	"slices"
	"strings"
)

const maxEnhancedSeconds = 600

// What a certificate repeats of a decision.
var namedFields = []string{"person", "key_id", "subject_id", "grade", "envelope_digest"}

// checkCertificate: APPROVAL_CERTIFICATE, APPROVAL_CERTIFICATE_SIGNATURE, APPROVAL_SELF, APPROVAL_DUPLICATE, APPROVAL_QUORUM,
// APPROVAL_LATE.
func checkCertificate(b *bundle, w *walk, before []*counted, keys []signingKey) {
	if w.certificate == nil {
		return
	}
	place, seq, body, verdict := w.certificate.place(), w.certificate.Seq, w.certificate.body, w.verdict.body
	requesters, persons := []string{}, []string{}
	for _, name := range body.Requesters {
		requesters = append(requesters, fold(name))
	}
	agrees := same(w.certificate.fields, w.verdict.fields, append(boundFields, "run_id", "quorum", "grade")...) &&
		body.Target == w.change.body.Target && body.Aud == "clyra/"+w.change.body.Tenant+"/"+w.change.body.ChangeId &&
		moment(body.ExpiresAt)-moment(body.ApprovedAt) == float64(verdict.CertificateTtlSeconds)*1000 &&
		(body.Grade == "standard" || verdict.CertificateTtlSeconds <= maxEnhancedSeconds)
	for _, name := range requestersBefore(w, seq) {
		agrees = agrees && slices.Contains(requesters, name)
	}
	overlaps := false
	for i, one := range w.certificate.fields["decisions"].([]any) {
		agrees = agrees && slices.ContainsFunc(before, func(decision *counted) bool {
			approval := decision.Seq < seq && text(decision.body.Decision) == "approve"
			return approval && same(one.(map[string]any), decision.fields, namedFields...)
		})
		overlaps = overlaps || slices.Contains(requesters, fold(body.Decisions[i].Person))
		persons = append(persons, fold(body.Decisions[i].Person))
	}
	slices.Sort(persons)
	value, ok := readCanonical(b.blob(body.EnvelopeDigest))
	demand(agrees && ok && fits("dsse_envelope", value), "APPROVAL_CERTIFICATE", place)
	envelope := decode[DsseEnvelope](b.blob(body.EnvelopeDigest))
	payload, message := contentOf(envelope.Payload, envelope.PayloadType)
	demand(states(payload, body, string(w.certificate.Body)), "APPROVAL_CERTIFICATE", place)
	signature := envelope.Signatures[0]
	plain := signature.Webauthn == nil && signature.IdToken == nil && len(envelope.Signatures) == 1
	signs := func(key signingKey) bool {
		valid := key.NotBefore <= body.ApprovedAt && !ended(body.ApprovedAt, key.NotAfter, key.RevokedAt)
		return valid && slices.Contains(key.Purposes, "approval") && isRight(signature.Sig, key.key, message)
	}
	demand(plain && slices.ContainsFunc(keys, signs), "APPROVAL_CERTIFICATE_SIGNATURE", place)
	demand(!overlaps, "APPROVAL_SELF", place)
	demand(len(slices.Compact(slices.Clone(persons))) == len(persons), "APPROVAL_DUPLICATE", place)
	demand(int64(len(persons)) >= verdict.Quorum, "APPROVAL_QUORUM", place)
	demand(verdict.Deadline != nil && body.ApprovedAt <= *verdict.Deadline, "APPROVAL_LATE", place)
}

// states: the statement is about this receipt. In a canonical text the member before expires_at can be left out as it stands.
func states(payload []byte, body ApprovalCertificate, line string) bool {
	statement := readStatement[CertificateStatement](payload, "certificate_statement")
	said := strings.Replace(line, `,"envelope_digest":"`+body.EnvelopeDigest+`","expires_at":`, `,"expires_at":`, 1)
	subject := CertificateStatementSubject{CertificateStatementSubjectDigest{sha256Hex([]byte(said))}, body.CertId}
	predicate := CertificateStatementPredicate{body.Aud, body.ExpiresAt, body.Grade, body.PayloadDigest}
	return statement != nil && statement.Subject[0] == subject && reflect.DeepEqual(statement.Predicate, predicate)
}
