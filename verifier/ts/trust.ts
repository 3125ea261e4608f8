// What a verifier is given: trust is never read from the file it judges.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readCanonical } from './canonical.ts'
import { strictBase64 } from './dsse.ts'
import type { TrustApprovers, TrustApproversApprover, TrustKeys, TrustKeysKey } from './generated/types.ts'
import { type PublicKey, readEd25519, readSpki } from './keys.ts'
import { fits } from './schema.ts'
import { sha256Hex } from './sums.ts'

export type SigningKey = TrustKeysKey & { key: PublicKey }
export type ApproverKey = TrustApproversApprover & { key: PublicKey }

/** A line of log.policy. */
export interface LogKey {
  name: string
  keyHash: string
  key: PublicKey
}

/** Keys and persons to believe. */
export interface Trust {
  logs: LogKey[]
  keys: SigningKey[]
  approvers: ApproverKey[]
}

/** The trust in a directory; null when a file is missing or not in its form: then nothing can be judged. */
export function readTrust(dir: string): Trust | null {
  const read = (name: string): Uint8Array => readFileSync(join(dir, name))
  try {
    return parseTrust(read('log.policy'), read('keys.json'), read('approvers.json'))
  } catch {
    return null // not readable, which is all a verifier may say of it
  }
}

/** The same from the contents of `log.policy`, `keys.json` and `approvers.json`. */
export function parseTrust(policy: Uint8Array, keyFile: Uint8Array, approverFile: Uint8Array): Trust | null {
  const lines = Buffer.from(policy).toString('latin1').split('\n')
  const rules = lines.filter((line) => line !== '' && !line.startsWith('#'))
  const logs = rules.filter((line) => line !== 'quorum none').map(readLogLine)
  const keys = readList<TrustKeys>(keyFile, 'trust_keys')?.keys.map(withKey)
  const approvers = readList<TrustApprovers>(approverFile, 'trust_approvers')?.approvers.map(withKey)
  if (logs.length === 0 || logs.length !== rules.length - 1 || keys === undefined || approvers === undefined) return null
  return [...logs, ...keys, ...approvers].includes(null) ? null : ({ logs, keys, approvers } as Trust)
}

// One line break at the end is allowed, since editors add it.
function readList<T>(bytes: Uint8Array, schema: string): T | undefined {
  const value = readCanonical(bytes.at(-1) === 0x0a ? bytes.subarray(0, -1) : bytes)
  return value !== undefined && fits(schema, value) ? (value as T) : undefined
}

function withKey<T extends { alg: PublicKey['alg']; key_id: string; spki: string }>(entry: T): (T & { key: PublicKey }) | null {
  const spki = strictBase64(entry.spki)
  const key = spki === null || sha256Hex(spki) !== entry.key_id ? null : readSpki(entry.alg, spki)
  return key === null ? null : { ...entry, key }
}

function readLogLine(line: string): LogKey | null {
  const [, name = '', keyHash = '', base64 = ''] = /^log ([!-*,-~]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]{44})$/.exec(line) ?? []
  const typed = strictBase64(base64)
  if (typed === null || typed[0] !== 1) return null
  const key = sha256Hex(Buffer.concat([Buffer.from(`${name}\n`), typed])).startsWith(keyHash) ? readEd25519(typed.subarray(1)) : null
  return key === null ? null : { name, keyHash, key }
}
