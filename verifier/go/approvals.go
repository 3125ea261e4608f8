// Claim `approvals`, the decisions: each counted one is its person's own, over what the verdict says (walk rule 3).

package main

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

type counted = of[Decision]

// A signer is what a decision was signed with: a key of the person, or the door's for a rejection.
type signer struct {
	key      any
	webauthn *TrustApproversApproverWebauthn
	since    string
	ends     []*string
}

// signed is the envelope of a decision, with the signatures its receipt names.
type signed struct {
	body, message []byte
	own, token    *DsseEnvelopeSignatures
}

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

// restsOnSignOn is true for a counted approval without a key of the person's own.
func restsOnSignOn(decision *counted) bool {
	return text(decision.body.Decision) == "approve" && decision.body.KeyId == nil
}

// moment is milliseconds since 1970; NaN, which nothing compares with, for a time that is in no calendar.
func moment(at string) float64 {
	moment, err := time.Parse(timeForm, at)
	if err != nil {
		return math.NaN()
	}
	return float64(moment.UnixMilli())
}

// ended is true when one of these ends had come by then.
func ended(at string, ends ...*string) bool {
	return slices.ContainsFunc(ends, func(end *string) bool { return end != nil && *end <= at })
}

// checkDecisions takes the counted decisions in order, each through all codes; the first fault counts.
func checkDecisions(b *bundle, w *walk, given *trust) (before []*counted) {
	for _, decision := range w.decisions {
		body, place := decision.body, decision.place()
		if body.Status != "counted" {
			continue
		}
		var own *signer
		if body.KeyId != nil {
			own = signerOf(decision, given)
		}
		var subject *TrustApproversSubject
		if i := slices.IndexFunc(given.subjects, func(one TrustApproversSubject) bool { return isLinked(one, decision) }); i >= 0 {
			subject = &given.subjects[i]
		}
		named := (body.SubjectId == nil) == (body.SignOn == nil) && (body.SubjectId == nil) == (subject == nil)
		demand(named && (own != nil || subject != nil), "APPROVAL_SUBJECT", place)
		envelope := readSigned(b, body)
		demand(envelope != nil && envelope.isSigned(own, subject), "APPROVAL_SIGNATURE", place)
		demand(binds(envelope.body, decision, w.verdict), "APPROVAL_BINDING", place)
		demand(isGraded(decision, w.verdict.body, own, subject), "APPROVAL_GRADE", place)
		person := fold(text(body.Person))
		demand(!slices.Contains(requestersBefore(w, decision.Seq), person), "APPROVAL_SELF", place)
		twice := func(other *counted) bool {
			return fold(text(other.body.Person)) == person || text(other.body.DecisionId) == text(body.DecisionId)
		}
		demand(!slices.ContainsFunc(before, twice), "APPROVAL_DUPLICATE", place)
		before = append(before, decision)
	}
	return before
}

// signerOf gives the first key that had signed by then and had not ended: of approvers.json, then of keys.json.
func signerOf(decision *counted, given *trust) *signer {
	signers, body := []signer{}, decision.body
	for _, one := range given.approvers {
		if one.KeyId == *body.KeyId && one.Person == text(body.Person) {
			signers = append(signers, signer{one.key, one.Webauthn, one.EnrolledAt, []*string{one.RevokedAt}})
		}
	}
	for _, one := range given.keys {
		if one.KeyId == *body.KeyId && slices.Contains(one.Purposes, "approval") && text(body.Decision) == "reject" {
			signers = append(signers, signer{one.key, nil, one.NotBefore, []*string{one.NotAfter, one.RevokedAt}})
		}
	}
	code := "APPROVAL_KEY_UNKNOWN"
	for _, one := range signers {
		if one.since <= decision.At {
			code = "APPROVAL_KEY_REVOKED"
			if !ended(decision.At, one.ends...) {
				return &one
			}
		}
	}
	panic(fault{code, decision.place()})
}

func isLinked(one TrustApproversSubject, decision *counted) bool {
	named := one.SubjectId == text(decision.body.SubjectId) && one.Person == text(decision.body.Person)
	return named && one.LinkedAt <= decision.At && !ended(decision.At, one.UnlinkedAt)
}

// readSigned gives the envelope a receipt names, with just the signatures the receipt says it has, in their order; nil for any other.
func readSigned(b *bundle, decision Decision) *signed {
	blob := b.blob(decision.EnvelopeDigest)
	if value, ok := readCanonical(blob); !ok || !fits("dsse_envelope", value) {
		return nil
	}
	envelope := decode[DsseEnvelope](blob)
	read, signatures := signed{}, envelope.Signatures
	if decision.KeyId != nil && signatures[0].IdToken == nil {
		read.own, signatures = &signatures[0], signatures[1:]
	}
	if decision.SignOn != nil && len(signatures) > 0 && signatures[0].IdToken != nil && signatures[0].Webauthn == nil &&
		signatures[0].IdToken.Digest == decision.SignOn.IdTokenDigest {
		read.token, signatures = &signatures[0], signatures[1:]
	}
	read.body, read.message = contentOf(envelope.Payload, envelope.PayloadType)
	named := (read.own != nil) == (decision.KeyId != nil) && (read.token != nil) == (decision.SignOn != nil)
	if !named || len(signatures) > 0 || read.message == nil {
		return nil
	}
	return &read
}

// isSigned: the person's own signature is right; that of the ID token is of a linked account, and whether it is right is claim
// sign_on's.
func (s *signed) isSigned(own *signer, subject *TrustApproversSubject) bool {
	if own != nil && !isRight(s.own.Sig, own.key, signedBytes(s.message, own.webauthn, s.own.Webauthn)) {
		return false
	}
	return subject == nil || s.token.IdToken.Iss == subject.Iss && strictBase64(s.token.Sig) != nil
}

func binds(payload []byte, decision *counted, verdict *of[Verdict]) bool {
	value, ok := readCanonical(payload)
	if !ok || !fits("decision_statement", value) || verdict == nil || verdict.Seq > decision.Seq || verdict.body.Nonce == nil {
		return false
	}
	statement, eligible, code := decode[DecisionStatement](payload), verdict.body.EligibleApprovers, any(nil)
	if verdict.body.Grade == "enhanced" && text(decision.body.Decision) == "approve" {
		code = matchCode(*verdict.body.Nonce, verdict.body.DisplayHash)
	}
	said := value.(map[string]any)["predicate"].(map[string]any)
	subject := statement.Subject[0]
	isHim := func(person string) bool { return fold(person) == fold(text(decision.body.Person)) }
	return subject.Name == decision.body.ChangeId && "sha256:"+subject.Digest.Sha256 == verdict.body.PayloadDigest &&
		same(said, verdict.fields, boundFields...) && same(said, decision.fields, saidFields...) && said["match_code"] == code &&
		(len(eligible) == 0 || slices.ContainsFunc(eligible, isHim))
}

// matchCode is the number the requester was shown: HKDF-Expand (RFC 5869, §2.3) of one block.
func matchCode(nonce, displayHash string) string {
	key, _ := hex.DecodeString(nonce)
	block := hmac.New(sha256.New, key)
	fmt.Fprintf(block, "clyra.match_code/0 %s\x01", displayHash)
	return fmt.Sprintf("%06d", binary.BigEndian.Uint64(block.Sum(nil))%1_000_000)
}

// isGraded: the grade its signatures give; of an approval it is enough, and what signed is old enough.
func isGraded(decision *counted, verdict Verdict, own *signer, subject *TrustApproversSubject) bool {
	grade, since := "standard", ""
	if own != nil {
		since = own.since
	} else {
		since = subject.LinkedAt
	}
	if own != nil && own.webauthn != nil && subject != nil {
		grade = "enhanced"
	}
	old := moment(decision.At)-moment(since) >= float64(verdict.AuthenticatorAgeSeconds)*1000
	enough := (grade == "enhanced" || verdict.Grade == "standard") && old
	return text(decision.body.Grade) == grade && (text(decision.body.Decision) == "reject" || enough)
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
