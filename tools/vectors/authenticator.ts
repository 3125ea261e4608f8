// A software authenticator and its browser: assertions of a passkey as they should be, unless they are bent.
import { createHash } from 'node:crypto'
import { canonical } from '../../core/canonical.ts'
import type { DsseEnvelope } from '../../core/generated/types.ts'
import type { Signer } from '../../core/ports.ts'
import { pae } from '../../evidence/dsse.ts'

/** What trust says of a passkey of the vectors. */
export const passkey = { rp_id: 'clyra.example', origin: 'https://approve.clyra.example:8443', credential_id: 'dmVjdG9ycw' }

/** How an assertion is bent before it is signed; `signs` bends what is signed. */
export interface Bend {
  clientData?: (text: string) => string
  authenticatorData?: (bytes: Buffer) => Buffer
  signs?: (asserted: Buffer, message: Buffer) => Buffer
}

/** The same envelope with an assertion for a signature. */
export async function asserted(text: string, signer: Signer, { clientData, authenticatorData, signs }: Bend): Promise<string> {
  const envelope = JSON.parse(text) as DsseEnvelope
  const message = pae(envelope.payloadType, Buffer.from(envelope.payload, 'base64'))
  const challenge = sha256(message).toString('base64url')
  const client = `{"type":"webauthn.get","challenge":"${challenge}","origin":"${passkey.origin}","crossOrigin":false}`
  const userPresentAndVerified = Buffer.of(0x05)
  const honest = Buffer.concat([sha256(passkey.rp_id), userPresentAndVerified, Buffer.of(0, 0, 0, 7)])
  const client_data = Buffer.from(clientData?.(client) ?? client)
  const authenticator_data = authenticatorData?.(honest) ?? honest
  const bytes = Buffer.concat([authenticator_data, sha256(client_data)])
  const sig = base64(await signer.sign(signs?.(bytes, message) ?? bytes))
  const webauthn = { authenticator_data: base64(authenticator_data), client_data: base64(client_data) }
  return canonical({ ...envelope, signatures: [{ sig, webauthn }] })
}

const sha256 = (bytes: Uint8Array | string): Buffer => createHash('sha256').update(bytes).digest()
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')
