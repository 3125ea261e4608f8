// DSSE: the bytes that were signed, and nothing else, are handed on.

package main

import (
	"encoding/base64"
	"fmt"
)

// Payload type of an in-toto statement, the only one there is.
const statementType = "application/vnd.in-toto+json"

const maxPae = 4096

// strictBase64 decodes standard base64 with padding that re-encodes to itself; nil for anything else.
func strictBase64(text string) []byte {
	decoded, err := base64.StdEncoding.DecodeString(text)
	if err != nil || base64.StdEncoding.EncodeToString(decoded) != text {
		return nil
	}
	return decoded
}

// pae is the pre-authentication encoding: `DSSEv1 SP len(type) SP type SP len(body) SP body`.
func pae(kind string, body []byte) []byte {
	return append([]byte(fmt.Sprintf("DSSEv1 %d %s %d ", len(kind), kind, len(body))), body...)
}

// openEnvelope gives the payload of an envelope whose signature is right under the key; false otherwise. The signature is over what
// signed makes of the PAE: nil is nothing anyone can sign.
func openEnvelope(payload, kind, sig string, key any, signed func(message []byte) []byte) ([]byte, bool) {
	body, signature := strictBase64(payload), strictBase64(sig)
	message := pae(kind, body)
	if kind != statementType || body == nil || signature == nil || len(message) > maxPae {
		return nil, false
	}
	bytes := signed(message)
	return body, bytes != nil && verifySignature(key, bytes, signature)
}

// itself: the PAE is what was signed.
func itself(message []byte) []byte { return message }
