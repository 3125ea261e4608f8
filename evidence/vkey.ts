// C2SP signed-note verifier keys for Ed25519: `<name>+<8 hex key hash>+<base64(0x01 ‖ 32-byte key)>`.
import { createHash } from 'node:crypto'
import { ClyraError } from '../core/errors.ts'

const ed25519 = 0x01
/** An Ed25519 SPKI is this prefix and the 32 key bytes (RFC 8410). */
const spkiPrefix = Buffer.from('302a300506032b6570032100', 'hex')

/** The vkey of a log's public key. CLYRA_EVIDENCE_INVALID for a name with blanks or `+`, or a key that is not Ed25519. */
export function vkeyOf(name: string, spki: Uint8Array): string {
  const der = Buffer.from(spki)
  if (!/^[^\s+]+$/.test(name)) throw invalid('a log name without blanks and plus signs')
  if (der.length !== spkiPrefix.length + 32 || !der.subarray(0, spkiPrefix.length).equals(spkiPrefix)) throw invalid('an Ed25519 key')
  const key = Buffer.concat([Buffer.of(ed25519), der.subarray(spkiPrefix.length)])
  return `${name}+${keyHash(name, key)}+${key.toString('base64')}`
}

const keyHash = (name: string, key: Buffer): string => createHash('sha256').update(`${name}\n`).update(key).digest('hex').slice(0, 8)

const invalid = (expected: string): ClyraError => new ClyraError('CLYRA_EVIDENCE_INVALID', `expected ${expected}`)
