// An authenticator in software: a P-256 key that makes WebAuthn assertions, and lies where it is told to.
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { type Assertion, assertionChallenge, type Passkey } from '../../evidence/assertion.ts'

/** What an assertion says other than the truth. */
export interface Lies {
  type?: string
  challenge?: string
  origin?: string
  cross_origin?: boolean
  /** What follows `crossOrigin` in the client data, instead of the closing brace. */
  tail?: string
  rp_id?: string
  /** Flags of the authenticator data; UP and UV where nothing is said. */
  flags?: number
  /** Appended to the authenticator data, as extensions are. */
  more?: Uint8Array
}

export interface Authenticator {
  spki: Buffer
  passkey: Passkey
  assert(message: Uint8Array, lies?: Lies): Assertion
}

/** A fresh passkey of this door. */
export function softAuthenticator(door: { origin: string; rp_id: string }): Authenticator {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const passkey = { rp_id: door.rp_id, origin: door.origin, credential_id: randomBytes(32).toString('base64url') }
  return {
    spki: publicKey.export({ type: 'spki', format: 'der' }),
    passkey,
    assert(message, lies = {}) {
      const { type = 'webauthn.get', challenge = assertionChallenge(message), origin = door.origin, rp_id = door.rp_id } = lies
      const { cross_origin = false, tail = '}', flags = 0x05, more = new Uint8Array() } = lies
      const clientData = Buffer.from(
        `{"type":"${type}","challenge":"${challenge}","origin":"${origin}","crossOrigin":${cross_origin}${tail}`,
      )
      const counter = Buffer.alloc(4)
      const authenticatorData = Buffer.concat([sha256(rp_id), Buffer.from([flags]), counter, more])
      return {
        sig: sign('sha256', Buffer.concat([authenticatorData, sha256(clientData)]), privateKey).toString('base64'),
        webauthn: { authenticator_data: authenticatorData.toString('base64'), client_data: clientData.toString('base64') },
      }
    },
  }
}

const sha256 = (bytes: Uint8Array | string): Buffer => createHash('sha256').update(bytes).digest()
