// A software authenticator: what a passkey signs, bent before it is signed.
import { type Body, canonical, sha256 } from './bundle.ts'
import { type Pair, passkey, signWith } from './keys.ts'

/** Both parts of an assertion. */
export interface Assertion {
  authenticatorData: Buffer
  clientData: Buffer
}

/** The assertion of a message, with members after those that must be there. */
export const assertionOf = (message: Uint8Array): Assertion => ({
  authenticatorData: Buffer.concat([sha256(passkey.rp_id), Buffer.from('0500000001', 'hex')]),
  clientData: Buffer.from(
    `{"type":"webauthn.get","challenge":"${sha256(message).toString('base64url')}","origin":"${passkey.origin}",` +
      '"crossOrigin":false,"other_keys_can_be_added_here":"see \\"}\\""}',
  ),
})

/** The text of an envelope whose signature is an assertion; `bend` changes it before it is signed. */
export function asserted(text: string, key: Pair, bend: (honest: Assertion) => Assertion = (honest) => honest): string {
  const envelope = JSON.parse(text) as { payload: string; payloadType: string }
  const body = Buffer.from(envelope.payload, 'base64')
  const message = Buffer.from(`DSSEv1 ${envelope.payloadType.length} ${envelope.payloadType} ${body.length} ${body}`)
  const { authenticatorData, clientData } = bend(assertionOf(message))
  const sig = signWith(key, Buffer.concat([authenticatorData, sha256(clientData)])).toString('base64')
  const webauthn = { authenticator_data: authenticatorData.toString('base64'), client_data: clientData.toString('base64') }
  return canonical({ ...envelope, signatures: [{ sig, webauthn }] } satisfies Body)
}
