// The identity of a change: the same request is the same change, whoever sends it and however often.
import { createHash } from 'node:crypto'
import { canonical } from '../core/canonical.ts'

const alphabet = 'abcdefghijklmnopqrstuvwxyz234567'
const length = 26

/** What a change id is made of (ARCHITECTURE §3, Identity). */
export interface ChangeIdentity {
  tenant: string
  source: string
  siteKey: string
  payloadDigest: string
  revision: number
}

/** `chg_` and the first 26 characters of RFC 4648 base32, in lower case, of SHA-256 over the canonical array of the parts. */
export function changeId({ tenant, source, siteKey, payloadDigest, revision }: ChangeIdentity): string {
  const hash = createHash('sha256')
    .update(canonical([tenant, source, siteKey, payloadDigest, revision]))
    .digest()
  const bits = BigInt(`0x${hash.toString('hex')}`)
  const letters = Array.from({ length }, (_, index) => alphabet[Number((bits >> BigInt(256 - 5 * (index + 1))) & 31n)])
  return `chg_${letters.join('')}`
}
