// Passkeys: an assertion (WebAuthn Level 3, §7.2) as the signature of an envelope. Client data is verified by the bytes it
// begins with (§5.8.1.2), so that no two readers of JSON can differ about it.

package main

import (
	"bytes"
	"encoding/base64"
	"fmt"
)

const (
	maxAssertion       = 2048
	presentAndVerified = 0x01 | 0x04
	clientDataForm     = `{"type":"webauthn.get","challenge":"%s","origin":"%s","crossOrigin":false`
)

// signedBytes gives the bytes a signature must be over for an approver to have signed a message: the message itself under a plain key,
// what the authenticator signed under a passkey. Nil when there is an assertion without a passkey or a passkey without one, and when the
// assertion is not of this message, this origin and this relying party, by a user present and verified.
func signedBytes(message []byte, passkey *TrustApproversApproverWebauthn, assertion *DsseEnvelopeSignaturesWebauthn) []byte {
	if passkey == nil && assertion == nil {
		return message
	}
	if passkey == nil || assertion == nil {
		return nil
	}
	authenticatorData, clientData := strictBase64(assertion.AuthenticatorData), strictBase64(assertion.ClientData)
	if !isByVerifiedUser(authenticatorData, passkey.RpId) || !isAbout(clientData, message, passkey.Origin) {
		return nil
	}
	return append(authenticatorData, hash(clientData)...)
}

func isByVerifiedUser(data []byte, rpID string) bool {
	sized := len(data) >= 37 && len(data) <= maxAssertion
	return sized && bytes.Equal(data[:32], hash([]byte(rpID))) && data[32]&presentAndVerified == presentAndVerified
}

func isAbout(data, message []byte, origin string) bool {
	challenge := base64.RawURLEncoding.EncodeToString(hash(message))
	rest, begins := bytes.CutPrefix(data, []byte(fmt.Sprintf(clientDataForm, challenge, origin)))
	closed := string(rest) == "}" || bytes.HasPrefix(rest, []byte(",")) && bytes.HasSuffix(rest, []byte("}"))
	return len(data) <= maxAssertion && begins && closed
}
