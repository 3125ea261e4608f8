// The log's public key as .clyra/trust/log.policy has it, and the signed notes it stands for (C2SP signed-note, tlog-checkpoint).
import { createPublicKey, hash, type KeyObject, verify } from 'node:crypto'
import { ClyraError } from '../../core/errors.ts'

export interface LogKey {
  /** Name of the log. */
  name: string
  /** First four bytes of the note's signature. */
  keyHash: Uint8Array
  key: KeyObject
}

export interface Checkpoint {
  origin: string
  size: number
  /** base64 */
  root: string
}

const ed25519 = 0x01
const rawBytes = 32
const signatureBytes = 64
/** An Ed25519 SPKI is this prefix and the key (RFC 8410). */
const spkiPrefix = Buffer.from('302a300506032b6570032100', 'hex')

/** Reads `<name>+<8 hex key hash>+<base64(0x01 ‖ key)>`. CLYRA_TEMPORAL_LOG when it is not one, or its hash is not of its key. */
export function readLogKey(vkey: string): LogKey {
  const [, name, hex, text] = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})$/.exec(vkey) ?? []
  if (name === undefined || text === undefined) throw distrust('a log key of the form <name>+<hash>+<base64>')
  const typed = Buffer.from(text, 'base64')
  const keyHash = Buffer.from(hash('sha256', Buffer.concat([Buffer.from(`${name}\n`), typed]), 'hex'), 'hex').subarray(0, 4)
  if (typed.length !== rawBytes + 1 || typed[0] !== ed25519 || keyHash.toString('hex') !== hex)
    throw distrust('an Ed25519 log key with its own hash')
  const key = createPublicKey({ key: Buffer.concat([spkiPrefix, typed.subarray(1)]), format: 'der', type: 'spki' })
  return { name, keyHash, key }
}

/** What a signed note says, once the log's signature over it has been verified. CLYRA_TEMPORAL_LOG otherwise. */
export function readCheckpoint(note: string, log: LogKey): Checkpoint {
  const [, text, origin, size, root, signatures] = /^((.+)\n(0|[1-9]\d{0,8})\n([A-Za-z0-9+/]{43}=)\n)\n((?:— .+\n)+)$/.exec(note) ?? []
  if (text === undefined || origin === undefined || root === undefined || signatures === undefined) throw distrust('a checkpoint')
  const signed = signatures.split('\n').some((line) => isSignature(line, Buffer.from(text), log))
  if (!signed) throw distrust('a checkpoint that the trusted log signed')
  return { origin, size: Number(size), root }
}

// Lines of other names and keys are none of ours.
function isSignature(line: string, message: Uint8Array, { name, keyHash, key }: LogKey): boolean {
  const start = `— ${name} `
  if (!line.startsWith(start)) return false
  const bytes = Buffer.from(line.slice(start.length), 'base64')
  if (bytes.length !== keyHash.length + signatureBytes || !bytes.subarray(0, keyHash.length).equals(keyHash)) return false
  return verify(null, message, key, bytes.subarray(keyHash.length))
}

/** The receipts are not the trusted log's own. Says what was expected; what was found is nobody's secret and no use to a forger. */
export const distrust = (expected: string): ClyraError => new ClyraError('CLYRA_TEMPORAL_LOG', `expected ${expected}, found something else`)
