// Signing keys in files: PKCS#8 PEM, readable by the owner alone. A KMS signer fills the same port elsewhere.
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign as signRaw, verify as verifyRaw } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { ClyraError } from '../core/errors.ts'
import type { Signer } from '../core/ports.ts'
import { sha256Hex } from './digest.ts'

export type Alg = Signer['alg']

/** Key id: lower-case hex SHA-256 of the SPKI DER (spec/canonical.md). */
export const keyId = (spki: Uint8Array): string => sha256Hex(spki)

/** The algorithm of a public key in SPKI DER, or null when it is neither P-256 nor Ed25519, or no key at all. */
export function algOf(spki: Uint8Array): Alg | null {
  const alg = publicKey(spki)?.alg ?? null
  return alg === 'RS256' ? null : alg
}

/** True when the signature is right: ES256 in DER over SHA-256, Ed25519 64 raw bytes. A key of another algorithm never verifies. */
export function verifySignature(alg: Alg, spki: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  return verifies(alg, publicKey(spki), message, signature)
}

/** The same for the signatures of JWS (RFC 7518): RS256 under RSA of at least 2,048 bits, ES256 as 64 raw bytes. */
export function verifyJwsSignature(alg: 'RS256' | 'ES256', spki: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const known = publicKey(spki)
  if (known === null || known.alg !== alg) return false
  return verifyRaw('sha256', message, alg === 'RS256' ? known.key : { key: known.key, dsaEncoding: 'ieee-p1363' }, signature)
}

const verifies = (alg: Alg, known: PublicKey | null, message: Uint8Array, signature: Uint8Array): boolean =>
  known !== null && known.alg === alg && verifyRaw(hashOf(alg), message, known.key, signature)

/**
 * A signer around any way of signing. No signature leaves it that does not verify under `spki`: CLYRA_EVIDENCE_SIGNER.
 */
export function verifiedSigner(alg: Alg, spki: Uint8Array, sign: (message: Uint8Array) => Promise<Uint8Array>): Signer {
  const id = keyId(spki)
  const key = publicKey(spki)
  return {
    keyId: id,
    alg,
    spki,
    async sign(message) {
      const signature = await sign(message)
      if (!verifies(alg, key, message, signature)) {
        throw new ClyraError('CLYRA_EVIDENCE_SIGNER', `expected a signature that verifies under key ${id.slice(0, 8)}`)
      }
      return signature
    },
  }
}

/** A signer over a private key in memory. CLYRA_EVIDENCE_KEY_UNREADABLE for a key that is neither P-256 nor Ed25519. */
export function keySigner(privateKey: KeyObject): Signer {
  const alg = algOfKey(privateKey)
  if (alg === null) throw unreadable('expected a P-256 or Ed25519 private key')
  const spki = createPublicKey(privateKey).export({ type: 'spki', format: 'der' })
  return verifiedSigner(alg, spki, async (message) => signRaw(hashOf(alg), message, privateKey))
}

/** Writes a fresh key (PKCS#8 PEM, mode 0600) and returns its signer. Never overwrites: CLYRA_EVIDENCE_KEY_EXISTS. */
export async function createKeyFile(path: string, alg: Alg): Promise<Signer> {
  const { privateKey } = alg === 'ES256' ? generateKeyPairSync('ec', { namedCurve: 'prime256v1' }) : generateKeyPairSync('ed25519')
  try {
    await writeFile(path, privateKey.export({ type: 'pkcs8', format: 'pem' }), { flag: 'wx', mode: 0o600 })
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause
    throw new ClyraError('CLYRA_EVIDENCE_KEY_EXISTS', `expected no file at ${path}`, { cause })
  }
  return keySigner(privateKey)
}

/** The signer of a key file. CLYRA_EVIDENCE_KEY_UNREADABLE when there is none, or it holds no P-256 or Ed25519 private key. */
export async function fileSigner(path: string): Promise<Signer> {
  let key: KeyObject
  try {
    key = createPrivateKey(await readFile(path))
  } catch (cause) {
    throw unreadable(`expected a private key in PEM at ${path}`, cause)
  }
  return keySigner(key)
}

interface PublicKey {
  key: KeyObject
  /** Null for one that nothing is verified under here. */
  alg: Alg | 'RS256' | null
}

// Reading a key costs as much as verifying under it, and the same few keys come again and again. What is no key is not kept, so that
// nobody fills this but those whose keys are enrolled.
const read = new Map<string, PublicKey>()
const maxRead = 1000

function publicKey(spki: Uint8Array): PublicKey | null {
  const bytes = Buffer.from(spki.buffer, spki.byteOffset, spki.byteLength)
  const name = bytes.toString('latin1')
  const known = read.get(name)
  if (known !== undefined) return known
  try {
    const key = createPublicKey({ key: bytes, type: 'spki', format: 'der' })
    const isRsa = key.asymmetricKeyType === 'rsa' && isUsualRsa(key)
    // Asked once: each of these questions costs some of what a verification does.
    const made = { key, alg: isRsa ? ('RS256' as const) : algOfKey(key) }
    if (read.size >= maxRead) read.clear()
    read.set(name, made)
    return made
  } catch {
    return null
  }
}

// Of the sizes and the exponent verifiers read (spec/verifier-cli.md): evidence must not rest on a key they refuse.
function isUsualRsa({ asymmetricKeyDetails: { modulusLength = 0, publicExponent } = {} }: KeyObject): boolean {
  return modulusLength >= 2048 && modulusLength <= 8192 && publicExponent === 65_537n
}

function algOfKey(key: KeyObject): Alg | null {
  if (key.asymmetricKeyType === 'ed25519') return 'Ed25519'
  return key.asymmetricKeyDetails?.namedCurve === 'prime256v1' ? 'ES256' : null
}

const hashOf = (alg: Alg): string | null => (alg === 'ES256' ? 'sha256' : null)

const unreadable = (message: string, cause?: unknown): ClyraError => new ClyraError('CLYRA_EVIDENCE_KEY_UNREADABLE', message, { cause })
