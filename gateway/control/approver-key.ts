// An approver's public key as it comes in, and the actor its person is.
import { createPublicKey } from 'node:crypto'
import type { Fault } from '../../core/errors.ts'
import { sha256Hex } from '../../runtime/digest.ts'

const plainPerson = /^[A-Za-z0-9_][A-Za-z0-9_.:@/+-]{0,179}$/

/** The actor of a person's own token; a prefix keeps it apart from the actors of the configuration. */
export const actorOfPerson = (person: string): string =>
  plainPerson.test(person) ? `approver:${person}` : `approver:sha256/${sha256Hex(person)}`

/** Empty when the text is the one encoding of an uncompressed P-256 point, since its hash is the key's id. */
export function keyFaults(spki: string): Fault[] {
  const fault = { pointer: '/spki', detail: 'must be base64 of the SPKI DER of a P-256 public key, uncompressed' }
  const der = Buffer.from(spki, 'base64')
  if (der.toString('base64') !== spki) return [fault]
  try {
    const key = createPublicKey({ key: der, format: 'der', type: 'spki' })
    const isP256 = key.asymmetricKeyDetails?.namedCurve === 'prime256v1'
    return isP256 && key.export({ format: 'der', type: 'spki' }).equals(der) && der.length === 91 ? [] : [fault]
  } catch {
    return [fault]
  }
}
