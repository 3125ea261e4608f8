// Claim `sign_on`: each disclosed ID token (OpenID Connect Core 1.0, a compact JWS of RFC 7515) is its provider's, was made for
// this one decision, and says what the receipt says (walk rule 3).

package main

import (
	"encoding/base64"
	"encoding/json"
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

const slack = 60_000

// The members of a JSON object; the last of a name counts. A lone surrogate is read as U+FFFD.
type members map[string]json.RawMessage

// checkSignOn: open where there is no ID token or one is not disclosed; SIGN_ON_PROVIDER, SIGN_ON_SIGNATURE, SIGN_ON_CLAIMS.
func checkSignOn(b *bundle, w *walk, providers []providerKey, tokens map[string]string) {
	resting, hidden := false, false
	for _, decision := range w.decisions {
		if decision.body.Status != "counted" || decision.body.SignOn == nil {
			continue
		}
		token, given := tokens[decision.body.SignOn.IdTokenDigest]
		resting, hidden = true, hidden || !given
		if !given {
			continue
		}
		envelope, place := readSigned(b, decision.body), decision.place()
		demand(envelope != nil, "SIGN_ON_PROVIDER", place)
		named := envelope.token.IdToken
		i := slices.IndexFunc(providers, func(one providerKey) bool {
			return one.Iss == named.Iss && one.kid == named.Kid && one.alg == named.Alg
		})
		demand(i >= 0, "SIGN_ON_PROVIDER", place)
		payload := openToken(token, envelope.token.Sig, providers[i])
		demand(payload != nil, "SIGN_ON_SIGNATURE", place)
		demand(readMembers(payload).fitClaims(decision, envelope.message, providers[i]), "SIGN_ON_CLAIMS", place)
	}
	demand(resting, "", "none present")
	demand(!hidden, "", "not disclosed")
}

// openToken gives the payload of a token whose signature is the one of the envelope and right; header and key name the same algorithm.
func openToken(token, sig string, provider providerKey) []byte {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil
	}
	header, payload, signature := readMembers(strictBase64url(parts[0])), strictBase64url(parts[1]), strictBase64url(parts[2])
	_, crit := header["crit"]
	_, b64 := header["b64"]
	meant := header.said("alg") == provider.alg && header.said("kid") == provider.kid && !crit && !b64
	if !meant || signature == nil || base64.StdEncoding.EncodeToString(signature) != sig {
		return nil
	}
	if !verifyJws(provider.key, []byte(token[:strings.LastIndex(token, ".")]), signature) {
		return nil
	}
	return payload
}

func (m members) fitClaims(decision *counted, message []byte, provider providerKey) bool {
	at, on := moment(decision.At), decision.body.SignOn
	sub, isText := m.said("sub").(string)
	azp, signedOn := m.said("azp"), m.time("auth_time")
	tenant := provider.TenantClaim == nil || m.said(provider.TenantClaim.Name) == provider.TenantClaim.Value
	acr := on.Acr == nil && m.said("acr") == nil || on.Acr != nil && m.said("acr") == *on.Acr
	strong := text(decision.body.Grade) != "enhanced" || len(provider.AcrValues) == 0 || slices.Contains(provider.AcrValues, text(on.Acr))
	return m.said("iss") == provider.Iss && (m.said("aud") == provider.ClientId || isList(m.said("aud"), []string{provider.ClientId})) &&
		(azp == nil || azp == provider.ClientId) && m.said("nonce") == base64.RawURLEncoding.EncodeToString(hash(message)) &&
		isText && subjectID(provider.Iss, sub) == text(decision.body.SubjectId) && tenant && acr && strong &&
		(isList(m.said("amr"), on.Amr) || m.said("amr") == nil && len(on.Amr) == 0) && signedOn == moment(on.AuthTime) &&
		signedOn <= at+slack && signedOn >= at-float64(provider.MaxAgeSeconds)*1000-slack && m.time("exp") >= at-slack
}

// said is a member's value; nil also for one that is absent. A number too large for Go equals nothing.
func (m members) said(name string) (value any) {
	if raw, ok := m[name]; ok && json.Unmarshal(raw, &value) != nil {
		return math.NaN()
	}
	return value
}

// time is a member in milliseconds; NaN where it is no integer.
func (m members) time(name string) float64 {
	seconds, ok := m.said(name).(float64)
	if !ok || seconds != math.Trunc(seconds) || math.Abs(seconds) > maxInteger {
		return math.NaN()
	}
	return seconds * 1000
}

func isList(value any, items []string) bool {
	list, ok := value.([]any)
	return ok && slices.EqualFunc(list, items, func(one any, item string) bool { return one == item })
}

func readMembers(text []byte) (read members) {
	if !utf8.Valid(text) || json.Unmarshal(text, &read) != nil {
		return nil
	}
	return read
}

func strictBase64url(text string) []byte {
	decoded, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || base64.RawURLEncoding.EncodeToString(decoded) != text {
		return nil
	}
	return decoded
}
