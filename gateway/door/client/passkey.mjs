// What a passkey is asked for: to be made, and to sign a challenge. User verification is never left to chance.
import { toBase64 } from './bytes.mjs'

/** Makes an ES256 passkey of this site; answers its id and its public key (SPKI). */
export async function createPasskey(rpId, person, challenge) {
  const { rawId, response } = await navigator.credentials.create({
    publicKey: {
      challenge,
      rp: { id: rpId, name: 'Clyra' },
      user: { id: crypto.getRandomValues(new Uint8Array(32)), name: person, displayName: person },
      pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
      authenticatorSelection: { residentKey: 'preferred', userVerification: 'required' },
      attestation: 'none',
    },
  })
  return { rawId: new Uint8Array(rawId), spki: toBase64(response.getPublicKey()) }
}

/** An assertion over the challenge, by one of the passkeys named; by whichever the person picks when none is. */
export async function assertion(rpId, challenge, rawIds) {
  const { id, response } = await navigator.credentials.get({
    publicKey: {
      challenge,
      rpId,
      allowCredentials: rawIds.map((rawId) => ({ type: 'public-key', id: rawId })),
      userVerification: 'required',
    },
  })
  return {
    credential_id: id,
    assertion: {
      sig: toBase64(response.signature),
      webauthn: { authenticator_data: toBase64(response.authenticatorData), client_data: toBase64(response.clientDataJSON) },
    },
  }
}
