// What a verifier is given: trust is never read from the file it judges.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readCanonical } from './canonical.ts'
import { strictBase64 } from './dsse.ts'
import type * as Def from './generated/types.ts'
import { type PublicKey, readEd25519, readSpki } from './keys.ts'
import { fits } from './schema.ts'
import { digest, sha256Hex } from './sums.ts'

export type SigningKey = Def.TrustKeysKey & { key: PublicKey }
export type ApproverKey = Def.TrustApproversApprover & { key: PublicKey }
/** A key of a provider of sign-on, with what is demanded of its tokens. */
export type ProviderKey = Def.TrustIdpProvider & Def.TrustIdpKey & { key: PublicKey }

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
  subjects: Def.TrustApproversSubject[]
  providers: ProviderKey[]
}

/** Disclosed ID tokens by the digest of their compact form. */
export type Tokens = ReadonlyMap<string, string>

const maxToken = 16384

/** The trust in a directory; null when a file is missing or not in its form: then nothing can be judged. */
export function readTrust(dir: string): Trust | null {
  const read = (name: string): Uint8Array => readFileSync(join(dir, name))
  try {
    return parseTrust(read('log.policy'), read('keys.json'), read('approvers.json'), read('idp.json'))
  } catch {
    return null // not readable, which is all a verifier may say of it
  }
}

/** The same from the contents of `log.policy`, `keys.json`, `approvers.json` and `idp.json`. */
export function parseTrust(policy: Uint8Array, keyFile: Uint8Array, approverFile: Uint8Array, idpFile: Uint8Array): Trust | null {
  const lines = Buffer.from(policy).toString('latin1').split('\n')
  const rules = lines.filter((line) => line !== '' && !line.startsWith('#'))
  const logs = rules.filter((line) => line !== 'quorum none').map(readLogLine)
  const keys = readList<Def.TrustKeys>(keyFile, 'trust_keys')?.keys.map(withKey)
  const { approvers: persons, subjects } = readList<Def.TrustApprovers>(approverFile, 'trust_approvers') ?? {}
  const approvers = persons?.map(withKey)
  const providers = readList<Def.TrustIdp>(idpFile, 'trust_idp')?.providers.flatMap(providerKeys)
  if (logs.length === 0 || logs.length !== rules.length - 1) return null
  if (keys === undefined || approvers === undefined || subjects === undefined || providers === undefined) return null
  const isNamed = subjects.every(({ subject_id, iss, sub }) => subject_id === subjectId(iss, sub))
  const isWhole = isNamed && ![...logs, ...keys, ...approvers, ...providers].includes(null)
  return isWhole ? ({ logs, keys, approvers, subjects, providers } as Trust) : null
}

/** How receipts name an account of a provider: SHA-256 of the canonical `[iss, sub]`. */
export const subjectId = (iss: string, sub: string): string => sha256Hex(JSON.stringify([iss, sub]))

/** The ID tokens in a directory, one a file of at most 16,384 bytes with at most one line break at its end; null when it cannot be read. */
export function readTokens(dir: string): Tokens | null {
  try {
    const files = readdirSync(dir, { withFileTypes: true }).filter((entry) => !entry.isDirectory())
    const texts = files.map(({ name }) => withoutBreak(readFileSync(join(dir, name))))
    return new Map(texts.filter(({ length }) => length <= maxToken).map((text) => [digest(text), Buffer.from(text).toString('latin1')]))
  } catch {
    return null // not readable, which the command line says
  }
}

// One line break at the end is allowed, since editors add it.
const withoutBreak = (bytes: Uint8Array): Uint8Array => (bytes.at(-1) === 0x0a ? bytes.subarray(0, -1) : bytes)

function readList<T>(bytes: Uint8Array, schema: string): T | undefined {
  const value = readCanonical(withoutBreak(bytes))
  return value !== undefined && fits(schema, value) ? (value as T) : undefined
}

function withKey<T extends { alg: PublicKey['alg']; key_id: string; spki: string }>(entry: T): (T & { key: PublicKey }) | null {
  const spki = strictBase64(entry.spki)
  const key = spki === null || sha256Hex(spki) !== entry.key_id ? null : readSpki(entry.alg, spki)
  return key === null ? null : { ...entry, key }
}

function providerKeys(provider: Def.TrustIdpProvider): (ProviderKey | null)[] {
  return provider.keys.map((entry) => {
    const key = readSpki(entry.alg, strictBase64(entry.spki) ?? Buffer.of())
    return key === null ? null : { ...provider, ...entry, key }
  })
}

function readLogLine(line: string): LogKey | null {
  const [, name = '', keyHash = '', base64 = ''] = /^log ([!-*,-~]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]{44})$/.exec(line) ?? []
  const typed = strictBase64(base64)
  if (typed === null || typed[0] !== 1) return null
  const key = sha256Hex(Buffer.concat([Buffer.from(`${name}\n`), typed])).startsWith(keyHash) ? readEd25519(typed.subarray(1)) : null
  return key === null ? null : { name, keyHash, key }
}
