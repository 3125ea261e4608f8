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

// contentOf gives what the signatures of an envelope stand under: its payload, and the PAE. Nil where it has another type, no strict
// base64, or is too large.
func contentOf(payload, kind string) (body, message []byte) {
	if body = strictBase64(payload); kind != statementType || body == nil {
		return nil, nil
	}
	if message = pae(kind, body); len(message) > maxPae {
		return nil, nil
	}
	return body, message
}

// isRight is true when a signature in base64 is right under the key over these bytes; nil is nothing anyone can sign.
func isRight(sig string, key any, bytes []byte) bool {
	signature := strictBase64(sig)
	return bytes != nil && signature != nil && verifySignature(key, bytes, signature)
}
