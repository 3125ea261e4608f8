// Signed heads of the log: C2SP tlog-checkpoint v1.0.0 in a C2SP signed note.
import { createHash } from 'node:crypto'
import { ClyraError } from '../core/errors.ts'
import type { Signer } from '../core/ports.ts'
import { verifySignature } from '../runtime/keys.ts'

const ed25519NoteType = Uint8Array.of(1)
const rawKeyBytes = 32

/**
 * The note `<origin>\n<size>\n<base64 root>\n\n— <log name> <base64(key hash ‖ signature)>\n`.
 * CLYRA_EVIDENCE_SIGNER when the signature does not verify under the signer's own key.
 */
export async function signCheckpoint(signer: Signer, logName: string, origin: string, size: number, root: Uint8Array): Promise<string> {
  const text = `${origin}\n${size}\n${Buffer.from(root).toString('base64')}\n`
  const message = Buffer.from(text)
  const signature = await signer.sign(message)
  if (!verifySignature('Ed25519', signer.spki, message, signature)) {
    throw new ClyraError('CLYRA_EVIDENCE_SIGNER', 'expected a checkpoint signature that verifies under the log key')
  }
  return `${text}\n— ${logName} ${Buffer.concat([noteKeyHash(logName, signer.spki), signature]).toString('base64')}\n`
}

/** C2SP signed-note: the first 4 bytes of SHA-256(name ‖ "\n" ‖ type ‖ public key). */
export function noteKeyHash(name: string, spki: Uint8Array): Uint8Array {
  const key = spki.subarray(spki.length - rawKeyBytes)
  return createHash('sha256').update(`${name}\n`).update(ed25519NoteType).update(key).digest().subarray(0, 4)
}
